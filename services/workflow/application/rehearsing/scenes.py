"""What a rehearsal has to show: every end of every kind, every trigger, every loss.

Each scene is a round of its own, so that none depends on what another left behind.
"""

import itertools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta

from services.workflow.application.rehearsing.offering import Wishes
from services.workflow.application.rehearsing.rehearsal import Line, Rehearsal, Stage
from services.workflow.application.rehearsing.seeking import Seeker
from services.workflow.domain.case.head import Case
from services.workflow.domain.case.opening import NotOpened
from services.workflow.domain.language.model.lives import Kind, Life
from services.workflow.domain.language.model.scores import Consequence
from services.workflow.domain.language.model.triggers import Trigger
from services.workflow.domain.language.model.where import FlagSet, GradeIn, ModeIs
from services.workflow.domain.organisation import Organisation, Unit

CARRIED = "carried"
MOST_OTHERS = 4  # cases that are tried, for what is not for the first
MOST_WAYS = 8  # that are tried to a trigger, each without an act of the one before


@dataclass(frozen=True, kw_only=True, slots=True)
class Scene:
    """One thing that was played, and the diary of it."""

    what: str  # end, trigger, vacancy, moved_day
    kind: str
    tier: str
    name: str  # of the end or trigger
    played: bool
    diary: tuple[Line, ...] = ()
    left_out: tuple[NotOpened, ...] = ()
    opened: bool = True  # there was a case to play it with
    unmanned: Trigger | None = None  # where it ended: nobody might fire it

    @property
    def refused(self) -> Iterator[Line]:
        return (line for line in self.diary if not line.done)


@dataclass(kw_only=True, slots=True)
class Played:
    """Everything that was played of a scheme."""

    scenes: list[Scene] = field(default_factory=list)

    @property
    def lacking(self) -> list[Scene]:
        """The ends that could not be reached, and the triggers nobody could fire."""
        return [one for one in self.scenes if not one.played]


def play(stage: Stage) -> Played:
    """Play every scene of a scheme."""
    played = Played()
    for kind, life in stage.scheme.lives():
        for end in life.ends:
            if life.ends[end] == CARRIED:  # by the opening of the scheme that follows
                continue
            played.scenes.append(_end(stage, kind, life, end))
    fired = {(one.kind, one.tier, one.trigger) for one in _lines(played) if one.done}
    for kind, life in stage.scheme.lives():
        for trigger in life.triggers.values():
            carried = [life.ends.get(to) for to in _leads_to(trigger)] == [CARRIED]
            if (
                trigger.sources
                and not carried
                and (kind.name, life.tier, trigger.name) not in fired
            ):
                scene = _trigger(stage, kind, life, trigger)
                played.scenes.append(scene)
                fired |= {(one.kind, one.tier, one.trigger) for one in scene.diary if one.done}
    for kind, life in stage.scheme.lives():
        played.scenes += _losses(stage, kind, life)
    return played


def _lines(played: Played) -> Iterator[Line]:
    return (line for scene in played.scenes for line in scene.diary)


def _end(stage: Stage, kind: Kind, life: Life, end: str) -> Scene:
    def reach(seeker: Seeker, case: Case) -> bool:
        return seeker.reach(case.stream, end)

    return _scene(stage, "end", kind, life, end, reach)


def _trigger(stage: Stage, kind: Kind, life: Life, trigger: Trigger) -> Scene:
    def fire(seeker: Seeker, case: Case) -> bool:
        if not seeker.cause(case.stream, trigger):
            return False
        if trigger.verdict == "back":  # what is sent back comes again, and may be sent back again
            return seeker.cause(case.stream, trigger)
        return True

    return _scene(stage, "trigger", kind, life, trigger.name, fire)


# --- Losses ---


def _losses(stage: Stage, kind: Kind, life: Life) -> Iterator[Scene]:
    if kind.person and kind.origin.form == "each":
        yield _vacant_post(stage, kind, life)
    for state in life.states.values():
        if state.planned is not None:
            yield _moved_into_the_past(stage, kind, life, state.name)
    yield _vacant_desk(stage, kind, life)


