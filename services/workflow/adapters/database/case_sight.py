"""What may be seen of all cases: the parts of it, each walked by its own index."""

import re
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise
from typing import Any, TypeVar

import sqlalchemy as sa

from schemas.canonical import write_plain
from services.workflow.adapters.database import tables
from services.workflow.application.reading_ports import (
    About,
    ListQuery,
    Narrowing,
    Seats,
    Several,
    View,
)
from services.workflow.application.reading_ports import Part as Given
from services.workflow.domain.case.parties import OF
from services.workflow.domain.language.model.parties import AUDITING_BODY, PASSING_BODY

_head = tables.case_head
_record = tables.case_record
_within = tables.case_within
_beside = tables.case_beside
_UUID = 36  # characters
_Key = TypeVar("_Key", bound=Hashable)
_Said = TypeVar("_Said")
IS_ITS_HEAD = _head.c.case_id == _record.c.id
JOINED = _record.join(_head, IS_ITS_HEAD)


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """One part of what may be seen: what holds for its cases."""

    conditions: tuple[sa.ColumnElement[bool], ...] = ()
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
    parts = [part for view in query.views for part in _parts_of(view)]
    return parts or [Part(conditions=(sa.false(),))]


@lru_cache(maxsize=512)
def _parts_of(view: View) -> tuple[Part, ...]:
    """Return the parts of one view; every page asks for those of the same people again."""
    return tuple(_each_part_of(view))


def _each_part_of(view: View) -> Iterator[Part]:
    left = Part(conditions=tuple(_not_left_to_others(view.narrowed, view.seats)))
    if view.seats is not None and view.seats.handed_to is not None:
        left &= Part(conditions=(_not_about(view.seats.handed_to),))
    if view.units is None:
        yield left
        return
    if view.units:
        yield left & Part(conditions=(lies_within(view.units),))
    if view.own_units:
        yield left & Part(conditions=(_of_units(view.own_units),), few=True)
    if view.person is not None:
        yield left & Part(conditions=(_record.c.person == view.person,), few=True)
    for desk in on_desks(view.seats.desks if view.seats else ()):
        yield left & Part(conditions=(desk,))
    for part in _given_a_part(view):
        yield left & part


def _given_a_part(view: View) -> Iterator[Part]:
    """Yield the cases in which a scheme gives who asks a part, at one of the case's own units.

    Found first, from the units: what stands beside a path is seldom much. What stands on the path
    is found there, for roles alone that do not see the subtree anyway.
    """
    for one in view.parts:
        if one.about is not None:
            person, at_units = one.about
            theirs = (_record.c.person == person, _record.c.unit.in_(at_units))
            yield Part(conditions=(*_is_one_of(one, _record), *theirs), few=True)
    units = {unit for one in view.parts for _, at in one.units for unit in at}
    above = units.difference(view.units or ())
    for depth in sorted({_depth(party) for one in view.parts for party, _ in one.units}):
        for table, at in ((_beside, units), (_within, above)):
            if at:
                found = _of_units_parts(view.parts, depth, table, at)
                yield Part(conditions=(_head.c.case_id.in_(found),), few=True)


def _is_one_of(one: Given | Narrowing, record: sa.FromClause) -> Iterator[sa.ColumnElement[bool]]:
    yield record.c.kind == one.kind
    yield record.c.tier == one.tier if one.tier else record.c.tier.is_(None)
    yield record.c.cycle.in_(one.cycles)


def _together(pairs: Iterable[tuple[_Key, _Said]]) -> dict[_Key, list[_Said]]:
    """Return what is said of each key: a scheme says the same of many kinds, tiers and states.

    Said once for all of them: PostgreSQL plans a list anew for what it asks, and to plan tens of
    kilobytes takes longer than to answer.
    """
    found: dict[_Key, list[_Said]] = {}
    for key, said in pairs:
        found.setdefault(key, []).append(said)
    return found


