"""What is asked of the read model and of what lies beside the log; one statement a question."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import Any

import orjson
import sqlalchemy as sa

from services.workflow.adapters.database import tables
from services.workflow.adapters.database.bulk import insert
from services.workflow.adapters.database.case_asked import ids_of
from services.workflow.adapters.database.case_lists import CaseLists
from services.workflow.adapters.database.case_places import CasePlaces
from services.workflow.adapters.database.case_sums import CaseSums
from services.workflow.adapters.database.connections import Connections
from services.workflow.adapters.database.log_reads import LogReads
from services.workflow.adapters.database.rows import is_case_id
from services.workflow.application.ports import CycleRow, Document, NoticeRow, Sort, Text
from services.workflow.application.reading_ports import ALL, ListQuery, Sieve

_text = tables.text.c
_notice = tables.notice.c
_head = tables.case_head.c
_inbox = tables.inbox.c
_read = tables.inbox_read.c
# Made first: a planner that filters before it joins would read a report as JSON, which it is not.
_DETAILS = (
    sa.select(tables.person.c.id, _text.content)
    .join(tables.text, _text.sha256 == tables.person.c.details)
    .cte("details")
    .prefix_with("MATERIALIZED")
)


class Reads(CaseLists, CaseSums, CasePlaces, LogReads):
    """Implements the port `Reads`; safe to share between threads."""

    def __init__(self, connections: Connections) -> None:
        super().__init__(connections)
        self._connections = connections

    def texts(self, hashes: Sequence[bytes]) -> dict[bytes, Text]:
        """Return the texts that are still there, by their hash."""
        statement = sa.select(tables.text).where(_text.sha256.in_(hashes))
        return {
            row.sha256: Text(sha256=row.sha256, salt=row.salt, content=row.content)
            for row in self._all(statement)
        }

    def intervals(self, case: str) -> list[Mapping[str, Any]]:
        """Return the intervals of a case, oldest first; each ends where the next begins."""
        if not is_case_id(case):
            return []
        interval = tables.case_interval
        ends = (
            sa.func.lead(begins, type_=begins.type)
            .over(partition_by=interval.c.case_id, order_by=interval.c.version)
            .label(name)
            for begins, name in (
                (interval.c.effective_from, "effective_to"),
                (interval.c.recorded_from, "recorded_to"),
            )
        )
        statement = (
            sa.select(interval, *ends)
            .where(interval.c.case_id == case)
            .order_by(interval.c.version)
        )
        return [*self._mappings(statement)]

    def latest_notices(self, cases: Sequence[str]) -> dict[str, NoticeRow]:
        """Return the last notice decided of each case that has one."""
        newer = tables.notice.alias("newer").c
        latest = (
            sa.select(newer.notice)
            .where(newer.case_id == tables.case_head.c.case_id)
            .order_by(newer.decided_at.desc(), newer.notice.desc())
            .limit(1)
            .scalar_subquery()
        )
        statement = (
            sa.select(tables.notice)
            .select_from(tables.case_head.join(tables.notice, _notice.notice == latest))
            .where(tables.case_head.c.case_id.in_(filter(is_case_id, cases)))
        )
        return {row["case_id"]: NoticeRow(**row) for row in self._mappings(statement)}

    def count_notices(self, query: ListQuery, outcomes: Sequence[str], kinds: Sequence[str]) -> int:
        """Return of how many cases of *query* some notice has one of these outcomes and kinds."""
        statement = sa.select(sa.func.count(_notice.case_id.distinct())).where(
            _notice.case_id.in_(ids_of(query)),
            _notice.outcome.in_(outcomes),
            _notice.kind.in_(kinds),
        )
        return int(self._all(statement)[0][0])

    def inbox(
        self, person: str, limit: int, after: tuple[str, str] | None, sieve: Sieve = ALL
    ) -> list[Mapping[str, Any]]:
        """Return those of a person's notices that *sieve* lets by, unread first, then newest.

        *after* is (recorded time, notice) of the last one seen, which may have been read since.
        """
        rows = tables.inbox.outerjoin(
            tables.inbox_read, sa.and_(_read.person == _inbox.person, _read.notice == _inbox.notice)
        ).outerjoin(tables.notice, _notice.notice == _inbox.notice)
        is_read = sa.case((_read.notice.is_(None), 0), else_=1)
        statement = (
            sa.select(
                _inbox.notice,
                _inbox.case_id,
                _inbox.sha256,
                _inbox.recorded_at,
                _read.read_at,
                _inbox.asks_in,
                _inbox.asks_desk,
                _notice.kind,
            )
            .select_from(rows)
            .where(_inbox.person == person, *_let_by(sieve))
            .order_by(is_read, _inbox.recorded_at.desc(), _inbox.notice.desc())
            .limit(limit)
        )
        if after is not None:
            # Among unread ones alone, one that was read since still says where to go on.
            further = _older(after) if sieve.unread else _further(person, is_read, after)
            statement = statement.where(further)
        return [*self._mappings(statement)]

    def count_unread(self, person: str, most: int) -> int:
        """Return how many of a person's notices are unread; counts no further than *most*."""
        seen = sa.exists().where(_read.person == _inbox.person, _read.notice == _inbox.notice)
        unread = sa.select(_inbox.notice).where(_inbox.person == person, ~seen).limit(most)
        return int(self._all(sa.select(sa.func.count()).select_from(unread.subquery()))[0][0])

    def told(self, person: str, notices: Sequence[str]) -> dict[str, NoticeRow]:
        """Return by id those of *notices* that *person* was told."""
        was_told = _notice.outcome.in_(("sent", "unknown"))
        theirs = (_notice.person == person, _notice.notice.in_(notices), was_told)
        found = self._mappings(sa.select(tables.notice).where(*theirs))
        return {row["notice"]: NoticeRow(**row) for row in found}

    def mark_read(self, person: str, notices: Sequence[str], at: datetime) -> None:
        """Mark notices in the inbox of *person* as read; others and those already are left."""
        there = sa.select(
            _inbox.person, _inbox.notice, sa.literal(at, tables.inbox_read.c.read_at.type)
        )
        theirs = there.where(_inbox.person == person, _inbox.notice.in_(notices))
        with self._connections.transaction() as connection:
            # Another request may be marking the same at once.
            marked = insert(connection, tables.inbox_read).from_select(
                ["person", "notice", "read_at"], theirs
            )
            connection.execute(marked.on_conflict_do_nothing())

    def cycle(self, cycle_id: str) -> CycleRow | None:
        """Return one cycle."""
        found = self._mappings(sa.select(tables.cycle).where(tables.cycle.c.id == cycle_id))
        return _cycle(found[0]) if found else None

    def cycles(self) -> list[CycleRow]:
        """Return all cycles, oldest first."""
        statement = sa.select(tables.cycle).order_by(tables.cycle.c.opened_at, tables.cycle.c.id)
        return [_cycle(row) for row in self._mappings(statement)]

    def in_cycles(self, scheme: str, label: str) -> dict[str, str]:
        """Return {unit: cycle} of all units in the rounds of *scheme* called *label*."""
        kept = tables.cycle_unit.c
        statement = sa.select(kept.unit, kept.cycle)
        found = self._all(statement.where(kept.scheme == scheme, kept.label == label))
        return {row.unit: row.cycle for row in found}

    def last_numbers(self, unit: str, label: str) -> dict[str, int]:
        """Return {letter: the last ordinal given} below the topmost *unit*."""
        kept = tables.case_number.c
        statement = sa.select(kept.letter, kept.last)
        found = self._all(statement.where(kept.unit == unit, kept.label == label))
        return {row.letter: row.last for row in found}

    def documents(self, hashes: Sequence[str]) -> dict[str, Document]:
        """Return scheme, calendar and policy texts, by their hash."""
        statement = sa.select(tables.document).where(tables.document.c.hash.in_(hashes))
        return {row["hash"]: Document(**row) for row in self._mappings(statement)}

    def people(self, ids: Sequence[str]) -> dict[str, Mapping[str, str]]:
        """Return {id: details}; erased or unknown people are missing."""
        statement = (
            sa.select(tables.person.c.id, _text.content)
            .join(tables.text, _text.sha256 == tables.person.c.details)
            .where(tables.person.c.id.in_(ids))
        )
        return {row.id: orjson.loads(row.content) for row in self._all(statement)}

    def languages(self, ids: Sequence[str]) -> dict[str, str]:
        """Return {id: language} of who chose one to be written to in."""
        spoken = tables.account.c
        statement = sa.select(spoken.person, spoken.language).where(
            spoken.person.in_(ids), spoken.language.is_not(None)
        )
        return {row.person: row.language for row in self._all(statement)}

    def find_people(self, is_meant: Callable[[str], bool], limit: int) -> list[str]:
        """Return ids of people whose name *is_meant*, by id.

        Names lie beside the log and can be erased, so they are in no index: all are looked at.
        """
        name: sa.ColumnClause[str] = (
            sa.literal_column("convert_from(details.content, 'UTF8')::json ->> 'name'")
            if self._connections.is_postgres
            else sa.literal_column("json_extract(CAST(details.content AS TEXT), '$.name')")
        )
        everybody = self._all(sa.select(_DETAILS.c.id, name.label("name")).order_by(_DETAILS.c.id))
        return list(islice((row.id for row in everybody if is_meant(row.name)), limit))


