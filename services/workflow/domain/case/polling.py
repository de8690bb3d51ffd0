"""Who holds a poll of a case, whom it covers when it opens, and how many may vote in it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from services.workflow.domain.authority.actor import REASONS
from services.workflow.domain.authority.firing import Candidate
from services.workflow.domain.case.acting import why_not_fire
from services.workflow.domain.case.head import Case
from services.workflow.domain.case.listing import Attendant
from services.workflow.domain.case.parties import people_of, people_rule, unit_of
from services.workflow.domain.case.pool import tied_to
from services.workflow.domain.case.where import matches
from services.workflow.domain.case.world import World, stages
from services.workflow.domain.language.model.parties import Listed, OtherSubjects
from services.workflow.domain.language.model.scores import Electorate, Electors, Poll
from services.workflow.domain.language.model.triggers import Trigger
from services.workflow.domain.organisation.parties import seats


@dataclass(frozen=True, kw_only=True, slots=True)
class Covered:
    """A case that a poll covers, and whom it was about when the poll opened."""

    stream: str
    person: str | None


def polls_of(case: Case, world: World) -> list[Poll]:
    """Return the polls that cases like this one hold, as its tier has them."""
    states = world.life(case).states
    found = (poll.of_tier(case.tier) for poll in world.scheme.polls.values())
    return [one for one in found if one.held_by == case.kind and one.state in states]


def takes_ballots(case: Case, polls: Iterable[Poll]) -> bool:
    """Tell whether *case* may stand where one of *polls* takes ballots, in whatever tier."""
    return any(
        one.held_by == case.kind and case.state == one.of_tier(case.tier).state for one in polls
    )


def poll_of(case: Case, name: str, world: World) -> Poll | None:
    """Return the poll of that name that *case* holds; None: it holds none."""
    return next((one for one in polls_of(case, world) if one.name == name), None)


def why_not_hold(candidate: Candidate, case: Case, poll: Poll | None, world: World) -> str:
    """Return "" if the candidate holds *poll*, else why not.

    Whoever may lead the case into the state in which ballots are taken holds the poll: hands out
    slips, closes it and has it counted.
    """
    why = [why_not_fire(candidate, case, one, world) for one in _leading(case, poll, world)]
    return min(why, key=("", *REASONS).index, default="no_post")


def _leading(case: Case, poll: Poll | None, world: World) -> Iterator[Trigger]:
    if poll is None:
        return
    life = world.life(case)
    for trigger in life.triggers.values():
        if any(poll.state in trigger.targets(one, stages(case)) for one in trigger.sources):
            yield trigger


def counters(case: Case, poll: Poll, world: World) -> tuple[str, ...]:
    """Return who may count what came on paper in their own right: those who hold *poll* today."""
    day = world.day(world.now)
    found = dict[str, None]()
    for trigger in _leading(case, poll, world):
        for grant in trigger.by:
            unit = unit_of(case, grant.party, world)
            if unit is None:
                found |= dict.fromkeys(people_of(case, grant.party, day, world))
            else:
                held = seats(world.organisation, unit, grant.roles, day)
                found |= dict.fromkeys(person for seat in held for person in seat.people)
    return tuple(
        one
        for one in found
        if not why_not_hold(Candidate(one, world.organisation, day), case, poll, world)
    )


def counts_apart(people: Iterable[str], case: Case, world: World) -> bool:
    """Tell whether two of *people* are two pairs of eyes: a deputy and whose they are have one."""
    known = frozenset(people)
    return any(known - {one} - tied_to(one, case, world) for one in known)


def is_to_come(poll: Poll, case: Case, world: World) -> bool:
    """Tell whether ballots are taken where *case* stands, or where any triggers lead it."""
    triggers, audits = world.life(case).triggers.values(), stages(case)
    seen, ahead = {case.state}, [case.state]
    for state in ahead:  # which grows while it is walked
        for trigger in triggers:
            if state in trigger.sources:
                found = set(trigger.targets(state, audits)) - seen
                seen |= found
                ahead += found
    return poll.state in seen


def left_open(trigger: Trigger, case: Case, world: World) -> Iterator[Poll]:
    """Yield the polls that *trigger* would leave behind while their slips are out.

    Nobody could vote any more, and nobody would have said so. A case that is given up takes them
    with it.
    """
    for poll, stands in _left(trigger, case, world):
        if stands == "open" and covered_by(case, poll, world):
            yield poll


def never_held(trigger: Trigger, case: Case, world: World) -> Iterator[Poll]:
    """Yield the polls that *trigger* would leave behind without a slip ever handed out."""
    for poll, stands in _left(trigger, case, world):
        if not stands and poll.name not in case.tallies:
            yield poll


def _left(trigger: Trigger, case: Case, world: World) -> Iterator[tuple[Poll, str]]:
    """Yield the polls of the state that *trigger* leads out of, each with how it stands."""
    known = world.polls.get(case.stream)
    if known is None or case.state not in trigger.sources:
        return
    targets, ends = {*trigger.targets(case.state, stages(case))}, world.life(case).ends
    if not targets or all(ends.get(to) == "abandoned" for to in targets):
        return
    for poll in polls_of(case, world):
        if poll.state == case.state and poll.state not in targets:
            yield poll, known.get(poll.name, "")


def covered_by(case: Case, poll: Poll, world: World) -> tuple[Covered, ...]:
    """Return the cases that *poll* is about: those open now that lack its figure, in their order.

    Who was voted on before is not voted on again, unless that was forgotten since.
    """
    linked = world.heads.linked(case, poll.covers)
    there = sorted(
        (one for one in linked if one.is_open and lacks_figure(one, poll, world)), key=_place
    )
    return tuple(Covered(stream=one.stream, person=one.person) for one in there)


def lacks_figure(case: Case, poll: Poll, world: World) -> bool:
    """Tell whether *case* is still to get a figure from *poll*; of one without, all are asked."""
    known = {**case.components, **dict.fromkeys(case.waived)}
    own = (one.of_tier(case.tier) for one in world.scheme.components.values())
    names = [one.name for one in own if one.poll == poll.name]
    return not names or any(name not in known for name in names)


def _place(case: Case) -> tuple[int, str]:
    return (case.order or 1_000_000, case.number)


def eligible(
    electorate: Electorate, case: Case, covered: Iterable[Covered], world: World
) -> int | None:
    """Return how many people vote in *electorate*; None where nobody has said who.

    Guests on a roster have no account and get a slip as everybody does.
    """
    if electorate.roster and electorate.name in case.rosters:
        return case.rosters[electorate.name]
    n_guests = sum(one.person is None for one in _attendants(electorate, case, world))
    n = n_guests + len(_found(electorate, case, covered, world))
    return None if electorate.roster and not n else n


def electors(poll: Poll, case: Case, covered: Iterable[Covered], world: World) -> dict[str, str]:
    """Return who votes under their own name, each with the electorate: the first they are of."""
    found: dict[str, str] = {}
    for electorate in poll.electorates:
        if matches(electorate.where, case, world.organisation):
            for person in sorted(_found(electorate, case, covered, world)):
                found.setdefault(person, electorate.name)
    return found


def _found(
    electorate: Electorate, case: Case, covered: Iterable[Covered], world: World
) -> set[str]:
    if electorate.roster and electorate.name in case.rosters:
        return set(world.listing(case, electorate.name).by_person)
    if electorate.roster:
        return {one.person for one in _attendants(electorate, case, world) if one.person}
    day = world.day(world.now)
    subjects = [one.person for one in covered if one.person is not None]
    people = set[str]()
    for electors in electorate.people:
        if matches(electors.where, case, world.organisation):
            people.update(_people(electors, case, subjects, day, world))
    return people


def _attendants(electorate: Electorate, case: Case, world: World) -> Iterator[Attendant]:
    """Yield who votes in *electorate* because they stand on a declared roster of *case*.

    All of one that it names; where it is a roster itself and nobody filed one for it, whoever is
    expected in the capacity of its name.
    """
    if electorate.roster:
        for name in world.scheme.rosters:
            rows = world.listing(case, name).standing
            yield from (one for one in rows if one.capacity == electorate.name)
    for electors in electorate.people:
        rule = people_rule(case, electors.grant.party, world)
        if isinstance(rule, Listed) and matches(electors.where, case, world.organisation):
            yield from world.listing(case, rule.roster).standing


def _people(
    electors: Electors, case: Case, subjects: Iterable[str], day: date, world: World
) -> Iterable[str]:
    grant = electors.grant
    unit = unit_of(case, grant.party, world)
    if unit is not None:
        held = seats(world.organisation, unit, grant.roles, day)
        return [person for seat in held for person in seat.people]
    if isinstance(world.life(case).parties.get(grant.party), OtherSubjects):
        return subjects
    return people_of(case, grant.party, day, world)
