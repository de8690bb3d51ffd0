"""How far the log has been read, and how far it goes: what a rung that is due waits for.

It may arrive over several partitions. Positions have no gaps, so "everything up to p has been
accepted" is a set operation: p is the end of the unbroken run from 1, and what came out of order
waits in `ahead`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

_BEFORE = timedelta(microseconds=1)  # instants are no finer


@dataclass(frozen=True, slots=True)
class Reading:
    """Everything up to *position* has been accepted, and what is in *ahead* as well."""

    position: int = 0
    ahead: frozenset[int] = frozenset()

    def has(self, position: int) -> bool:
        """Tell whether *position* has been accepted."""
        return position <= self.position or position in self.ahead

    def having(self, positions: Iterable[int]) -> "Reading":
        """Return the reading after *positions* have been accepted; repeats change nothing."""
        ahead = set(self.ahead)
        ahead.update(position for position in positions if position > self.position)
        reached = self.position
        while reached + 1 in ahead:
            reached += 1
            ahead.remove(reached)
        return Reading(reached, frozenset(ahead))


@dataclass(frozen=True, kw_only=True, slots=True)
class Head:
    """The end of the log, as it was seen at one instant."""

    position: int
    pending_since: datetime | None = None  # recorded time of the oldest event without a position


@dataclass(frozen=True, kw_only=True, slots=True)
class Pass:
    """One pass of the engine in which it decided something or handed something over."""

    reading: Reading  # what it had read by then
    at: datetime  # business time
    through: datetime | None  # until when it decided what was due; None: it only handed over


@dataclass(frozen=True, slots=True)
class Barrier:
    """Once everything up to *position* is accepted, what was due by *through* may fire."""

    position: int
    through: datetime

    @classmethod
    def at(cls, head: Head, asked_at: datetime) -> "Barrier":
        """Return what a head that was seen at or after *asked_at* allows.

        What still waits for a position holds back only what is due from its own time on, so that
        under steady writing, when something always waits, nobody's reminder does.
        """
        if head.pending_since is None:
            return cls(head.position, asked_at)
        return cls(head.position, min(asked_at, head.pending_since - _BEFORE))
