"""How far the log has been read, even when it arrives over several partitions.

Positions have no gaps, so "everything up to p has been accepted" is a set operation: p is the end
of the unbroken run from 1, and what came out of order waits in `ahead`.
"""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reading:
    """Everything up to *position* has been accepted, and what is in *ahead* as well."""

    position: int = 0
    ahead: frozenset[int] = frozenset()

    def having(self, positions: Iterable[int]) -> "Reading":
        """Return the reading after *positions* have been accepted; repeats change nothing."""
        ahead = set(self.ahead)
        ahead.update(position for position in positions if position > self.position)
        reached = self.position
        while reached + 1 in ahead:
            reached += 1
            ahead.remove(reached)
        return Reading(reached, frozenset(ahead))
