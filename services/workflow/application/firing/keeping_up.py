"""Deadlines follow what has moved, without anybody asking: a day that was set, a new calendar.

Each pass asks about what moved since the one before it began, and a little longer: a command that
was decided by the old source may be written after the new one. A new calendar may move any deadline
there is, so all are asked about when it is met and once more that little later, not in each pass.
A process that begins has met none yet: it, too, asks about all twice.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from operator import attrgetter
from threading import Event
from time import monotonic

from services.workflow.application.editions import Edition
from services.workflow.application.firing.port import WorkList
from services.workflow.application.firing.replanning import Replanning
from services.workflow.application.unattended import Duty

OVERLAP = timedelta(minutes=1)
_PAUSE_S = 5.0
_EVER = datetime(1970, 1, 1, tzinfo=UTC)


class KeepingUp:
    """The thread that replans, in each process."""

    def __init__(
        self,
        *,
        replanning: Replanning,
        work: WorkList,
        calendars: Callable[[], list[Edition]],
        now: Callable[[], datetime],
        say: Callable[..., object] = lambda *_, **__: None,
        monotonic_s: Callable[[], float] = monotonic,
    ) -> None:
        self.duty = Duty("replanning", self.step, say)
        self._replanning = replanning
        self._work = work
        self._calendars = calendars
        self._now = now
        self._since = _EVER
        # How long a command is under way, the clock that is read as the time does not tell: that
        # of a rehearsal stands still.
        self._monotonic_s = monotonic_s
        self._followed: str | None = None  # the event that published the calendar met last
        self._again_at_s: float | None = None  # when all are asked about once more; None: they were

    def run(self, stop: Event) -> None:
        """Keep up until *stop*, whatever happens."""
        while not stop.is_set():
            self.duty.attempt()
            stop.wait(_PAUSE_S)

    def step(self) -> int:
        """Move what is to be moved; how many cases that were."""
        began, n_moved = self._now(), self._follow_calendar()
        n_moved += self._replanning.follow_days(self._work, self._since)
        self._since = began - OVERLAP
        return n_moved

    def _follow_calendar(self) -> int:
        newest = max(self._calendars(), key=attrgetter("number"), default=None)
        if newest is None:
            return 0
        began_s, again_at_s = self._monotonic_s(), None
        if newest.event != self._followed:
            again_at_s = began_s + OVERLAP.total_seconds()
        elif self._again_at_s is None or began_s < self._again_at_s:
            return 0
        n_moved = self._replanning.follow_calendar(self._work, newest.event)
        self._followed, self._again_at_s = newest.event, again_at_s
        return n_moved
