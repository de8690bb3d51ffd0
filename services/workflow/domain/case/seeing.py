"""What a scheme narrows, and widens, of who sees a case: `seen_by` and `shows`.

Without either, whoever looks after the unit sees the whole case, and so does who is granted a
trigger of it at one of its units. `seen_by` of a state, else of the
kind, leaves the case to those it names and to whoever it lies with; that of a document or a
component leaves these to those it names. `shows` opens one document, and nothing else, to who does
not see the case, until its round ends.
"""

from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any

from services.workflow.domain.authority.firing import Candidate
from services.workflow.domain.case.head import Case
from services.workflow.domain.case.parties import people_of, people_rule, unit_of
from services.workflow.domain.case.world import World
from services.workflow.domain.language.model.parties import AUDITING_BODY, Grant


@dataclass(frozen=True, kw_only=True, slots=True)
class Extent:
    """What somebody who finds a case sees of what was filed and scored in it."""

    documents: AbstractSet[str] = frozenset()  # that are not theirs to see
    components: AbstractSet[str] = frozenset()
    gradings: AbstractSet[str] = frozenset()  # whose figures tell of those
    shown: AbstractSet[str] | None = None  # all they see; None: the case

    def withholds(self, data: Mapping[str, Any]) -> bool:
        """Tell whether an event of the case with this *data* says what is not theirs to see."""
        documents = {one["name"] for one in data.get("documents", ())}
        if self.shown is not None:
            others = not data.get("components") and not data.get("grades")
            return not (documents and documents <= self.shown and others)
        return not (
            documents.isdisjoint(self.documents)
            and self.components.isdisjoint(data.get("components", ()))
            and self.gradings.isdisjoint(data.get("grades", ()))
        )


EVERYTHING = Extent()


def is_narrowed(case: Case, world: World) -> bool:
    """Tell whether the case, as it stands, is left to those its scheme names."""
    return bool(_readers(case, world))


def sees(candidate: Candidate, case: Case, world: World) -> bool:
    """Tell whether the candidate is among those to whom the case is left; all are, if to nobody."""
    readers = _readers(case, world)
    return not readers or _has_desk(candidate, case) or _is_one(candidate, readers, case, world)


def is_granted(candidate: Candidate, case: Case, world: World) -> bool:
    """Tell whether some trigger of *case* is granted to the candidate at one of its units.

    Whatever the state: who has a part in a case reads it from its opening on, and so does who
    stands in for them.
    """
    return any(
        people_rule(case, grant.party, world) is None
        and not voice.lacks(tuple(_units(grant, case, world)), grant.roles, case.path)
        for grant in world.life(case).granted
        for voice in (candidate, *candidate.principals)
    )


def shown_to(candidate: Candidate, case: Case, world: World) -> frozenset[str]:
    """Return the documents that are opened to the candidate though they do not see the case."""
    ends = world.round.ends
    if ends is not None and world.day(world.now) > ends:
        return frozenset()
    shows = world.kind(case).shows
    return frozenset(
        name for name, grants in shows.items() if _is_one(candidate, grants, case, world)
    )


def outline_of(case: Case, shown: AbstractSet[str]) -> Case:
    """Return what tells *case* from others, and of what happened in it the documents *shown*."""
    return Case(
        id=case.id,
        kind=case.kind,
        label=case.label,
        number=case.number,
        cycle=case.cycle,
        scheme=case.scheme,
        unit=case.unit,
        path=case.path,
        unit_kind=case.unit_kind,
        tier=case.tier,
        family=case.family,
        state=case.state,
        final=case.final,
        version=case.version,
        initial=case.initial,
        entered_at=case.entered_at,
        effective_at=case.effective_at,
        recorded_at=case.recorded_at,
        opened_at=case.opened_at,
        documents={name: one for name, one in case.documents.items() if name in shown},
    )


def extent_of(candidate: Candidate, case: Case, world: World) -> Extent:
    """Return what a candidate who sees the case sees of its documents and scores."""
    scheme = world.scheme
    documents = {
        one.name
        for one in scheme.documents.values()
        if one.seen_by and not _is_one(candidate, one.seen_by, case, world)
    }
    components = {
        one.name
        for one in scheme.components.values()
        if one.seen_by and not _is_one(candidate, one.seen_by, case, world)
    }
    if not documents and not components:
        return EVERYTHING
    gradings = {
        name
        for name, one in scheme.gradings.items()
        if components & ({one.of} | one.weights.keys())
    }
    return Extent(documents=documents, components=components, gradings=gradings)


def _readers(case: Case, world: World) -> tuple[Grant, ...]:
    state = world.life(case).states.get(case.state)
    return (state.seen_by if state is not None else ()) or world.kind(case).seen_by


def _has_desk(candidate: Candidate, case: Case) -> bool:
    """Tell whether the case lies with the candidate: who has to act on it must see it."""
    return any(
        holder.person == candidate.person
        if holder.person is not None
        else not candidate.serves_not((holder.unit,), (holder.role,), case.path)
        for holder in case.holders
    )


def _is_one(candidate: Candidate, grants: Iterable[Grant], case: Case, world: World) -> bool:
    return any(_is_meant(candidate, grant, case, world) for grant in grants)


def _is_meant(candidate: Candidate, grant: Grant, case: Case, world: World) -> bool:
    if people_rule(case, grant.party, world) is not None:
        if candidate.person not in people_of(case, grant.party, candidate.day, world):
            return False
        units = tuple(post.unit for post in candidate.posts)
        return not grant.roles or not candidate.serves_not(units, grant.roles, case.path)
    units = tuple(_units(grant, case, world))
    return not candidate.serves_not(units, grant.roles, case.path)


def _units(grant: Grant, case: Case, world: World) -> Iterator[str]:
    if grant.party == AUDITING_BODY:  # before and after its audit a body reads what it audits
        yield from (audit.body for audit in case.audits)
        return
    unit = unit_of(case, grant.party, world)
    if unit is not None:
        yield unit
