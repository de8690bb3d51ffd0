"""Setting the scene: a round of its own, and in it a case of the kind that is to be played.

Each scene is a round of its own, so that none depends on what another left behind.
"""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from services.workflow.application.rehearsing.offering import Wishes
from services.workflow.application.rehearsing.rehearsal import (
    NOTHING,
    Line,
    Rehearsal,
    Shaken,
    Stage,
)
from services.workflow.application.rehearsing.seeking import Seeker
from services.workflow.application.rehearsing.sharing import leading_to
from services.workflow.application.rehearsing.suiting import suit_to, suit_what_is_taken
from services.workflow.domain.case.head import Case
from services.workflow.domain.case.opening import NotOpened
from services.workflow.domain.language.model.lives import Kind, Life
from services.workflow.domain.language.model.scheme import Scheme
from services.workflow.domain.language.model.scores import Consequence
from services.workflow.domain.language.model.triggers import Trigger
from services.workflow.domain.language.model.where import Condition, FlagSet, GradeIn, ModeIs
from services.workflow.domain.organisation import Organisation, Unit
from services.workflow.domain.refusals import Blocker

MOST_OTHERS = 4  # cases that are tried, for what is not for the first
MOST_WAYS = 8  # that are tried to a trigger, each without an act of the one before
Act = Callable[[Seeker, Case], bool]


@dataclass(frozen=True, kw_only=True, slots=True)
class Scene:
    """One thing that was played, and the diary of it."""

    what: str  # end, trigger, or the name of a loss
    kind: str
    tier: str
    name: str  # of the end or trigger
    played: bool
    diary: tuple[Line, ...] = ()
    shaken: Shaken = NOTHING  # what a loss did
    left_out: tuple[NotOpened, ...] = ()
    opened: bool = True  # there was a case to play it with
    unmanned: Trigger | None = None  # where it ended: nobody might fire it
    hindrance: Blocker | None = None  # where it ended: what could not be lifted

    @property
    def refused(self) -> Iterator[Line]:
        return (line for line in self.diary if not line.done)

    @property
    def afterwards(self) -> Iterator[Line]:
        """What was tried after a loss, and refused."""
        tried = self.diary[self.shaken.line :] if self.shaken.line else ()
        return (line for line in tried if not line.done)


def set_scene(
    stage: Stage,
    what: str,
    kind: Kind,
    life: Life,
    name: str,
    act: Act,
) -> Scene:
    first = scene = _once(stage, what, kind, life, name, act, frozenset())
    ways = dict.fromkeys(line.trigger for line in scene.diary if line.kind == kind.name)
    for avoided in list(ways)[:MOST_WAYS]:
        if scene.played:
            break
        if avoided != name:
            scene = _once(stage, what, kind, life, name, act, frozenset({avoided}))
    for passed_over in range(1, MOST_OTHERS):
        if scene.played:
            break
        scene = _once(stage, what, kind, life, name, act, frozenset(), passed_over)
    return scene if scene.played else first  # whose hindrance is that of the shortest way


def _once(
    stage: Stage,
    what: str,
    kind: Kind,
    life: Life,
    name: str,
    act: Act,
    avoid: frozenset[str],
    passed_over: int = 0,
) -> Scene:
    rehearsal = Rehearsal(stage)
    opening = rehearsal.open()
    case = _case_of(rehearsal, kind, life, passed_over)
    played = case is not None and act(Seeker(rehearsal, avoid=avoid), case)
    return Scene(
        what=what,
        kind=kind.name,
        tier=life.tier,
        name=name,
        played=played,
        diary=tuple(rehearsal.diary),
        shaken=rehearsal.shaken,
        left_out=opening.left_out,
        opened=case is not None,
        unmanned=rehearsal.unmanned,
        hindrance=rehearsal.hindrance,
    )


