"""Who would vote: no electorate is empty, none is the person it is about and nobody else."""

from collections.abc import Callable, Iterator

from schemas.document import Path
from schemas.said import said
from services.workflow.domain.fitting.placing import Placing, holds
from services.workflow.domain.language.model.lives import Kind, Life, Link
from services.workflow.domain.language.model.parties import (
    Everybody,
    OtherSubjects,
    PeopleRule,
    Related,
)
from services.workflow.domain.language.model.scores import Electorate, Electors, Poll
from services.workflow.domain.organisation import Unit
from services.workflow.domain.organisation.parties import everybody, seats

Note = Callable[[Path, str], None]


def check_electorates(placing: Placing, note: Note) -> None:
    """Note electorates without people, or of one person the poll is about."""
    for poll in placing.scheme.polls.values():
        held_by = placing.scheme.kinds[poll.held_by]
        for unit in placing.anchors[held_by.name]:
            life = held_by.life_of(unit.kind)
            if life and poll.state in life.states:
                for electorate in poll.of_tier(life.tier).electorates:
                    _check(placing, poll, electorate, life, unit, note)


def _check(
    placing: Placing, poll: Poll, electorate: Electorate, life: Life, unit: Unit, note: Note
) -> None:
    if electorate.roster:
        return  # taken on the day
    subjects = set(_subjects(placing, poll, unit))
    people = {
        person
        for electors in electorate.people
        for person in _people(placing, electors, life, unit, subjects)
    }
    if not people:
        note(
            electorate.at,
            said(
                "nobody votes in {electorate} of {unit}", electorate=electorate.name, unit=unit.id
            ),
        )
    elif len(people) == 1 and people <= subjects:
        note(electorate.at, said("of {unit}, only somebody the poll is about votes", unit=unit.id))


def _subjects(placing: Placing, poll: Poll, unit: Unit) -> Iterator[str]:
    """Yield whom the poll of *unit* is about: the subjects of the cases that its link leads to."""
    link = placing.scheme.kinds[poll.held_by].links[poll.covers]
    kind = placing.scheme.kinds[link.kind]
    for anchor in placing.anchors[kind.name]:
        life = kind.life_of(anchor.kind)
        if life and kind.person and _leads(placing, kind, life, link, anchor) == unit.id:
            if kind.origin.of == "post":
                yield from placing.holders(kind, anchor)
                continue
            holder = placing.organisation.first_holder(anchor.id, kind.person, placing.day)
            yield from [holder[0]] if holder else []


def _leads(placing: Placing, kind: Kind, life: Life, link: Link, anchor: Unit) -> str | None:
    """Return the unit whose poll a case at *anchor* is covered by."""
    if link.form != "back":
        return anchor.id
    there = kind.links.get(link.back)
    found = placing.party(life, there.party, anchor.id) if there else None
    return found.unit if found else None


def _people(
    placing: Placing, electors: Electors, life: Life, unit: Unit, subjects: set[str]
) -> set[str]:
    if not all(holds(one, unit, of_case=True) for one in electors.where.conditions):
        return set()
    party = placing.party(life, electors.grant.party, unit.id)
    if party is not None:
        body = party.unit or ""
        held = seats(placing.organisation, body, electors.grant.roles, placing.day)
        return {person for seat in held for person in seat.people}
    rule = life.parties.get(electors.grant.party)
    return _found(placing, rule, life, unit, subjects)  # type: ignore[arg-type] # no unit: people


def _found(
    placing: Placing, rule: PeopleRule | None, life: Life, unit: Unit, subjects: set[str]
) -> set[str]:
    organisation, day = placing.organisation, placing.day
    match rule:
        case Everybody(party):
            body = placing.party(life, party, unit.id)
            return set(everybody(organisation, body.unit, day)) if body and body.unit else set()
        case Related(relation, party):
            body = placing.party(life, party, unit.id)
            unit_id = body.unit if body else None
            return set(organisation.related(unit_id, relation, day)) if unit_id else set()
        case OtherSubjects():
            return subjects
    return set()
