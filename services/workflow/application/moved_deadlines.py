"""Which deadlines a calendar would move, for the notifier that tries it before it is imported.

The one idea: what is told is what the events of an import would say, so who hears of it plans on
what would then be so.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from schemas.calendar import WorkingDays
from services.workflow.application.access import Access
from services.workflow.application.firing.port import WorkList
from services.workflow.application.firing.replanning import Beyond, Move, Replanning
from services.workflow.domain.authority import Actor


@dataclass(frozen=True, kw_only=True)
class MovedDeadlines:
    """The use case of asking what a calendar would move; it moves nothing."""

    access: Access
    replanning: Replanning
    work: WorkList

    def under(self, actor: Actor, calendar: WorkingDays) -> Sequence[Move | Beyond]:
        """Return what *calendar* would move, and what it has no table for.

        Raises:
            NotAllowed: not a notifier's token.
        """
        self.access.require(actor, "deadlines.moved")
        return list(self.replanning.preview_calendar(calendar, self.work))
