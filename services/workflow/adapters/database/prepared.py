"""Statements of the hot path on PostgreSQL: prepared once, each its own transaction.

psycopg sends them and waits, in threads and on event loops alike, a floor below its cursors: what
a cursor finds out about each statement anew is known here, and had cost a lone command a
twentieth of its time. Ours is as well what it cannot know: whether a connection that failed may
be used again, and that nothing was sent where none could be had.
"""

import struct
from collections import namedtuple
from collections.abc import Awaitable, Callable, Sequence
from functools import cache
from typing import Any, LiteralString, NamedTuple

import psycopg
import sqlalchemy as sa
from psycopg.abc import PQGen
from psycopg.adapt import Transformer
from psycopg.errors import error_from_result
from psycopg.generators import execute
from psycopg.pq import ExecStatus, Format
from psycopg.pq.abc import PGresult

from services.workflow.adapters.database.timed import (
    TimedAsyncConnection,
    TimedConnection,
    has_news,
)
from services.workflow.application.rounds import ANSWER_S

BYTEA, INT4, TEXT, UUIDS = 17, 23, 25, 2950  # kinds by their oids, the same in every database
_ARRAY, _EMPTY = struct.Struct(">5i"), struct.Struct(">3i")
# How long the loop looks for the answer to a lone command before it sleeps: to sleep and be woken
# twice costs such a command a fifth of its time. A write with its fsync takes 0.4 ms and more. Who
# comes meanwhile waits no longer than this.
_WATCH_S = 0.001
# A lost race, a lock not got in time, a deadlock: the same statement may do the next time. That a
# connection was lost is found out by itself. After anything else, a migration under our feet, say,
# what is prepared may not fit the tables any more.
_WITHOUT_CONSEQUENCE = (psycopg.errors.UniqueViolation, psycopg.OperationalError)
_PREPARED = "shuping.prepared"  # where a pool keeps it beside the connection, as long as that lives


class NoConnection(psycopg.OperationalError):
    """No connection could be had; nothing was sent."""


class Binary(bytes):
    """A parameter as PostgreSQL reads it: for `json` its text, for an array what `array` makes."""


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
    """Return *statement* with its `%s` numbered, as the server reads it."""
    *parts, last = statement.split("%s")
    return "".join([*(f"{part}${n}" for n, part in enumerate(parts, 1)), last]).encode()


class Prepared:
    """What a connection of the hot path has prepared: a name for each statement, and its rows."""

    def __init__(self, connection: psycopg.Connection[Any] | psycopg.AsyncConnection[Any]) -> None:
        self._server = connection.pgconn
        self._reading = Transformer.from_context(connection)
        self._names: dict[LiteralString, bytes] = {}
        self._rows: dict[LiteralString, Callable[[Sequence[Any]], Any]] = {}

    def asking(self, statement: Statement) -> PQGen[list[Any]]:
        """Send *statement*, prepared first where it is new; return its rows, named.

        For `wait` of the connection. Raises what a cursor does: psycopg.Error.
        """
        name = self._names.get(statement.text)
        if name is None:
            name = b"hot_%d" % len(self._names)
            self._server.send_prepare(name, _numbered(statement.text))
            _last_of((yield from execute(self._server)))
            self._names[statement.text] = name
        given = statement.given
        self._server.send_query_prepared(
            name, given, param_formats=[Format.BINARY] * len(given), result_format=Format.BINARY
        )
        told = _last_of((yield from execute(self._server)))
        self._reading.set_pgresult(told)
        row = self._rows.get(statement.text)
        if row is None:
            row = self._rows[statement.text] = _row_of(told)
        return self._reading.load_rows(0, told.ntuples, row)


def _last_of(results: Sequence[PGresult]) -> PGresult:
    """Return the only result there is, or raise what the server says instead of one."""
    for told in results:
        if told.status not in (ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK):
            raise error_from_result(told)
    return results[-1]


def _row_of(told: PGresult) -> Callable[[Sequence[Any]], Any]:
    names = [(told.fname(n) or b"").decode() for n in range(told.nfields)]
    # The statement alone says what its members are.
    row: Any = namedtuple("Row", names)  # type: ignore[misc]  # noqa: PYI024
    made: Callable[[Sequence[Any]], Any] = row._make
    return made


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
            prepared: Prepared | None = lent.info.get(_PREPARED)
            if prepared is None:
                prepared = lent.info[_PREPARED] = Prepared(connection)
            with connection.lock:
                rows = connection.wait(prepared.asking(statement))
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
        self._prepared: Prepared | None = None  # on that connection

    async def run(
        self, statement: Statement, *, lone: bool = False, within_s: float | None = None
    ) -> list[Any]:
        """Run *statement* as `InThreads.run` does; *lone* says that nobody else is served."""
        connection, prepared = await self._ready()
        connection.answer_s = ANSWER_S if within_s is None else within_s
        connection.watch_s = _WATCH_S if lone else 0.0
        try:
            async with connection.lock:
                return await connection.wait(prepared.asking(statement))
        except BaseException as error:
            if is_spoilt(connection, error):
                self.close()
            raise

    def close(self) -> None:
        """Close the connection, if there is one."""
        connection, self._connection, self._prepared = self._connection, None, None
        if connection is not None:
            connection.pgconn.finish()

    async def _ready(self) -> tuple[TimedAsyncConnection, Prepared]:
        if self._connection is not None and has_news(self._connection):
            self.close()
        if self._connection is None or self._prepared is None:
            try:
                self._connection = await self._connect()
            except psycopg.OperationalError as error:
                raise NoConnection(str(error).partition("\n")[0]) from error
            self._prepared = Prepared(self._connection)
        return self._connection, self._prepared


def is_spoilt(
    connection: psycopg.Connection[Any] | psycopg.AsyncConnection[Any], error: BaseException
) -> bool:
    """Tell whether *connection* may not be used again after *error*.

    Where it was no answer of the server's, an answer may still be on its way to it.
    """
    return connection.closed or not isinstance(error, _WITHOUT_CONSEQUENCE)
