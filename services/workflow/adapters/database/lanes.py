"""Connections for the hot path on PostgreSQL: prepared statements straight over libpq.

One round trip of 37 µs is all that reading a case costs the server; through a cursor and a pool of
SQLAlchemy's it took 260. So here a statement is prepared once per connection, sent with its
parameters, and its rows are loaded by psycopg's own compiled loaders; nothing else happens.

Each connection is in autocommit: a statement is its own transaction. Whoever runs one waits
without holding the interpreter.
"""

import select
import struct
import threading
from collections import namedtuple
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, LiteralString

import psycopg
from psycopg import abc, adapt
from psycopg.pq import ConnStatus, ExecStatus, Format
from psycopg.pq.abc import PGresult

from services.workflow.application.rounds import ANSWER_S, READ_S

BINARY = Format.BINARY
BINARIES = tuple([BINARY] * n for n in range(4))  # the formats of so many parameters
_ARRAY = struct.Struct(">5i")
_NEWS = select.POLLIN | select.POLLHUP
BYTEA, TEXT = 17, 25  # kinds by their oids, the same in every database
# A lost race, a lock not got in time, a deadlock: the same statement may do the next time. That a
# connection was lost is found out by itself.
_WITHOUT_CONSEQUENCE = (psycopg.errors.UniqueViolation, psycopg.OperationalError)
_Prepared = tuple[bytes, abc.Transformer, Callable[..., Any]]  # name, loaders, row maker


class Lane:
    """One connection; used by one thread at a time."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection
        self.pgconn = connection.pgconn
        # psycopg leaves it on: what the kernel does not take at once would then never be sent.
        self.pgconn.nonblocking = 0
        self.socket = self.pgconn.socket
        self._poll = _watching(self.socket)
        self._prepared: dict[str, _Prepared] = {}
        self.follows = False  # statements may be sent before the one before is answered
        self._spoilt = False  # what is prepared may not fit the tables any more

    @property
    def alive(self) -> bool:
        """Whether the connection can be used; a server that closed it has said so on it."""
        return self.pgconn.status == ConnStatus.OK and not (self._spoilt or self.has_news)

    @property
    def has_news(self) -> bool:
        """Whether the server has sent something, or closed the connection."""
        return bool(self._poll.poll(0))

    def run(
        self, statement: LiteralString, *parameters: bytes, within_s: float | None = None
    ) -> list[Any]:
        """Run *statement*, whose `%s` are *parameters*; return its rows, named.

        Raises:
            NoAnswer: none came *within_s*.
            psycopg.Error: as a cursor would; OperationalError without a code if the connection
                was lost on the way.
        """
        name = self.prepare(statement)
        self.pgconn.send_query_prepared(name, parameters, BINARIES[len(parameters)], BINARY)
        return self.rows(statement, self._only_answer(within_s))

    def begin_following(self, statements: Sequence[LiteralString]) -> None:
        """Prepare for `follow`, which takes only *statements*."""
        for statement in statements:
            self.prepare(statement)
        self.follows = True
        self.pgconn.nonblocking = 1  # else sending would hold the interpreter, and wait for locks
        self.pgconn.enter_pipeline_mode()

    def follow(self, statement: LiteralString, *parameters: bytes) -> None:
        """Send *statement* after those whose answers are still to come; its own transaction."""
        name = self.prepare(statement)
        self.pgconn.send_query_prepared(name, parameters, BINARIES[len(parameters)], BINARY)
        self.pgconn.pipeline_sync()

    def answer(self) -> PGresult:
        """Wait for the answer to the oldest statement that followed and was not answered.

        Raises:
            NoAnswer: nothing came for 20 seconds.
            psycopg.OperationalError: the connection was lost.
        """
        found: PGresult | None = None
        while True:
            self._await_result(ANSWER_S)
            result = self.pgconn.get_result()
            if self.pgconn.status != ConnStatus.OK:
                raise psycopg.OperationalError("the connection to the server was lost")
            if result is None:
                continue  # the statement's answer is complete; its sync follows
            if result.status == ExecStatus.PIPELINE_SYNC and found is not None:
                return found
            found = result

    def end_following(self) -> None:
        """Go back to one statement at a time; all are answered."""
        self.follows = False
        self.pgconn.exit_pipeline_mode()
        self.pgconn.nonblocking = 0
        self._poll.modify(self.socket, _NEWS)

    def _only_answer(self, within_s: float | None) -> PGresult:
        """Wait for the answer to the one statement that was sent; the clock is ours.

        A server that was stopped keeps the connection and says nothing, its own time-outs asleep.
        """
        found: PGresult | None = None
        while True:
            self._await_result(ANSWER_S if within_s is None else within_s)
            result = self.pgconn.get_result()
            if result is None and found is not None:
                return found
            if result is None or self.pgconn.status != ConnStatus.OK:
                raise psycopg.OperationalError("the connection to the server was lost")
            found = result

    def _await_result(self, within_s: float) -> None:
        while self.pgconn.is_busy():  # else `get_result` waits, and holds the interpreter
            unsent = select.POLLOUT if self.pgconn.nonblocking and self.pgconn.flush() else 0
            self._poll.modify(self.socket, _NEWS | unsent)
            if not self._poll.poll(within_s * 1000):
                raise NoAnswer("the server did not answer in time")
            self.pgconn.consume_input()

    def rows(self, statement: LiteralString, result: PGresult) -> list[Any]:
        """Return the rows with which the server answered a prepared *statement*, named.

        Raises:
            psycopg.Error: it answered with an error, or not any more.
        """
        self._require(result, ExecStatus.TUPLES_OK)
        _, transformer, make = self._prepared[statement]
        transformer.set_pgresult(result, set_loaders=False)
        return list(transformer.load_rows(0, result.ntuples, make))

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def prepare(self, statement: LiteralString) -> bytes:
        """Return the name under which *statement*, whose `%s` are its parameters, is prepared."""
        known = self._prepared.get(statement)
        if known is not None:
            return known[0]
        name = b"s%d" % len(self._prepared)
        self.pgconn.send_prepare(name, _numbered(statement).encode())
        self._require(self._only_answer(READ_S), ExecStatus.COMMAND_OK)
        self.pgconn.send_describe_prepared(name)
        described = self._only_answer(READ_S)
        self._require(described, ExecStatus.COMMAND_OK)
        transformer: abc.Transformer = adapt.Transformer(self._connection)
        transformer.set_pgresult(described, format=BINARY)
        columns = [(described.fname(n) or b"").decode() for n in range(described.nfields)]
        row = namedtuple("Row", columns)  # type: ignore[misc]  # noqa: PYI024 - names come later
        self._prepared[statement] = (name, transformer, row._make)
        return name

    def _require(self, result: PGresult, status: ExecStatus) -> None:
        if result.status == status:
            return
        if self.pgconn.status != ConnStatus.OK:
            raise psycopg.OperationalError("the connection to the server was lost")
        error = psycopg.errors.error_from_result(result)
        # A migration under our feet, say: prepared anew, on another connection, it would do.
        self._spoilt = self._spoilt or not isinstance(error, _WITHOUT_CONSEQUENCE)
        raise error


def _watching(socket: int) -> select.poll:
    poll = select.poll()
    poll.register(socket, _NEWS)
    return poll


def has_news(connection: psycopg.Connection[Any]) -> bool:
    """Tell whether the server has sent something to an idle *connection*, or closed it."""
    return connection.closed or bool(_watching(connection.fileno()).poll(0))


def array(kind: int, values: Sequence[bytes]) -> bytes:
    """Return *values*, at least one, as an array of *kind* that PostgreSQL's `array_recv` reads."""
    parts = [_ARRAY.pack(1, 0, kind, len(values), 1)]  # dimensions, nulls, kind, length, first
    for value in values:
        parts += (len(value).to_bytes(4), value)
    return b"".join(parts)


