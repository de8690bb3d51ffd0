"""The two ways of a request: to a thread, through Flask; or fired on the loop that read it.

`LongWay` alone serves everything as well, more slowly: where a new release of uvicorn does not fit
the short way, `SHUPING_WAY=long` goes out without it.
"""

from io import BytesIO
from typing import Any

from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from services.workflow.adapters.http.answers import Answer
from services.workflow.adapters.http.arriving import Bounded
from services.workflow.adapters.http.firing import Environ
from services.workflow.adapters.http.loop import TRANSPORT, Loop

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


class LongWay(Bounded):
    """A connection whose requests all go to `Loop.__call__`."""

    app: Loop

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["state"][TRANSPORT] = self.transport

    def refused(self, status: int, request: str) -> None:
        self.app.refused(status, request)


class ShortWay(LongWay):
    """A connection that hands the one route to `Loop.fire`."""

    def _begin(self, cycle: RequestResponseCycle, app: Any) -> None:
        if app is not self.app or self.flow.write_paused or not _is_plain(cycle):
            super()._begin(cycle, app)
            return

        def reply(answer: Answer, request: str) -> None:
            self._reply(cycle, answer, request)

        def long_way() -> None:
            if not cycle.disconnected:
                super(ShortWay, self)._begin(cycle, app)

        self.app.fire(_environ(cycle), cycle.scope["path"][_ID], reply, long_way)

    def _reply(self, cycle: RequestResponseCycle, answer: Answer, request: str) -> None:
        if cycle.disconnected or self.transport.is_closing():
            return
        self._give_back(len(cycle.body))
        self._write(answer, request, keep_alive=cycle.keep_alive)
        if not cycle.keep_alive:
            self.transport.close()
        cycle.response_started = cycle.response_complete = True
        self.on_response_complete()


def _is_plain(cycle: RequestResponseCycle) -> bool:
    path = cycle.scope["path"]
    return (
        len(path) == _LENGTH
        and cycle.scope["method"] == "POST"
        and path.startswith(_BEFORE)
        and path.endswith(_AFTER)
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
