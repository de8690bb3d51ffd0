"""Who sees a case, and what of it: the authority function, and what the scheme narrows and widens.

A client in its own name sees what its token is bound to, whole: it is a system that a person in
charge connected, and narrows what it shows itself.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import chain
from typing import Any

from services.workflow.application.firing.rules import RoundRules
from services.workflow.application.reading_ports import (
    About,
    Narrowing,
    Part,
    Seats,
    Several,
    View,
)
from services.workflow.domain.authority import (
    NOTHING,
    Actor,
    Verdict,
    authorise,
    visible,
)
from services.workflow.domain.authority.firing import Candidate
from services.workflow.domain.authority.sight import seen_as
from services.workflow.domain.case.head import Case
from services.workflow.domain.case.own_unit import is_about_unit, serves_in
from services.workflow.domain.case.parties import resolve
from services.workflow.domain.case.requests import on_several_desks
from services.workflow.domain.case.seeing import (
    EVERYTHING,
    Extent,
    extent_of,
    is_granted,
    sees,
    shown_to,
    within,
)
from services.workflow.domain.case.voices import voices
from services.workflow.domain.case.world import World
from services.workflow.domain.language.model.lives import Kind, Life
from services.workflow.domain.language.model.parties import Grant, NamedUnit, Nearest, Subject
from services.workflow.domain.language.model.scheme import Scheme
from services.workflow.domain.organisation import Organisation

# Only who lacks a post for it may be shown a document all the same.
_LACKS_A_POST = ("post_expired", "wrong_tier", "other_tree", "no_post")


@dataclass(frozen=True, kw_only=True, slots=True)
class SeenCase:
    """A case somebody may see, and the organisation and day by which that was decided."""

    case: Case
    organisation: Organisation
    day: date
    asking: Mapping[str, Any]  # as the authority function takes it, of who sees the case
    extent: Extent  # what of it


def asking(case: Case, world: World) -> dict[str, Any]:
    """Return what the scheme of *case* says of who sees it, as the authority function takes it."""
    return {
        "narrowed": lambda voice: "" if sees(voice, case, world) else "other_tree",
        "granted": lambda voice: is_granted(voice, case, world),
        "voices": lambda candidate: voices(candidate, case, world),
    }


def seen(actor: Actor, case: Case, world: World) -> SeenCase | Verdict:
    """Return *case* as *actor* sees it, or why they do not."""
    found = _extent(actor, case, world)
    if isinstance(found, Verdict):
        return found
    return SeenCase(
        case=within(found, case),
        organisation=world.organisation,
        day=world.day(world.now),
        asking=asking(case, world),
        extent=found,
    )


def whole_extent(actor: Actor, case: Case, world: World) -> Extent | None:
    """Return what *actor* sees of a case that is theirs to see; None: it is not."""
    found = _extent(actor, case, world)
    return None if isinstance(found, Verdict) or found.shown is not None else found


def _extent(actor: Actor, case: Case, world: World) -> Extent | Verdict:
    day = world.day(world.now)
    verdict = authorise(
        actor, "case.read", world.organisation, day, case=case, **asking(case, world)
    )
    if actor.person is None:
        return EVERYTHING if verdict.allowed else verdict
    asked_by = voices(Candidate(actor.person, world.organisation, day), case, world)
    if verdict.allowed:
        return extent_of([one for one in asked_by if _reads(one, case, world)], case, world)
    if verdict.reason not in _LACKS_A_POST:
        return verdict
    shown = frozenset(chain.from_iterable(shown_to(one, case, world) for one in asked_by))
    return Extent(shown=shown) if shown else verdict


def _reads(voice: Candidate, case: Case, world: World) -> bool:
    in_view = seen_as(voice).holds(case) or is_granted(voice, case, world)
    return in_view and sees(voice, case, world)


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
    """Return what narrows a `ListQuery` to what *actor* may see: its members, by name.

    One view is their own, and one each is that of whom they stand in for.
    """
    scope = visible(actor, organisation, day)
    if scope == NOTHING or actor.person is None:
        units = None if scope.everything else scope.subtrees
        return {"within": scope.within, "views": (View(units=units),)}
    views = tuple(
        _view(voice, seats, rounds)
        for voice, seats in _seated(actor.person, rounds, organisation, day)
    )
    return {"within": scope.within, "views": views, "several": tuple(_several(rounds))}


def _view(voice: Candidate, seats: Seats, rounds: Sequence[RoundRules]) -> View:
    scope = seen_as(voice)
    return View(
        units=None if scope.everything else scope.subtrees,
        own_units=scope.units,
        person=scope.person,
        seats=seats,
        parts=_parts(voice, rounds),
        narrowed=_narrowed(voice, rounds),
    )


def seats_of(
    person: str, rounds: Sequence[RoundRules], organisation: Organisation, day: date
) -> tuple[Seats, ...]:
    """Return where what waits for *person* lies: their own desks, then those as a deputy."""
    return tuple(seats for _, seats in _seated(person, rounds, organisation, day))


def _seated(
    person: str, rounds: Sequence[RoundRules], organisation: Organisation, day: date
) -> Iterator[tuple[Candidate, Seats]]:
    candidate = Candidate(person, organisation, day)
    ever = tuple((post.unit, post.role) for post in organisation.posts_of_ever(person))
    yield candidate, Seats(person=person, desks=candidate.desks, own=ever)
    for voice in candidate.principals:
        kinds = {name: kind for rules in rounds for name, kind in rules.scheme.kinds.items()}
        depth = max((_depth(one, kinds) for one in kinds), default=0)
        handed_to = About(person=person, depth=depth)
        yield voice, Seats(person=voice.person, desks=voice.desks, handed_to=handed_to)


def _several(rounds: Iterable[RoundRules]) -> Iterator[Several]:
    """Yield the states in which a case may lie on more than one desk."""
    for rules in rounds:
        for kind, life in rules.scheme.lives():
            if states := on_several_desks(life):
                yield Several(cycle=rules.round.id, kind=kind.name, states=states)


def _depth(name: str, kinds: Mapping[str, Kind]) -> int:
    """Return how many cases stand above one of a kind."""
    parent = kinds[name].origin.parent
    return 1 + _depth(parent, kinds) if parent in kinds else 0


def _parts(voice: Candidate, rounds: Iterable[RoundRules]) -> tuple[Part, ...]:
    """Return in which cases the schemes give *voice* a part: lists show them as well.

    What somebody has to do by name in a case that is not about them stands in no row; that is in
    their lists while it lies with them.
    """
    found: dict[Part, list[str]] = {}
    for rules in rounds:
        for kind, life in rules.scheme.lives():
            able = tuple(_able(life.granted, voice.organisation))
            units = tuple(_units_by_party(able, voice))
            own = tuple(_own_units(life, kind, voice))
            if units or own:
                one = Part(
                    kind=kind.name,
                    tier=life.tier,
                    units=units,
                    stages=tuple({one.stage for one in chain.from_iterable(life.audits.values())}),
                    about=(voice.person, own) if own else None,
                )
                found.setdefault(one, []).append(rules.round.id)
    return tuple(replace(one, cycles=tuple(cycles)) for one, cycles in found.items())


def _own_units(life: Life, kind: Kind, voice: Candidate) -> Iterator[str]:
    """Yield where what is about a principal, and theirs to act on, is their deputy's as well."""
    for grant in life.granted if voice.by is not None and kind.person else ():
        if isinstance(life.parties.get(grant.party), Subject):
            roles = grant.roles or kind.person
            yield from (post.unit for post in voice.posts if voice.serves_as(post, roles))


