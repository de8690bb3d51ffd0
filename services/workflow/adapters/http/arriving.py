"""What arrives is bounded, in bytes and in time, before anything of ours looks at it.

A request is begun when all of it is here: who sends slowly keeps a connection busy, and no worker
thread. Together, bodies take no more memory than there is room for; a request that has been
arriving for a while comes at some speed or not at all; an answer is read at that speed; of too
many connections the longest idle goes. What HTTP calls ambiguous is refused, not guessed at.
"""

import asyncio
from asyncio.events import TimerHandle
from heapq import nsmallest
from operator import attrgetter
from typing import Any, ClassVar
from urllib.parse import unquote

import httptools
import uvicorn
from uvicorn.protocols.http.httptools_impl import (
    STATUS_LINE,
    HttpToolsProtocol,
    RequestResponseCycle,
)
from uvicorn.server import ServerState

from schemas.complaints import Fault
from services.workflow.adapters.http.answers import ALWAYS, Answer, of_problem
from services.workflow.adapters.http.bodies import most_bytes, too_large
from services.workflow.adapters.http.language import preferred
from services.workflow.adapters.http.observation import request_id
from services.workflow.adapters.http.problems import RETRY_S, Problem, malformed
from services.workflow.application.asking import COMMAND_BYTES

MOST_HEAD_BYTES = 64 * 1024  # of a request line and its headers
MOST_BUFFERED_BYTES = 64 * 1024 * 1024  # of bodies, in all
GRACE_S = 5.0  # for a request to arrive at whatever speed; then between two looks at it
LEAST_BYTES_PER_S = 8 * 1024
_ONCE = (b"host", b"idempotency-key", b"content-length")
_LENGTH_BELOW = 2**63
_ALWAYS = b"".join(b"%s: %s\r\n" % (name.encode(), value.encode()) for name, value in ALWAYS)
_GO_ON = b"HTTP/1.1 100 Continue\r\n\r\n"


class Room:
    """How many bytes of bodies a process may hold at once."""

    def __init__(self, most: int = MOST_BUFFERED_BYTES) -> None:
        self.most = most
        self.taken = 0

    def take(self, n: int) -> bool:
        """Take room for *n* bytes; False where there is not so much."""
        if self.taken + n > self.most:
            return False
        self.taken += n
        return True

    def give_back(self, n: int) -> None:
        """Give back what was taken."""
        self.taken -= n


