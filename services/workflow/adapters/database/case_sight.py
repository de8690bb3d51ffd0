"""What may be seen of all cases: the parts of it, each walked by its own index."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import sqlalchemy as sa

from services.workflow.adapters.database import tables
from services.workflow.application.reading_ports import ListQuery, Narrowing
from services.workflow.application.reading_ports import Part as Given
from services.workflow.domain.case.parties import OF
from services.workflow.domain.language.model.parties import AUDITING_BODY, PASSING_BODY

_head = tables.case_head
_record = tables.case_record
_within = tables.case_within
_beside = tables.case_beside
IS_ITS_HEAD = _head.c.case_id == _record.c.id
JOINED = _record.join(_head, IS_ITS_HEAD)


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """One part of what may be seen: what holds for its cases."""

    conditions: tuple[sa.ColumnElement[bool], ...]
    # Never more than a handful. Found first and sorted then: a planner that hopes to meet the
    # first two of them early, walking an order they are not in, looks at every case there is.
    few: bool = False

    def __and__(self, other: "Part") -> "Part":
        return Part(conditions=self.conditions + other.conditions, few=self.few or other.few)

    def select(self, *columns: Any) -> sa.Select[Any]:
        """Return the select of *columns* of its cases."""
        return sa.select(*columns).select_from(JOINED).where(*self.conditions)


def parts_seen(query: ListQuery) -> list[Part]:
    """Return the parts of what who asks may see; a case may be in several."""
    if query.visible_units is None:
        return [Part(conditions=())]
    parts = []
    if query.visible_units:
        parts.append(Part(conditions=(lies_within(query.visible_units),)))
    if query.visible_own_units:
        parts.append(Part(conditions=(_of_units(query.visible_own_units),), few=True))
    if query.visible_person is not None:
        own = _record.c.person == query.visible_person
        parts.append(Part(conditions=(own,), few=True))
    parts.extend(Part(conditions=(desk,)) for desk in on_desks(query.visible_desks))
    parts.extend(_given_a_part(query))
    return parts or [Part(conditions=(sa.false(),))]


def _given_a_part(query: ListQuery) -> Iterator[Part]:
    """Yield the cases in which a scheme gives who asks a part, at one of the case's own units.

    Found first, from the units: what stands beside a path is seldom much. What stands on the path
    is found there, for roles alone that do not see the subtree anyway.
    """
    units = {unit for one in query.visible_parts for _, at in one.units for unit in at}
    above = units.difference(query.visible_units or ())
    for depth in sorted({_depth(party) for one in query.visible_parts for party, _ in one.units}):
        for table, at in ((_beside, units), (_within, above)):
            if at:
                found = _of_units_parts(query.visible_parts, depth, table, at)
                yield Part(conditions=(_head.c.case_id.in_(found),), few=True)


def _of_units_parts(
    given: Sequence[Given], depth: int, table: sa.Table, at: set[str]
) -> sa.Select[Any]:
    """Return the select of ids; parties are those of the case that lies *depth* above."""
    case, *parents = (_record.alias(f"up_{n}") for n in range(depth + 1))
    owner = parents[-1] if parents else case
    joined: sa.FromClause = table.join(owner, owner.c.id == table.c.case_id)
    for child, parent in reversed(list(pairwise((case, *parents)))):
        stream = parent.c.kind + "/" + sa.cast(parent.c.id, sa.Text)
        joined = joined.join(child, child.c.of == stream)
    ways = [
        sa.and_(
            case.c.kind == one.kind,
            case.c.tier.is_(None) if not one.tier else case.c.tier == one.tier,
            case.c.cycle.in_(one.cycles),
            table.c.unit.in_(at.intersection(units)),
            _is_party(table, owner, party[depth * len(OF) :], units, one.stages),
        )
        for one in given
        for party, units in one.units
        if _depth(party) == depth
    ]
    return sa.select(case.c.id).select_from(joined).where(table.c.unit.in_(at), sa.or_(*ways))


def _is_party(
    table: sa.Table, owner: sa.FromClause, party: str, units: Sequence[str], stages: Sequence[str]
) -> sa.ColumnElement[bool]:
    if table is _beside:
        return _beside.c.party == party
    ends = {AUDITING_BODY: "]", PASSING_BODY: "]]"}.get(party)
    if ends is None:
        return _is_at(owner, party, units)
    pairs = (f'["{stage}","{unit}"{ends}' for stage in stages for unit in units)
    said = (owner.c.pinned.contains(pair, autoescape=True) for pair in pairs)
    return sa.or_(sa.false(), *said)


def _depth(party: str) -> int:
    return party.count(OF)


def _is_at(record: sa.FromClause, party: str, units: Sequence[str]) -> sa.ColumnElement[bool]:
    pinned = sa.cast(record.c.pinned, sa.JSON().with_variant(sa.Text(), "sqlite"))
    unit: sa.ColumnElement[str] = pinned[("parties", party)].as_string()
    return unit.in_(units)


def not_left_to_others(one: Narrowing, query: ListQuery) -> sa.ColumnElement[bool]:
    tier = _record.c.tier.is_(None) if not one.tier else _record.c.tier == one.tier
    narrowed = (
        _record.c.kind == one.kind,
        tier,
        _head.c.state == one.state,
        _record.c.cycle.in_(one.cycles),
    )
    own = _head.c.holder_person
    ways = [
        own == query.looking,
        *(sa.and_(desk, own.is_(None)) for desk in on_desks(query.visible_desks)),
        *(_is_at(_record, party, units) for party, units in one.units),
        *([_record.c.person == query.looking] if one.subject else []),
    ]
    # What is not known counts as no: not left out would be shown.
    return sa.or_(sa.not_(sa.and_(*narrowed)), sa.func.coalesce(sa.or_(*ways), sa.false()))


def lies_within(units: Sequence[str]) -> sa.ColumnElement[bool]:
    return sa.exists().where(_within.c.case_id == _head.c.case_id, _within.c.unit.in_(units))


def _of_units(units: Sequence[str]) -> sa.ColumnElement[bool]:
    return sa.and_(_record.c.unit.in_(units), lies_within(units))  # the latter has the index


def on_desks(desks: Sequence[tuple[str, str]]) -> Iterable[sa.ColumnElement[bool]]:
    """Yield a condition per unit: of one unit alone does the index know the order."""
    for unit in sorted({unit for unit, _ in desks}):
        roles = sorted({role for of, role in desks if of == unit})
        yield sa.and_(_head.c.holder_unit == unit, _head.c.holder_role.in_(roles))