def _able(grants: Iterable[Grant], organisation: Organisation) -> Iterator[Grant]:
    """Yield grants with those of their roles that may act at all."""
    able = organisation.vocabulary.having("act")
    for grant in grants:
        yield replace(grant, roles=tuple(able.intersection(grant.roles)))


def _narrowed(voice: Candidate, rounds: Iterable[RoundRules]) -> tuple[Narrowing, ...]:
    """Return what lists leave out for *voice*, as far as their rows tell who may see it.

    Parties of a parent, and people other than whom a case is about, stand in no row: what is left
    to those alone is in no list of theirs but where it lies on their desk.
    """
    found: dict[Narrowing, list[str]] = {}
    for rules in rounds:
        for one in _narrowings(rules.scheme, voice):
            found.setdefault(one, []).append(rules.round.id)
    return tuple(replace(one, cycles=tuple(cycles)) for one, cycles in found.items())


def _narrowings(scheme: Scheme, voice: Candidate) -> Iterator[Narrowing]:
    for kind, life in scheme.lives():
        several = on_several_desks(life)
        for state in life.states.values():
            grants = state.seen_by or kind.seen_by
            if grants:
                own = (one for one in grants if isinstance(life.parties.get(one.party), Subject))
                yield Narrowing(
                    kind=kind.name,
                    tier=life.tier,
                    state=state.name,
                    units=tuple(_units_by_party(grants, voice)),
                    subject=_as_subject(own, voice),
                    several=state.name in several,
                    own_units=serves_in(voice) if is_about_unit(kind) else (),
                    parties=tuple(one.party for one in grants),
                )


def _as_subject(grants: Iterable[Grant], voice: Candidate) -> tuple[str, ...] | None:
    """Return at which units whom a case is about is *voice*; None: at any."""
    units = list[str]()
    for grant in grants:
        as_any = any(voice.serves_as(post, grant.roles) for post in voice.posts)
        if as_any if grant.roles else voice.by is None:
            return None
        if not grant.roles:
            units += [post.unit for post in voice.posts if voice.is_near((post.unit,))]
    return tuple(dict.fromkeys(units))


def _units_by_party(
    grants: Iterable[Grant], voice: Candidate
) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield the units at which *voice* is who a grant names, with the party it names."""
    for grant in grants:
        units = [post.unit for post in voice.posts if voice.serves_as(post, grant.roles)]
        if units:
            yield grant.party, tuple(dict.fromkeys(units))
