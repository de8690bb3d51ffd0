"""The application on an event loop: a short way for the two hottest requests, threads for the rest.

Switching threads costs a transition more than its own work. So POST …/transitions is read, fired
and answered on the loop that reads the connections: commands that arrive while a batch is under
way are the next batch, one read and one write of the database for all of them. Whatever is not
plain about such a request (a token this process has not seen, an answer before it that nobody
reads) goes the long way with everything else: to a thread, through Flask.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any

from a2wsgi import WSGIMiddleware
from flask import Flask

from services.workflow.adapters.http.answers import Answer
from services.workflow.adapters.http.casting import plain_sheet, told_receipt
from services.workflow.adapters.http.context import EXTENSION, Parts
from services.workflow.adapters.http.firing import Environ, Firing
from services.workflow.adapters.http.observation import request_id
from services.workflow.adapters.http.operations import PROBES, Operations
from services.workflow.adapters.http.resource import Resource
from services.workflow.application.ballots.casting import Receipt
from services.workflow.application.ballots.together import Filled
from services.workflow.application.firing.commands import Answer as Outcome
from services.workflow.application.firing.commands import Command
from services.workflow.application.gate import UnfitEvent
from services.workflow.application.grouping import Grouping
from services.workflow.domain.refusals import Refused

TRANSPORT = "shuping.transport"

Together = Callable[[Sequence[Command]], Awaitable[Sequence[Outcome | Refused | UnfitEvent]]]
Casts = Callable[[Sequence[Filled]], Awaitable[Sequence[Receipt | None]]]
_MOST_BALLOTS = 32  # in one statement, of up to some hundred answers each


class Loop:
    """ASGI over the WSGI application *app*; *together* fires commands of several callers.

    *casts* casts ballots of several; without it each goes the long way.
    """

    def __init__(
        self,
        app: Flask,
        together: Together,
        operations: Operations,
        *,
        threads: int,
        casts: Casts | None = None,
    ) -> None:
        def ending(environ: Any, start_response: Any) -> Iterable[bytes]:
            environ["wsgi.input_terminated"] = True  # a body in chunks has no length, but an end
            return app(environ, start_response)

        # However slowly an answer is read, no thread waits for it: what it says is queued whole.
        self._beyond = WSGIMiddleware(ending, workers=threads, send_queue_size=0)
        self._operations = operations
        self._parts: Parts = app.extensions[EXTENSION]
        self._grouping: Grouping[Command, Outcome | Refused | UnfitEvent] = Grouping(together)
        self._casting: Grouping[Filled, Receipt | None] | None = None
        if casts is not None:
            self._casting = Grouping(casts, _MOST_BALLOTS)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one request the long way; who asks whether all is well waits for no thread."""
        if scope["path"] in PROBES:
            await self._operations(scope, receive, send)
            return
        try:
            await self._beyond(scope, receive, send)
        except RuntimeError:
            if not scope["state"][TRANSPORT].is_closing():
                raise
            # uvloop's word for a client that went away; uvicorn hears of it a turn later.
            while (await receive())["type"] != "http.disconnect":
                pass

    def refused(self, status: int, request: str) -> None:
        """Count what was refused before it could be asked."""
        self._parts.observer.answered("", status, 0.0, request=request)

    def fire(
        self,
        environ: Environ,
        resource: Resource,
        case: str,
        reply: Callable[[Answer, str], None],
        long_way: Callable[[], None],
    ) -> None:
        """Call *reply* with the answer to one trigger and the request's id, or *long_way*."""
        firing = Firing(environ, resource, case, request_id(environ), self._parts)

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
            if outcome.outcome == "unknown_token":  # some token came or went: is ours still good?
                self._parts.door.count(command.actor, -1)  # the long way counts it again
                long_way()
                return
            try:
                answer = firing.answer(command, outcome)
            except Exception as error:  # noqa: BLE001 -- as above
                answer = firing.refusal(error)
            answered(answer)

        self._grouping.submit(command, settled)

    def cast(
        self,
        environ: Environ,
        whence: str,
        reply: Callable[[Answer, str], None],
        long_way: Callable[[], None],
    ) -> None:
        """Call *reply* with the receipt of a ballot from *whence*, or *long_way*."""
        sheet = None if self._casting is None else plain_sheet(environ, whence)
        if sheet is None or self._casting is None:
            long_way()
            return

        def settled(outcome: Receipt | Exception | None) -> None:
            if isinstance(outcome, Receipt):
                reply(told_receipt(outcome), request_id(environ))
            else:  # sent again it is in the urn once, whatever has become of it
                long_way()

        self._casting.submit(sheet, settled)
