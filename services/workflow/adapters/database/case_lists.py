"""Lists of cases: which ones, in which order, one page at a time.

The one idea: what a person may see is a union (subtrees, their own, desks they hold), and a
database can walk an index in order only for one part of it at a time. So each part is asked for
its own first page, and the page is the first of those together.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple, Self

import sqlalchemy as sa

from schemas.instants import instant, parse_instant
from services.workflow.adapters.database import tables
from services.workflow.adapters.database.case_asked import ids_of, parts_of
from services.workflow.adapters.database.case_rows import case_of
from services.workflow.adapters.database.case_sight import IS_ITS_HEAD, JOINED, Part
from services.workflow.adapters.database.connections import Connections
from services.workflow.adapters.database.rows import is_case_id
from services.workflow.application.reading_ports import ListQuery, Page

# A total beyond this is not worth the time: counting 200,000 takes longer than the page.
MOST_COUNTED = 1000

_head = tables.case_head
_record = tables.case_record
# What `case_rows.case_of` reads.
_COLUMNS = (
    *_record.c,
    _head.c.version,
    _head.c.state,
    _head.c.holder_unit,
    _head.c.holder_role,
    _head.c.holder_person,
    _head.c.entered_at,
    _head.c.due_at,
    _head.c.suspended_at,
    _head.c.effective_at,
    _head.c.recorded_at,
    _head.c.facts,
)
_SORTS: dict[str, sa.ColumnElement[Any]] = {
    "number": _record.c.number,
    "due_at": _head.c.due_at,
    "entered_at": _head.c.entered_at,
    "holder": _head.c.holder_unit,
}
_INSTANTS = (
    "overdue_at",
    "not_overdue_at",
    "due_before",
    "due_after",
    "entered_after",
    "notices_after",
)


def moves_of(connection: sa.Connection, cycle: str) -> int:
    """Return how many events the cases of one cycle have had."""
    moves = sa.select(sa.func.coalesce(sa.func.sum(_head.c.version), 0)).select_from(JOINED)
    return int(connection.execute(moves.where(_record.c.cycle == cycle)).scalar_one())


class CaseLists:
    """The lists, counts and heat maps of `Reads`; one statement each."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def list_cases(self, query: ListQuery, total: int | None = None) -> Page:
        """Return one page; counted, where *total* is not known, no further than MOST_COUNTED + 1.

        No due date counts as later than any.

        Raises:
            ValueError: the cursor does not belong to this order.
        """
        statement = _listing(_Timeless.of(query), is_counted=total is not None)
        given = _instants_of([query]) | ({} if total is None else {"total": total})
        with self._connections.reading() as connection:
            rows = connection.execute(statement, given).all()
        found = [case_of(row) for row in rows if row.id is not None]
        shown = found[: query.limit]
        more = len(found) > query.limit
        return Page(
            cases=tuple(shown),
            first=_cursor(query, shown[0]) if shown else None,
            next=_cursor(query, shown[-1]) if more else None,
            total=rows[0].total,
        )

    def count_each(self, queries: Sequence[ListQuery]) -> list[int]:
        """Return the total of each query's list, none counted further than MOST_COUNTED + 1."""
        if not queries:
            return []
        statement = _counting(tuple(map(_Timeless.of, queries)))
        with self._connections.reading() as connection:
            return list(connection.execute(statement, _instants_of(queries)).one())

    def count_cases(self, query: ListQuery) -> int:
        """Return how many cases there are, exactly."""
        statement = sa.select(sa.func.count()).select_from(ids_of(query).subquery())
        with self._connections.reading() as connection:
            return int(connection.execute(statement).scalar_one())

    def count_by_state(self, cycle: str) -> dict[tuple[str, str], int]:
        """Return {(tier, or kind where it has none, state): n} of one cycle."""
        statement = (
            sa.select(_record.c.kind, _record.c.tier, _head.c.state, sa.func.count())
            .select_from(JOINED)
            .where(_record.c.cycle == cycle)
            .group_by(_record.c.kind, _record.c.tier, _head.c.state)
        )
        with self._connections.reading() as connection:
            found = connection.execute(statement)
            return {(tier or kind, state): n for kind, tier, state, n in found}

    def count_moves(self, cycle: str) -> int:
        """Return how many events the cases of one cycle have had."""
        with self._connections.reading() as connection:
            return moves_of(connection, cycle)

    def heat(self, query: ListQuery, level: int) -> list[tuple[str, str, int]]:
        """Return (unit at depth *level* of the path, state, n), in order of unit and state.

        A case of a unit above that depth counts for its own unit.
        """
        parts = (
            part.select(_head.c.case_id, _head.c.state, _record.c.path) for part in parts_of(query)
        )
        found = sa.union(*parts).subquery()
        statement = sa.select(found.c.path, found.c.state, sa.func.count()).group_by(
            found.c.path, found.c.state
        )
        counts: dict[tuple[str, str], int] = {}
        with self._connections.reading() as connection:
            for path, state, n in connection.execute(statement):
                units = path[1:-1].split("/")
                place = (units[min(level, len(units) - 1)], state)
                counts[place] = counts.get(place, 0) + n
        return [(unit, state, n) for (unit, state), n in sorted(counts.items())]

    def count_by_due(self, query: ListQuery) -> list[tuple[datetime, int]]:
        """Return (deadline, n) for the cases of *query* that have one, the earliest first."""
        due = _head.c.due_at
        found = sa.union(
            *(part.select(_head.c.case_id, due) for part in parts_of(query))
        ).subquery()
        statement = (
            sa.select(found.c.due_at, sa.func.count())
            .where(found.c.due_at.is_not(None))
            .group_by(found.c.due_at)
            .order_by(found.c.due_at)
        )
        with self._connections.reading() as connection:
            return [(at, n) for at, n in connection.execute(statement)]


