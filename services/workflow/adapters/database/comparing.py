"""The read model held against the rows that a replay of the log leads to.

The one idea: the log and every table are walked in the order of the cases' streams, kind by kind
and by id, as of one instant, so memory holds one case's rows at a time. The rows are compared as
they are, all of them and every column; instants as the database keeps them, since to
make times of microseconds, or words of times, costs more than all the rest.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from datetime import datetime, timedelta
from functools import partial
from itertools import chain, groupby
from operator import itemgetter
from typing import Any, Self

import sqlalchemy as sa
from psycopg.types.numeric import Int8BinaryLoader

from schemas.instants import FIRST, instant
from schemas.streams import Stream
from services.workflow.adapters.database import tables
from services.workflow.adapters.database.bulk import cycle_row, organisation_rows
from services.workflow.adapters.database.case_rows import (
    Spell,
    beside_rows,
    grade_rows,
    head_row,
    interval_row,
    record_row,
    source_rows,
)
from services.workflow.adapters.database.connections import driver
from services.workflow.adapters.database.rebuilding import rows_beside
from services.workflow.application.audit_ports import Difference, StreamRow
from services.workflow.application.ports import Append, CycleRow
from services.workflow.domain.case.head import Case
from services.workflow.domain.case.slots import Slots

_AT_ONCE = 1_000  # rows fetched in one go, of each table
_MICROSECOND = timedelta(microseconds=1)
Row = tuple[Any, ...]

_record = tables.case_record.c
# Each table that has rows of cases: the order of a kind's rows, which begins with the case.
_OF_CASES: Mapping[sa.Table, tuple[sa.Column[Any], ...]] = {
    tables.case_record: (_record.id,),
    tables.case_head: (tables.case_head.c.case_id,),
    tables.case_within: (tables.case_within.c.case_id, tables.case_within.c.unit),
    tables.case_beside: (
        tables.case_beside.c.case_id,
        tables.case_beside.c.party,
        tables.case_beside.c.unit,
    ),
    tables.case_interval: (tables.case_interval.c.case_id, tables.case_interval.c.version),
    tables.case_source: tuple(tables.case_source.primary_key),
    tables.case_grade: tuple(tables.case_grade.primary_key),
    tables.refusal: (tables.refusal.c.stream, tables.refusal.c.version),
    tables.notice: (tables.notice.c.case_id, tables.notice.c.notice),
    tables.inbox: (tables.inbox.c.case_id, tables.inbox.c.notice),
}
_OF_ROUNDS = (tables.cycle, tables.case_slot)
TELLING = {tables.case_slot: tables.case_slot.c.current.is_not(None)}  # see `apply_slots`
_NAMES = {
    table: tuple(column.name for column in tables.replayed(table)) for table in tables.READ_MODEL
}
_VALUES = {table: itemgetter(*names) for table, names in _NAMES.items()}


class Comparison:
    """Implements the port `Comparison`."""

    def __init__(self, connection: sa.Connection, streams: Iterator[StreamRow]) -> None:
        self._connection = connection
        self._streams = streams
        self._open = ExitStack()
        self._kinds: list[str] = []  # of cases, in the order of the log; the last is under way
        self._piles: dict[sa.Table, _Pile] = {}
        self._all_taken = False  # whether the piles of one kind have taken every row there is
        self._whole: dict[sa.Table, dict[tuple[str, ...], Row]] = {
            table: {}
            for table in (tables.cycle, tables.case_slot, tables.unit, tables.person, tables.post)
        }
        self._root = ""
        self._is_postgres = connection.dialect.name == "postgresql"
        self._spell: Spell = _microseconds if self._is_postgres else instant

    def __enter__(self) -> Self:
        kinds = sa.select(_record.kind).distinct()
        self._kept = set(self._connection.execute(kinds).scalars())
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def streams(self) -> Iterator[StreamRow]:
        """Yield all events, by stream in the order of its bytes, then by version."""
        return self._streams

    def ends_of_rounds(self) -> Iterator[bytes]:
        """Yield the events of rounds after their first."""
        event = tables.event.c
        statement = (
            sa.select(sa.cast(event.body, sa.LargeBinary))
            .where(event.stream >= "cycle/", event.stream < "cycle0", event.version > 1)
            .order_by(event.stream, event.version)
        )
        yield from self._connection.execute(statement).scalars().all()

    def text(self, commitment: bytes) -> bytes | None:
        """Return what is kept beside the log under *commitment*; None where it is gone."""
        text = tables.text.c
        content = sa.cast(text.content, sa.LargeBinary)
        statement = sa.select(content).where(text.sha256 == commitment)
        found: bytes | None = self._connection.execute(statement).scalar_one_or_none()
        return found

    def case(
        self, stream: Stream, states: Sequence[Case], beside: Sequence[Append]
    ) -> Iterator[Difference]:
        """Yield how the rows of a case differ from what its *states* and what lies *beside* say.

        Asked in the order of streams; rows of cases before this one that nobody asked about follow
        from no event.
        """
        yield from self._turn_to(stream.kind)
        expected = _expected(states, beside, self._spell)
        for table, pile in self._piles.items():
            yield from pile.left_out(stream.id)
            kept, wanted = pile.of(stream.id), expected[table]
            if kept != wanted:
                yield _difference(table, str(stream), wanted, kept)

    def skip(self, stream: Stream) -> Iterator[Difference]:
        """Pass over a case whose events cannot be replayed."""
        yield from self._turn_to(stream.kind)
        for pile in self._piles.values():
            yield from pile.left_out(stream.id)
            pile.of(stream.id)

    def _turn_to(self, kind: str) -> Iterator[Difference]:
        """Go on with the rows of cases of *kind*, when all of the kind before have been seen."""
        if self._kinds and self._kinds[-1] == kind:
            return
        yield from self._close()
        self._kinds.append(kind)
        # Where there are rows of no other kind nothing has to be joined, and a row whose record is
        # gone is told of its own case.
        alone = not self._all_taken and self._kept <= {kind}
        self._all_taken = self._all_taken or alone
        self._piles = {
            table: _Pile(
                table, kind, self._rows(table, order, None if alone else _of_kind(order[0], kind))
            )
            for table, order in _OF_CASES.items()
        }

    def _close(self) -> Iterator[Difference]:
        for pile in self._piles.values():
            yield from pile.left_out(None)
        self._piles = {}
        self._open.close()

    def apply_organisation(self, stream: str, data: Mapping[str, Any]) -> None:
        """Take note of one event of the organisation, oldest first."""
        self._root = stream
        for table, dropped, rows in organisation_rows(data):
            whole = self._whole[table]
            for key in dropped:
                whole.pop(key, None)
            for row in rows:
                whole[_key(table, row)] = _spelled(table, row, self._spell)

    def apply_cycle(self, cycle: CycleRow) -> None:
        """Take note of one cycle."""
        row = cycle_row(cycle)
        spelled = _spelled(tables.cycle, row, self._spell)
        self._whole[tables.cycle][_key(tables.cycle, row)] = spelled

    def apply_slots(self, slots: Slots) -> None:
        """Take note of the slots that have a current case.

        One that has none is there or not, by what was counted on it.
        """
        for at, current in slots.current.items():
            if current is not None:
                self._whole[tables.case_slot][at] = (*at, current)

    def rest(self) -> Iterator[Difference]:
        """Yield, when all is replayed, rows of kinds without events, and what is no case's."""
        yield from self._close()
        for table, order in () if self._all_taken else _OF_CASES.items():
            seen = sa.or_(sa.false(), *(_of_kind(order[0], kind) for kind in self._kinds))
            yield from _Pile(table, "", self._rows(table, order, ~seen)).left_out(None)
        for table, whole in self._whole.items():
            wanted = [whole[key] for key in sorted(whole)]
            kept = list(self._rows(table, tuple(table.primary_key), TELLING.get(table)))
            if kept != wanted:
                stream = "cycle" if table in _OF_ROUNDS else self._root
                yield _difference(table, stream, wanted, kept)
        yield from self._miscounted()

    def _miscounted(self) -> Iterator[Difference]:
        """Yield which cases have more or fewer children than their next one's number would say."""
        children, head = _record.of, tables.case_head.c
        n_children = (
            sa.select(children.label("of"), sa.func.count().label("n"))
            .where(children.contains("/"))
            .group_by(children)
            .subquery()
        )
        stream = _record.kind + "/" + sa.cast(_record.id, sa.Text)
        kept, wanted = sa.func.coalesce(head.n_children, 0), sa.func.coalesce(n_children.c.n, 0)
        statement = (
            sa.select(stream, wanted, kept)
            .join(tables.case_head, head.case_id == _record.id)
            .outerjoin(n_children, n_children.c.of == stream)
            .where(kept != wanted)
            .order_by(stream)
        )
        for name, *_ in self._connection.execute(statement):
            yield Difference(
                table="case_head", stream=name, n_missing=1, n_surplus=1, columns=("n_children",)
            )

    def _rows(
        self,
        table: sa.Table,
        order: Sequence[sa.Column[Any]],
        which: sa.ColumnElement[bool] | None = None,
    ) -> Iterator[Row]:
        """Yield those rows of *table*, its columns as the rows of a replay have them."""
        columns = (
            sa.type_coerce(column, sa.Text) if isinstance(column.type, tables.Instant)
            else sa.cast(column, sa.Text) if column.type is tables.CaseId else column
            for column in tables.replayed(table)
        )  # fmt: skip
        statement = sa.select(*columns).order_by(*order)
        if which is not None:
            statement = statement.where(which)
        if self._is_postgres:
            return self._numbered(str(table.name), statement)
        result = self._connection.execute(statement.execution_options(yield_per=_AT_ONCE))
        self._open.callback(result.close)
        return map(tuple, result)

    def _numbered(self, name: str, statement: sa.Select[Any]) -> Iterator[Row]:
        """Yield the rows of *statement* straight from the driver, in binary."""
        cursor = driver(self._connection).cursor(f"comparing_{name}", binary=True)
        self._open.callback(cursor.close)
        # An instant comes as the number it is kept as. So there is one for each that can be kept,
        # infinity and those before Christ as well, of which there are no times in Python.
        cursor.adapters.register_loader("timestamptz", Int8BinaryLoader)
        compiled = statement.compile(
            self._connection.engine, compile_kwargs={"literal_binds": True}
        )
        cursor.execute(str(compiled).encode())
        return chain.from_iterable(iter(partial(cursor.fetchmany, _AT_ONCE), []))