def _further(
    person: str, is_read: sa.ColumnElement[int], after: tuple[str, str]
) -> sa.ColumnElement[bool]:
    seen = tables.inbox_read.alias("seen").c
    was_read = (
        sa.select(sa.func.count(seen.notice))
        .where(seen.person == person, seen.notice == after[1])
        .scalar_subquery()
    )
    return sa.or_(is_read > was_read, sa.and_(is_read == was_read, _older(after)))


def _older(after: tuple[str, str]) -> sa.ColumnElement[bool]:
    at = datetime.fromisoformat(after[0]).astimezone(UTC)
    return sa.or_(
        _inbox.recorded_at < at, sa.and_(_inbox.recorded_at == at, _inbox.notice < after[1])
    )


def _let_by(sieve: Sieve) -> Iterator[sa.ColumnElement[bool]]:
    if sieve.unread:
        yield _read.notice.is_(None)
    if sieve.kind:
        yield _notice.kind == sieve.kind
    if sieve.asks:
        there = sa.exists().where(
            _head.case_id == _inbox.case_id,
            _head.state == _inbox.asks_in,
            _head.entered_at <= _inbox.recorded_at,  # and was not entered anew since
        )
        yield sa.and_(_inbox.asks_in.is_not(None), there)
    if sieve.notice:
        yield _inbox.notice == sieve.notice


def _cycle(row: Mapping[str, Any]) -> CycleRow:
    kinds = tuple(Sort(**one) for one in orjson.loads(row["kinds"]))
    return CycleRow(**{**row, "kinds": kinds})
