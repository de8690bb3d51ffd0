"""Which of two meetings at one place a case is heard by: once, unless it is done again."""

from services.workflow.domain.case.agenda import over_at, shown_at
from services.workflow.domain.case.evolving import OPENED
from services.workflow.domain.case.head import Case
from services.workflow.domain.case.polling import lacks_figure, polls_of
from services.workflow.domain.case.world import World
from services.workflow.domain.language.model.rosters import Agenda


def was_heard_before(one: Case, meeting: Case, agenda: Agenda, world: World) -> bool:
    """Tell whether *one* was presented before *meeting* was opened, and is done with elsewhere.

    By a meeting that was over then and stands; else, where that was given up, only if it has been
    voted on since. Who is done again is gone through once more.
    """
    opened = meeting.reached[OPENED].recorded_at
    shown = shown_at(one, agenda, world)
    if shown is None or shown >= opened:
        return False
    for other in world.heads.peers(meeting):
        over = None if other.final == "abandoned" else over_at(other, agenda, world)
        if over is not None and shown <= over <= opened:
            return True
    return not any(lacks_figure(one, poll, world) for poll in polls_of(meeting, world))
