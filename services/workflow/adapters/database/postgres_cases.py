"""Cases on PostgreSQL: one statement to read, one to write, each its own transaction.

What looks at nothing but its own case is read and written by statements that know of nothing else:
it pays for no link.
"""

import asyncio
import base64
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from operator import itemgetter
from time import monotonic
from typing import Any, LiteralString, Protocol

import orjson
import psycopg
import sqlalchemy as sa

from schemas.instants import instant
from services.workflow.adapters.database.bulk import LostRace, require_all, write_rows
from services.workflow.adapters.database.case_standing import (
    linked_of,
    sighted_of,
    sights_wanted,
    standing_of,
)
from services.workflow.adapters.database.case_writes import (
    Rows,
    is_plain,
    pieces,
    plain_row,
    without_clashes,
)
from services.workflow.adapters.database.connections import Connections, driver
from services.workflow.adapters.database.postgres_case_statements import (
    ALONE,
    FAMILIES,
    LINKED,
    SIGHTED,
    WRITE,
)
from services.workflow.adapters.database.postgres_statements import (
    APPEND,
    MOVE,
    MOVE_WITH_MORE,
    SIDE_STREAMS,
)
from services.workflow.adapters.database.prepared import (
    BYTEA,
    TEXT,
    Binary,
    NoConnection,
    Statement,
    array,
)
from services.workflow.adapters.database.rows import append_row, chunks, is_case_id
from services.workflow.adapters.database.side_streams import side_streams_of
from services.workflow.application.firing.port import (
    Given,
    Result,
    Standing,
    Wanted,
    Write,
)
from services.workflow.application.ports import Append, Bulk, SideStream
from services.workflow.application.rounds import READ_S, at_once
from services.workflow.domain.case.sights import Sight
from services.workflow.domain.refusals import OutcomeUnknown, StoreUnavailable

_CHUNK = 500  # rows of one statement in a bulk: bounds its parameters
_MORE = ("texts", "filed", "grades")  # what a row of MOVE_WITH_MORE may have, and one of MOVE not
_LOST_TO_ANOTHER = (psycopg.errors.UniqueViolation, psycopg.errors.DeadlockDetected)
Either = Write | Append


class Run(Protocol):
    """Runs a statement for a *lone* command or several; answered *within_s*, if given."""

    def __call__(
        self, statement: Statement, *, lone: bool = False, within_s: float | None = None
    ) -> Awaitable[list[Any]]: ...