class _Timeless(NamedTuple):
    """A query without its instants, which differ from one moment to the next, and their names."""

    query: ListQuery
    instants: tuple[str, ...]

    @classmethod
    def of(cls, query: ListQuery) -> Self:
        given = tuple(name for name in _INSTANTS if getattr(query, name) is not None)
        left_out: dict[str, Any] = dict.fromkeys(given)
        return cls(replace(query, **left_out), given)

    def asked(self, nth: int) -> ListQuery:
        """Return the query with a parameter for each of its instants."""
        instants: dict[str, Any] = {
            name: sa.bindparam(_parameter(name, nth), type_=tables.Instant())
            for name in self.instants
        }
        return replace(self.query, **instants)


@lru_cache(maxsize=256)
def _listing(timeless: _Timeless, *, is_counted: bool) -> sa.Select[Any]:
    """Return the statement of one page: to make it takes longer than most pages take to answer.

    Where the total *is_counted* already, it is a parameter.
    """
    query = timeless.asked(0)
    parts = parts_of(query)
    total = sa.bindparam("total", type_=sa.Integer) if is_counted else _counted(parts)
    told = sa.select(total.label("total")).subquery("counted")
    page = _page(parts, query).subquery("page")
    # Ids first: the parts, their union and the sort handle two columns instead of twenty.
    whole = page.join(_record, _record.c.id == page.c.id).join(_head, IS_ITS_HEAD)
    order = [_ordered(page.c.place, query), _ordered(page.c.id, query)]
    return (
        sa.select(told.c.total, *_COLUMNS)
        .select_from(told.outerjoin(whole, sa.true()))
        .order_by(*order)
    )


@lru_cache(maxsize=256)
def _counting(queries: tuple[_Timeless, ...]) -> sa.Select[Any]:
    """Return the statement that counts: every page asks it, and to make it takes longer."""
    parts = (parts_of(one.asked(nth)) for nth, one in enumerate(queries))
    totals: list[Any] = [_counted(one).label(f"n{nth}") for nth, one in enumerate(parts)]
    return sa.select(*totals)


def _instants_of(queries: Sequence[ListQuery]) -> dict[str, datetime]:
    return {
        _parameter(name, nth): getattr(query, name)
        for nth, query in enumerate(queries)
        for name in _INSTANTS
        if getattr(query, name) is not None
    }


def _parameter(name: str, nth: int) -> str:
    return f"{name}_of_{nth}"


def _name(query: ListQuery) -> str:
    return query.sort.removeprefix("-")


