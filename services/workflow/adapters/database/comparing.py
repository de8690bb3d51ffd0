"""The read model held against the rows that a replay of the log leads to.

The one idea: the log and every table are walked in the order of the reviews' ids, as of one
instant, so each row is looked at once and memory holds one review's rows at a time. The rows are
compared as they are, all of them and every column, spelled as the wire spells instants.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Any, Self

import sqlalchemy as sa

from schemas.instants import FIRST, instant
from services.workflow.adapters.database import tables
from services.workflow.adapters.database.bulk import cycle_row, organisation_rows
from services.workflow.adapters.database.rebuilding import rows_beside
from services.workflow.adapters.database.rows import head_row, interval_row, pinned_row
from services.workflow.application.audit_ports import Difference
from services.workflow.application.ports import Append, CycleRow
from services.workflow.domain.review import Review

_AT_ONCE = 5_000  # rows fetched in one go, of each table
_SPELLING = 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'
Row = tuple[Any, ...]

# Each table that has rows of reviews: whose a row is, and in which order a review's rows come.
_IN_STREAM = sa.func.substr(tables.refusal.c.stream, len("review/") + 1, 36)
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


class Comparison:
    """Implements the port `Comparison`."""

    def __init__(
        self, connection: sa.Connection, streams: Iterator[tuple[str, int, bytes]]
    ) -> None:
        self._connection = connection
        self._streams = streams
        self._open = ExitStack()
        self._whole: dict[sa.Table, dict[tuple[str, ...], Row]] = {
            table: {} for table in (tables.cycle, tables.unit, tables.person, tables.post)
        }
        self._root = ""

    def __enter__(self) -> Self:
        self._piles = {
            table: _Pile(self._rows(table, order, whose=order[0]))
            for table, order in _OF_REVIEWS.items()
        }
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def streams(self) -> Iterator[tuple[str, int, bytes]]:
        """Yield (stream, version, body), by stream in the order of its bytes, then by version."""
        return self._streams

    def review(
        self, review_id: str, states: Sequence[Review], beside: Sequence[Append]
    ) -> Iterator[Difference]:
        """Yield how the rows of a review differ from what its *states* and what lies *beside* say.

        Asked in the order of ids; rows of reviews before this one that nobody asked about follow
        from no event.
        """
        expected = _expected(states, beside)
        for table, pile in self._piles.items():
            yield from pile.left_out(table, review_id)
            kept, wanted = pile.of(review_id), expected[table]
            if kept != wanted:
                yield _difference(table, f"review/{review_id}", wanted, kept)

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
                whole[_key(table, row)] = _spelled(table, row)

    def apply_cycle(self, cycle: CycleRow) -> None:
        """Take note of one cycle."""
        row = cycle_row(cycle)
        self._whole[tables.cycle][_key(tables.cycle, row)] = _spelled(tables.cycle, row)

    def rest(self) -> Iterator[Difference]:
        """Yield, when all is replayed, what differs in the tables that are no review's."""
        for table, pile in self._piles.items():
            yield from pile.left_out(table, None)
        for table, whole in self._whole.items():
            wanted = [whole[key] for key in sorted(whole)]
            kept = [tuple(row) for row in self._rows(table, tuple(table.primary_key))]
            if kept != wanted:
                stream = "cycle" if table is tables.cycle else self._root
                yield _difference(table, stream, wanted, kept)

    def _rows(
        self,
        table: sa.Table,
        order: Sequence[sa.ColumnElement[Any]],
        whose: sa.ColumnElement[Any] | None = None,
    ) -> Iterator[Any]:
        """Yield the rows of *table*, as they come; before each, with *whose*, its review's id."""
        columns = [self._spelling(column) for column in table.columns]
        if whose is not None:
            columns.insert(0, self._spelling(whose))
        statement = sa.select(*columns).order_by(*order).execution_options(yield_per=_AT_ONCE)
        result = self._connection.execute(statement)
        self._open.callback(result.close)
        return iter(result)

    def _spelling(self, column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
        """Return *column* as the rows of a replay spell it."""
        if isinstance(column.type, tables.Instant):
            if self._connection.dialect.name != "postgresql":
                return sa.type_coerce(column, sa.Text)
            spelled = sa.func.to_char(sa.func.timezone("UTC", column), _SPELLING)
            # Of years before Christ `to_char` shows the number alone.
            return sa.case((column >= FIRST, spelled), else_=sa.cast(column, sa.Text))
        return sa.cast(column, sa.Text) if column.type is tables.ReviewId else column


class _Pile:
    """The rows of one table by review, asked for in the order of ids."""

    def __init__(self, rows: Iterator[Any]) -> None:
        self._groups = groupby(rows, key=itemgetter(0))
        self._take()

    def left_out(self, table: sa.Table, review_id: str | None) -> Iterator[Difference]:
        """Yield what there is of reviews before *review_id*, None: of any, and drop it."""
        while self._id is not None and (review_id is None or self._id < review_id):
            yield _difference(table, f"review/{self._id}", [], self._kept)
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
        self._kept: list[Row] = [tuple(row)[1:] for row in group]


def _expected(states: Sequence[Review], beside: Sequence[Append]) -> dict[sa.Table, list[Row]]:
    """Return the rows of one review, in the order in which a table's pile has them."""
    rows: dict[sa.Table, list[Row]] = {table: [] for table in _OF_REVIEWS}
    if states:
        last = states[-1]
        rows[tables.review].append(_spelled(tables.review, pinned_row(last)))
        rows[tables.review_head].append(_spelled(tables.review_head, head_row(last)))
        rows[tables.review_within] += [(unit, last.id) for unit in sorted(last.path)]
        rows[tables.stage_interval] += [
            _spelled(tables.stage_interval, interval_row(state)) for state in states
        ]
    for append in beside:
        for table, row in rows_beside(append):
            rows[table].append(_spelled(table, row))
    for table in (tables.notice, tables.inbox):
        rows[table].sort(key=itemgetter(_NAMES[table].index("notice")))
    return rows


def _spelled(table: sa.Table, row: Mapping[str, Any]) -> Row:
    values = map(row.__getitem__, _NAMES[table])
    return tuple(instant(value) if type(value) is datetime else value for value in values)


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