def _case_of(rehearsal: Rehearsal, kind: Kind, life: Life, passed_over: int = 0) -> Case | None:
    """Return a case of this kind and tier, some *passed over*: one that is there, or opened now."""
    there = list(rehearsal.cases(kind.name, life.tier))
    if there:
        return there[passed_over] if passed_over < len(there) else None
    if kind.origin.parent:
        return _child_of(rehearsal, kind, passed_over)
    opened = (
        made
        for unit in _from_below(rehearsal.organisation)
        if kind.life_of(unit.kind) is life
        and (made := rehearsal.open_case(kind.name, unit.id)) is not None
    )
    return next(itertools.islice(opened, passed_over, None), None)


def _from_below(organisation: Organisation) -> list[Unit]:
    """Return the units, those first that most others stand above: where cases are about units."""
    units = organisation.units.values()
    return sorted(units, key=lambda unit: -len(organisation.path(unit.id)))


def _child_of(rehearsal: Rehearsal, kind: Kind, passed_over: int) -> Case | None:
    """Return a child of the first parent that can be brought to where children are made."""
    scheme = rehearsal.stage.scheme
    parent = scheme.kinds[kind.origin.parent]
    for life in parent.lives:
        owner = _case_of(rehearsal, parent, life, passed_over)
        if owner is None:
            continue
        for trigger, wishes, conditions in _makers(kind, parent, life, scheme):
            seeker = Seeker(rehearsal, wishes=wishes)
            suit_what_is_taken(seeker, owner.stream, trigger)
            suit_to(seeker, owner.stream, conditions)
            seeker.cause(owner.stream, trigger)
            suit_to(seeker, owner.stream, conditions)  # what cannot be set before may be set now
            made = next(iter(rehearsal.cases(kind.name)), None) or _told(
                rehearsal, kind, owner, wishes
            )
            if made is not None:
                return made
        made_now = rehearsal.open_case(kind.name, owner.unit, owner)
        if made_now is not None:
            return made_now
    return None


def _told(rehearsal: Rehearsal, kind: Kind, owner: Case, wishes: Wishes) -> Case | None:
    """Return the child made once the grade of *owner* is kept from nobody any more."""
    for grading in wishes.grades:
        for state in rehearsal.stage.scheme.kept_until(grading, owner.tier or ""):
            Seeker(rehearsal, wishes=wishes).reach(owner.stream, state)
    return next(iter(rehearsal.cases(kind.name)), None)


def _makers(
    kind: Kind, parent: Kind, life: Life, scheme: Scheme
) -> Iterator[tuple[Trigger, Wishes, tuple[Condition, ...]]]:
    """Yield the parent's triggers that may lead to a child, their data, and what else it asks."""
    rows = {one.by for one in kind.made_from}
    for trigger in life.triggers.values():
        if trigger.name in rows or any(one.kind == kind.name for one in trigger.opens):
            yield trigger, Wishes(), ()
            for name, whole in scheme.gradings.items():  # the best may be what is refused there
                grading = whole.of_tier(life.tier)
                if trigger in leading_to(life, grading):
                    yield trigger, Wishes(grades={name: grading.grades[-1].name}), ()
    for one in scheme.consequences:
        if one.opens == kind.name and one.kind in ("", parent.name):
            for trigger in _followed(one, life, scheme):
                yield trigger, _wished(one), one.where.conditions


def _followed(consequence: Consequence, life: Life, scheme: Scheme) -> Iterator[Trigger]:
    """Yield the triggers by which what opens a child may come about, each once."""
    gradings = _wished(consequence).grades
    for name in gradings:
        yield from leading_to(life, scheme.gradings[name].of_tier(life.tier))
    for trigger in life.triggers.values():
        if not gradings and any(setting.what in ("flag", "mode") for setting in trigger.sets):
            yield trigger


def _wished(consequence: Consequence) -> Wishes:
    wishes = Wishes()
    for condition in consequence.where.conditions:
        match condition:
            case GradeIn(grading, grades):
                wishes.grades[grading] = grades[-1]
            case FlagSet(flag):
                wishes.flag = flag
            case ModeIs(mode):
                wishes.mode = mode
    return wishes


def leads_to(trigger: Trigger) -> list[str]:
    """Return the states a trigger may lead to, outside the audits."""
    found = (to for source in trigger.sources for to in trigger.targets(source, ()))
    return list(dict.fromkeys(found))
