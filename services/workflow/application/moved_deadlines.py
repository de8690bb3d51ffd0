"""Which deadlines a calendar would move, for the notifier that tries it before it is imported.

The one idea: what is told is what the events of an import would say, so who hears of it plans on
what would then be so. It is told page by page, since a calendar may move every deadline there is.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from schemas.calendar import WorkingDays
from services.workflow.application.access import Access
from services.workflow.application.firing.port import DeadlinePlace, WorkList
from services.workflow.application.firing.replanning import Beyond, Move, Replanning
from services.workflow.domain.authority import Actor

_READ = frozenset({"desk", "due_at", "previous_due_at", "waits_for"})  # of a deadline, by clocks


@dataclass(frozen=True, kw_only=True, slots=True)
class MovedPage:
    """What a calendar would move of some deadlines, and after which of them to go on."""

    found: tuple[Move | Beyond, ...]
    next: DeadlinePlace | None  # None: no deadline comes after them


@dataclass(frozen=True, kw_only=True)
class MovedDeadlines:
    """The use case of asking what a calendar would move; it moves nothing."""

    access: Access
    replanning: Replanning
    work: WorkList

    def under(
        self, actor: Actor, calendar: WorkingDays, after: DeadlinePlace | None, limit: int
    ) -> MovedPage:
        """Return what *calendar* would move of the next *limit* deadlines, and has no table for.

        A case that moves meanwhile may be met on two pages, as it stood each time.

        Raises:
            NotAllowed: not a notifier's token.
        """
        self.access.require(actor, "deadlines.moved")
        due = self.work.deadlines(after, limit)
        found = self.replanning.preview_of([one.stream for one in due], calendar)
        return MovedPage(found=tuple(found), next=due[-1].place if len(due) == limit else None)


def told_to_clocks(event: Mapping[str, Any]) -> dict[str, Any]:
    """Return what an *event* says that moves deadlines, without how they were counted.

    Of the cases that told a day, the one remains that the deadline waits for.
    """
    return {**event, "dues": [_told(due) for due in event["dues"]]}


def _told(due: Mapping[str, Any]) -> dict[str, Any]:
    told = {name: value for name, value in due.items() if name in _READ}
    awaited = due.get("waits_for", {}).get("link")
    sources = [one for one in due.get("sources", ()) if awaited and one.get("link") == awaited]
    return told | ({"sources": sources} if sources else {})
