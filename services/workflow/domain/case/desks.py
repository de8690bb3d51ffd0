"""Where a case lies in a state: one holder for each desk, with the day it is due there.

A desk takes the first role that somebody holds who is no subject of the case, past or present;
then its `else`; then it is vacant: shown and charged to the unit, not absent.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from itertools import islice

from schemas.limits import DESKS
from services.workflow.domain.authority.firing import Candidate
from services.workflow.domain.case.ground import Ground
from services.workflow.domain.case.head import Case, Due, Holder
from services.workflow.domain.case.own_unit import is_about_own_unit
from services.workflow.domain.case.parties import (
    people_of,
    people_rule,
    subject_of,
    subjects_of,
    unit_of,
)
from services.workflow.domain.case.requests import Request, requests, waiting
from services.workflow.domain.case.times import Counting, Telling, counts_from_entry, due_by
from services.workflow.domain.case.world import World, life_of
from services.workflow.domain.language.model.days import Due as DueRule
from services.workflow.domain.language.model.lives import State
from services.workflow.domain.language.model.parties import Desk, Subject
from services.workflow.domain.organisation.parties import Seat, nearest_post, seats


@dataclass(kw_only=True, slots=True)  # one for every command
class Stay:
    """A stay in a state: of which case, seen in which world, on which day its desks are found."""

    case: Case  # as it stands in the state
    world: World  # in which others may still see the case as it stood before
    day: date

    @property
    def state(self) -> State:
        return self.world.life(self.case).states[self.case.state]


def lying(stay: Stay, by_hand: Due | None = None) -> tuple[Holder, ...]:
    """Return the desks of a stay that begins; *by_hand* is the deadline that was set with it."""
    desks = stay.state.desks
    several = len(desks) > 1
    holders = []
    for desk in desks:
        name = desk.name if several else ""
        found = holder_of(desk, stay)
        holders.append(
            Holder(
                unit=found.unit,
                role=found.role,
                person=found.person,
                desk=name,
                due=by_hand or due_of(stay, name),
                vacant=found.vacant,
            )
        )
    return tuple(holders)


def due_of(stay: Stay, desk: str) -> Due:
    """Return the deadline that the scheme gives the desk of this name; "" where there is one."""
    case, world = stay.case, stay.world
    entered, paused = world.day(case.entered_at), case.paused_days
    asked = (case.kind, case.tier or "", case.state, desk, entered, paused)
    due = world.ground.answer(due_from_entry, *asked)
    if due is not None:
        return due
    telling = Telling(case=case, world=world.with_case(case), entered=entered, paused=paused)
    return due_by(_rule(stay.state, desk), telling)


def due_from_entry(
    ground: Ground, kind: str, tier: str, state: str, desk: str, entered: date, paused: int
) -> Due | None:
    """Return the deadline that follows from the day of entry; None where its rule asks for more."""
    rule = _rule(ground.answer(life_of, kind, tier).states[state], desk)
    if rule is not None and not counts_from_entry(rule.rule):
        return None
    return due_by(rule, Counting(ground=ground, entered=entered, paused=paused))


def _rule(state: State, desk: str) -> DueRule | None:
    if not state.has(desk):
        return None
    own = next((one.due for one in state.desks if one.name == desk), None)
    return own or state.due


def answering(stay: Stay) -> Iterator[Holder]:
    """Yield the desks of who has to answer what was asked for in the case; nothing is due there."""
    had = {one.desk: one for one in stay.case.holders}
    asked = (one for one in asked_in(stay.case, stay.world) if not stay.state.has(one.document))
    # A scheme of before may have no room for one, or a desk of that name: then nobody has it.
    for one in islice(asked, DESKS - len(stay.state.desks)):
        found = had.get(one.document)
        yield found or replace(holder_of(one.desk, stay), desk=one.document)


def asked_in(case: Case, world: World) -> Iterator[Request]:
    """Yield all that was asked for in *case* and that nothing settled since."""
    return waiting(case, world.ground.answer(_requests, case.kind, case.tier or ""))


def _requests(ground: Ground, kind: str, tier: str) -> tuple[Request, ...]:
    return tuple(requests(ground.answer(life_of, kind, tier)))


def holder_of(desk: Desk, stay: Stay) -> Holder:
    """Return who holds a desk; what is due there is not told yet."""
    for place in _places(desk):
        found = _personal(place, stay) if is_personal(place, stay) else _seated(place, stay)
        if found is not None:
            return found
    return _vacant(desk, stay)


def is_personal(desk: Desk, stay: Stay) -> bool:
    """Tell whether a desk is people's own, not a unit's."""
    return people_rule(stay.case, desk.party, stay.world) is not None


def _places(desk: Desk) -> Iterator[Desk]:
    place: Desk | None = desk
    while place is not None:
        yield place
        place = place.otherwise


def _seated(desk: Desk, stay: Stay) -> Holder | None:
    unit = unit_of(stay.case, desk.party, stay.world)
    if unit is None:
        return None
    subjects = subjects_of(stay.case, stay.world)
    for seat in stay.world.ground.answer(_seats, unit, desk.roles, stay.day):
        people = seat.people if unit == stay.case.unit else _of_other_units(seat, stay)
        if not subjects.issuperset(people):
            return Holder(unit=seat.unit, role=seat.role)
    return None


def _of_other_units(seat: Seat, stay: Stay) -> tuple[str, ...]:
    """Return who of a seat is not of the very unit that the case is about and is kept from."""
    case, world, readers = stay.case, stay.world, stay.world.kind(stay.case).seen_by
    organisation = world.organisation
    return tuple(
        one
        for one in seat.people
        if not is_about_own_unit(Candidate(one, organisation, stay.day), readers, case, world)
    )


def _seats(ground: Ground, unit: str, roles: tuple[str, ...], day: date) -> tuple[Seat, ...]:
    return seats(ground.organisation, unit, roles, day)


def _personal(desk: Desk, stay: Stay) -> Holder | None:
    rule = people_rule(stay.case, desk.party, stay.world)
    for person in people_of(stay.case, desk.party, stay.day, stay.world):
        if isinstance(rule, Subject):  # it stays theirs until they are replaced
            return _own(desk, stay, person)
        nearest = nearest_post(stay.world.organisation, person, stay.case.path, stay.day)
        if nearest is not None:
            return Holder(unit=nearest.unit, role=nearest.role, person=person)
    return None


def _own(desk: Desk, stay: Stay, person: str) -> Holder:
    subject = subject_of(stay.case, stay.world)
    owner = stay.case if subject is None else subject[0]
    roles = desk.roles or stay.world.kind(owner).person
    held = [post.role for post in stay.world.organisation.posts_of(person, stay.day)]
    role = next((role for role in roles if role in held), roles[0])
    return Holder(unit=owner.unit, role=role, person=person)


def _vacant(desk: Desk, stay: Stay) -> Holder:
    """Return the first place that is a unit's, vacant; else the anchor's own."""
    for place in _places(desk):
        unit = unit_of(stay.case, place.party, stay.world)
        if unit is not None and place.roles:
            return Holder(unit=unit, role=place.roles[0], vacant=True)
    roles = desk.roles or stay.world.kind(stay.case).person or (_anybody(stay.world),)
    return Holder(unit=stay.case.unit, role=roles[0], vacant=True)


def _anybody(world: World) -> str:
    """Return the first role that may act, for a desk whose person holds no post any more."""
    words = world.organisation.vocabulary
    return next(role for role in words.roles if role in words.having("act"))
