"""The two ways of a request: to a thread, through Flask; or settled on the loop that read it.

`LongWay` alone serves everything as well, more slowly: where a new release of uvicorn does not fit
the short way, `SHUPING_WAY=long` goes out without it.
"""

from io import BytesIO
from typing import Any

from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from services.workflow.adapters.http.answers import Answer
from services.workflow.adapters.http.arriving import Bounded
from services.workflow.adapters.http.casting import PATH as BALLOTS
from services.workflow.adapters.http.firing import Environ
from services.workflow.adapters.http.loop import TRANSPORT, Loop
from services.workflow.adapters.http.resource import CASES, REVIEWS, Resource

_AFTER, _ID_LENGTH = "/transitions", 36
# The only paths that go the short way, by their length.
_RESOURCES = {
    len(one.path) + 1 + _ID_LENGTH + len(_AFTER): (f"{one.path}/", one) for one in (CASES, REVIEWS)
}
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
    """A connection that hands two routes to `Loop.fire` and `Loop.cast`."""

    def _begin(self, cycle: RequestResponseCycle, app: Any) -> None:
        short = app is self.app and not self.flow.write_paused and cycle.scope["method"] == "POST"
        is_ballot = short and cycle.scope["path"] == BALLOTS
        resource = _resource(cycle) if short and not is_ballot else None
        if not is_ballot and resource is None:
            super()._begin(cycle, app)
            return

        def reply(answer: Answer, request: str) -> None:
            self._reply(cycle, answer, request)

        def long_way() -> None:
            if not cycle.disconnected:
                super(ShortWay, self)._begin(cycle, app)

        if resource is None:
            whence, _ = cycle.scope["client"] or ("", 0)
            self.app.cast(_environ(cycle), whence, reply, long_way)
            return
        case = cycle.scope["path"][-len(_AFTER) - _ID_LENGTH : -len(_AFTER)]
        self.app.fire(_environ(cycle), resource, case, reply, long_way)

    def _reply(self, cycle: RequestResponseCycle, answer: Answer, request: str) -> None:
        if cycle.disconnected or self.transport.is_closing():
            return
        self._give_back(len(cycle.body))
        self._write(answer, request, keep_alive=cycle.keep_alive)
        if not cycle.keep_alive:
            self.transport.close()
        cycle.response_started = cycle.response_complete = True
        self.on_response_complete()


def _resource(cycle: RequestResponseCycle) -> Resource | None:
    """Return of which cases one is to be fired; None where anything else is asked."""
    path = cycle.scope["path"]
    known = _RESOURCES.get(len(path))
    if known is None:
        return None
    before, resource = known
    return resource if path.startswith(before) and path.endswith(_AFTER) else None


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
