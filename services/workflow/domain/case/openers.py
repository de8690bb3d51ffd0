"""Who may open a case: of those whom its kind names, or of those who open the round."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from services.workflow.domain.authority.actor import REASONS
from services.workflow.domain.authority.firing import Candidate
from services.workflow.domain.case.acting import lacks_among, lacks_person
from services.workflow.domain.case.head import Case
from services.workflow.domain.case.own_unit import is_about_unit, serves_in
from services.workflow.domain.case.parties import OF, people_rule, resolve, unit_of
from services.workflow.domain.case.world import World
from services.workflow.domain.language.model.lives import Kind
from services.workflow.domain.language.model.parties import (
    Everybody,
    Grant,
    NamedUnit,
    Nearest,
    OwnUnit,
    PartyRule,
    Related,
    Subject,
)
from services.workflow.domain.organisation.parties import everybody, seats


def why_not_open(
    candidate: Candidate, kind: Kind, unit: str, parent: Case | None, world: World
) -> tuple[str, str | None]:
    """Return "" and the unit in whose name, if the candidate may open a case; else why not.

    Who may is the kind's own `opened_by`; of a kind that opens with the round, who opens that.
    """
    words, path = world.organisation.vocabulary, world.organisation.path(unit)
    grants, power = kind.opened_by, "act"
    if not grants and kind.origin.form in ("each", "one_for"):
        grants, power = world.scheme.opened_by, "open"
    why, is_left = ["no_post"], _is_left_to_others(candidate, kind, unit, parent, world)
    for grant in grants:
        body = _opening_body(grant, unit, kind, parent, world)
        if body is not None:
            roles = words.having(power).intersection(grant.roles)
            lacks = candidate.serves_not((body,), roles, path)
        else:
            lacks, body = _opening_person(candidate, grant, unit, kind, parent, world)
        if not lacks and body != unit and is_left:
            lacks = "own_case"
        if not lacks:
            return "", body
        why.append(lacks)
    return min(why, key=REASONS.index), None


def _is_left_to_others(
    candidate: Candidate, kind: Kind, unit: str, parent: Case | None, world: World
) -> bool:
    """Tell whether a case at the candidate's own unit would be left to others than that unit."""
    if not kind.seen_by or not is_about_unit(kind):
        return False
    readers = (_opening_body(one, unit, kind, parent, world) for one in kind.seen_by)
    return unit in serves_in(candidate) and unit not in readers


def _opening_body(
    grant: Grant, unit: str, kind: Kind, parent: Case | None, world: World
) -> str | None:
    """Return the unit of a party where there is no case yet: found from where it would be."""
    if parent is not None and grant.party.startswith(OF):
        return unit_of(parent, grant.party.removeprefix(OF), world)
    if kind.origin.form == "one_for" and grant.party == kind.origin.of:
        return unit
    rule = _rules(kind, unit, world).get(grant.party)
    if not isinstance(rule, OwnUnit | NamedUnit | Nearest):
        return None
    return resolve(rule, unit, world.organisation).unit


def _opening_person(
    candidate: Candidate,
    grant: Grant,
    unit: str,
    kind: Kind,
    parent: Case | None,
    world: World,
) -> tuple[str, str]:
    """Return "" if the candidate is one of the people who may open it, and from which unit."""
    path = world.organisation.path(unit)
    if parent is None:
        people = _people_at(grant.party, unit, kind, candidate.day, world)
        lacks = lacks_among(candidate, people, grant.roles, path)
    else:  # what is not there yet is about whom its parent is about, and at its unit
        lacks = _personal_shortfall(candidate, parent, grant, world)
    near = [post.unit for post in world.organisation.posts_of(candidate.person, candidate.day)]
    return lacks, max((one for one in near if one in path), key=path.index, default=unit)


def _personal_shortfall(candidate: Candidate, parent: Case, grant: Grant, world: World) -> str:
    there = replace(grant, party=grant.party.removeprefix(OF))
    rule = people_rule(parent, there.party, world)
    return "no_post" if rule is None else lacks_person(candidate, parent, there, rule, world)


def _people_at(party: str, unit: str, kind: Kind, day: date, world: World) -> tuple[str, ...]:
    """Return the people of a party as a case at *unit* would have it, on *day*."""
    rules, organisation = _rules(kind, unit, world), world.organisation
    rule = rules.get(party)
    if isinstance(rule, Subject):
        return tuple(
            one for seat in seats(organisation, unit, kind.person, day) for one in seat.people
        )
    if not isinstance(rule, Related | Everybody):
        return ()
    of = rules.get(rule.party)
    if not isinstance(of, OwnUnit | NamedUnit | Nearest):
        return ()
    body = resolve(of, unit, organisation).unit
    if body is None:
        return ()
    if isinstance(rule, Related):
        return tuple(organisation.related(body, rule.relation, day))
    return everybody(organisation, body, day)


def _rules(kind: Kind, unit: str, world: World) -> Mapping[str, PartyRule]:
    """Return the parties that a case of *kind* at *unit* would have."""
    life = kind.life_of(world.organisation.units[unit].kind)
    if life is not None:
        return life.parties
    return {**world.scheme.parties.units, **world.scheme.parties.people}
