"""Having a meeting go through its agenda, until it has come to a case that waits for that."""

from collections.abc import Iterator

from services.workflow.application.rehearsing.causing import Seeks
from services.workflow.domain.case.agenda import goes_through
from services.workflow.domain.case.head import Case
from services.workflow.domain.language.model.guards import Heard
from services.workflow.domain.language.model.triggers import Trigger


def have_gone_through(seeker: Seeks, case: Case, trigger: Trigger) -> bool:
    """Have *case* heard where the guards of *trigger* ask for it; tell whether it was."""
    return any(
        _comes_to(seeker, one, roster, case.stream)
        for one, roster in heard_by(seeker, case, trigger)
    )


def heard_by(seeker: Seeks, case: Case, trigger: Trigger) -> Iterator[tuple[Case, str]]:
    """Yield the cases that are to hear *case* before *trigger*, each with its roster."""
    for guard in trigger.guards:
        if isinstance(guard, Heard):
            for one in seeker.play.world.heads.linked(case, guard.link):
                yield one, guard.roster


def _comes_to(seeker: Seeks, meeting: Case, roster: str, stream: str) -> bool:
    world = seeker.play.world
    for trigger in world.life(meeting).triggers_from(meeting.state):
        while goes_through(trigger, roster, world.scheme):
            heard = seeker.play.case(meeting.stream).heard
            if stream in heard:
                return True
            if not seeker.inner().do(meeting.stream, trigger):
                break
            if seeker.play.case(meeting.stream).heard == heard:
                break  # it has come to all of them
    return False
