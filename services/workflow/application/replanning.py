"""Which deadlines a new calendar moves, told before it is published.

A deadline that counts working days follows the calendar of its round; one that is a day of the
notice, or was set by hand, stays. A suspended case is left out: resuming counts anew.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from schemas.calendar import OutsideCalendar, WorkingDays
from services.workflow.application.ports import CycleRow
from services.workflow.application.reading_ports import ListQuery, Reads
from services.workflow.application.rulebook import Directory, Rulebook
from services.workflow.domain.decision import due_by_rule
from services.workflow.domain.review import Review

AT_ONCE = 500


@dataclass(frozen=True, kw_only=True, slots=True)
class Move:
    """One deadline, as it is and as it will be."""

    review: Review
    cycle: CycleRow
    to: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Beyond:
    """A deadline that the new calendar has no table for."""

    review: Review
    day: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Replanning:
    """What follows from a change of days."""

    reads: Reads
    rulebook: Rulebook
    directory: Directory

    def preview(self, calendar: WorkingDays) -> Iterator[Move | Beyond]:
        """Yield what *calendar* moves in rounds that follow the calendar of its id."""
        organisation = self.directory.current()
        for row in self.reads.cycles():
            rules = self.rulebook.of(row.id)
            if rules.calendar.id != calendar.id:
                continue
            then = replace(rules, calendar=calendar)
            for review in self._counting(row.id):
                try:
                    due = due_by_rule(review, then.circumstances(review.tier, organisation))
                except OutsideCalendar as outside:
                    yield Beyond(review=review, day=outside.day)
                    continue
                if due is not None and due != review.due_at:
                    yield Move(review=review, cycle=row, to=due)

    def _counting(self, cycle: str) -> Iterator[Review]:
        """Yield the open cases of *cycle* whose deadline is their rule's, by number."""
        query: ListQuery | None = ListQuery(cycle=cycle, suspended=False, limit=AT_ONCE)
        while query is not None:
            page = self.reads.list_cases(query)
            for review in page.cases:
                if review.due_at is not None and not review.due_fixed:
                    yield review
            query = None if page.next is None else replace(query, after=page.next)
