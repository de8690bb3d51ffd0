"""The application on an event loop: one short way for the hottest request, threads for the rest.

Switching threads costs a transition more than its own work. So POST …/transitions is read, fired
and answered on the loop that reads the connections: commands that arrive while a batch is under
way are the next batch, one read and one write of the database for all of them. Whatever is not
plain about such a request (a token this process has not seen, a body too long, one request before
the answer to another) goes the long way with everything else: to a thread, through Flask.
"""

import asyncio
from asyncio.events import TimerHandle
from collections.abc import Awaitable, Callable, Iterable, Sequence
from http.client import UNAUTHORIZED
from io import BytesIO
from typing import Any

import httptools
import uvicorn
from a2wsgi import WSGIMiddleware
from flask import Flask
from uvicorn.protocols.http.httptools_impl import (
    STATUS_LINE,
    HttpToolsProtocol,
    RequestResponseCycle,
)
from uvicorn.server import ServerState

from services.workflow.adapters.http.answers import ALWAYS, Answer, of_problem
from services.workflow.adapters.http.context import EXTENSION, Parts
from services.workflow.adapters.http.firing import Environ, Firing
from services.workflow.adapters.http.language import preferred
from services.workflow.adapters.http.observation import request_id
from services.workflow.adapters.http.operations import PROBES, Operations
from services.workflow.adapters.http.problems import Problem
from services.workflow.application.asking import COMMAND_BYTES
from services.workflow.application.commands import Command, Outcome
from services.workflow.application.gate import UnfitEvent
from services.workflow.application.grouping import Grouping
from services.workflow.domain.refusals import Refused

MOST_HEAD_BYTES = 64 * 1024  # of a request line and its headers
ARRIVAL_S = 60  # for a request to arrive, from its first byte to its last
_BEFORE, _AFTER = "/v1/reviews/", "/transitions"
_ID = slice(len(_BEFORE), len(_BEFORE) + 36)
_LENGTH = len(_BEFORE) + 36 + len(_AFTER)
_NAMES = {
    b"authorization": "HTTP_AUTHORIZATION",
    b"on-behalf-of": "HTTP_ON_BEHALF_OF",
    b"idempotency-key": "HTTP_IDEMPOTENCY_KEY",
    b"if-match": "HTTP_IF_MATCH",
    b"accept-language": "HTTP_ACCEPT_LANGUAGE",
    b"x-request-id": "HTTP_X_REQUEST_ID",
    b"content-type": "CONTENT_TYPE",
    b"content-length": "CONTENT_LENGTH",
    b"content-encoding": "HTTP_CONTENT_ENCODING",
}
_ALWAYS = b"".join(b"%s: %s\r\n" % (name.encode(), value.encode()) for name, value in ALWAYS)

_TRANSPORT = "shuping.transport"

Together = Callable[[Sequence[Command]], Awaitable[Sequence[Outcome | Refused | UnfitEvent]]]


class Loop:
    """ASGI over the WSGI application *app*; *together* fires commands of several callers."""

    def __init__(
        self, app: Flask, together: Together, operations: Operations, *, threads: int
    ) -> None:
        def ending(environ: Any, start_response: Any) -> Iterable[bytes]:
            environ["wsgi.input_terminated"] = True  # a body in chunks has no length, but an end
            return app(environ, start_response)

        self._beyond = WSGIMiddleware(ending, workers=threads)
        self._operations = operations
        self._parts: Parts = app.extensions[EXTENSION]
        self._grouping: Grouping[Command, Outcome | Refused | UnfitEvent] = Grouping(together)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one request the long way; who asks whether all is well waits for no thread."""
        if scope["path"] in PROBES:
            await self._operations(scope, receive, send)
            return
        try:
            await self._beyond(scope, receive, send)
        except RuntimeError:
            if not scope["state"][_TRANSPORT].is_closing():
                raise
            # uvloop's word for a client that went away; uvicorn hears of it a turn later.
            while (await receive())["type"] != "http.disconnect":
                pass

    def fire(
        self,
        environ: Environ,
        review: str,
        reply: Callable[[Answer, str], None],
        long_way: Callable[[], None],
    ) -> None:
        """Call *reply* with the answer to one trigger and the request's id, or *long_way*."""
        firing = Firing(environ, review, request_id(environ), self._parts)

        def answered(answer: Answer) -> None:
            reply(answer, firing.request)
            # When it is on its way: what was written in this turn leaves at the turn's end.
            asyncio.get_running_loop().call_soon(firing.observe, answer)

        try:
            known = self._parts.door.known(environ)
            if known is None:
                long_way()
                return
            command = firing.command(*known)
        except Exception as error:  # noqa: BLE001 -- the last resort: `refusal` sorts them
            answered(firing.refusal(error))
            return

        def settled(outcome: Outcome | Exception) -> None:
            if isinstance(outcome, Exception):
                answered(firing.refusal(outcome))
                return
            if outcome.status == UNAUTHORIZED:  # some token came or went: is ours still good?
                self._parts.door.count(command.actor, -1)  # the long way counts it again
                long_way()
                return
            try:
                answer = firing.answer(command, outcome)
            except Exception as error:  # noqa: BLE001 -- as above
                answer = firing.refusal(error)
            answered(answer)

        self._grouping.submit(command, settled)


