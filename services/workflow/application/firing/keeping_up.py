"""Deadlines follow what has moved, without anybody asking: a day that was set, a new calendar.

Each pass asks about what moved since the one before it began, and a little longer: a command that
was decided by the old source may be written after the new one.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from threading import Event

from services.workflow.application.editions import Edition
from services.workflow.application.firing.port import WorkList
from services.workflow.application.firing.replanning import Replanning
from services.workflow.application.unattended import Duty

OVERLAP = timedelta(minutes=1)
_PAUSE_S = 5.0
_EVER = datetime(1970, 1, 1, tzinfo=UTC)


class KeepingUp:
    """The thread that replans; a process that begins asks about everything once."""

    def __init__(
        self,
        *,
        replanning: Replanning,
        work: WorkList,
        calendars: Callable[[], list[Edition]],
        now: Callable[[], datetime],
        say: Callable[..., object] = lambda *_, **__: None,
    ) -> None:
        self.duty = Duty("replanning", self.step, say)
        self._replanning = replanning
        self._work = work
        self._calendars = calendars
        self._now = now
        self._since = _EVER

    def run(self, stop: Event) -> None:
        """Keep up until *stop*, whatever happens."""
        while not stop.is_set():
            self.duty.attempt()
            stop.wait(_PAUSE_S)

    def step(self) -> int:
        """Move what is to be moved; how many cases that were."""
        began, n_moved = self._now(), 0
        newest = max(self._calendars(), key=lambda one: one.since, default=None)
        if newest is not None and newest.since > self._since:
            n_moved += self._replanning.follow_calendar(self._work, newest.event)
        n_moved += self._replanning.follow_days(self._work, self._since)
        self._since = began - OVERLAP
        return n_moved
