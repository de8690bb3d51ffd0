"""Lists of reviews: which ones, in which order, one page at a time.

The one idea: what a person may see is a union (subtrees, their own, desks they hold), and a
database can walk an index in order only for one part of it at a time. So each part is asked for
its own first page, and the page is the first of those together.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from schemas.instants import instant, parse_instant
from services.workflow.adapters.database import tables
from services.workflow.adapters.database.connections import Connections
from services.workflow.adapters.database.rows import is_review_id, review_of
from services.workflow.application.ports import ListQuery, Page

# A total beyond this is not worth the time: counting 200,000 takes longer than the page.
MOST_COUNTED = 1000

_LAST = "\U0010ffff"  # sorts behind whatever may follow a prefix

_head = tables.review_head
_review = tables.review
_within = tables.review_within
_sought = _review.alias("sought")
_JOINED = _review.join(_head, _head.c.review == _review.c.id)
_COLUMNS = (
    *_review.c,
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
    "number": _review.c.number,
    "due_at": _head.c.due_at,
    "entered_at": _head.c.entered_at,
}
# The id of the table that is walked: only then the index serves order and ties alike.
_TIES = {"number": _review.c.id, "due_at": _head.c.review, "entered_at": _head.c.review}


def whole_reviews() -> sa.Select[Any]:
    """Return the select whose rows `rows.review_of` reads."""
    return sa.select(*_COLUMNS).select_from(_JOINED)


class ReviewLists:
    """The lists, counts and heat maps of `Reads`; one statement each."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def list_reviews(self, query: ListQuery) -> Page:
        """Return one page; *total* counts no further than MOST_COUNTED + 1.

        No due date counts as later than any.

        Raises:
            ValueError: the cursor does not belong to this order.
        """
        parts = _parts(query)
        total = _total(parts)
        page = _page(parts, query).subquery("page")
        statement = sa.select(total.c.total, page).select_from(total.outerjoin(page, sa.true()))
        order = [_ordered(page.c[_name(query)], query), _ordered(page.c.id, query)]
        with self._connections.reading() as connection:
            rows = connection.execute(statement.order_by(*order)).all()
        found = [review_of(row) for row in rows if row.id is not None]
        shown = found[: query.limit]
        more = len(found) > query.limit
        return Page(
            reviews=tuple(shown),
            next=_cursor(query, shown[-1]) if more else None,
            total=rows[0].total,
        )

    def count_reviews(self, query: ListQuery) -> int:
        """Return how many reviews there are, exactly."""
        ids = sa.union(*(part.with_only_columns(_head.c.review) for part in _parts(query)))
        statement = sa.select(sa.func.count()).select_from(ids.subquery())
        with self._connections.reading() as connection:
            return int(connection.execute(statement).scalar_one())

    def count_by_state(self, cycle: str) -> dict[tuple[str, str], int]:
        """Return {(tier, state): n} of one cycle."""
        statement = (
            sa.select(_review.c.tier, _head.c.state, sa.func.count())
            .select_from(_JOINED)
            .where(_review.c.cycle == cycle)
            .group_by(_review.c.tier, _head.c.state)
        )
        with self._connections.reading() as connection:
            return {(tier, state): n for tier, state, n in connection.execute(statement)}

    def heat(self, query: ListQuery, level: int) -> list[tuple[str, str, int]]:
        """Return (unit at depth *level* of the path, state, n), in order of unit and state.

        A review of a unit above that depth counts for its own unit.
        """
        parts = (
            part.with_only_columns(_head.c.review, _head.c.state, _review.c.path)
            for part in _parts(query)
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


def _parts(query: ListQuery) -> list[sa.Select[Any]]:
    """Return a select per part of what may be seen; a review may be in several."""
    asked = whole_reviews().where(*_asked(query))
    if query.visible_within is not None:
        asked = asked.where(_lies_within((query.visible_within,)))
    if query.visible_units is None:
        return [asked]
    parts = []
    if query.visible_units:
        parts.append(asked.where(_lies_within(query.visible_units)))
    if query.visible_own_units:
        parts.append(asked.where(_of_units(query.visible_own_units)))
    if query.visible_person is not None:
        parts.append(asked.where(_review.c.person == query.visible_person))
    if query.visible_desks:
        parts.append(asked.where(_on_desks(_head.c, query.visible_desks)))
    return parts or [asked.where(sa.false())]


def _asked(query: ListQuery) -> list[sa.ColumnElement[bool]]:
    due = _head.c.due_at
    conditions: list[sa.ColumnElement[bool] | None] = [
        _equal(_review.c.cycle, query.cycle),
        _head.c.state.in_(query.states) if query.states else None,
        _equal(_review.c.tier, query.tier),
        _lies_within((query.unit,)) if query.unit is not None else None,
        _equal(_review.c.person, query.person),
        _equal(_head.c.holder_unit, query.holder_unit),
        _held_by(query),
        due <= query.overdue_at if query.overdue_at is not None else None,
        sa.or_(due.is_(None), due > query.not_overdue_at)
        if query.not_overdue_at is not None
        else None,
        due < query.due_before if query.due_before is not None else None,
        due >= query.due_after if query.due_after is not None else None,
        _suspended(query),
        _noticed(query),
        _found(query),
    ]
    return [condition for condition in conditions if condition is not None]


def _equal(column: sa.Column[Any], value: str | None) -> sa.ColumnElement[bool] | None:
    return None if value is None else column == value


def _suspended(query: ListQuery) -> sa.ColumnElement[bool] | None:
    if query.suspended is None:
        return None
    at = _head.c.suspended_at
    return at.is_not(None) if query.suspended else at.is_(None)


def _lies_within(units: Sequence[str]) -> sa.ColumnElement[bool]:
    return sa.exists().where(_within.c.review == _head.c.review, _within.c.unit.in_(units))


def _of_units(units: Sequence[str]) -> sa.ColumnElement[bool]:
    return sa.and_(_review.c.unit.in_(units), _lies_within(units))  # the latter has the index


def _on_desks(head: Any, desks: Sequence[tuple[str, str]]) -> sa.ColumnElement[bool]:
    holder = sa.tuple_(head.holder_unit, head.holder_role)
    units = sorted({unit for unit, _ in desks})
    # The first condition says nothing new; it is the one an index can serve.
    return sa.and_(head.holder_unit.in_(units), holder.in_(desks))


def _held_by(query: ListQuery) -> sa.ColumnElement[bool] | None:
    """Two ways to hold a review, each by its own index: few hold much, nobody holds most."""
    held = _head.alias("held").c
    ways: list[sa.Select[Any]] = []
    if query.holder_person is not None:
        # Only the person appraised holds a desk of their own, and `review` is indexed by them.
        ways.append(
            sa.select(held.review)
            .join(_sought, _sought.c.id == held.review)
            .where(
                _sought.c.person == query.holder_person, held.holder_person == query.holder_person
            )
        )
    if query.holder_desks:
        # A desk that is a person's own is not taken over with the role.
        ways.append(
            sa.select(held.review).where(
                _on_desks(held, query.holder_desks), held.holder_person.is_(None)
            )
        )
    return _head.c.review.in_(sa.union(*ways)) if ways else None


def _noticed(query: ListQuery) -> sa.ColumnElement[bool] | None:
    if not query.notice_kinds and not query.notice_outcomes:
        return None
    notice = tables.notice.c
    found = sa.exists().where(
        notice.review == _head.c.review, notice.decided_at >= _head.c.entered_at
    )
    if query.notice_kinds:
        found = found.where(notice.kind.in_(query.notice_kinds))
    if query.notice_outcomes:
        found = found.where(notice.outcome.in_(query.notice_outcomes))
    return found


def _found(query: ListQuery) -> sa.ColumnElement[bool] | None:
    """Search in three places, each by its own index."""
    places: list[sa.Select[Any]] = []
    if query.text:
        number = _sought.c.number
        places.append(
            sa.select(_sought.c.id).where(number >= query.text, number < query.text + _LAST)
        )
    if query.persons:
        places.append(sa.select(_sought.c.id).where(_sought.c.person.in_(query.persons)))
    if query.units:
        places.append(
            sa.select(_within.c.review)
            .join(_sought, _sought.c.id == _within.c.review)
            .where(_within.c.unit.in_(query.units), _sought.c.unit.in_(query.units))
        )
    return _head.c.review.in_(sa.union(*places)) if places else None


def _name(query: ListQuery) -> str:
    return query.sort.removeprefix("-")


def _ordered(column: sa.ColumnElement[Any], query: ListQuery) -> sa.UnaryExpression[Any]:
    if query.sort.startswith("-"):
        return column.desc().nulls_first()
    return column.asc().nulls_last()


def _page(parts: Sequence[sa.Select[Any]], query: ListQuery) -> sa.Select[Any]:
    column, tie = _SORTS[_name(query)], _TIES[_name(query)]
    order = [_ordered(column, query), _ordered(tie, query)]
    beyond = _beyond(query, column, tie)
    firsts = [
        (part if beyond is None else part.where(beyond)).order_by(*order).limit(query.limit + 1)
        for part in parts
    ]
    if len(firsts) == 1:
        return firsts[0]
    together = sa.union(*(sa.select(first.subquery()) for first in firsts)).subquery()
    order = [_ordered(together.c[_name(query)], query), _ordered(together.c.id, query)]
    return sa.select(together).order_by(*order).limit(query.limit + 1)


def _total(parts: Sequence[sa.Select[Any]]) -> sa.Subquery:
    bounded = [
        sa.select(part.with_only_columns(_head.c.review).limit(MOST_COUNTED + 1).subquery())
        for part in parts
    ]
    found = (bounded[0] if len(bounded) == 1 else sa.union(*bounded)).subquery()
    capped = sa.select(found).limit(MOST_COUNTED + 1).subquery()
    return sa.select(sa.func.count().label("total")).select_from(capped).subquery("counted")


def _beyond(
    query: ListQuery, column: sa.Column[Any], tie: sa.Column[Any]
) -> sa.ColumnElement[bool] | None:
    """Return what holds for the rows after the cursor."""
    if query.after is None:
        return None
    text, review_id = query.after
    if not is_review_id(review_id):
        raise ValueError("no review has this id")
    backwards = query.sort.startswith("-")
    if column.name != "number" and not text:  # the cursor stands among those without a due date
        rest = tie < review_id if backwards else tie > review_id
        among = sa.and_(column.is_(None), rest)
        return sa.or_(among, column.is_not(None)) if backwards else among
    value: str | datetime = text if column.name == "number" else parse_instant(text)
    here = sa.tuple_(column, tie)
    there = sa.tuple_(
        sa.bindparam(None, value, type_=column.type), sa.bindparam(None, review_id, type_=tie.type)
    )
    further: sa.ColumnElement[bool] = here < there if backwards else here > there
    if backwards or column.name != "due_at" or _only_due(query):
        return further
    return sa.or_(further, column.is_(None))


def _only_due(query: ListQuery) -> bool:
    return any(at is not None for at in (query.overdue_at, query.due_before, query.due_after))


def _cursor(query: ListQuery, last: Any) -> tuple[str, str]:
    value = getattr(last, _name(query))
    if isinstance(value, datetime):
        return instant(value), last.id
    return value or "", last.id
