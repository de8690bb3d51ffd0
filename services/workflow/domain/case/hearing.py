"""Which of two meetings at one place a case is heard by: once, unless it is done again."""

from services.workflow.domain.case.agenda import was_shown
from services.workflow.domain.case.evolving import OPENED
from services.workflow.domain.case.head import Case
from services.workflow.domain.case.polling import lacks_figure, polls_of
from services.workflow.domain.case.world import World
from services.workflow.domain.language.model.rosters import Agenda


def was_heard_before(one: Case, meeting: Case, agenda: Agenda, world: World) -> bool:
    """Tell whether *one* was presented before *meeting* was opened, and has been voted on since.

    Who is done again lacks the figure, and is gone through once more.
    """
    opened = meeting.reached[OPENED].recorded_at
    lacking = (lacks_figure(one, poll, world) for poll in polls_of(meeting, world))
    return was_shown(one, opened, agenda, world) and not any(lacking)
