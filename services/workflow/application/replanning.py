"""Which deadlines a new calendar moves, told before it is published.

A deadline that counts working days follows the calendar of its round; one that is a day of the
notice, or was set by hand, stays. A suspended case is left out: resuming counts anew.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from schemas.calendar import OutsideCalendar, WorkingDays
from services.workflow.application.firing.port import CaseStore, Wanted
from services.workflow.application.ports import CycleRow
from services.workflow.application.reading_ports import Reads
from services.workflow.application.rulebook import Directory, Rulebook
from services.workflow.domain.case.head import Case
from services.workflow.domain.case.replanning import moves


@dataclass(frozen=True, kw_only=True, slots=True)
class Move:
    """One deadline, as it is and as it will be."""

    review: Case
    cycle: CycleRow
    to: datetime | None  # None: not known yet


@dataclass(frozen=True, kw_only=True, slots=True)
class Beyond:
    """A deadline that the new calendar has no table for."""

    review: Case
    day: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Replanning:
    """What follows from a change of days."""

    reads: Reads
    store: CaseStore
    rulebook: Rulebook
    directory: Directory
    now: Callable[[], datetime]

    def preview(self, calendar: WorkingDays) -> Iterator[Move | Beyond]:
        """Yield what *calendar* moves in rounds that follow the calendar of its id."""
        organisation = self.directory.current()
        for row in self.reads.cycles():
            rules = self.rulebook.of(row.id)
            if rules.calendar.id != calendar.id:
                continue
            heads = self.store.standing([Wanted(cycle=row.id, whole=True)]).heads[row.id]
            then = replace(rules.running, calendar=calendar)
            world = then.world(heads, organisation, self.now(), str)
            for case in sorted(heads.cases.values(), key=_by_number):
                try:
                    for moved in moves(case, world):
                        yield Move(review=case, cycle=row, to=moved.due.at)
                except OutsideCalendar as outside:
                    yield Beyond(review=case, day=outside.day)


def _by_number(case: Case) -> str:
    return case.number
