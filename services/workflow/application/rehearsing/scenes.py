"""What a rehearsal has to show: every end of every kind, every trigger, every loss."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from schemas.calendar import OutsideCalendar, local_day
from services.workflow.application.rehearsing.losses import losses
from services.workflow.application.rehearsing.rehearsal import Line, Stage
from services.workflow.application.rehearsing.seeking import Seeker
from services.workflow.application.rehearsing.setting import Scene, leads_to, set_scene
from services.workflow.domain.case.head import Case
from services.workflow.domain.case.turns import next_turn
from services.workflow.domain.language.model.lives import Kind, Life
from services.workflow.domain.language.model.triggers import Trigger

CARRIED = "carried"


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
            carried = [life.ends.get(to) for to in leads_to(trigger)] == [CARRIED]
            if (
                trigger.sources
                and not carried
                and (kind.name, life.tier, trigger.name) not in fired
            ):
                scene = _trigger(stage, kind, life, trigger)
                played.scenes.append(scene)
                fired |= {(one.kind, one.tier, one.trigger) for one in scene.diary if one.done}
    played.scenes += _next_turns(stage)
    unending = {(one.kind, one.tier) for one in played.lacking if one.what == "end"}
    for kind, life in stage.scheme.lives():
        # What cannot come to an end at all is told once, not again of each loss.
        if (kind.name, life.tier) not in unending:
            played.scenes += losses(stage, kind, life)
    return played


def _lines(played: Played) -> Iterator[Line]:
    return (line for scene in played.scenes for line in scene.diary)


def _end(stage: Stage, kind: Kind, life: Life, end: str) -> Scene:
    def reach(seeker: Seeker, case: Case) -> bool:
        return seeker.reach(case.stream, end)

    return set_scene(stage, "end", kind, life, end, reach)


def _next_turns(stage: Stage) -> Iterator[Scene]:
    """Play the turn that follows, of each kind that comes round more often than its round."""
    for kind, life in stage.scheme.lives():
        if kind.every and _has_next_turn(stage, kind):
            yield _next_turn(stage, kind, life)


def _has_next_turn(stage: Stage, kind: Kind) -> bool:
    """Tell whether another turn of *kind* begins before the round ends, in days that are known."""
    day = next_turn(kind, local_day(stage.begins, stage.scheme.zone))
    try:
        stage.calendar.is_working(day)
    except OutsideCalendar:
        return False
    return stage.scheme.round.ends is None or day <= stage.scheme.round.ends


def _next_turn(stage: Stage, kind: Kind, life: Life) -> Scene:
    """Open one more where a case is: refused in its turn, and in the next one led to its end."""

    def open_another(seeker: Seeker, case: Case) -> bool:
        within = seeker.play.open_case(kind.name, case.unit)
        seeker.play.go_to(next_turn(kind, seeker.play.today))
        made = seeker.play.open_case(kind.name, case.unit)
        alone = seeker.play.case(case.stream).version == case.version
        return within is None and alone and made is not None and seeker.complete(made.stream)

    return set_scene(stage, "next_turn", kind, life, life.initial, open_another)


def _trigger(stage: Stage, kind: Kind, life: Life, trigger: Trigger) -> Scene:
    def fire(seeker: Seeker, case: Case) -> bool:
        return seeker.cause(case.stream, trigger)

    return set_scene(stage, "trigger", kind, life, trigger.name, fire)