class _Pile:
    """The rows that one table has of one kind of case, asked for in the order of ids."""

    def __init__(self, table: sa.Table, kind: str, rows: Iterator[Row]) -> None:
        self._table, self._kind = table, kind
        self._groups = groupby(rows, key=_whose(table))
        self._take()

    def left_out(self, case_id: str | None) -> Iterator[Difference]:
        """Yield what there is of cases before *case_id*, None: of any, and drop it."""
        while self._id is not None and (case_id is None or self._id < case_id):
            # Where the kind is unknown, the id has to say whose it is.
            name = str(Stream(self._kind, self._id)) if self._kind else self._id
            yield _difference(self._table, name, [], self._kept)
            self._take()

    def of(self, case_id: str) -> list[Row]:
        """Return the rows of a case."""
        if self._id != case_id:
            return []
        kept = self._kept
        self._take()
        return kept

    def _take(self) -> None:
        self._id: str | None
        self._id, group = next(self._groups, (None, ()))
        self._kept: list[Row] = list(group)


def _of_kind(whose: sa.Column[Any], kind: str) -> sa.ColumnElement[bool]:
    """Return whether a row is of a case of *kind*, by its column that says of which case it is."""
    if whose is _record.id:
        return _record.kind == kind
    if whose is tables.refusal.c.stream:
        return sa.and_(whose >= f"{kind}/", whose < f"{kind}0")
    return whose.in_(sa.select(_record.id).where(_record.kind == kind))