def _numbered(statement: str) -> str:
    """Return *statement* with its `%s` as PostgreSQL spells them: $1, $2, …"""
    first, *rest = statement.split("%s")
    return first + "".join(f"${n}{part}" for n, part in enumerate(rest, start=1))


class Lanes:
    """A bounded number of lanes, the last one used first: the few that are busy stay warm."""

    def __init__(
        self, connect: Callable[[], psycopg.Connection[Any]], *, most: int, wait_s: float
    ) -> None:
        self._connect = connect
        self._free: list[Lane] = []
        self._room = threading.BoundedSemaphore(most)
        self._wait_s = wait_s

    def run(
        self, statement: LiteralString, *parameters: bytes, within_s: float | None = None
    ) -> list[Any]:
        """Run *statement* on a lane that was alive a moment ago.

        Raises:
            NoLane: none came free in time, or the server cannot be reached; nothing was sent.
            psycopg.Error: see `Lane.run`.
        """
        with self.room():
            lane = self.take()
            try:
                rows = lane.run(statement, *parameters, within_s=within_s)
            except BaseException:
                # Whatever it was: an answer may still be on its way to this connection.
                lane.close()
                raise
            self.give_back(lane)
            return rows

    @contextmanager
    def room(self) -> Iterator[None]:
        """Keep room for one lane.

        Raises:
            NoLane: none came free in time.
        """
        if not self._room.acquire(timeout=self._wait_s):
            raise NoLane("all connections are in use")
        try:
            yield
        finally:
            self._room.release()

    def take(self) -> Lane:
        """Return a lane that was alive a moment ago, for which there is room.

        Raises:
            NoLane: the server cannot be reached.
        """
        while True:
            try:
                lane = self._free.pop()  # lists are safe to share between threads
            except IndexError:
                break
            if lane.alive:
                return lane
            lane.close()
        try:
            return Lane(self._connect())
        except psycopg.OperationalError as error:
            raise NoLane(str(error).partition("\n")[0]) from error

    def give_back(self, lane: Lane) -> None:
        """Keep *lane*, of which no answer is to come, for who takes one next."""
        self._free.append(lane)

    def close(self) -> None:
        """Close the lanes that are free."""
        while self._free:
            self._free.pop().close()


class NoAnswer(psycopg.OperationalError):
    """The server did not answer in time; whether it will do what it was asked is not known."""


class NoLane(psycopg.OperationalError):
    """No connection could be had; nothing was sent."""
