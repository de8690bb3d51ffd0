"""Who sees a case, and what of it: the authority function, and what the scheme narrows and widens.

A client in its own name sees what its token is bound to, whole: it is a system that a person in
charge connected, and narrows what it shows itself.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import chain
from typing import Any

from services.workflow.application.firing.rules import RoundRules
from services.workflow.application.reading_ports import Narrowing, Part
from services.workflow.domain.authority import (
    NOTHING,
    Actor,
    Granted,
    Verdict,
    authorise,
    visible,
)
from services.workflow.domain.authority.firing import Candidate
from services.workflow.domain.case.head import Case
from services.workflow.domain.case.parties import resolve
from services.workflow.domain.case.seeing import (
    EVERYTHING,
    Extent,
    extent_of,
    is_granted,
    outline_of,
    sees,
    shown_to,
)
from services.workflow.domain.case.world import World
from services.workflow.domain.language.model.parties import Grant, NamedUnit, Nearest, Subject
from services.workflow.domain.language.model.scheme import Scheme
from services.workflow.domain.organisation import Organisation

# Only who lacks a post for it may be shown a document all the same.
_LACKS_A_POST = ("post_expired", "wrong_tier", "other_tree", "no_post")


def narrowed(case: Case, world: World) -> Callable[[Candidate], str]:
    """Return why the scheme leaves *case* to others than a candidate; "" if it does not."""
    return lambda candidate: "" if sees(candidate, case, world) else "other_tree"


@dataclass(frozen=True, kw_only=True, slots=True)
class SeenCase:
    """A case somebody may see, and the organisation and day by which that was decided."""

    case: Case
    organisation: Organisation
    day: date
    granted: Granted  # as `granted`
    extent: Extent  # what of it


def granted(case: Case, world: World) -> Granted:
    """Return whether the scheme gives a candidate a part in *case*."""
    return lambda candidate: is_granted(candidate, case, world)


def seen(actor: Actor, case: Case, world: World) -> SeenCase | Verdict:
    """Return *case* as *actor* sees it, or why they do not."""
    found = _extent(actor, case, world)
    if isinstance(found, Verdict):
        return found
    return SeenCase(
        case=case if found.shown is None else outline_of(case, found.shown),
        organisation=world.organisation,
        day=world.day(world.now),
        granted=granted(case, world),
        extent=found,
    )


def _extent(actor: Actor, case: Case, world: World) -> Extent | Verdict:
    day = world.day(world.now)
    verdict = authorise(
        actor,
        "case.read",
        world.organisation,
        day,
        case=case,
        narrowed=narrowed(case, world),
        granted=granted(case, world),
    )
    if actor.person is None:
        return EVERYTHING if verdict.allowed else verdict
    candidate = Candidate(actor.person, world.organisation, day)
    if verdict.allowed:
        return extent_of(candidate, case, world)
    shown = shown_to(candidate, case, world) if verdict.reason in _LACKS_A_POST else frozenset()
    return Extent(shown=shown) if shown else verdict


def cycle_read(actor: Actor, rules: RoundRules, organisation: Organisation, day: date) -> Verdict:
    """Decide whether *actor* may read the figures of a round.

    A body that the round itself leads to (named, or nearest from its unit) has a part in its cases
    and reads them, wherever it stands.
    """
    unit = rules.round.unit

    def is_part(candidate: Candidate) -> bool:
        path = organisation.path(unit)
        return any(
            not candidate.lacks(bodies, grant.roles, path)
            for grant, bodies in _of_round(rules.scheme, unit, organisation)
        )

    return authorise(actor, "cycle.read", organisation, day, unit=unit, granted=is_part)


def _of_round(
    scheme: Scheme, unit: str, organisation: Organisation
) -> Iterator[tuple[Grant, tuple[str, ...]]]:
    for _, life in scheme.lives():
        for grant in life.granted:
            rule = life.parties.get(grant.party)
            if isinstance(rule, NamedUnit | Nearest):
                found = resolve(rule, unit, organisation).unit
                if found is not None:
                    yield grant, (found,)


def seen_in_lists(
    actor: Actor, rounds: Sequence[RoundRules], organisation: Organisation, day: date
) -> dict[str, Any]:
    """Return what narrows a `ListQuery` to what *actor* may see: its members, by name."""
    scope = visible(actor, organisation, day)
    return {
        "visible_within": scope.within,
        "visible_units": None if scope.everything else scope.subtrees,
        "visible_own_units": scope.units,
        "visible_person": scope.person,
        "visible_desks": scope.desks,
        # An administrator sees nothing, and what they have a part in no more than that.
        "visible_parts": () if scope == NOTHING else _parts(actor, rounds, organisation, day),
        "narrowed": _narrowed(actor, rounds, organisation, day),
        "looking": actor.person,
    }


def _parts(
    actor: Actor, rounds: Iterable[RoundRules], organisation: Organisation, day: date
) -> tuple[Part, ...]:
    """Return in which cases the schemes give *actor* a part: lists show them as well."""
    if actor.person is None:
        return ()
    candidate = Candidate(actor.person, organisation, day)
    voices = (candidate, *candidate.principals)
    found: dict[Part, list[str]] = {}
    for rules in rounds:
        for kind, life in rules.scheme.lives():
            able = tuple(_able(life.granted, organisation))
            units = tuple(chain.from_iterable(_units_by_party(able, voice) for voice in voices))
            if units:
                one = Part(
                    kind=kind.name,
                    tier=life.tier,
                    units=units,
                    stages=tuple({one.stage for one in chain.from_iterable(life.audits.values())}),
                )
                found.setdefault(one, []).append(rules.round.id)
    return tuple(replace(one, cycles=tuple(cycles)) for one, cycles in found.items())


def _able(grants: Iterable[Grant], organisation: Organisation) -> Iterator[Grant]:
    """Yield grants with those of their roles that may act at all."""
    able = organisation.vocabulary.having("act")
    for grant in grants:
        yield replace(grant, roles=tuple(able.intersection(grant.roles)))


def _narrowed(
    actor: Actor, rounds: Iterable[RoundRules], organisation: Organisation, day: date
) -> tuple[Narrowing, ...]:
    """Return what lists leave out for *actor*, as far as their rows tell who may see it.

    Parties of a parent, and people other than whom a case is about, stand in no row: what is left
    to those alone is in no list of theirs but where it lies on their desk.
    """
    if actor.person is None:
        return ()
    candidate = Candidate(actor.person, organisation, day)
    found: dict[Narrowing, list[str]] = {}
    for rules in rounds:
        for one in _narrowings(rules.scheme, candidate):
            found.setdefault(one, []).append(rules.round.id)
    return tuple(replace(one, cycles=tuple(cycles)) for one, cycles in found.items())


def _narrowings(scheme: Scheme, candidate: Candidate) -> Iterator[Narrowing]:
    for kind, life in scheme.lives():
        for state in life.states.values():
            grants = state.seen_by or kind.seen_by
            if grants:
                yield Narrowing(
                    kind=kind.name,
                    tier=life.tier,
                    state=state.name,
                    units=tuple(_units_by_party(grants, candidate)),
                    subject=any(isinstance(life.parties.get(g.party), Subject) for g in grants),
                )


def _units_by_party(
    grants: Iterable[Grant], candidate: Candidate
) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield the units at which the candidate is who a grant names, with the party it names."""
    for grant in grants:
        units = [post.unit for post in candidate.posts if candidate.serves_as(post, grant.roles)]
        if units:
            yield grant.party, tuple(dict.fromkeys(units))
