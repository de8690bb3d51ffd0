"""Statements of the hot path on PostgreSQL: prepared once, each its own transaction.

psycopg does it, in threads and on event loops alike. Ours is what it cannot know: whether a
connection that failed may be used again, and that nothing was sent where none could be had.
"""

import struct
from collections.abc import Awaitable, Callable, Sequence
from functools import cache
from typing import Any, LiteralString, NamedTuple

import psycopg
import sqlalchemy as sa
from psycopg.adapt import Dumper
from psycopg.pq import Format
from psycopg.rows import namedtuple_row

from services.workflow.adapters.database.timed import (
    TimedAsyncConnection,
    TimedConnection,
    has_news,
)
from services.workflow.application.rounds import ANSWER_S

BYTEA, INT4, TEXT, UUIDS = 17, 23, 25, 2950  # kinds by their oids, the same in every database
_ARRAY, _EMPTY = struct.Struct(">5i"), struct.Struct(">3i")
# How long the loop looks for the answer to a lone command before it sleeps: to sleep and be woken
# twice costs such a command a fifth of its time. Who comes meanwhile waits no longer than this.
_WATCH_S = 0.0005
# A lost race, a lock not got in time, a deadlock: the same statement may do the next time. That a
# connection was lost is found out by itself. After anything else, a migration under our feet, say,
# what is prepared may not fit the tables any more.
_WITHOUT_CONSEQUENCE = (psycopg.errors.UniqueViolation, psycopg.OperationalError)


class NoConnection(psycopg.OperationalError):
    """No connection could be had; nothing was sent."""


class Binary(bytes):
    """A parameter as PostgreSQL reads it: for `json` its text, for an array what `array` makes."""


class _AsItIs(Dumper):
    format = Format.BINARY

    def dump(self, obj: bytes) -> bytes:
        return obj


def taking_binary(connection: psycopg.Connection[Any] | psycopg.AsyncConnection[Any]) -> None:
    """Let *connection* take parameters that are `Binary`."""
    connection.adapters.register_dumper(Binary, _AsItIs)


def array(kind: int, values: Sequence[bytes]) -> Binary:
    """Return *values* as an array of *kind* that PostgreSQL's `array_recv` reads."""
    if not values:
        return Binary(_EMPTY.pack(0, 0, kind))
    parts = [_ARRAY.pack(1, 0, kind, len(values), 1)]  # dimensions, nulls, kind, length, first
    for value in values:
        parts += (len(value).to_bytes(4), value)
    return Binary(b"".join(parts))


class Statement(NamedTuple):
    """A statement and what it is given."""

    text: LiteralString
    given: tuple[Binary, ...]


@cache
def _numbered(statement: LiteralString) -> bytes:
    """Return *statement* with its `%s` numbered.

    A raw cursor takes it so; others look for placeholders, in a long one every time.
    """
    *parts, last = statement.split("%s")
    return "".join([*(f"{part}${n}" for n, part in enumerate(parts, 1)), last]).encode()


class InThreads:
    """Connections of an engine, each for one thread at a time; safe to share between threads."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def run(self, statement: Statement, within_s: float | None = None) -> list[Any]:
        """Run *statement*; return its rows, named.

        Raises:
            NoConnection: none came free in time, or the server cannot be reached.
            psycopg.Error: as a cursor; OperationalError without a code if the connection was lost
                on the way, or there was no answer *within_s*.
        """
        lent = self._lend()
        connection: TimedConnection = lent.driver_connection  # type: ignore[assignment]
        connection.answer_s = ANSWER_S if within_s is None else within_s
        try:
            cursor = psycopg.RawCursor(connection, row_factory=namedtuple_row)
            cursor.execute(_numbered(statement.text), statement.given, prepare=True, binary=True)
            rows = cursor.fetchall()
        except BaseException as error:
            if is_spoilt(connection, error):
                lent.invalidate()
            else:
                lent.close()
            raise
        lent.close()
        return rows

    def _lend(self) -> sa.PoolProxiedConnection:
        try:
            return self._engine.pool.connect()  # an engine that was disposed of has a new pool
        except (psycopg.OperationalError, sa.exc.TimeoutError) as error:
            raise NoConnection(str(error).partition("\n")[0]) from error


class OnLoop:
    """One connection for an event loop, made when first needed and anew when lost.

    One statement at a time is under way: the loop gathers commands into batches, and a batch
    reads, decides and writes before the next begins.
    """

    def __init__(self, connect: Callable[[], Awaitable[TimedAsyncConnection]]) -> None:
        self._connect = connect
        self._connection: TimedAsyncConnection | None = None
        self._cursor: psycopg.AsyncRawCursor[Any] | None = None  # one is used for all statements

    async def run(
        self, statement: Statement, *, lone: bool = False, within_s: float | None = None
    ) -> list[Any]:
        """Run *statement* as `InThreads.run` does; *lone* says that nobody else is served."""
        connection, cursor = await self._ready()
        connection.answer_s = ANSWER_S if within_s is None else within_s
        connection.watch_s = _WATCH_S if lone else 0.0
        try:
            await cursor.execute(
                _numbered(statement.text), statement.given, prepare=True, binary=True
            )
            return await cursor.fetchall()
        except BaseException as error:
            if is_spoilt(connection, error):
                self.close()
            raise

    def close(self) -> None:
        """Close the connection, if there is one."""
        connection, self._connection, self._cursor = self._connection, None, None
        if connection is not None:
            connection.pgconn.finish()

    async def _ready(self) -> tuple[TimedAsyncConnection, psycopg.AsyncRawCursor[Any]]:
        if self._connection is not None and has_news(self._connection):
            self.close()
        if self._connection is None or self._cursor is None:
            try:
                self._connection = await self._connect()
            except psycopg.OperationalError as error:
                raise NoConnection(str(error).partition("\n")[0]) from error
            self._cursor = psycopg.AsyncRawCursor(self._connection, row_factory=namedtuple_row)
        return self._connection, self._cursor


def is_spoilt(
    connection: psycopg.Connection[Any] | psycopg.AsyncConnection[Any], error: BaseException
) -> bool:
    """Tell whether *connection* may not be used again after *error*.

    Where it was no answer of the server's, an answer may still be on its way to it.
    """
    return connection.closed or not isinstance(error, _WITHOUT_CONSEQUENCE)