class PostgresCaseRounds:
    """Implements `CaseRounds` over *run*, in a thread that may wait."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._lone = False  # whether the last reading was for one command: then so is its write

    async def standing(self, wanted: Sequence[Wanted]) -> Standing:
        """Return what the commands need, in one statement."""
        self._lone = len(wanted) == 1
        if any(one.sights or one.whole for one in wanted):
            given = {"wanted": wanted_rows(wanted), "sights": list(_sight_rows(wanted))}
            return sighted_of(await self._read(SIGHTED, given), wanted)
        if any(one.steps for one in wanted):
            given = {"wanted": wanted_rows(wanted)}
            return linked_of(await self._read(LINKED, given), wanted)
        rows = [
            {"case_id": _id_of(one.case), "client": one.client, "key": one.key} for one in wanted
        ]
        return standing_of(await self._read(ALONE, rows), wanted)

    async def side_streams(self, streams: Sequence[str], since: datetime) -> dict[str, SideStream]:
        """Return where refusals or notices streams stand, in one statement."""
        at = instant(since)
        rows = [{"stream": stream, "since": at} for stream in streams]
        return side_streams_of(await self._read(SIDE_STREAMS, rows))

    async def append(self, batch: Sequence[Either]) -> list[bool]:
        """Write what still holds, in one commit; False where a write lost.

        Raises:
            OutcomeUnknown: the connection was lost while the statement was under way.
            StoreUnavailable: nothing was sent, or the server wrote nothing.
        """
        won: set[int] = set()
        left = deque(_turns(batch))
        while left:
            turn = left.popleft()
            try:
                won |= await self._write(batch, turn)
            except _LOST_TO_ANOTHER:
                if len(turn) > 1:
                    left.extendleft([nth] for nth in reversed(turn))
            except StoreUnavailable as error:
                if not won:
                    raise
                # Those before it are written: nobody of this batch may hear that nothing was.
                raise OutcomeUnknown(str(error)) from error
        return [nth in won for nth in range(len(batch))]

    async def elsewhere(
        self, function: Callable[Given, Result], *given: Given.args, **named: Given.kwargs
    ) -> Result:
        """Call *function* here."""
        return function(*given, **named)

    async def _read(self, text: LiteralString, given: Any) -> list[Any]:
        """Run a reading statement; once more if the connection turns out to be lost."""
        statement, until = Statement(text, (Binary(orjson.dumps(given)),)), monotonic() + READ_S
        try:
            return await self._run(statement, lone=self._lone, within_s=READ_S)
        except psycopg.OperationalError as error:
            left_s = until - monotonic()
            if isinstance(error, NoConnection) or left_s <= 0:
                raise StoreUnavailable(_first_line(error)) from error
        try:
            return await self._run(statement, lone=self._lone, within_s=left_s)
        except psycopg.OperationalError as error:
            raise StoreUnavailable(_first_line(error)) from error

    async def _write(self, batch: Sequence[Either], turn: Sequence[int]) -> set[int]:
        """Write what of *batch* stands at the places in *turn*; return where what won stands."""
        statement = sent([batch[nth] for nth in turn])
        try:
            rows = await self._run(statement, lone=self._lone)
        except NoConnection as error:
            raise StoreUnavailable(_first_line(error)) from error
        except (psycopg.OperationalError, psycopg.errors.ReadOnlySqlTransaction) as error:
            if isinstance(error, psycopg.errors.DeadlockDetected):
                raise
            # A server that names a reason (time-out, disk full, read-only) undid the statement; a
            # connection that broke leaves it open whether the commit came through.
            if error.sqlstate is None or error.sqlstate.startswith(("08", "57P")):
                raise OutcomeUnknown(_first_line(error)) from error
            raise StoreUnavailable(_first_line(error)) from error
        if statement.text is WRITE:
            return {turn[row.w] for row in rows}
        streams = {row.stream for row in rows}
        return {nth for nth in turn if _own_stream(batch[nth]) in streams}


class LoopCaseRounds(PostgresCaseRounds):
    """The same on an event loop, which nothing may keep waiting."""

    async def elsewhere(
        self, function: Callable[Given, Result], *given: Given.args, **named: Given.kwargs
    ) -> Result:
        """Call *function* in a thread that may wait."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(None, partial(function, *given, **named))


