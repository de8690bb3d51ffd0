"""The read model held against the rows that a replay of the log leads to.

The one idea: the log and every table are walked in the order of the reviews' ids, as of one
instant, so each row is looked at once and memory holds one review's rows at a time. The rows are
compared as they are, all of them and every column; instants as the database keeps them, since to
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
from services.workflow.adapters.database.connections import driver
from services.workflow.adapters.database.rebuilding import rows_beside
from services.workflow.adapters.database.rows import Spell, head_row, interval_row, pinned_row
from services.workflow.application.audit_ports import Difference, StreamRow
from services.workflow.application.ports import Append, CycleRow
from services.workflow.domain.review import Review, stream_of

_AT_ONCE = 1_000  # rows fetched in one go, of each table
_MICROSECOND = timedelta(microseconds=1)
Row = tuple[Any, ...]

# Each table that has rows of reviews: whose a row is, and in which order a review's rows come.
_IN_STREAM = sa.func.substr(tables.refusal.c.stream, len(stream_of("")) + 1, 36)
_OF_REVIEWS: Mapping[sa.Table, tuple[sa.ColumnElement[Any], ...]] = {
    tables.review: (tables.review.c.id,),
    tables.review_head: (tables.review_head.c.review,),
    tables.review_within: (tables.review_within.c.review, tables.review_within.c.unit),
    tables.stage_interval: (tables.stage_interval.c.review, tables.stage_interval.c.version),
    tables.refusal: (_IN_STREAM, tables.refusal.c.version),
    tables.notice: (tables.notice.c.review, tables.notice.c.notice),
    tables.inbox: (tables.inbox.c.review, tables.inbox.c.notice),
}
_NAMES = {table: tuple(column.name for column in table.columns) for table in tables.READ_MODEL}
_VALUES = {table: itemgetter(*names) for table, names in _NAMES.items()}


class Comparison:
    """Implements the port `Comparison`."""

    def __init__(self, connection: sa.Connection, streams: Iterator[StreamRow]) -> None:
        self._connection = connection
        self._streams = streams
        self._open = ExitStack()
        self._whole: dict[sa.Table, dict[tuple[str, ...], Row]] = {
            table: {} for table in (tables.cycle, tables.unit, tables.person, tables.post)
        }
        self._root = ""
        self._is_postgres = connection.dialect.name == "postgresql"
        self._spell: Spell = _microseconds if self._is_postgres else instant

    def __enter__(self) -> Self:
        self._piles = {
            table: _Pile(self._rows(table, order), _whose(table))
            for table, order in _OF_REVIEWS.items()
        }
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def streams(self) -> Iterator[StreamRow]:
        """Yield all events, by stream in the order of its bytes, then by version."""
        return self._streams

    def review(
        self, review_id: str, states: Sequence[Review], beside: Sequence[Append]
    ) -> Iterator[Difference]:
        """Yield how the rows of a review differ from what its *states* and what lies *beside* say.

        Asked in the order of ids; rows of reviews before this one that nobody asked about follow
        from no event.
        """
        expected = _expected(states, beside, self._spell)
        for table, pile in self._piles.items():
            yield from pile.left_out(table, review_id)
            kept, wanted = pile.of(review_id), expected[table]
            if kept != wanted:
                yield _difference(table, stream_of(review_id), wanted, kept)

    def skip(self, review_id: str) -> Iterator[Difference]:
        """Pass over a review whose events cannot be replayed."""
        for table, pile in self._piles.items():
            yield from pile.left_out(table, review_id)
            pile.of(review_id)

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

    def rest(self) -> Iterator[Difference]:
        """Yield, when all is replayed, what differs in the tables that are no review's."""
        for table, pile in self._piles.items():
            yield from pile.left_out(table, None)
        for table, whole in self._whole.items():
            wanted = [whole[key] for key in sorted(whole)]
            kept = list(self._rows(table, tuple(table.primary_key)))
            if kept != wanted:
                stream = "cycle" if table is tables.cycle else self._root
                yield _difference(table, stream, wanted, kept)

    def _rows(self, table: sa.Table, order: Sequence[sa.ColumnElement[Any]]) -> Iterator[Row]:
        """Yield the rows of *table*, its columns as the rows of a replay have them."""
        columns = (
            sa.type_coerce(column, sa.Text) if isinstance(column.type, tables.Instant)
            else sa.cast(column, sa.Text) if column.type is tables.ReviewId else column
            for column in table.columns
        )  # fmt: skip
        statement = sa.select(*columns).order_by(*order)
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
    """The rows of one table by review, asked for in the order of ids."""

    def __init__(self, rows: Iterator[Row], whose: Callable[[Row], str]) -> None:
        self._groups = groupby(rows, key=whose)
        self._take()

    def left_out(self, table: sa.Table, review_id: str | None) -> Iterator[Difference]:
        """Yield what there is of reviews before *review_id*, None: of any, and drop it."""
        while self._id is not None and (review_id is None or self._id < review_id):
            yield _difference(table, stream_of(self._id), [], self._kept)
            self._take()

    def of(self, review_id: str) -> list[Row]:
        """Return the rows of a review."""
        if self._id != review_id:
            return []
        kept = self._kept
        self._take()
        return kept

    def _take(self) -> None:
        self._id: str | None
        self._id, group = next(self._groups, (None, ()))
        self._kept: list[Row] = list(group)


def _whose(table: sa.Table) -> Callable[[Row], str]:
    """Return what tells of which review a row of *table* is."""
    if table is tables.refusal:
        of_stream = itemgetter(_NAMES[table].index("stream"))
        return lambda row: Stream.parse(of_stream(row)).id
    name = "id" if table is tables.review else "review"
    return itemgetter(_NAMES[table].index(name))


def _microseconds(at: datetime) -> int:
    """Return *at* as PostgreSQL keeps it: since the beginning of the year 2000."""
    return (at - FIRST) // _MICROSECOND


def _expected(
    states: Sequence[Review], beside: Sequence[Append], spell: Spell
) -> dict[sa.Table, list[Row]]:
    """Return the rows of one review, in the order in which a table's pile has them."""
    rows: dict[sa.Table, list[Row]] = {table: [] for table in _OF_REVIEWS}
    if states:
        last = states[-1]
        rows[tables.review].append(_VALUES[tables.review](pinned_row(last)))
        rows[tables.review_head].append(_VALUES[tables.review_head](head_row(last, spell)))
        rows[tables.review_within] += [(unit, last.id) for unit in sorted(last.path)]
        values = _VALUES[tables.stage_interval]
        rows[tables.stage_interval] += [values(interval_row(state, spell)) for state in states]
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