def _vacant_post(stage: Stage, kind: Kind, life: Life) -> Scene:
    """Leave one post empty at the opening: expected, not opened, and opened when it is filled."""
    rehearsal, unit = Rehearsal(stage), _unit_of(stage, kind, life)
    if unit is not None:
        rehearsal.leave(unit, kind.person)
    opening = rehearsal.open()
    mine = tuple(one for one in opening.left_out if (one.kind, one.unit) == (kind.name, unit))
    rehearsal.organisation = stage.organisation
    late = None if unit is None else rehearsal.open_case(kind.name, unit)
    return Scene(
        what="vacancy",
        kind=kind.name,
        tier=life.tier,
        name=unit or "",
        played=bool(mine) is not (kind.origin.of == "post") and late is not None,
        opened=unit is not None,
        left_out=mine,
    )


def _vacant_desk(stage: Stage, kind: Kind, life: Life) -> Scene:
    """Let everybody leave the first desk: the case still lies there, or at its `else`."""

    def leave(seeker: Seeker, case: Case) -> bool:
        for holder in case.holders:
            seeker.play.leave(holder.unit, (holder.role,))
        return all(holder.unit for holder in case.holders)

    return _scene(stage, "vacant_desk", kind, life, life.initial, leave)


def _moved_into_the_past(stage: Stage, kind: Kind, life: Life, state: str) -> Scene:
    """Let a planned day pass unused, and plan it anew: who waits is told early enough."""

    def move(seeker: Seeker, case: Case) -> bool:
        planned = seeker.plan(case, state)
        seeker.play.replan()
        after = seeker.play.case(case.stream)
        if state in after.planned:
            seeker.play.go_to(after.planned[state] + timedelta(days=1))
            seeker.plan(after, state)
            seeker.play.replan()
        return planned

    return _scene(stage, "moved_day", kind, life, state, move)


# --- Setting the scene ---


def _scene(
    stage: Stage,
    what: str,
    kind: Kind,
    life: Life,
    name: str,
    act: Callable[[Seeker, Case], bool],
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
    act: Callable[[Seeker, Case], bool],
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
        left_out=opening.left_out,
        opened=case is not None,
        unmanned=rehearsal.unmanned,
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
        for trigger, wishes in _makers(kind, life, scheme.consequences):
            Seeker(rehearsal, wishes=wishes).cause(owner.stream, trigger)
            for made in rehearsal.cases(kind.name):
                return made
        made_now = rehearsal.open_case(kind.name, owner.unit, owner)
        if made_now is not None:
            return made_now
    return None


def _makers(
    kind: Kind, life: Life, consequences: Iterable[Consequence]
) -> Iterator[tuple[Trigger, Wishes]]:
    """Yield the triggers of the parent's life that may lead to a child, and with which data."""
    rows = {one.by for one in kind.made_from}
    for trigger in life.triggers.values():
        if trigger.name in rows or any(one.kind == kind.name for one in trigger.opens):
            yield trigger, Wishes()
    for one in consequences:
        if one.opens == kind.name:
            yield from _followed(one, life)


def _followed(consequence: Consequence, life: Life) -> Iterator[tuple[Trigger, Wishes]]:
    wishes = _wished(consequence)
    for trigger in life.triggers.values():
        takes = any(take.what in ("component", "grade") for take in trigger.takes)
        sets = any(setting.what in ("flag", "mode") for setting in trigger.sets)
        if takes if wishes.grades else sets:
            yield trigger, wishes


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


def _leads_to(trigger: Trigger) -> list[str]:
    found = (to for source in trigger.sources for to in trigger.targets(source, ()))
    return list(dict.fromkeys(found))


def _unit_of(stage: Stage, kind: Kind, life: Life) -> str | None:
    """Return a unit where a case opens while its post is held; None: nowhere."""
    rehearsal = Rehearsal(stage)
    rehearsal.open()
    return min((one.unit for one in rehearsal.cases(kind.name, life.tier)), default=None)