class PostgresCases:
    """Implements `CaseStore`; safe to share between threads."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections
        self._rounds = PostgresCaseRounds(self._run)

    def standing(self, wanted: Sequence[Wanted]) -> Standing:
        """Return what the commands need, in one statement."""
        return at_once(self._rounds.standing(wanted))

    def families(self, cases: Sequence[str]) -> dict[str, str]:
        """Return the family of each case that there is, in one statement."""
        ids = {name: case_id for name in cases if (case_id := _id_of(name))}
        if not ids:
            return {}
        asked = Statement(FAMILIES, (array(TEXT, [one.encode() for one in {*ids.values()}]),))
        try:
            rows = self._connections.in_threads.run(asked, within_s=READ_S)
        except psycopg.OperationalError as error:
            raise StoreUnavailable(_first_line(error)) from error
        found = {row.id: row.family for row in rows}
        return {name: found[case_id] for name, case_id in ids.items() if case_id in found}

    def side_streams(self, streams: Sequence[str], since: datetime) -> dict[str, SideStream]:
        """Return where refusals or notices streams stand, in one statement."""
        return at_once(self._rounds.side_streams(streams, since))

    def append(self, batch: Sequence[Either]) -> list[bool]:
        """Write what still holds: see `PostgresCaseRounds.append`."""
        return at_once(self._rounds.append(batch))

    def append_all(self, writes: Sequence[Write]) -> bool:
        """Write what several commands write, in one transaction; False: one lost its race."""
        try:
            with self._connections.transaction() as connection:
                cursor = driver(connection).cursor()
                for start in range(0, len(writes), _CHUNK):
                    _execute(cursor, writes[start : start + _CHUNK], WRITE)
        except (LostRace, sa.exc.IntegrityError, *_LOST_TO_ANOTHER):
            return False
        return True

    def write(self, bulk: Bulk, cases: Write | None = None) -> bool:
        """Write a round with its cases, or an import, in one transaction; False: a lost race."""
        try:
            with self._connections.transaction() as connection:
                write_rows(connection, bulk)
                cursor = driver(connection).cursor()
                for chunk in chunks(bulk.appends, _CHUNK):
                    _execute(cursor, chunk, WRITE)
                for piece in () if cases is None else pieces(cases, _CHUNK):
                    _execute(cursor, [piece], WRITE)
        except (LostRace, sa.exc.IntegrityError, *_LOST_TO_ANOTHER):
            return False
        return True

    async def _run(  # a thread that waits keeps nobody else waiting, lone or not
        self,
        statement: Statement,
        *,
        lone: bool = False,  # noqa: ARG002
        within_s: float | None = None,
    ) -> list[Any]:
        return self._connections.in_threads.run(statement, within_s=within_s)


def _execute(
    cursor: psycopg.Cursor[Any], batch: Sequence[Either], statement: LiteralString
) -> None:
    given, bodies = _written(batch)
    cursor.execute(statement, (given.decode(), bodies), prepare=True)
    require_all([cursor.rowcount == len(batch)])


def _turns(batch: Sequence[Either]) -> list[list[int]]:
    """Return the places in *batch* of what may be written, by the statement that does.

    Nearly always that is one: of one stream beside the cases, each append follows another.
    """
    turns: list[list[int]] = []
    n_of: Counter[str] = Counter()
    for nth in without_clashes(batch):
        one, at = batch[nth], 0
        if isinstance(one, Append):
            at, n_of[one.stream] = n_of[one.stream], n_of[one.stream] + 1
        turns[at:] = turns[at:] or [[]]
        turns[at].append(nth)
    return turns


def sent(batch: Sequence[Either]) -> Statement:
    """Return the statement that writes *batch*, the leanest that can, and its parameters."""
    if all(isinstance(one, Append) or is_plain(one) for one in batch):
        rows = [append_row(one) if isinstance(one, Append) else plain_row(one) for one in batch]
        # In order of stream, so that two batches take the locks of shared cases in one order.
        rows.sort(key=itemgetter("stream"))
        facts = [row.pop("facts", "") for row in rows]
        bodies = [row.pop("body") for row in rows]
        statement = _plainest(batch, rows)
        moves = Binary(orjson.dumps(rows, default=_base64))
        return Statement(statement, (_texts(facts), moves, array(BYTEA, bodies)))
    given, bodies = _written(batch)
    return Statement(WRITE, (Binary(given), array(BYTEA, bodies)))


def _plainest(batch: Sequence[Either], rows: Sequence[Mapping[str, Any]]) -> LiteralString:
    if any(isinstance(one, Append) for one in batch):
        return APPEND
    return MOVE if all(row.keys().isdisjoint(_MORE) for row in rows) else MOVE_WITH_MORE


def _written(batch: Sequence[Either]) -> tuple[bytes, list[bytes]]:
    """Return the parameters of WRITE: the rows as JSON, and the events in the rows' order."""
    rows = Rows()
    for nth, one in enumerate(batch):
        rows.add(nth, one)
    bodies = [row.pop("body") for row in rows.events]
    return orjson.dumps(rows, default=_base64), bodies


def _texts(values: Sequence[str]) -> Binary:
    return array(TEXT, [value.encode() for value in values])


def wanted_rows(wanted: Sequence[Wanted]) -> list[dict[str, Any]]:
    """Return whose heads and keys are read, and where from them on."""
    return [
        {"case_id": _id_of(one.case), "client": one.client, "key": one.key, "steps": one.steps}
        for one in wanted
    ]


def _sight_rows(wanted: Sequence[Wanted]) -> Any:
    for (cycle, name), sights in sights_wanted(wanted).items():
        begun = {"cycle": cycle} if cycle else {"case_id": _id_of(name)}
        for sight in sights:
            yield begun | _sight_row(sight)


def _sight_row(sight: Sight) -> dict[str, str]:
    row = sight._asdict()
    row["leads_to"] = row.pop("to")
    return row


def _id_of(stream: str) -> str | None:
    """Return the id in a stream's name; what is no UUID is the id of no case."""
    case_id = stream.rpartition("/")[2]
    return case_id if is_case_id(case_id) else None


def _own_stream(one: Either) -> str:
    return one.stream if isinstance(one, Append) else one.events[0].stream


def _base64(value: bytes) -> str:
    return base64.b64encode(value).decode("ascii")


def _first_line(error: BaseException) -> str:
    return str(error).partition("\n")[0]
