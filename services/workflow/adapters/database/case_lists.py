"""Lists of cases: which ones, in which order, one page at a time.

The one idea: what a person may see is a union (subtrees, their own, desks they hold), and a
database can walk an index in order only for one part of it at a time. So each part is asked for
its own first page, and the page is the first of those together.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from schemas.instants import instant, parse_instant
from services.workflow.adapters.database import tables
from services.workflow.adapters.database.case_rows import case_of
from services.workflow.adapters.database.case_sight import (
    IS_ITS_HEAD,
    JOINED,
    Part,
    held_at,
    lies_within,
    not_of_own_unit,
    parts_seen,
)
from services.workflow.adapters.database.connections import Connections
from services.workflow.adapters.database.rows import is_case_id
from services.workflow.application.reading_ports import ListQuery, Page, Sum

# A total beyond this is not worth the time: counting 200,000 takes longer than the page.
MOST_COUNTED = 1000

_LAST = "\U0010ffff"  # sorts behind whatever may follow a prefix

_head = tables.case_head
_record = tables.case_record
_within = tables.case_within
_sought = _record.alias("sought")
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
_SORTS: dict[str, sa.Column[Any]] = {
    "number": _record.c.number,
    "due_at": _head.c.due_at,
    "entered_at": _head.c.entered_at,
}
_GROUPS: dict[str, sa.ColumnElement[Any]] = {
    "state": _head.c.state,
    "unit": _record.c.unit,
    "of": _record.c.of,
    "holder": sa.func.coalesce(_head.c.holder_person, _head.c.holder_unit),
}
# The id of the table that is walked: only then the index serves order and ties alike.
_TIES = {"number": _record.c.id, "due_at": _head.c.case_id, "entered_at": _head.c.case_id}


def moves_of(connection: sa.Connection, cycle: str) -> int:
    """Return how many events the cases of one cycle have had."""
    moves = sa.select(sa.func.coalesce(sa.func.sum(_head.c.version), 0)).select_from(JOINED)
    return int(connection.execute(moves.where(_record.c.cycle == cycle)).scalar_one())


class CaseLists:
    """The lists, counts and heat maps of `Reads`; one statement each."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def list_cases(self, query: ListQuery) -> Page:
        """Return one page; *total* counts no further than MOST_COUNTED + 1.

        No due date counts as later than any.

        Raises:
            ValueError: the cursor does not belong to this order.
        """
        parts = _parts(query)
        total = sa.select(_counted(parts).label("total")).subquery("counted")
        page = _page(parts, query).subquery("page")
        # Ids first: the parts, their union and the sort handle two columns instead of twenty.
        whole = page.join(_record, _record.c.id == page.c.id).join(_head, IS_ITS_HEAD)
        order = [_ordered(page.c.place, query), _ordered(page.c.id, query)]
        statement = (
            sa.select(total.c.total, *_COLUMNS)
            .select_from(total.outerjoin(whole, sa.true()))
            .order_by(*order)
        )
        with self._connections.reading() as connection:
            rows = connection.execute(statement).all()
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
        totals = (_counted(_parts(query)).label(f"n{i}") for i, query in enumerate(queries))
        with self._connections.reading() as connection:
            return list(connection.execute(sa.select(*totals)).one())

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
            part.select(_head.c.case_id, _head.c.state, _record.c.path) for part in _parts(query)
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
        found = sa.union(*(part.select(_head.c.case_id, due) for part in _parts(query))).subquery()
        statement = (
            sa.select(found.c.due_at, sa.func.count())
            .where(found.c.due_at.is_not(None))
            .group_by(found.c.due_at)
            .order_by(found.c.due_at)
        )
        with self._connections.reading() as connection:
            return [(at, n) for at, n in connection.execute(statement)]

    def sums(
        self,
        asked: Sequence[tuple[ListQuery, str]],
        done: Sequence[str],
        now: datetime,
        limit: int,
    ) -> list[list[Sum]]:
        """Return the cases of each query counted by state, unit, of or holder, the latest first.

        Those that nobody holds are no holder's. One statement for all of them.
        """
        parts = (
            sa.select(sa.literal(nth).label("nth"), _summed(query, by, done, now, limit).subquery())
            for nth, (query, by) in enumerate(asked)
        )
        each = sa.union_all(*parts).subquery()
        found: list[list[Sum]] = [[] for _ in asked]
        statement = sa.select(each).order_by(each.c.nth, each.c.n_late.desc(), each.c.key)
        with self._connections.reading() as connection:
            for nth, *counted in connection.execute(statement):
                found[nth].append(Sum(**dict(zip(_COUNTED, counted, strict=True))))
        return found


