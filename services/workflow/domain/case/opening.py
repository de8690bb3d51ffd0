"""How a case begins: its parties, audits and links pinned, its first desks found.

Openings do not fail together: what lacks a body, a holder or one clear party is expected and not
opened, with its reason, and can be opened later.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from schemas.instants import instant
from services.workflow.domain.case.desks import Stay, lying
from services.workflow.domain.case.evolving import open_case
from services.workflow.domain.case.head import Case, Due, Link
from services.workflow.domain.case.parties import OF, resolve
from services.workflow.domain.case.turns import share_turn
from services.workflow.domain.case.where import Candidate, names
from services.workflow.domain.case.wire import told_holders, told_link
from services.workflow.domain.case.world import Place, World
from services.workflow.domain.language.model.days import OF as PARENT
from services.workflow.domain.language.model.lives import Kind, Life
from services.workflow.domain.language.model.lives import Link as LinkRule
from services.workflow.domain.language.model.parties import (
    BUILT_IN,
    OPENED_FROM,
    Desk,
    NamedUnit,
    Nearest,
    OwnUnit,
)
from services.workflow.domain.organisation.parties import Found, seats


@dataclass(frozen=True, slots=True)
class NotOpened:
    """Why a case that is expected is not opened; *rule* where it is exempt, and not expected."""

    unit: str
    kind: str
    reason: str
    rule: str = ""
    tier: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Beginning:
    """What a case is to begin with, beside what the scheme says."""

    kind: Kind
    unit: str  # its anchor
    effective_at: datetime
    recorded_at: datetime
    number: str
    parent: Case | None = None
    opened_from: str | None = None  # the unit in whose name it is opened
    person: str | None = None  # of `each: post`: the holder whose case it is
    members: Mapping[str, Any] = field(default_factory=dict)  # of the event: row, values, because …
    due_at: datetime | None = None  # the deadline that is set with it; None: the scheme's
    actor: str | None = None


def begin(how: Beginning, world: World) -> tuple[dict[str, Any], Case] | NotOpened:
    """Return the data of `case_opened` and the case it leads to, or why there is none."""
    kind, organisation = how.kind, world.organisation
    unit = organisation.units[how.unit]
    life = kind.life_of(unit.kind)
    if life is None:
        return NotOpened(how.unit, kind.name, "no_life")
    day = world.day(how.effective_at)
    person = how.person or subject(kind, how.unit, day, world)
    if kind.person and person is None:
        return NotOpened(how.unit, kind.name, "post_vacant", tier=life.tier)
    parties = _parties(life, how, world)
    audits = _audits(life, how.unit, unit.kind, world)
    why = audits.reason if isinstance(audits, Found) else _unclear(life, parties, how, world)
    if why:
        return NotOpened(how.unit, kind.name, why, tier=life.tier)
    data: dict[str, Any] = {
        "kind": kind.name,
        "label": kind.label,
        "number": how.number,
        "cycle": world.round.id,
        "unit": how.unit,
        "unit_kind": unit.kind,
        "path": list(organisation.path(how.unit)),
        "parties": parties,
        "audits": audits,
        "links": [told_link(link) for link in _links(kind, parties, how)],
        "state": life.initial,
        "holders": [],
        "effective_at": instant(how.effective_at),
        **how.members,
    }
    if how.parent is not None:
        data["of"] = how.parent.stream
    if life.tier:
        data["tier"] = life.tier
    if person is not None:
        data["subject"] = person
    return _with_desks(data, how, world)


def _with_desks(data: dict[str, Any], how: Beginning, world: World) -> tuple[dict[str, Any], Case]:
    """Open it twice: once to find out where it lies and when it is due, once with the answer."""
    family = "" if how.parent is None else how.parent.family
    case_id = world.new_id()

    def opened() -> Case:
        return open_case(
            case_id,
            data,
            world.scheme.hash,
            how.recorded_at,
            family=family,
            actor=how.actor,
        )

    draft = opened()
    around = world.with_case(draft)
    if how.parent is not None:
        around = around.with_case(how.parent)
    stay = Stay(case=draft, world=around, day=world.day(how.effective_at))
    by_hand = None if how.due_at is None else Due(at=how.due_at, by_hand=True)
    data["holders"] = told_holders(lying(stay, by_hand))
    return data, opened()


def subject(kind: Kind, unit: str, day: date, world: World) -> str | None:
    """Return the person a case of *kind* at *unit* is about; None in a vacancy, or about nobody."""
    for seat in seats(world.organisation, unit, kind.person, day):
        return seat.people[0]
    return None


def next_subject(kind: Kind, unit: str, day: date, world: World, opened_at: datetime) -> str | None:
    """Return whom the next case of *kind* at *unit* is about: of several in a post, who has none.

    Who has one of the turn in which it is opened, that is. None in a vacancy, where everybody has
    a case, and where it is about nobody.
    """
    if kind.origin.of != "post":
        return subject(kind, unit, day, world)
    standing = world.heads.standing(Place(world.round.id, kind.name, unit))
    having = {one.person for one in standing if share_turn(kind, one, opened_at, world)}
    holders = holders_of_posts(kind, unit, day, world)
    return next((one for one in holders if one not in having), None)


def exemption(kind: Kind, unit: str, world: World) -> NotOpened | None:
    """Return by which rule *unit* gets no case; None where none applies."""
    unit_kind = world.organisation.units[unit].kind
    life = kind.life_of(unit_kind)
    tier = "" if life is None else life.tier
    candidate = Candidate(unit=unit, unit_kind=unit_kind, tier=tier)
    for rule in kind.exempt:
        if names(rule.where, candidate, world.organisation):
            return NotOpened(unit, kind.name, "exempt", rule=rule.label, tier=tier)
    return None


def anchored(kind: Kind, world: World) -> Iterator[str]:
    """Yield the units of the round at which a kind that opens with it has its cases."""
    for unit in world.organisation.subtree(world.round.unit):
        if kind.life_of(world.organisation.units[unit].kind) is not None:
            yield unit


def holders_of_posts(kind: Kind, unit: str, day: date, world: World) -> Iterator[str]:
    """Yield everybody whose post makes them a subject, each once."""
    found = (
        person for role in kind.person for person in world.organisation.holders(unit, role, day)
    )
    yield from dict.fromkeys(found)


def _parties(life: Life, how: Beginning, world: World) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, rule in life.parties.items():
        if isinstance(rule, OwnUnit | NamedUnit | Nearest):
            unit = resolve(rule, how.unit, world.organisation).unit
            if unit is not None:
                found[name] = unit
    if how.kind.origin.form == "one_for":  # it is at the very unit of the party it is for
        found[how.kind.origin.of] = how.unit
    if how.opened_from is not None:
        found[OPENED_FROM] = how.opened_from
    return found


def _audits(life: Life, unit: str, unit_kind: str, world: World) -> list[dict[str, str]] | Found:
    audits = []
    for rule in life.audits.get(unit_kind, ()):
        found = resolve(rule.body, unit, world.organisation)
        if found.unit is None:
            return found
        audits.append({"stage": rule.stage, "body": found.unit})
    return audits


def _unclear(life: Life, parties: Mapping[str, str], how: Beginning, world: World) -> str:
    """Return why some desk of some state cannot be found at all, not even vacant; "" if all can."""
    known = {*parties, *BUILT_IN, *(name for name in life.parties if _is_people(life, name))}
    for state in life.states.values():
        for desk in state.desks:
            places = [place.party for place in _places(desk)]
            if not any(party in known or party.startswith(OF) for party in places):
                rule = life.parties[places[0]]
                assert isinstance(rule, OwnUnit | NamedUnit | Nearest)  # noqa: S101 - no people
                return resolve(rule, how.unit, world.organisation).reason
    return ""


def _is_people(life: Life, name: str) -> bool:
    return not isinstance(life.parties[name], OwnUnit | NamedUnit | Nearest)


def _places(desk: Desk) -> Iterator[Desk]:
    place: Desk | None = desk
    while place is not None:
        yield place
        place = place.otherwise


def _links(kind: Kind, parties: Mapping[str, str], how: Beginning) -> Iterator[Link]:
    for rule in kind.links.values():
        yield _link(rule, kind, parties, how)
    if kind.origin.parent and PARENT not in kind.links:
        yield Link(name=PARENT, kind=kind.origin.parent, way="of")


def _link(rule: LinkRule, kind: Kind, parties: Mapping[str, str], how: Beginning) -> Link:
    link = Link(name=rule.name, kind=rule.kind, way=_WAYS[rule.form], back=rule.back)
    match rule.form:
        case "peers":
            return replace(link, kind=kind.name, unit=how.unit)
        case "slot" | "unit":
            unit = _unit(rule.party, parties, how)
            leads_home = rule.form == "slot" and rule.kind == kind.name and unit == how.unit
            return replace(link, unit=None if leads_home else unit)
    return link


_WAYS: Mapping[str, str] = {
    "slot": "slot",
    "unit": "anchor",
    "children": "children",
    "parent": "of",
    "back": "back",
    "peers": "anchor",
}


def _unit(party: str, parties: Mapping[str, str], how: Beginning) -> str | None:
    parent = how.parent
    if party.startswith(OF):
        return None if parent is None else parent.parties.get(party.removeprefix(OF))
    return parties.get(party)
