"""Connections that are given up when an answer takes too long.

A server that was stopped keeps its connections and says nothing; its own time-outs sleep with it,
and the kernel acknowledges in its place. So the clock is ours, and the socket is shut.
"""

import os
import select
from time import perf_counter
from typing import Any

import psycopg
from psycopg.abc import RV, PQGen
from psycopg.waiting import Ready, Wait

from services.workflow.application.rounds import READ_S

_NEWS = select.POLLIN | select.POLLHUP


class TimedConnection(psycopg.Connection[Any]):
    """One that is given up when an answer takes longer than *answer_s*."""

    answer_s: float | None = READ_S

    def wait(self, gen: PQGen[RV], interval: float = 0.1, timeout: float | None = None) -> RV:
        """Wait for what psycopg waits for.

        Raises:
            psycopg.OperationalError: also where there was no answer in time.
        """
        try:
            return super().wait(gen, interval, self.answer_s if timeout is None else timeout)
        except psycopg.OperationalError as error:
            _give_up_if_silent(self, error)
            raise


class TimedAsyncConnection(psycopg.AsyncConnection[Any]):
    """The same on an event loop, which first looks for an answer for *watch_s*, then sleeps."""

    answer_s: float | None = READ_S
    watch_s: float = 0.0

    async def wait(
        self,
        gen: PQGen[RV],
        interval: float = 0.1,
        timeout: float | None = None,  # noqa: ASYNC109 - as psycopg's own
    ) -> RV:
        """Wait for what psycopg waits for; raises what `TimedConnection.wait` does."""
        asking = watched(gen, self.fileno(), self.watch_s) if self.watch_s else gen
        answer_s = self.answer_s if timeout is None else timeout
        try:
            return await super().wait(asking, interval, answer_s)
        except psycopg.OperationalError as error:
            _give_up_if_silent(self, error)
            raise


def watched(gen: PQGen[RV], socket: int, watch_s: float) -> PQGen[RV]:
    """Give *gen* what it waits to read from *socket*, where that comes within *watch_s*."""
    until, poll = perf_counter() + watch_s, select.poll()
    poll.register(socket, _NEWS)
    try:
        wants = next(gen)
        while True:
            while wants == Wait.R and perf_counter() < until:
                if poll.poll(0):
                    wants = gen.send(Ready.R)
                else:
                    os.sched_yield()  # to the server, where there is only one processor
            wants = gen.send((yield wants))
    except StopIteration as done:
        answer: RV = done.value
        return answer


def _give_up_if_silent(
    connection: psycopg.Connection[Any] | psycopg.AsyncConnection[Any],
    error: psycopg.OperationalError,
) -> None:
    # That a statement before it failed is an answer, and whoever sent that one hears why.
    if error.sqlstate is None and not isinstance(error, psycopg.errors.PipelineAborted):
        connection.pgconn.finish()


def has_news(connection: psycopg.Connection[Any] | psycopg.AsyncConnection[Any]) -> bool:
    """Tell whether the server has sent something to an idle *connection*, or closed it."""
    if connection.closed:
        return True
    poll = select.poll()
    poll.register(connection.fileno(), _NEWS)
    return bool(poll.poll(0))
