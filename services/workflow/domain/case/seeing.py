"""What a scheme narrows, and widens, of who sees a case: `seen_by` and `shows`.

Without either, whoever looks after the unit sees the whole case, and so does who is granted a
trigger of it, at one of its units or by name. `seen_by` of a state, else of the kind, leaves the
case to those it names and to whoever it lies with; that of a document or a component leaves these
to those it names. A component's may hold until the case comes to a state, and whom the case is
about is among its readers by no other post of theirs. `shows` opens one document, and nothing else,
to who does not see the case, until its round ends. Each of these is asked of one voice: see
`voices`.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from typing import Any

from services.workflow.domain.authority.firing import Candidate
from services.workflow.domain.case.acting import is_personal, lacks_person
from services.workflow.domain.case.head import Case
from services.workflow.domain.case.own_unit import is_about_own_unit
from services.workflow.domain.case.parties import people_of, people_rule, unit_of
from services.workflow.domain.case.voices import voices
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

    def figures_of(self, case: Case) -> Case:
        """Return *case* with those of its figures and grades that are theirs to see."""
        if not self.components:
            return case
        components = {k: one for k, one in case.components.items() if k not in self.components}
        grades = {k: one for k, one in case.grades.items() if k not in self.gradings}
        return replace(case, components=components, grades=grades)


EVERYTHING = Extent()


def is_narrowed(case: Case, world: World) -> bool:
    """Tell whether the case, as it stands, is left to those its scheme names."""
    return bool(_readers(case, world))


def sees(voice: Candidate, case: Case, world: World) -> bool:
    """Tell whether *voice* is among those to whom the case is left; all are, if to nobody."""
    readers, holders = _readers(case, world), case.holders
    if not readers:
        return True
    if is_about_own_unit(voice, readers, case, world):
        readers = tuple(one for one in readers if people_rule(case, one.party, world) is not None)
        holders = tuple(one for one in holders if one.person is not None)
    # Who has to act on it must see it.
    lies_there = any(voice.has_desk(holder, case.path) for holder in holders)
    return lies_there or is_one_of(voice, readers, case, world)


def is_left_to_others(candidate: Candidate, case: Case, world: World) -> bool:
    """Tell whether the case is left to others than *candidate*, in whoever's name they ask."""
    return not any(sees(voice, case, world) for voice in voices(candidate, case, world))


def is_kept_from_its_own(case: Case, world: World) -> bool:
    """Tell whether the case is left to others than its unit, and than the people it is about."""
    readers = _readers(case, world)
    return bool(readers) and not any(
        is_personal(case, one.party, world) or unit_of(case, one.party, world) == case.unit
        for one in readers
    )


def is_granted(voice: Candidate, case: Case, world: World) -> bool:
    """Tell whether some trigger of *case* is granted to *voice*: at one of its units, or by name.

    Whatever the state: who has a part in a case reads it from then on. Who is one of many, in a
    roster or an electorate, does what they are asked to and reads no more than their unit shows.
    """
    return any(_has_part(voice, grant, case, world) for grant in world.life(case).granted)


def _has_part(voice: Candidate, grant: Grant, case: Case, world: World) -> bool:
    rule = people_rule(case, grant.party, world)
    if rule is None:
        return not voice.lacks(tuple(_units(grant, case, world)), grant.roles, case.path)
    if not is_personal(case, grant.party, world):
        return False
    return not lacks_person(voice, case, grant, rule, world)


def shown_to(voice: Candidate, case: Case, world: World) -> frozenset[str]:
    """Return the documents that are opened to *voice* though they do not see the case."""
    ends = world.round.ends
    if ends is not None and world.day(world.now) > ends:
        return frozenset()
    shows = world.kind(case).shows
    return frozenset(
        name for name, grants in shows.items() if is_one_of(voice, grants, case, world)
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


def extent_of(voices: Sequence[Candidate], case: Case, world: World) -> Extent:
    """Return what those who see the case, asking as one, see of its documents and scores."""
    scheme = world.scheme

    def hides(grants: Sequence[Grant]) -> bool:
        return bool(grants) and not any(is_one_of(one, grants, case, world) for one in voices)

    documents = {one.name for one in scheme.documents.values() if hides(one.seen_by)}
    components = {
        one.name
        for whole in scheme.components.values()
        for one in (whole.of_tier(case.tier),)
        if one.until not in case.reached and _leaves_out(one.seen_by, voices, case, world)
    }
    if not documents and not components:
        return EVERYTHING
    gradings = {
        name
        for name, whole in scheme.gradings.items()
        for one in (whole.of_tier(case.tier),)
        if components & ({one.of} | one.weights.keys())
    }
    return Extent(documents=documents, components=components, gradings=gradings)


def _leaves_out(
    grants: Sequence[Grant], voices: Sequence[Candidate], case: Case, world: World
) -> bool:
    """Tell whether figures are left to others than *voices*: its subject's other posts are none."""
    if not grants:
        return False
    personal = tuple(one for one in grants if is_personal(case, one.party, world))
    return not any(
        is_one_of(one, personal if one.person in case.subjects else grants, case, world)
        for one in voices
    )


def within(extent: Extent, case: Case) -> Case:
    """Return *case* without the figures and grades that are not in *extent*."""
    if extent.shown is not None:
        return outline_of(case, extent.shown)
    return extent.figures_of(case)


def _readers(case: Case, world: World) -> tuple[Grant, ...]:
    state = world.life(case).states.get(case.state)
    return (state.seen_by if state is not None else ()) or world.kind(case).seen_by


def is_one_of(voice: Candidate, grants: Iterable[Grant], case: Case, world: World) -> bool:
    """Tell whether *voice* is among those whom *grants* name, in this case."""
    return any(_is_meant(voice, grant, case, world) for grant in grants)


def _is_meant(voice: Candidate, grant: Grant, case: Case, world: World) -> bool:
    if people_rule(case, grant.party, world) is None:
        units = tuple(_units(grant, case, world))
        return not voice.serves_not(units, grant.roles, case.path)
    if voice.person not in people_of(case, grant.party, voice.day, world):
        return False
    units = tuple(post.unit for post in voice.posts)
    if grant.roles:
        return not voice.serves_not(units, grant.roles, case.path)
    return voice.is_near(case.path)


def _units(grant: Grant, case: Case, world: World) -> Iterator[str]:
    if grant.party == AUDITING_BODY:  # before and after its audit a body reads what it audits
        yield from (audit.body for audit in case.audits)
        return
    unit = unit_of(case, grant.party, world)
    if unit is not None:
        yield unit