def held_at(seats: Seats, several: Sequence[Several]) -> Iterator[Part]:
    """Yield the ways in which a case lies on some *seats*, each by its own index."""
    own = _head.c.holder_person
    if seats.handed_to is None:
        # Whom a case is about is found by that; who stands in a row of it, where they hold a post.
        yield Part(conditions=(_record.c.person == seats.person, own == seats.person), few=True)
        for unit in sorted({unit for unit, _ in seats.own}):
            yield Part(conditions=(_head.c.holder_unit == unit, own == seats.person))
        handed = Part()
    else:
        handed = Part(conditions=(_not_about(seats.handed_to),))
    for desk in on_desks(seats.desks):
        yield handed & Part(conditions=(desk, _is_theirs(own, seats)))
    for one in several:
        yield handed & Part(conditions=tuple(_on_another(one, seats)), few=True)


@lru_cache(maxsize=512)  # each list and each figure of a page asks it of the same people anew
def not_of_own_unit(view: View) -> Part:
    """Return what is left out of what lies on one's own desk.

    It may be seen for that very reason, but for what is about one's own unit and left to others.
    """
    apart = tuple(one for one in view.narrowed if one.own_units)
    return Part(conditions=tuple(_not_left_to_others(apart, view.seats)))


def _is_theirs(own: sa.ColumnElement[Any], seats: Seats) -> sa.ColumnElement[bool]:
    # A desk that is a person's own is not taken over with the role, but by their deputy.
    if seats.handed_to is None:
        return own.is_(None)
    return sa.or_(own.is_(None), own == seats.person)


def _on_another(several: Several, seats: Seats) -> Iterator[sa.ColumnElement[bool]]:
    """Yield what holds where a case lies on one of *seats*, be it not the one that is due first.

    The first alone is in columns: the others are read in what the head keeps of its desks.
    """
    yield _record.c.cycle == several.cycle
    yield _record.c.kind == several.kind
    yield _head.c.state.in_(several.states)
    yield sa.literal_column("case_head.on_several", sa.Boolean)  # in the words of its index
    yield _lies_on(seats)


def _lies_on(seats: Seats) -> sa.ColumnElement[bool]:
    own = seats.own if seats.handed_to is None else seats.desks
    spelled = [[*desk, None] for desk in seats.desks] + [[*desk, seats.person] for desk in own]
    # As heads spell the beginning of a desk.
    begins = (f"{write_plain(one).decode()[:-1]}," for one in spelled)
    return sa.or_(sa.false(), *(_head.c.facts.contains(one, autoescape=True) for one in begins))


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
    parties = _together(
        ((replace(one, units=()), units), party[depth * len(OF) :])
        for one in given
        for party, units in one.units
        if _depth(party) == depth
    )
    ways = [
        sa.and_(
            *_is_one_of(one, case),
            table.c.unit.in_(at.intersection(units)),
            _is_party(table, owner, of, units, one.stages),
        )
        for (one, units), of in parties.items()
    ]
    return sa.select(case.c.id).select_from(joined).where(table.c.unit.in_(at), sa.or_(*ways))


def _is_party(
    table: sa.Table,
    owner: sa.FromClause,
    parties: Sequence[str],
    units: Sequence[str],
    stages: Sequence[str],
) -> sa.ColumnElement[bool]:
    if table is _beside:
        return _beside.c.party.in_(parties)
    return sa.or_(*(_is_on_path(owner, party, units, stages) for party in parties))


def _is_on_path(
    owner: sa.FromClause, party: str, units: Sequence[str], stages: Sequence[str]
) -> sa.ColumnElement[bool]:
    ends = {AUDITING_BODY: "]", PASSING_BODY: "]]"}.get(party)
    if ends is None:
        return _is_at(owner, party, units)
    pairs = (f'["{stage}","{unit}"{ends}' for stage in stages for unit in units)
    said = (owner.c.pinned.contains(pair, autoescape=True) for pair in pairs)
    return sa.or_(sa.false(), *said)


def _depth(party: str) -> int:
    return party.count(OF)


def _is_at(record: sa.FromClause, party: str, units: Sequence[str]) -> sa.ColumnElement[bool]:
    return party_of(record, party).in_(units)


def party_of(record: sa.FromClause, party: str) -> sa.ColumnElement[str]:
    pinned = sa.cast(record.c.pinned, sa.JSON().with_variant(sa.Text(), "sqlite"))
    unit: sa.ColumnElement[str] = pinned[("parties", party)].as_string()
    return unit


