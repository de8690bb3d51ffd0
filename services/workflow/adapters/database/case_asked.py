"""Which cases are asked for: what a query says, as conditions, with what may be seen of it."""

from typing import Any

import sqlalchemy as sa

from services.workflow.adapters.database import tables
from services.workflow.adapters.database.case_sight import (
    Part,
    held_at,
    lies_within,
    not_of_own_unit,
    parts_seen,
)
from services.workflow.adapters.database.rows import is_case_id
from services.workflow.application.reading_ports import ListQuery

_DASH = "-"  # between the parts of a number
_LAST = "\U0010ffff"  # sorts behind whatever may follow a prefix

_head = tables.case_head
_record = tables.case_record
_within = tables.case_within
_sought = _record.alias("sought")


def ids_of(query: ListQuery) -> sa.CompoundSelect[Any]:
    """Return the select of the ids of all cases of *query*, each once."""
    return sa.union(*(part.select(_head.c.case_id) for part in parts_of(query)))


def parts_of(query: ListQuery) -> list[Part]:
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
        _record.c.cycle.in_(query.cycles) if query.cycles else None,
        _record.c.number.in_(query.numbers) if query.numbers else None,
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
    and in capitals and small letters, since its parts are names of tiers and kinds. Who looks it
    up from memory leaves the dashes out.
    """
    places: list[sa.Select[Any]] = []
    if query.text:
        number, text = _sought.c.number, query.text
        spelled = sorted({text, text.upper(), text.lower()})
        places += [
            sa.select(_sought.c.id).where(number >= one, number < one + _LAST) for one in spelled
        ]
        if (n := len(text.replace(_DASH, ""))) > 1:  # a single digit ends one number in ten
            run = sa.func.replace(number, _DASH, "")
            runs = [one.replace(_DASH, "") for one in spelled]
            last = sa.func.substr(run, sa.func.length(run) - n + 1)
            first = sa.func.substr(run, 1, n)
            # What begins with digits alone is found above, by the index.
            meant = last.in_(runs) if text.isdigit() else last.in_(runs) | first.in_(runs)
            places.append(sa.select(_sought.c.id).where(meant))
    if query.persons:
        places.append(sa.select(_sought.c.id).where(_sought.c.person.in_(query.persons)))
    if query.units:
        places.append(
            sa.select(_within.c.case_id)
            .join(_sought, _sought.c.id == _within.c.case_id)
            .where(_within.c.unit.in_(query.units), _sought.c.unit.in_(query.units))
        )
    return _head.c.case_id.in_(sa.union(*places)) if places else None