class Bounded(HttpToolsProtocol):
    """uvicorn's connection, with bounds on what arrives and on how it is read."""

    # Of the process, not of one connection.
    room: ClassVar = Room()
    most_connections: ClassVar[int] = 400

    def __init__(
        self,
        config: uvicorn.Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._current: RequestResponseCycle | None = None  # the request to be answered next
        self._awaited: Any = None  # its application, as long as it has not arrived
        self._n_held = 0  # bytes in the room, of requests that are not begun
        self._in_head = False
        self._counted: int | None = None  # bytes of a head or of trailers that are arriving
        self._arriving: TimerHandle | None = None
        self._n_arrived: int | None = None  # bytes, since the last look; None: before the first
        self._reading: TimerHandle | None = None
        self._n_unread = 0  # bytes of answers, at the last look
        self.idle_since: float | None = None  # None: something is under way
        self._deaf = False  # what else arrives is not heard

    def refused(self, status: int, request: str) -> None:
        """Hear of an answer that no application gave."""

    # --- The connection ---

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._expect_more()
        if len(self.connections) > self.most_connections and not self._end_the_idlest():
            self._refuse(overloaded())

    def connection_lost(self, exc: Exception | None) -> None:
        self._arrived()
        self._read()
        self._unset_keepalive_if_required()
        self._give_back(self._n_held)
        if self._current is not None:  # uvicorn tells only the last of several
            self._current.disconnected = True
            self._current.message_event.set()
        super().connection_lost(exc)

    def eof_received(self) -> bool:  # type: ignore[override]
        """Keep the connection for who sends no more and waits for an answer."""
        current, last = self._current, self.cycle
        if current is None or current.response_complete or current.more_body:
            return False
        last.keep_alive = False
        return True

    def data_received(self, data: bytes) -> None:
        if self._deaf:
            return
        self._unset_keepalive_if_required()
        if self._n_arrived is not None:
            self._n_arrived += len(data)
        try:
            self._feed(data)
        except httptools.HttpParserError as error:
            cause = error.__context__
            self._refuse(cause if isinstance(cause, Problem) else malformed())
            return
        if self._counted is not None:
            self._counted += len(data)
            if self._counted > MOST_HEAD_BYTES:
                self._refuse(malformed())
        elif self._arriving is None and (self.cycle is None or self.cycle.response_complete):
            self._expect_more()

    def _feed(self, data: bytes) -> None:
        """Parse *data*; an offer to speak another protocol is declined by not hearing it.

        Java's client offers HTTP/2 with every request. The parser then takes the body for that
        other protocol (or, in the next packet, for the next request): so it reads the request
        again, without the offer.
        """
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as offer:
            method = self.parser.get_method()
            if method == b"CONNECT":
                raise httptools.HttpParserError("no proxy") from None
            version = self.parser.get_http_version().encode()
            lines = [b"%s %s HTTP/%s" % (method, self.url, version)]
            lines += [b"%s: %s" % header for header in self.headers if header[0] != b"upgrade"]
            self._arrived()
            self.parser = httptools.HttpRequestParser(self)
            self._feed(b"\r\n".join(lines) + b"\r\n\r\n" + data[offer.args[0] :])

    def _refuse(self, problem: Problem) -> None:
        """Answer what is not taken as everything else is answered, and hear no more."""
        self._deaf = True
        self._arrived()
        self._give_back(self._n_held)
        current = self._current
        if current is not None and not (current.more_body or current.response_complete):
            current.keep_alive = False  # what was asked before is answered, and that is the last
        elif not self.transport.is_closing():
            if current is not None:
                current.response_complete = True
            given = {name: value.decode("latin-1") for name, value in self.headers or ()}
            answer = of_problem(problem, preferred(given.get(b"accept-language", "")))
            request = request_id({"HTTP_X_REQUEST_ID": given.get(b"x-request-id")})
            self._write(answer, request)
            self._hang_up_gently()
            self.refused(answer.status, request)

    def _hang_up_gently(self) -> None:
        """Let who goes on sending see the answer; closing at once would take it away."""
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self.loop.call_later(GRACE_S, self.transport.abort)

    def _write(self, answer: Answer, request: str, *, keep_alive: bool = False) -> None:
        lines = [
            STATUS_LINE[answer.status],
            *(b"%s: %s\r\n" % header for header in self.server_state.default_headers),
            b"Content-Type: %s\r\nContent-Length: %d\r\nX-Request-Id: %s\r\n"
            % (answer.content_type.encode(), len(answer.body), request.encode()),
            _ALWAYS,
            *(b"%s: %s\r\n" % (name.encode(), value.encode()) for name, value in answer.headers),
            b"\r\n" if keep_alive else b"Connection: close\r\n\r\n",
            answer.body,
        ]
        self.transport.write(b"".join(lines))

    # --- One request ---

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._in_head, self._counted = True, 0
        self._n_arrived, self.idle_since = None, None
        self._arriving = self.loop.call_later(GRACE_S, self._look_at_arrival)

    def on_header(self, name: bytes, value: bytes) -> None:
        # Not after the head, where a proxy does not look; nor a name that WSGI would take for
        # another one.
        if self._in_head and b"_" not in name:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._in_head, self._counted = False, None
        if not self.parser.should_upgrade():
            require_plain(self.headers, self.parser.get_http_version(), self.url)
            super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._counted = None
        if self.parser.should_upgrade():
            return
        cycle = self.cycle
        most = most_bytes(cycle.scope["path"])
        if len(cycle.body) + len(body) > most:
            raise too_large(most)
        if not self.room.take(len(body)):
            raise overloaded()
        self._n_held += len(body)
        cycle.body += body

    def on_chunk_header(self) -> None:
        self._counted = 0  # if it is the last, trailers may follow

    def on_message_complete(self) -> None:
        self._counted = None
        if self.parser.should_upgrade():
            return
        self._arrived()
        super().on_message_complete()
        if self._awaited is not None and self.cycle is self._current:
            app, self._awaited = self._awaited, None
            self._begin(self.cycle, app)

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        """Begin *cycle*, whose turn it is, as soon as all of it is here."""
        self._current = cycle
        if not cycle.more_body:
            self._begin(cycle, app)
            return
        self._awaited = app
        if cycle.waiting_for_100_continue:
            cycle.waiting_for_100_continue = False
            self.transport.write(_GO_ON)

    def _begin(self, cycle: RequestResponseCycle, app: Any) -> None:
        """Hand *cycle* to *app*, which gives its room back when it has answered."""
        n = len(cycle.body)
        self._n_held -= n

        async def answer(scope: Any, receive: Any, send: Any) -> None:
            try:
                await app(scope, receive, send)
            finally:
                self.room.give_back(n)

        super()._start_asgi_task(cycle, answer if n else app)

    def _give_back(self, n: int) -> None:
        self._n_held -= n
        self.room.give_back(n)

    # --- Time ---

    def on_response_complete(self) -> None:
        self.idle_since = None if self.pipeline else self.loop.time()
        super().on_response_complete()

    def _look_at_arrival(self) -> None:
        enough = self._n_arrived is None or self._n_arrived >= LEAST_BYTES_PER_S * GRACE_S
        if enough or self.flow.read_paused:  # ... by us: it could not have arrived
            self._n_arrived = 0
            self._arriving = self.loop.call_later(GRACE_S, self._look_at_arrival)
        else:
            self._refuse(Problem(status=408, code="too_slow"))

    def _arrived(self) -> None:
        if self._arriving is not None:
            self._arriving.cancel()
            self._arriving = None

    def pause_writing(self) -> None:
        """Look at who has more to read than is sent at once."""
        super().pause_writing()
        self._n_unread = self.transport.get_write_buffer_size()
        self._reading = self.loop.call_later(GRACE_S, self._look_at_reader)

    def resume_writing(self) -> None:
        self._read()
        super().resume_writing()

    def _look_at_reader(self) -> None:
        n_unread = self.transport.get_write_buffer_size()
        if self._n_unread - n_unread < LEAST_BYTES_PER_S * GRACE_S:
            self.transport.abort()  # closing would wait for who does not read
        else:
            self._n_unread = n_unread
            self._reading = self.loop.call_later(GRACE_S, self._look_at_reader)

    def _read(self) -> None:
        if self._reading is not None:
            self._reading.cancel()
            self._reading = None

    def _expect_more(self) -> None:
        self.idle_since = self.loop.time()
        self._unset_keepalive_if_required()
        if not self.transport.is_closing():
            self.timeout_keep_alive_task = self.loop.call_later(
                self.timeout_keep_alive, self.timeout_keep_alive_handler
            )

    def timeout_keep_alive_handler(self) -> None:
        if self.transport.get_write_buffer_size():  # closing would wait for who does not read
            self.transport.abort()
        else:
            super().timeout_keep_alive_handler()

    def _end_the_idlest(self) -> bool:
        """End the connections that have been idle the longest; False where none is."""
        others = (one for one in self.connections if one is not self)
        idle = [one for one in others if isinstance(one, Bounded) and one.idle_since]
        # Several at once: looking through all of them for each new one would cost too much.
        for one in nsmallest(len(idle) // 16 + 1, idle, key=attrgetter("idle_since")):
            one.transport.abort()
        return bool(idle)


def require_plain(headers: list[tuple[bytes, bytes]], version: str, url: bytes) -> None:
    """Refuse a head that two readers could take for two requests, or one of a body too long.

    Raises:
        Problem: 400, 413.
    """
    names = [name for name, _ in headers]
    for name in _ONCE:
        if names.count(name) > 1:
            raise _of_header(name, "repeated")
    if b"host" not in names and version == "1.1":
        raise _of_header(b"host", "required")
    if b"content-length" not in names:
        return
    length = headers[names.index(b"content-length")][1]
    if not length.isdigit() or int(length) >= _LENGTH_BELOW:
        raise _of_header(b"content-length", "not_an_integer")
    if int(length) > COMMAND_BYTES:
        most = most_bytes(unquote(httptools.parse_url(url).path.decode("latin-1")))
        if int(length) > most:
            raise too_large(most)


def overloaded() -> Problem:
    """Return the 503 for what there is no room for now."""
    return Problem(status=503, code="overloaded", headers=RETRY_S)


def _of_header(name: bytes, code: str) -> Problem:
    return malformed(Fault(field=name.decode().title(), code=code))