def _not_left_to_others(
    narrowed: Iterable[Narrowing], seats: Seats | None
) -> Iterator[sa.ColumnElement[bool]]:
    """Yield that a case is none of those *narrowed*, or is left to who asks as well."""
    alike = _together(
        (replace(one, kind="", tier="", state="", cycles=()), one) for one in narrowed
    )
    for left_to, those in alike.items():
        states = _together((replace(one, state=""), one.state) for one in those)
        is_narrowed = (
            sa.and_(*_is_one_of(one, _record), _head.c.state.in_(of)) for one, of in states.items()
        )
        # What is not known counts as no: not left out would be shown.
        is_among = sa.func.coalesce(sa.or_(*_is_left_to(left_to, seats)), sa.false())
        yield sa.or_(sa.not_(sa.or_(*is_narrowed)), is_among)


def _is_left_to(one: Narrowing, seats: Seats | None) -> list[sa.ColumnElement[bool]]:
    by_post = [_is_at(_record, party, units) for party, units in one.units]
    ways = list[sa.ColumnElement[bool]]()
    if seats is not None:
        own = _head.c.holder_person
        lying = sa.or_(sa.false(), *on_desks(seats.desks))
        ways += [own == seats.person] if seats.handed_to is None else []
        by_post.append(sa.and_(lying, _is_theirs(own, seats)))
        by_post += [_lies_on(seats)] if one.several else []
        about = _record.c.person == seats.person
        if one.subject is None:
            ways.append(about)
        elif one.subject:
            ways.append(sa.and_(about, _record.c.unit.in_(one.subject)))
    ways.append(sa.and_(sa.or_(sa.false(), *by_post), *_is_of_another_unit(one)))
    return ways


def _is_of_another_unit(one: Narrowing) -> Iterator[sa.ColumnElement[bool]]:
    """Yield that it is about no unit of theirs, or is left to that unit as well."""
    if one.own_units:
        itself = (party_of(_record, party) == _record.c.unit for party in one.parties)
        yield sa.or_(_record.c.unit.not_in(one.own_units), *itself)


def _not_about(about: About) -> sa.ColumnElement[bool]:
    """Return whether a case, and what it belongs to, neither is nor was about somebody."""
    return sa.not_(_is_about(about.person, about.depth, _record, _head))


def _is_about(
    person: str, depth: int, record: sa.FromClause, head: sa.FromClause
) -> sa.ColumnElement[bool]:
    # As heads spell it (`case_rows.facts_of`): a pair in a list, not a member.
    past = head.c.facts.regexp_match(rf'\["past_subjects",\[[^\]]*"{re.escape(person)}"')
    ways = [record.c.person == person, past]
    if depth:
        up, its = _record.alias(f"above_{depth}"), _head.alias(f"above_{depth}_head")
        # Of a case the name of its parent's stream, which ends in the id; else that of a unit.
        ends = sa.func.substr(record.c.of, sa.func.length(record.c.of) - _UUID + 1)
        parent = sa.case((record.c.of.contains("/"), sa.cast(ends, tables.CaseId)))
        above = sa.exists().where(up.c.id == parent, its.c.case_id == up.c.id)
        ways.append(above.where(_is_about(person, depth - 1, up, its)))
    return sa.or_(*(sa.func.coalesce(way, sa.false()) for way in ways))


def lies_within(units: Sequence[str]) -> sa.ColumnElement[bool]:
    return sa.exists().where(_within.c.case_id == _head.c.case_id, _within.c.unit.in_(units))


def _of_units(units: Sequence[str]) -> sa.ColumnElement[bool]:
    return sa.and_(_record.c.unit.in_(units), lies_within(units))  # the latter has the index


def on_desks(desks: Sequence[tuple[str, str]]) -> Iterable[sa.ColumnElement[bool]]:
    """Yield a condition per unit: of one unit alone does the index know the order."""
    for unit in sorted({unit for unit, _ in desks}):
        roles = sorted({role for of, role in desks if of == unit})
        yield sa.and_(_head.c.holder_unit == unit, _head.c.holder_role.in_(roles))
