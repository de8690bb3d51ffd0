"""What is kept for a time alone is taken away when that is over."""

from collections.abc import Callable, Sequence
from datetime import datetime
from threading import Event
from typing import Protocol

from services.workflow.application.unattended import Duty

_PAUSE_S = 600.0


class Forgetful(Protocol):
    """What keeps things for a time."""

    def forget(self, now: datetime) -> int:
        """Take away what is over; how much that was."""
        ...


class Forgetting:
    """The thread that takes away drafts, files that no version names, and sessions, once over."""

    def __init__(
        self,
        kept: Sequence[Forgetful],
        now: Callable[[], datetime],
        say: Callable[..., object],
    ) -> None:
        self._kept, self._now = kept, now
        self.duty = Duty("drafts", self.step, say)

    def run(self, stop: Event) -> None:
        """Go on until *stop*, whatever happens."""
        while not stop.is_set():
            self.duty.attempt()
            stop.wait(_PAUSE_S)

    def step(self) -> int:
        """Take away what is over; how much that was."""
        now = self._now()
        return sum(one.forget(now) for one in self._kept)
