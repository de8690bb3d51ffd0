"""Cases on SQLite: one writer at a time, and whoever arrives together shares its commit.

Statements are calls into a library here, not round trips: links are followed in Python inside one
reading transaction. How a write asks first and is decided, `sqlite_case_writes` says.
"""

import sqlite3
from collections import namedtuple
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import cache
from typing import Any

import orjson
import sqlalchemy as sa

from schemas.instants import instant
from services.workflow.adapters.database.bulk import LostRace, require_all, write_rows
from services.workflow.adapters.database.case_standing import Found, sights_wanted
from services.workflow.adapters.database.case_writes import Flat
from services.workflow.adapters.database.connections import Connections, driver
from services.workflow.adapters.database.errors import translated
from services.workflow.adapters.database.rows import is_case_id
from services.workflow.adapters.database.side_streams import side_streams_of
from services.workflow.adapters.database.sqlite_case_writes import append
from services.workflow.adapters.database.sqlite_statements import (
    SIDE_STREAMS,
)
from services.workflow.application.firing.port import Standing, Wanted, Write
from services.workflow.application.ports import Append, Bulk, SideStream
from services.workflow.domain.case.head import Case
from services.workflow.domain.case.sights import Sight, Steps, sight_of

_VERSIONS = """
SELECT (SELECT version FROM event WHERE stream >= 'organisation/' AND stream < 'organisation0'
        ORDER BY stream DESC, version DESC LIMIT 1) AS organisation_version,
       (SELECT version FROM identity_state) AS identity_version,
       coalesce((SELECT version FROM event WHERE stream = 'text/calendar'
                 ORDER BY version DESC LIMIT 1), 0)
       + (SELECT count(*) FROM cycle WHERE closed_at IS NOT NULL) AS rulings"""
_FAMILIES = "SELECT id, family FROM case_record WHERE id IN (SELECT value FROM json_each(?))"
# What was written under a key stands in the own stream of a case, or else in one that is named.
_STREAM = "coalesce(u.kind || '/' || u.id, k.stream)"
_KEY = f"""
SELECT k.client, k.key, k.fingerprint, k.left_open, {_STREAM} AS stream, k.version AS key_version,
       e.body
FROM idempotency_key k LEFT JOIN case_record u ON u.id = k.case_id
LEFT JOIN event e ON e.stream = {_STREAM} AND e.version = k.version
WHERE k.client = ? AND k.key = ?"""  # noqa: S608 - our own constants
_HEADS = """
SELECT r.id, r.kind, r.of, r.family, r.number, r.cycle, r.tier, r.person, r.unit, r.path, r.pinned,
       h.version, h.state, h.holder_unit, h.holder_role, h.holder_person, h.entered_at, h.due_at,
       h.suspended_at, h.effective_at, h.recorded_at, h.facts, h.touched, h.n_children
FROM case_record r JOIN case_head h ON h.case_id = r.id WHERE """
_AT_SIGHT = {
    "case": "r.id = :id",
    "children": "r.of = :of AND r.kind = :kind",
    "anchor": "r.cycle = :cycle AND r.kind = :kind AND r.unit = :unit",
    "kind": "r.cycle = :cycle AND r.kind = :kind",
    "sharing": """r.cycle = :cycle AND r.kind = :kind
        AND coalesce(r.pinned -> 'parties' ->> :name, r.unit) = :unit""",
    "back": """r.cycle = :cycle AND r.kind = :kind AND EXISTS (
        SELECT 1 FROM json_each(r.pinned, '$.links') AS l WHERE l.value ->> 0 = :name
        AND l.value ->> 1 = :to AND l.value ->> 3 = :unit)""",
    "round": "r.cycle = :cycle",
}
_SLOTS = """
SELECT cycle AS place_cycle, kind AS place_kind, unit AS place_unit, current AS place_current,
       touched AS place_touched
FROM case_slot WHERE cycle = :cycle"""
_SLOT = f"{_SLOTS} AND kind = :kind AND unit = :unit"
_COUNTER = """
SELECT unit AS number_unit, label, letter, last
FROM case_number WHERE unit = :unit AND label || '/' || letter = :name"""
_FILE = """
SELECT case_id AS file_case, document AS file_document, lower(hex(sha256)) AS file_hash,
       length(content) AS file_length, gone_at AS file_gone_at
FROM attachment WHERE case_id = :of AND document = :kind AND sha256 = :name"""


