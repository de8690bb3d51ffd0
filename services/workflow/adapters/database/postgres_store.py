"""The hot path on PostgreSQL: one statement to read, one to write, each its own transaction.

The statements go over libpq directly (`lanes.py`): a pool and a cursor cost several times what
the round trip does. No lock is shared between reviews; who loses a race for a
version waits for the winner's commit and then finds the head moved.
"""

import asyncio
import base64
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime
from functools import partial
from operator import attrgetter
from typing import Any, LiteralString, Protocol

import orjson
import psycopg
import sqlalchemy as sa

from schemas.instants import instant
from services.workflow.adapters.database.bulk import LostRace, require_all, write_rows
from services.workflow.adapters.database.connections import Connections, driver
from services.workflow.adapters.database.lanes import BYTEA, TEXT, NoAnswer, NoLane, array
from services.workflow.adapters.database.pipeline import Pipeline, pipeline
from services.workflow.adapters.database.postgres_statements import (
    APPEND,
    MOVE,
    MOVE_WITH_TEXTS,
    SIDE_STREAMS,
    STANDING,
)
from services.workflow.adapters.database.rows import append_row, chunks
from services.workflow.adapters.database.standing import (
    side_streams_of,
    standing_of,
    wanted_rows,
)
from services.workflow.application.ports import Append, Bulk, SideStream, Standing, Wanted
from services.workflow.application.rounds import (
    READ_S,
    Given,
    Result,
    Round,
    RoundStore,
    Several,
    Thing,
    at_once,
)
from services.workflow.domain.refusals import OutcomeUnknown, StoreUnavailable

ROUND = (STANDING, SIDE_STREAMS, MOVE, MOVE_WITH_TEXTS, APPEND)  # what a loop's lane prepares
_CHUNK = 500  # rows of one statement in a bulk: bounds its parameters
_LOST_TO_ANOTHER = (psycopg.errors.UniqueViolation, psycopg.errors.DeadlockDetected)


class Run(Protocol):
    """Runs a statement for *lone* one, or for several who came together; answered *within_s*."""

    def __call__(
        self,
        statement: LiteralString,
        *parameters: bytes,
        lone: bool,
        within_s: float | None = None,
    ) -> Awaitable[list[Any]]: ...


class PostgresRounds:
    """Implements `RoundStore` over *run*, in a thread that may wait."""

    def __init__(self, run: Run) -> None:
        self._run = run

    async def standing(self, wanted: Sequence[Wanted]) -> Standing:
        """Return heads and used keys, in one statement."""
        return standing_of(await self._read(STANDING, wanted_rows(wanted)))

    async def side_streams(self, streams: Sequence[str], since: datetime) -> dict[str, SideStream]:
        """Return where refusals or notices streams stand, in one statement."""
        at = instant(since)
        rows = [{"stream": stream, "since": at} for stream in streams]
        return side_streams_of(await self._read(SIDE_STREAMS, rows))

    async def append(self, batch: Sequence[Append]) -> list[bool]:
        """Write what still fits, in one commit; True where the append won its version.

        Raises:
            OutcomeUnknown: the connection was lost while the statement was under way.
            StoreUnavailable: nothing was sent, or the server wrote nothing.
        """
        if not batch:
            return []
        try:
            won = await self._write(batch)
        except _LOST_TO_ANOTHER:
            return [False] if len(batch) == 1 else await self._one_by_one(batch)
        return [one.stream in won for one in batch]

    async def _one_by_one(self, batch: Sequence[Append]) -> list[bool]:
        won: list[bool] = []
        for one in batch:
            try:
                won += await self.append([one])
            except StoreUnavailable as error:
                if not any(won):
                    raise
                # Those before it are written: nobody of this batch may hear that nothing was.
                raise OutcomeUnknown(str(error)) from error
        return won

    async def elsewhere(
        self, function: Callable[Given, Result], *given: Given.args, **named: Given.kwargs
    ) -> Result:
        """Call *function* here."""
        return function(*given, **named)

    async def _read(
        self, statement: LiteralString, rows: Sequence[Mapping[str, str | None]]
    ) -> list[Any]:
        """Run a reading statement; once more if the connection turns out to be lost."""
        parameter, lone = orjson.dumps(rows), len(rows) == 1
        try:
            return await self._run(statement, parameter, lone=lone, within_s=READ_S)
        except (NoLane, NoAnswer) as error:
            raise StoreUnavailable(_first_line(error)) from error
        except psycopg.OperationalError:
            try:
                return await self._run(statement, parameter, lone=lone, within_s=READ_S)
            except psycopg.OperationalError as error:
                raise StoreUnavailable(_first_line(error)) from error

    async def _write(self, batch: Sequence[Append]) -> set[str]:
        """Return the streams of *batch* that were written."""
        try:
            lone = len(batch) == 1
            rows = await self._run(_statement(batch), *_parameters(batch), lone=lone)
        except NoLane as error:
            raise StoreUnavailable(_first_line(error)) from error
        except (psycopg.OperationalError, psycopg.errors.ReadOnlySqlTransaction) as error:
            if isinstance(error, psycopg.errors.DeadlockDetected):
                raise
            # A server that names a reason (time-out, disk full, read-only) undid the statement; a
            # connection that broke leaves it open whether the commit came through.
            if error.sqlstate is None or error.sqlstate.startswith(("08", "57P")):
                raise OutcomeUnknown(_first_line(error)) from error
            raise StoreUnavailable(_first_line(error)) from error
        return {row.stream for row in rows}