_COUNTED = ("key", "number", "unit", "n", "n_done", "n_late")


def _summed(
    query: ListQuery, by: str, done: Sequence[str], now: datetime, limit: int
) -> sa.Select[Any]:
    key = _GROUPS[by]
    ids = ids_of(query).subquery()
    late = sa.and_(_head.c.due_at <= now, _head.c.suspended_at.is_(None))
    n_late = sa.func.sum(sa.case((late, 1), else_=0))
    return (
        sa.select(
            key.label("key"),
            sa.func.min(_record.c.number).label("number"),
            sa.func.min(_record.c.unit).label("unit"),
            sa.func.count().label("n"),
            sa.func.sum(sa.case((_head.c.state.in_(done), 1), else_=0)).label("n_done"),
            n_late.label("n_late"),
        )
        .select_from(JOINED.join(ids, ids.c.case_id == _head.c.case_id))
        .where(key.is_not(None))
        .group_by(key)
        .order_by(n_late.desc(), key)
        .limit(limit)
    )


def ids_of(query: ListQuery) -> sa.CompoundSelect[Any]:
    """Return the select of the ids of all cases of *query*, each once."""
    return sa.union(*(part.select(_head.c.case_id) for part in _parts(query)))


def _parts(query: ListQuery) -> list[Part]:
    """Return the parts of what may be seen and is asked for; a case may be in several."""
    asked = Part(conditions=tuple(_asked(query)))
    own = {view.seats: view for view in query.views}
    if query.held_by and own.keys() >= set(query.held_by):
        parts = [
            way & not_of_own_unit(own[seats])
            for seats in query.held_by
            for way in held_at(seats, query.several)
        ]
    else:
        ways = [way for seats in query.held_by for way in held_at(seats, query.several)]
        parts = [seen & way for seen in parts_seen(query) for way in ways or (Part(),)]
    return [part & asked for part in parts]


def _asked(query: ListQuery) -> list[sa.ColumnElement[bool]]:
    due = _head.c.due_at
    within = [unit for unit in (query.within, query.unit) if unit is not None]
    conditions: list[sa.ColumnElement[bool] | None] = [
        *(lies_within((unit,)) for unit in within),
        _equal(_record.c.kind, query.kind),
        _record.c.kind.in_(query.kinds) if query.kinds else None,
        _equal(_record.c.cycle, query.cycle),
        _equal(_record.c.number, query.number),
        _head.c.state.in_(query.states) if query.states else None,
        _equal(_record.c.tier, query.tier),
        _equal(_record.c.unit, query.at),
        _equal(_record.c.person, query.person),
        _equal(_head.c.holder_unit, query.holder_unit),
        due <= query.overdue_at if query.overdue_at is not None else None,
        sa.or_(due.is_(None), due > query.not_overdue_at)
        if query.not_overdue_at is not None
        else None,
        due < query.due_before if query.due_before is not None else None,
        due >= query.due_after if query.due_after is not None else None,
        _head.c.entered_at >= query.entered_after if query.entered_after is not None else None,
        _head.c.case_id.in_(filter(is_case_id, query.ids)) if query.ids is not None else None,
        _fired(query),
        _suspended(query),
        _noticed(query),
        _found(query),
    ]
    return [condition for condition in conditions if condition is not None]