class SqliteCases:
    """Implements `CaseStore`; safe to share between threads."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def standing(self, wanted: Sequence[Wanted]) -> Standing:
        """Return what the commands need, as of one instant."""
        with self._reading() as cursor:
            return _Reading(cursor).standing(wanted)

    def families(self, cases: Sequence[str]) -> dict[str, str]:
        """Return the family of each case that there is, in one statement."""
        ids = {name: name.rpartition("/")[2] for name in cases}
        asked = orjson.dumps([one for one in ids.values() if is_case_id(one)]).decode()
        with self._reading() as cursor:
            found = {row.id: row.family for row in _rows(cursor, _FAMILIES, (asked,))}
        return {name: found[case_id] for name, case_id in ids.items() if case_id in found}

    def side_streams(self, streams: Sequence[str], since: datetime) -> dict[str, SideStream]:
        """Return where refusals or notices streams stand, in one statement."""
        at = instant(since)
        rows = [{"stream": stream, "since": at} for stream in streams]
        with self._reading() as cursor:
            return side_streams_of(_rows(cursor, SIDE_STREAMS, (orjson.dumps(rows).decode(),)))

    def append(self, batch: Sequence[Write | Append]) -> list[bool]:
        """Write what still holds, in one commit; False where a write lost.

        Raises:
            StoreUnavailable: nothing was written.
        """
        with self._writing() as cursor:
            return [append(cursor, one) for one in batch]

    def append_all(self, writes: Sequence[Write]) -> bool:
        """Write what several commands write, in one transaction; False: one lost its race."""
        try:
            with self._writing() as cursor:
                require_all(append(cursor, one) for one in writes)
        except LostRace:
            return False
        return True

    def write(self, bulk: Bulk, cases: Write | None = None) -> bool:
        """Write a round with its cases, or an import, in one transaction; False: a lost race."""
        try:
            with self._connections.transaction() as connection:
                write_rows(connection, bulk)
                cursor = driver(connection).cursor()
                for one in (*bulk.appends, *(() if cases is None else (cases,))):
                    require_all([append(cursor, one)])
        except (LostRace, sa.exc.IntegrityError, sqlite3.IntegrityError):
            return False
        return True

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Cursor]:
        with self._within("BEGIN", self._connections.plain) as cursor:
            yield cursor

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Cursor]:
        with self._within("BEGIN IMMEDIATE", self._connections.hot) as cursor:
            yield cursor

    @contextmanager
    def _within(self, begin: str, engine: sa.Engine) -> Iterator[sqlite3.Cursor]:
        with translated():
            self._connections.require_in_place()
            lent = engine.raw_connection()
            try:
                cursor = driver(lent).cursor()
                cursor.execute(begin)
                try:
                    yield cursor
                    cursor.execute("COMMIT")
                except BaseException:
                    driver(lent).rollback()
                    raise
            finally:
                lent.close()


@cache  # making a class costs more than the statement
def _row_class(names: tuple[str, ...]) -> Any:
    return namedtuple("row", names)  # noqa: PYI024 - the names come from the statement


def _rows(cursor: sqlite3.Cursor, statement: str, given: Any) -> list[Any]:
    cursor.execute(statement, given)
    row = _row_class(tuple(column[0] for column in cursor.description))
    return list(map(row._make, cursor.fetchall()))


class _Reading:
    """One reading, in one transaction."""

    def __init__(self, cursor: sqlite3.Cursor) -> None:
        self._cursor = cursor
        self._found = Found()

    def standing(self, wanted: Sequence[Wanted]) -> Standing:
        (versions,) = self._rows(_VERSIONS, ())
        self._found.stands(versions)
        for one in wanted:
            for case in self._case(one.case):
                self._follow(case, one.steps)
            if one.key:
                for row in self._rows(_KEY, (one.client, one.key)):
                    self._found.key(row)
        for (cycle, name), sights in sights_wanted(wanted).items():
            begun = cycle or self._found.cycle_of(name)
            for sight in sights:
                self._look(sight, begun)
        return self._found.standing(wanted)

    def _follow(self, case: Case, steps: Steps) -> None:
        for step, further in steps.items():
            sight = sight_of(case, step)
            for one in () if sight is None else self._look(sight, case.cycle):
                self._follow(one, further)

    def _look(self, sight: Sight, cycle: str) -> Iterable[Case]:
        """Take what stands at *sight*; return its cases."""
        given = sight._asdict() | {"cycle": cycle}
        if sight.way == "counter":
            for row in self._rows(_COUNTER, given):
                self._found.number(row)
            return ()
        if sight.way == "file":
            for row in self._rows(_FILE, given | {"name": bytes.fromhex(sight.name)}):
                self._found.file(row)
            return ()
        if sight.way == "of":
            return self._case(sight.of)
        if sight.way == "slot":
            slots = self._slots(_SLOT, given)
            return [
                case
                for slot in slots
                if slot.place_current is not None
                for case in self._case(f"{sight.kind}/{slot.place_current}")
            ]
        if sight.way == "round":
            self._slots(_SLOTS, given)
        return self._cases(sight.way, given)

    def _slots(self, statement: str, given: Flat) -> list[Any]:
        slots = self._rows(statement, given)
        for slot in slots:
            self._found.place(slot)
        return slots

    def _case(self, stream: str) -> list[Case]:
        case_id = stream.rpartition("/")[2]
        return self._cases("case", {"id": case_id}) if is_case_id(case_id) else []

    def _cases(self, way: str, given: Flat) -> list[Case]:
        return [self._found.case(row) for row in self._rows(_HEADS + _AT_SIGHT[way], given)]

    def _rows(self, statement: str, given: Any) -> list[Any]:
        return _rows(self._cursor, statement, given)
