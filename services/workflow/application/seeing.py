"""Who sees a case, and what of it: the authority function, and what the scheme narrows and widens.

A client in its own name sees what its token is bound to, whole: it is a system that a person in
charge connected, and narrows what it shows itself.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import date

from services.workflow.application.firing.rules import RoundRules
from services.workflow.application.reading_ports import Narrowing
from services.workflow.domain.authority import Actor, Verdict, authorise
from services.workflow.domain.authority.firing import Candidate
from services.workflow.domain.case.head import Case
from services.workflow.domain.case.seeing import EVERYTHING, Sight, sees, shown_to, sight_of
from services.workflow.domain.case.world import World
from services.workflow.domain.language.model.parties import Grant, Subject
from services.workflow.domain.language.model.scheme import Scheme
from services.workflow.domain.organisation import Organisation

# Only who lacks a post for it may be shown a document all the same.
_LACKS_A_POST = ("post_expired", "wrong_tier", "other_tree", "no_post")


def narrowed(case: Case, world: World) -> Callable[[Candidate], str]:
    """Return why the scheme leaves *case* to others than a candidate; "" if it does not."""
    return lambda candidate: "" if sees(candidate, case, world) else "other_tree"


def sight(actor: Actor, case: Case, world: World) -> Sight | Verdict:
    """Return what *actor* sees of *case*, or why they do not see it."""
    day = world.day(world.now)
    verdict = authorise(
        actor,
        "case.read",
        world.organisation,
        day,
        case=case,
        narrowed=narrowed(case, world),
    )
    if actor.person is None:
        return EVERYTHING if verdict.allowed else verdict
    candidate = Candidate(actor.person, world.organisation, day)
    if verdict.allowed:
        return sight_of(candidate, case, world)
    shown = shown_to(candidate, case, world) if verdict.reason in _LACKS_A_POST else frozenset()
    return Sight(shown=shown) if shown else verdict


def narrowings(
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
