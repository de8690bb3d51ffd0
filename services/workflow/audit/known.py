"""The events known to be broken for good: recorded before events were held to their schemas.

Nothing stored is ever rewritten, so they stay, and so does what is found about them, unless a file
names each by its position and its leaf hash. It excuses those very bytes and no others.
"""

import re
from dataclasses import dataclass, field
from typing import Self

_LINE = re.compile(r"([1-9]\d{0,18})\s+([0-9a-f]{64})", re.ASCII)


class NotKnown(ValueError):
    """The file is none, or names what is not so."""


@dataclass(slots=True)
class Known:
    """What a file of known events names."""

    leaves: dict[int, bytes] = field(default_factory=dict)  # by position
    met: set[int] = field(default_factory=set)  # positions of those that were met

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read lines of a position and a leaf hash; `#` begins a comment.

        Raises:
            NotKnown: another line, or a position that comes twice.
        """
        known = cls()
        for number, line in enumerate(text.splitlines(), start=1):
            said = line.partition("#")[0].strip()
            match = _LINE.fullmatch(said)
            if said and (match is None or int(match[1]) in known.leaves):
                raise NotKnown(f"line {number} is no position with its leaf hash, or a repeat")
            if match is not None:
                known.leaves[int(match[1])] = bytes.fromhex(match[2])
        return known

    def meet(self, position: int, leaf: bytes) -> bool:
        """Take note of the broken event at *position*; tell whether it is named, bytes and all."""
        if self.leaves.get(position) != leaf:
            return False
        self.met.add(position)
        return True

    @property
    def left(self) -> list[int]:
        """The positions named where no such event was met."""
        return sorted(self.leaves.keys() - self.met)
