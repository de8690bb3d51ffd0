"""Parties of a case: units that were pinned when it opened, people found on the day.

A rule starts from the anchor unit. A child names its parent's parties with `of.` in front, and what
is about nobody itself is about whom its parent is about.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any

from services.workflow.domain.authority.firing import Candidate
from services.workflow.domain.case.ground import Ground
from services.workflow.domain.case.head import Case
from services.workflow.domain.case.world import World
from services.workflow.domain.language.model.parties import (
    AUDITING_BODY,
    PASSING_BODY,
    Everybody,
    FieldPerson,
    Listed,
    NamedUnit,
    Nearest,
    OtherSubjects,
    OwnUnit,
    PeopleRule,
    Related,
    Subject,
    Submitter,
    UnitRule,
)
from services.workflow.domain.organisation import Delegation, Organisation
from services.workflow.domain.organisation.parties import Found, everybody, named, nearest

OF = "of."  # in front of a party's name: the parent's
_PEOPLE = (Subject, Submitter, FieldPerson, Related, Everybody, OtherSubjects, Listed)


def resolve(rule: UnitRule, unit: str, organisation: Organisation) -> Found:
    """Return the unit that *rule* leads to from *unit*, or why it leads to none."""
    match rule:
        case OwnUnit():
            return named(organisation, unit)
        case NamedUnit(id=id_):
            return named(organisation, id_)
    return nearest(organisation, unit, rule.kind, above=rule.above, child=rule.child)


def _owner(case: Case, party: str, world: World) -> tuple[Case, str] | None:
    """Return the case whose party is meant, and its name there; None: there is no such parent."""
    while party.startswith(OF):
        parent = world.heads.parent(case)
        if parent is None:
            return None
        case, party = parent, party.removeprefix(OF)
    return case, party


def people_rule(case: Case, party: str, world: World) -> PeopleRule | None:
    """Return the rule of a party that is people; None where it is a unit."""
    owner = _owner(case, party, world)
    rule = None if owner is None else world.life(owner[0]).parties.get(owner[1])
    return rule if isinstance(rule, _PEOPLE) else None


def unit_of(case: Case, party: str, world: World, state: str = "") -> str | None:
    """Return the unit of a party; None where it is people, or the case has no such unit.

    *state* is that whose audit is meant: the present one where nothing else is said.
    """
    owner = _owner(case, party, world)
    if owner is None:
        return None
    case, party = owner
    if party == AUDITING_BODY:
        stage = state or case.state
        return next((audit.body for audit in case.audits if audit.stage == stage), None)
    if party == PASSING_BODY:  # only the last audit clears
        return case.audits[-1].body if case.audits else None
    pinned = case.parties.get(party)
    return _on_path(case, party, world) if pinned is None else pinned


def bodies_of(case: Case, world: World) -> frozenset[str]:
    """Return the units that decide about *case*: its parties, but for what is its own by name.

    The anchor unit is one of them where a rule that looks upwards ends there.
    """
    rules = world.life(case).parties.items()
    upwards = (name for name, rule in rules if isinstance(rule, NamedUnit | Nearest))
    found = (unit_of(case, name, world) for name in upwards)
    return frozenset(unit for unit in found if unit is not None)


def _on_path(case: Case, party: str, world: World) -> str | None:
    """Return the unit that a party not pinned by name still has: it stands on the pinned path.

    The first openings of all named one party alone.
    """
    rule = world.life(case).parties.get(party)
    if not isinstance(rule, Nearest) or rule.child:
        return None
    units, path = world.organisation.units, case.path[:-1] if rule.above else case.path
    there = (unit for unit in reversed(path) if unit in units)
    return next((unit for unit in there if may_be_on_path(rule, units[unit].kind)), None)


def may_be_on_path(rule: UnitRule, kind: str) -> bool:
    """Tell whether a unit of that kind is one which a case may have as its party unnamed."""
    return isinstance(rule, Nearest) and not rule.child and rule.kind == kind


def people_of(case: Case, party: str, day: date, world: World) -> tuple[str, ...]:
    """Return the people of a party on *day*; empty where there are none, or it is a unit."""
    owner = _owner(case, party, world)
    if owner is None:
        return ()
    rule = world.life(owner[0]).parties.get(owner[1])
    found = _FINDING.get(type(rule))
    return () if found is None else tuple(dict.fromkeys(found(rule, owner[0], day, world)))


def subject_of(case: Case, world: World) -> tuple[Case, str] | None:
    """Return the person *case* is about, and the case that says so: its own, or one above it."""
    at: Case | None = case
    while at is not None:
        if at.person is not None:
            return at, at.person
        at = world.heads.parent(at)
    return None


def subjects_of(case: Case, world: World) -> frozenset[str]:
    """Return everybody *case* is or was about, and those of the cases it belongs to.

    What grows out of somebody's case is about them: they do not verify their own items.
    """
    found, at = case.subjects, world.heads.parent(case)
    while at is not None:
        found |= at.subjects
        at = world.heads.parent(at)
    return found


def value_of(case: Case, column: str) -> Any:
    """Return what stands in *column* of the row the case was made from, or of its own form."""
    if column in case.values:
        return case.values[column]
    for filed in case.documents.values():
        if len(filed.rows) == 1:
            (values,) = filed.rows.values()
            if column in values:
                return values[column]
    return None


def _subject(_rule: Subject, case: Case, _day: date, world: World) -> Iterator[str]:
    subject = subject_of(case, world)
    if subject is not None:
        yield subject[1]


def _submitter(rule: Submitter, case: Case, _day: date, _world: World) -> Iterator[str]:
    filed, given = case.documents.get(rule.of), case.components.get(rule.of)
    person = filed.submitter if filed is not None else given.by if given is not None else None
    if person is not None:
        yield person


def _field(rule: FieldPerson, case: Case, _day: date, _world: World) -> Iterator[str]:
    person = value_of(case, rule.column)
    if person is not None:
        yield person


def _related(rule: Related, case: Case, day: date, world: World) -> Iterator[str]:
    unit = unit_of(case, rule.party, world)
    if unit is not None:
        yield from world.organisation.related(unit, rule.relation, day)


def _everybody(rule: Everybody, case: Case, day: date, world: World) -> Iterator[str]:
    unit = unit_of(case, rule.party, world)
    if unit is not None:
        yield from everybody(world.organisation, unit, day)


def _other_subjects(rule: OtherSubjects, case: Case, _day: date, world: World) -> Iterator[str]:
    for one in world.heads.sharing(case, rule.under):
        if one.person is not None and one.id != case.id and one.is_open:
            yield one.person


def _listed(rule: Listed, case: Case, _day: date, world: World) -> Iterator[str]:
    yield from world.listing(case, rule.roster).by_person


_FINDING: Mapping[type[Any], Callable[[Any, Case, date, World], Iterator[str]]] = {
    Subject: _subject,
    Submitter: _submitter,
    FieldPerson: _field,
    Related: _related,
    Everybody: _everybody,
    OtherSubjects: _other_subjects,
    Listed: _listed,
}


def lacks(
    ground: Ground,
    person: str,
    day: date,
    by: Delegation | None,
    bodies: tuple[str, ...],
    roles: tuple[str, ...],
    path: tuple[str, ...],
) -> str:
    """Return "" if a person may act in one of *roles* at one of *bodies*, else why not."""
    return Candidate(person, ground.organisation, day, by).lacks(bodies, roles, path)
