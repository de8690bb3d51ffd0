"""A connection of the hot path for an event loop: what waits is the loop, not a thread.

One statement at a time is under way: the loop gathers commands into batches, and a batch reads,
decides and writes before the next begins.
"""

import asyncio
import os
from collections.abc import Callable, Sequence
from time import perf_counter
from typing import Any, LiteralString

import psycopg
from psycopg.pq.abc import PGresult

from services.workflow.adapters.database.lanes import BINARIES, BINARY, Lane, NoAnswer, NoLane
from services.workflow.application.rounds import ANSWER_S

# How long the loop looks for the answer to a lone command before it sleeps: to sleep and be woken
# twice costs such a command a fifth of its time. Who comes meanwhile waits no longer than this.
_WATCH_S = 0.0005


class LoopLane:
    """One connection, made when first needed and anew when lost."""

    def __init__(
        self,
        connect: Callable[[], psycopg.Connection[Any]],
        statements: Sequence[LiteralString],
    ) -> None:
        self._connect = connect
        self._statements = statements
        self._loop: asyncio.AbstractEventLoop | None = None
        self._lane: Lane | None = None
        self._answer: asyncio.Future[PGresult] | None = None  # of the statement under way
        self._result: PGresult | None = None  # its answer, before the server said that was all

    async def run(
        self,
        statement: LiteralString,
        *parameters: bytes,
        lone: bool = False,
        within_s: float | None = None,
    ) -> list[Any]:
        """Run *statement*, whose `%s` are *parameters*; return its rows, named.

        *lone* says that nobody else is served by it.

        Raises:
            NoLane: the server cannot be reached; nothing was sent.
            NoAnswer: none came *within_s*.
            psycopg.Error: see `Lane.run`.
        """
        lane = await self._ready()
        self._answer, self._result = asyncio.get_running_loop().create_future(), None
        try:
            name = lane.prepare(statement)
            formats = BINARIES[len(parameters)]
            lane.pgconn.send_query_prepared(name, parameters, formats, BINARY)
            self._flush(lane)
            if lone:
                self._watch(lane)
            async with asyncio.timeout(ANSWER_S if within_s is None else within_s):
                result = await self._answer
        except BaseException as error:
            # Whatever it was: an answer may still be on its way to this connection.
            self.close()
            if isinstance(error, TimeoutError):
                raise NoAnswer("the server did not answer in time") from error
            raise
        finally:
            self._answer = None
        return lane.rows(statement, result)

    def close(self) -> None:
        """Close the connection, if there is one."""
        lane, self._lane = self._lane, None
        if lane is None:
            return
        if self._loop is not None and not self._loop.is_closed():
            self._loop.remove_reader(lane.socket)
            self._loop.remove_writer(lane.socket)
        lane.close()

    async def _ready(self) -> Lane:
        if self._lane is not None and not self._lane.alive:
            self.close()
        if self._lane is None:
            self._loop = loop = asyncio.get_running_loop()
            self._lane = lane = await loop.run_in_executor(None, self._open)
            loop.add_reader(lane.socket, self._readable, lane)
        return self._lane

    def _open(self) -> Lane:
        try:
            lane = Lane(self._connect())
        except psycopg.OperationalError as error:
            raise NoLane(str(error).partition("\n")[0]) from error
        try:
            for statement in self._statements:
                lane.prepare(statement)  # now, while a thread may wait for it
        except psycopg.Error as error:
            lane.close()
            raise NoLane(str(error).partition("\n")[0]) from error
        lane.pgconn.nonblocking = 1
        return lane

    def _watch(self, lane: Lane) -> None:
        until = perf_counter() + _WATCH_S
        while perf_counter() < until:
            if lane.has_news:
                self._readable(lane)
                return
            os.sched_yield()  # to the server, where there is only one processor

    def _flush(self, lane: Lane) -> None:
        if lane.pgconn.flush():  # a long parameter, and the server has not taken all of it yet
            asyncio.get_running_loop().add_writer(lane.socket, self._writable, lane)

    def _writable(self, lane: Lane) -> None:
        try:
            if not lane.pgconn.flush():
                asyncio.get_running_loop().remove_writer(lane.socket)
        except psycopg.OperationalError as error:
            self._fail(error)

    def _readable(self, lane: Lane) -> None:
        try:
            lane.pgconn.consume_input()
            while not self._take(lane) and lane.has_news:
                # The loop tells only once of a connection that was reset, whatever is left to read.
                lane.pgconn.consume_input()
        except psycopg.OperationalError as error:
            self._fail(error)

    def _take(self, lane: Lane) -> bool:
        """Take what has come of the answer; tell whether that was all of it."""
        while not lane.pgconn.is_busy():
            result = lane.pgconn.get_result()
            if result is None:  # nothing more will come of this statement
                if self._result is not None and self._answer is not None:
                    self._answer.set_result(self._result)
                self._result = None
                return True
            self._result = result
        return False

    def _fail(self, error: psycopg.OperationalError) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(error)
        self.close()  # at once: its socket's number may be another's in the next turn
