"""Having the mode or the flag set by which a trigger may be fired, or takes something."""

from collections.abc import Iterable

from services.workflow.application.rehearsing.causing import Seeks
from services.workflow.domain.case.head import Case
from services.workflow.domain.language.model.guards import Matches
from services.workflow.domain.language.model.triggers import Trigger
from services.workflow.domain.language.model.where import FlagSet, ModeIs


def suit(seeker: Seeks, case: Case, trigger: Trigger) -> bool:
    """Set one mode or flag that *trigger* is for; tell whether one was set."""
    conditions = [
        condition
        for guard in trigger.guards
        if isinstance(guard, Matches)
        for condition in guard.where.conditions
    ]
    return any(_set(seeker, case, condition) for condition in conditions)


def suit_what_is_taken(seeker: Seeks, stream: str, trigger: Trigger) -> bool:
    """Set the mode or the flag by which *trigger* takes something; tell whether one was set."""
    conditions = [one for take in trigger.takes for one in take.where.conditions]
    return any(_set(seeker, seeker.play.case(stream), one) for one in conditions)


def suit_to(seeker: Seeks, stream: str, conditions: Iterable[object]) -> bool:
    """Set every mode and flag of *conditions*; tell whether one was set."""
    done = [_set(seeker, seeker.play.case(stream), one) for one in conditions]
    return any(done)


def _set(seeker: Seeks, case: Case, condition: object) -> bool:
    inner = seeker.inner()
    match condition:
        case ModeIs(mode=mode):
            what, name, inner.wishes.mode = "mode", mode, mode
        case FlagSet(flag=flag):
            what, name, inner.wishes.flag = "flag", flag, flag
        case _:
            return False
    for trigger in seeker.play.world.life(case).triggers_from(case.state):
        sets = any(one.what == what and one.name in ("", name) for one in trigger.sets)
        if sets and trigger.to is None and inner.do(case.stream, trigger):
            return True
    return False