class LoopRounds(PostgresRounds):
    """The same on an event loop, which nothing may keep waiting."""

    async def elsewhere(
        self, function: Callable[Given, Result], *given: Given.args, **named: Given.kwargs
    ) -> Result:
        """Call *function* in a thread that may wait."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(None, partial(function, *given, **named))


class _Pipelined:
    """Implements `Several`."""

    def __init__(self, line: Pipeline) -> None:
        async def run(
            statement: LiteralString,
            *parameters: bytes,
            lone: bool,  # noqa: ARG001
            within_s: float | None = None,  # noqa: ARG001 -- who waits, waits for others' writes
        ) -> list[Any]:
            return await line.run(statement, *parameters)

        self._line, self._rounds = line, PostgresRounds(run)

    def each(
        self, do: Callable[[Thing, RoundStore], Round], things: Iterable[Thing]
    ) -> Iterator[Thing]:
        """Do each of *things*; yield each when it is done."""
        return self._line.each((thing, do(thing, self._rounds)) for thing in things)


class PostgresEventStore:
    """Implements `EventStore`; safe to share between threads."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections
        self._rounds = PostgresRounds(self._run)

    def standing(self, wanted: Sequence[Wanted]) -> Standing:
        """Return heads and used keys, in one statement."""
        return at_once(self._rounds.standing(wanted))

    def side_streams(self, streams: Sequence[str], since: datetime) -> dict[str, SideStream]:
        """Return where refusals or notices streams stand, in one statement."""
        return at_once(self._rounds.side_streams(streams, since))

    def append(self, batch: Sequence[Append]) -> list[bool]:
        """Write what still fits: see `PostgresRounds.append`."""
        return at_once(self._rounds.append(batch))

    @contextmanager
    def several(self) -> Iterator[Several]:
        """Keep a connection's room for several rounds.

        Raises:
            StoreUnavailable: none came free in time.
        """
        with ExitStack() as lent:
            try:
                line = lent.enter_context(pipeline(self._connections.lanes, ROUND))
            except NoLane as error:
                raise StoreUnavailable(_first_line(error)) from error
            yield _Pipelined(line)

    def write(self, bulk: Bulk) -> bool:
        """Write a cycle or an import in one transaction; False (nothing) on a lost race."""
        try:
            with self._connections.transaction() as connection:
                write_rows(connection, bulk)
                cursor = driver(connection).cursor()
                for chunk in chunks(bulk.appends, _CHUNK):
                    facts, rows, bodies = _rows(chunk)
                    cursor.execute(APPEND, (facts, rows.decode(), bodies), prepare=True)
                    require_all([cursor.rowcount == len(chunk)])
        except (LostRace, sa.exc.IntegrityError, *_LOST_TO_ANOTHER):
            return False
        return True

    async def _run(  # a thread that waits keeps nobody else waiting, lone or not
        self,
        statement: LiteralString,
        *parameters: bytes,
        lone: bool,  # noqa: ARG002
        within_s: float | None = None,
    ) -> list[Any]:
        return self._connections.lanes.run(statement, *parameters, within_s=within_s)


def _statement(batch: Sequence[Append]) -> LiteralString:
    if any(one.before is None or one.after is None for one in batch):
        return APPEND
    return MOVE_WITH_TEXTS if any(one.texts for one in batch) else MOVE


def _parameters(batch: Sequence[Append]) -> tuple[bytes, ...]:
    facts, rows, bodies = _rows(batch)
    return array(TEXT, [text.encode() for text in facts]), rows, array(BYTEA, bodies)


def _rows(batch: Sequence[Append]) -> tuple[list[str], bytes, list[bytes]]:
    """Return of *batch*, in one order, the facts of the heads, the rows as JSON, the events."""
    # In order of stream, so that two batches take the locks of shared reviews in one order.
    rows = [append_row(one) for one in sorted(batch, key=attrgetter("stream"))]
    facts = [row.pop("facts", "") for row in rows]
    bodies = [row.pop("body") for row in rows]
    return facts, orjson.dumps(rows, default=_base64), bodies


def _base64(value: bytes) -> str:
    return base64.b64encode(value).decode("ascii")


def _first_line(error: BaseException) -> str:
    return str(error).partition("\n")[0]