class ShortWay(HttpToolsProtocol):
    """uvicorn's connection, which hands the one route to `Loop.fire` and bounds what arrives."""

    app: Loop

    def __init__(
        self,
        config: uvicorn.Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._current: RequestResponseCycle | None = None  # the request to be answered next
        self._hurried: RequestResponseCycle | None = None  # ... and it goes the short way
        self._arriving: TimerHandle | None = None
        self._in_head = False
        self._counted: int | None = None  # bytes of a head or of trailers that are arriving

    # --- What arrives is bounded, in bytes and in time ---

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._expect_more()

    def connection_lost(self, exc: Exception | None) -> None:
        self._arrived()
        self._unset_keepalive_if_required()
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
        self._unset_keepalive_if_required()
        try:
            self._feed(data)
        except httptools.HttpParserError:
            self.send_400_response("")
            return
        if self._counted is not None:
            self._counted += len(data)
            if self._counted > MOST_HEAD_BYTES:
                self.send_400_response("")
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

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 -- its words are not ours
        """Answer what is no HTTP, or too much of it, as everything else is answered; hang up."""
        self.flow.pause_reading()
        current = self._current
        if current is not None and not (current.more_body or current.response_complete):
            current.keep_alive = False  # what was asked before is answered, and that is the last
        elif not self.transport.is_closing():
            answer = of_problem(Problem(status=400, code="malformed"), preferred(""))
            self._write(answer, request_id({}), keep_alive=False)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["state"][_TRANSPORT] = self.transport
        self._in_head, self._counted = True, 0
        self._arriving = self.loop.call_later(ARRIVAL_S, self._late)

    def on_header(self, name: bytes, value: bytes) -> None:
        # Not after the head, where a proxy does not look; nor a name that WSGI would take for
        # another one.
        if self._in_head and b"_" not in name:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._in_head, self._counted = False, None
        if not self.parser.should_upgrade():
            super().on_headers_complete()

    def on_chunk_header(self) -> None:
        self._counted = 0  # if it is the last, trailers may follow

    def _arrived(self) -> None:
        if self._arriving is not None:
            self._arriving.cancel()
            self._arriving = None

    def _late(self) -> None:
        if self.flow.read_paused:  # by us: it could not have arrived
            self._arriving = self.loop.call_later(ARRIVAL_S, self._late)
        else:
            self.timeout_keep_alive_handler()

    def _expect_more(self) -> None:
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

    # --- The short way ---

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        self._current = cycle
        plain = cycle.more_body and app is self.app and _is_plain(cycle)
        if plain and not self.flow.write_paused:
            self._hurried = cycle
        else:
            super()._start_asgi_task(cycle, app)

    def on_body(self, body: bytes) -> None:
        self._counted = None
        if self.parser.should_upgrade():
            return
        super().on_body(body)
        if self._hurried is not None and len(self._hurried.body) > COMMAND_BYTES:
            self._go_the_long_way()

    def on_message_complete(self) -> None:
        self._counted = None
        if self.parser.should_upgrade():
            return
        self._arrived()
        super().on_message_complete()
        cycle = self._hurried
        if cycle is None or cycle is not self.cycle:
            return

        def reply(answer: Answer, request: str) -> None:
            self._hurried = None
            self._reply(cycle, answer, request)

        self.app.fire(_environ(cycle), cycle.scope["path"][_ID], reply, self._go_the_long_way)

    def _go_the_long_way(self) -> None:
        cycle, self._hurried = self._hurried, None
        if cycle is not None and not cycle.disconnected:
            super()._start_asgi_task(cycle, self.app)

    def _reply(self, cycle: RequestResponseCycle, answer: Answer, request: str) -> None:
        if cycle.disconnected or self.transport.is_closing():
            return
        self._write(answer, request, keep_alive=cycle.keep_alive)
        cycle.response_started = cycle.response_complete = True
        self.on_response_complete()

    def _write(self, answer: Answer, request: str, *, keep_alive: bool) -> None:
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
        if not keep_alive:
            self.transport.close()


def _is_plain(cycle: RequestResponseCycle) -> bool:
    path = cycle.scope["path"]
    return (
        len(path) == _LENGTH
        and cycle.scope["method"] == "POST"
        and path.startswith(_BEFORE)
        and path.endswith(_AFTER)
        and not cycle.waiting_for_100_continue
    )


def _environ(cycle: RequestResponseCycle) -> Environ:
    """Return of a request what the one route looks at, named as WSGI names it."""
    environ: Environ = {
        "QUERY_STRING": cycle.scope["query_string"].decode("latin-1"),
        "wsgi.input": BytesIO(cycle.body),
        "wsgi.input_terminated": True,
    }
    for name, value in cycle.scope["headers"]:
        known = _NAMES.get(name)
        if known is not None:
            text = value.decode("latin-1")
            environ[known] = f"{environ[known]},{text}" if known in environ else text
    return environ