def _sorted_by(query: ListQuery) -> tuple[sa.ColumnElement[Any], sa.ColumnElement[Any]]:
    """Return what a list is in order of, and the id by which ties are.

    The id of the table that is walked: only then the index serves order and ties alike.
    """
    name = _name(query)
    if name == "state":
        nth = {state: sa.literal(n) for n, state in enumerate(query.stages)}
        last = sa.literal(len(nth))
        return sa.case(nth, value=_head.c.state, else_=last) if nth else last, _head.c.case_id
    return _SORTS[name], _record.c.id if name == "number" else _head.c.case_id


def _place(query: ListQuery, text: str) -> str | int | datetime:
    """Return the value of the order that a cursor's *text* stands for."""
    match _name(query):
        case "number" | "holder":
            return text
        case "state":
            return query.stages.index(text) if text in query.stages else len(query.stages)
    return parse_instant(text)


def _ordered(column: sa.ColumnElement[Any], query: ListQuery) -> sa.UnaryExpression[Any]:
    if query.sort.startswith("-"):
        return column.desc().nulls_first()
    return column.asc().nulls_last()


def _page(parts: Sequence[Part], query: ListQuery) -> sa.Select[Any]:
    """Return the select of (id, place in the order) of one page and one row more."""
    firsts = [first for part in parts for first in _first(part, query)]
    if len(firsts) == 1:
        return firsts[0]
    together = sa.union(*(sa.select(first.subquery()) for first in firsts)).subquery()
    return _cut(sa.select(together), together.c.place, together.c.id, query)


def _first(part: Part, query: ListQuery) -> Iterable[sa.Select[Any]]:
    """Yield selects of which each walks its own stretch of the order from its beginning."""
    column, tie = _sorted_by(query)
    every = part.select(tie.label("id"), column.label("place"))
    if part.few:
        found = every.offset(0).subquery()  # PostgreSQL plans what has an OFFSET by itself
        here = sa.or_(*_beyond(query, found.c.place, found.c.id))
        yield _cut(sa.select(found).where(here), found.c.place, found.c.id, query)
        return
    for beyond in _beyond(query, column, tie):
        yield _cut(every.where(beyond), column, tie, query)


def _cut(
    select: sa.Select[Any],
    column: sa.ColumnElement[Any],
    tie: sa.ColumnElement[Any],
    query: ListQuery,
) -> sa.Select[Any]:
    order = [_ordered(column, query), _ordered(tie, query)]
    return select.order_by(*order).limit(query.limit + 1)


def _counted(parts: Sequence[Part]) -> sa.ScalarSelect[int]:
    most = MOST_COUNTED + 1
    bounded = [sa.select(part.select(_head.c.case_id).limit(most).subquery()) for part in parts]
    found = (bounded[0] if len(bounded) == 1 else sa.union(*bounded)).subquery()
    capped = sa.select(found).limit(most).subquery()
    return sa.select(sa.func.count()).select_from(capped).scalar_subquery()


def _beyond(
    query: ListQuery, column: sa.ColumnElement[Any], tie: sa.ColumnElement[Any]
) -> list[sa.ColumnElement[bool]]:
    """Return stretches of the order that together are all rows after the cursor.

    Not one comparison of both columns: PostgreSQL guesses the rows of that from the first column
    alone, finds next to none where tens of thousands are due at one instant, and walks them all.
    """
    if query.after is None:
        return [sa.true()]
    text, case_id = query.after
    if not is_case_id(case_id):
        raise ValueError("no case has this id")
    name, backwards = _name(query), query.sort.startswith("-")
    further = tie < case_id if backwards else tie > case_id
    if name != "number" and not text:  # the cursor stands among those that have none
        among = sa.and_(column.is_(None), further)
        return [among, column.is_not(None)] if backwards else [among]
    value = _place(query, text)
    stretches = [
        sa.and_(column == value, further),
        column < value if backwards else column > value,
    ]
    may_lack = name == "holder" or (name == "due_at" and not _only_due(query))
    if not backwards and may_lack:
        stretches.append(column.is_(None))
    return stretches


def _only_due(query: ListQuery) -> bool:
    return any(at is not None for at in (query.overdue_at, query.due_before, query.due_after))


def _cursor(query: ListQuery, last: Any) -> tuple[str, str]:
    if _name(query) == "holder":
        return last.holder.unit if last.holder else "", last.id
    value = getattr(last, _name(query))
    if isinstance(value, datetime):
        return instant(value), last.id
    return value or "", last.id