def _whose(table: sa.Table) -> Callable[[Row], str]:
    """Return what tells of which case a row of *table* is."""
    of = itemgetter(_NAMES[table].index(_OF_CASES[table][0].name))
    if table is not tables.refusal:
        return of
    return lambda row: of(row).partition("/")[2].partition("/")[0]  # of damaged names too


def _microseconds(at: datetime) -> int:
    """Return *at* as PostgreSQL keeps it: since the beginning of the year 2000."""
    return (at - FIRST) // _MICROSECOND


def _expected(
    states: Sequence[Case], beside: Sequence[Append], spell: Spell
) -> dict[sa.Table, list[Row]]:
    """Return the rows of one case, in the order in which a table's pile has them."""
    rows: dict[sa.Table, list[Row]] = {table: [] for table in _OF_CASES}
    if states:
        last = states[-1]
        rows[tables.case_record].append(_VALUES[tables.case_record](record_row(last)))
        rows[tables.case_head].append(_VALUES[tables.case_head](head_row(last, spell)))
        rows[tables.case_within] += [(unit, last.id) for unit in sorted(last.path)]
        rows[tables.case_beside] += map(_VALUES[tables.case_beside], beside_rows(last))
        values = _VALUES[tables.case_interval]
        rows[tables.case_interval] += [values(interval_row(state, spell)) for state in states]
        rows[tables.case_source] += sorted(map(_VALUES[tables.case_source], source_rows(last)))
        rows[tables.case_grade] += map(_VALUES[tables.case_grade], grade_rows(last))
    for append in beside:
        for table, row in rows_beside(append):
            rows[table].append(_spelled(table, row, spell))
    for table in (tables.notice, tables.inbox):
        rows[table].sort(key=itemgetter(_NAMES[table].index("notice")))
    return rows


def _spelled(table: sa.Table, row: Mapping[str, Any], spell: Spell) -> Row:
    values = _VALUES[table](row)
    return tuple(spell(value) if type(value) is datetime else value for value in values)


def _key(table: sa.Table, row: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(row[column.name] for column in table.primary_key)


def _difference(
    table: sa.Table, stream: str, wanted: Sequence[Row], kept: Sequence[Row]
) -> Difference:
    there, due = set(kept), set(wanted)
    missing = [row for row in wanted if row not in there]
    surplus = [row for row in kept if row not in due]
    columns: tuple[str, ...] = ()
    if len(missing) == len(surplus) == 1:
        pairs = zip(_NAMES[table], missing[0], surplus[0], strict=True)
        columns = tuple(name for name, one, other in pairs if one != other)
    return Difference(
        table=str(table.name),
        stream=stream,
        n_missing=len(missing),
        n_surplus=len(surplus),
        columns=columns,
    )
