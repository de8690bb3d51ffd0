"""Having a trigger fired that nobody fires in their own name: by what it is the effect of.

That is another case's act, a draw that ends here, or that the reason for a case is taken away.
"""

from typing import Protocol, Self

from services.workflow.application.rehearsing.offering import Wishes
from services.workflow.application.rehearsing.rehearsal import Rehearsal
from services.workflow.application.rehearsing.ways import states_when_drawn
from services.workflow.domain.case.head import Case
from services.workflow.domain.case.world import stages
from services.workflow.domain.language.model.triggers import Trigger

DEEPEST = 6  # of what has to be done first for what has to be done first


class Seeks(Protocol):
    """Whoever brings cases to states in a rehearsal, and fires what they have to."""

    play: Rehearsal
    depth: int
    wishes: Wishes

    def inner(self) -> Self: ...
    def reach(self, stream: str, state: str) -> bool: ...
    def do(self, stream: str, trigger: Trigger, target: str = "") -> bool: ...
    def cause(self, stream: str, trigger: Trigger) -> bool: ...


def have_fired(seeker: Seeks, case: Case, trigger: Trigger) -> bool:
    """Let something else fire *trigger* at *case*; tell whether it was fired."""
    if not trigger.caused:
        seeker.play.unmanned = trigger
        return False
    if seeker.depth >= DEEPEST:
        return False
    if case.because and _take_reason_away(seeker, case):
        return True
    return _be_drawn(seeker, case, trigger) or _be_acted_on(seeker, case, trigger)


def _be_acted_on(seeker: Seeks, case: Case, trigger: Trigger) -> bool:
    """Have an act done in another case that fires *trigger*; tell whether it was fired here."""
    for other in list(seeker.play.world.heads.cases.values()):
        for act in seeker.play.world.life(other).triggers.values():
            fires = [one for one in act.fires if one.trigger == trigger.name]
            leads_here = any(
                one.stream == case.stream
                for fire in fires
                for one in seeker.play.world.heads.linked(other, fire.link)
            )
            if leads_here and seeker.inner().cause(other.stream, act):
                return seeker.play.case(case.stream).version > case.version
    return False


def _be_drawn(seeker: Seeks, case: Case, trigger: Trigger) -> bool:
    """Have a draw end that fires *trigger*; tell whether it was fired here."""
    for draw in seeker.play.world.scheme.draws.values():
        if (draw.kind, draw.fires) == (case.kind, trigger.name):
            for other in [*seeker.play.cases(draw.run_by)]:
                _have_drawn(seeker, other, draw.name)
    return seeker.play.case(case.stream).version > case.version


def _have_drawn(seeker: Seeks, case: Case, draw: str) -> None:
    """Bring a case to where the number of its draw is entered, wherever that leads."""
    for state in states_when_drawn(seeker.play.world.life(case), draw, stages(case)):
        if seeker.inner().reach(case.stream, state):
            return


def _take_reason_away(seeker: Seeks, case: Case) -> bool:
    """Correct, or take back, what a case was opened because of; tell whether it ended so."""
    parent = seeker.play.world.heads.parent(case)
    if parent is None:
        return False
    for trigger in seeker.play.world.life(parent).triggers.values():
        if trigger.corrects and seeker.inner().cause(parent.stream, trigger):
            break
    return not seeker.play.case(case.stream).is_open or _lower_flags(seeker, case, parent)


def _lower_flags(seeker: Seeks, case: Case, parent: Case) -> bool:
    """Take back the flags of *parent*; tell whether *case* ended by that."""
    for flag in sorted(parent.flags):
        inner = seeker.inner()
        inner.wishes.flag, inner.wishes.lowered = flag, True
        for trigger in seeker.play.world.life(parent).triggers.values():
            sets = any(one.what == "flag" and not one.name for one in trigger.sets)
            if sets and inner.do(parent.stream, trigger):
                break
    return not seeker.play.case(case.stream).is_open