def _equal(column: sa.Column[Any], value: str | None) -> sa.ColumnElement[bool] | None:
    return None if value is None else column == value


def _fired(query: ListQuery) -> sa.ColumnElement[bool] | None:
    """Read it out of what a case has been through: asked of one kind in one round, no index."""
    told = [_head.c.facts.contains(f'["{one}","', autoescape=True) for one in query.fired]
    return sa.or_(*told) if told else None


def _suspended(query: ListQuery) -> sa.ColumnElement[bool] | None:
    if query.suspended is None:
        return None
    at = _head.c.suspended_at
    return at.is_not(None) if query.suspended else at.is_(None)


def _noticed(query: ListQuery) -> sa.ColumnElement[bool] | None:
    if not query.notice_kinds and not query.notice_outcomes:
        return None
    # Not EXISTS with both conditions: that can only be asked of every case, one by one. This can
    # as well begin with the notices, where they are few.
    notice, since = tables.notice.c, _head.alias("since")
    found = (
        sa.select(notice.case_id)
        .join(since, since.c.case_id == notice.case_id)
        .where(notice.decided_at >= since.c.entered_at)
    )
    if query.notices_after is not None:
        found = found.where(notice.decided_at >= query.notices_after)
    if query.notice_kinds:
        found = found.where(notice.kind.in_(query.notice_kinds))
    if query.notice_outcomes:
        found = found.where(notice.outcome.in_(query.notice_outcomes))
    return _head.c.case_id.in_(found)


def _found(query: ListQuery) -> sa.ColumnElement[bool] | None:
    """Search in three places, each by its own index; the ends of numbers are looked through.

    Not by LIKE, which heeds capitals on one store alone: a number is looked for as it was typed,
    and in capitals and small letters, since its parts are names of tiers and kinds.
    """
    places: list[sa.Select[Any]] = []
    if query.text:
        number, text = _sought.c.number, query.text
        spelled = sorted({text, text.upper(), text.lower()})
        places += [
            sa.select(_sought.c.id).where(number >= one, number < one + _LAST) for one in spelled
        ]
        if len(query.text) > 1:  # a single digit ends one number in ten
            begins = sa.func.length(number) - len(query.text) + 1
            ends = sa.func.substr(number, begins).in_(spelled)
            places.append(sa.select(_sought.c.id).where(ends))
    if query.persons:
        places.append(sa.select(_sought.c.id).where(_sought.c.person.in_(query.persons)))
    if query.units:
        places.append(
            sa.select(_within.c.case_id)
            .join(_sought, _sought.c.id == _within.c.case_id)
            .where(_within.c.unit.in_(query.units), _sought.c.unit.in_(query.units))
        )
    return _head.c.case_id.in_(sa.union(*places)) if places else None


def _name(query: ListQuery) -> str:
    return query.sort.removeprefix("-")


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
    column, tie = _SORTS[_name(query)], _TIES[_name(query)]
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
    if name != "number" and not text:  # the cursor stands among those without a due date
        among = sa.and_(column.is_(None), further)
        return [among, column.is_not(None)] if backwards else [among]
    value: str | datetime = text if name == "number" else parse_instant(text)
    stretches = [
        sa.and_(column == value, further),
        column < value if backwards else column > value,
    ]
    if not backwards and name == "due_at" and not _only_due(query):
        stretches.append(column.is_(None))
    return stretches


def _only_due(query: ListQuery) -> bool:
    return any(at is not None for at in (query.overdue_at, query.due_before, query.due_after))


def _cursor(query: ListQuery, last: Any) -> tuple[str, str]:
    value = getattr(last, _name(query))
    if isinstance(value, datetime):
        return instant(value), last.id
    return value or "", last.id
