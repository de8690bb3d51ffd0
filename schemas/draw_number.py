"""The public number of a draw: text, held against the format that was stated before it, alone.

A format is groups of figures: `6 of 01-33 ascending + 1 of 01-16 ascending`. The number is written
with all its zeros, one blank between figures and ` + ` between groups; it is never an integer.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from math import comb, log2

from schemas.said import Said, said

LEAST_BITS = 24  # fewer outcomes can be tried beforehand, by choosing among statements
MOST_GROUPS = 6
MOST_FIGURES = 30
MOST = 999
_JOINT = " + "
_GROUP = re.compile(r"([1-9][0-9]?) of ([0-9]{1,3})-([1-9][0-9]{0,2}) (ascending|as-drawn)")


class NotAFormat(ValueError):
    """A text that says no format."""


@dataclass(frozen=True, slots=True)
class Group:
    """Figures that one source draws together: all different and ascending, or as they fell."""

    count: int
    least: int
    most: int
    ascending: bool = True

    @property
    def text(self) -> str:
        """What a format says of it."""
        order = "ascending" if self.ascending else "as-drawn"
        return f"{self.count} of {self._spelled(self.least)}-{self.most} {order}"

    @property
    def spoken(self) -> Said:
        """The same for people."""
        figures = {"n": self.count, "least": self._spelled(self.least), "most": self.most}
        if self.ascending:
            return said("{n} of {least} to {most} from low to high", **figures)
        return said("{n} of {least} to {most} as they were drawn", **figures)

    @property
    def example(self) -> str:
        """Figures that fit."""
        n = self.most - self.least + 1
        return " ".join(self._spelled(self.least + nth % n) for nth in range(self.count))

    @property
    def bits(self) -> float:
        """How much nobody can know beforehand."""
        n = self.most - self.least + 1
        return log2(comb(n, self.count)) if self.ascending else self.count * log2(n)

    def fits(self, text: str) -> bool:
        """Tell whether *text* is such figures, to the character."""
        figures = text.split(" ")
        if len(figures) != self.count or not all(map(self._is_figure, figures)):
            return False
        return not self.ascending or all(a < b for a, b in pairwise(figures))

    def _is_figure(self, text: str) -> bool:
        known = text.isascii() and text.isdigit()
        return known and self._spelled(int(text)) == text and self.least <= int(text) <= self.most

    def _spelled(self, figure: int) -> str:
        return str(figure).zfill(len(str(self.most)))


def format_of(groups: Iterable[Group]) -> str:
    """Return the text that says *groups*."""
    return _JOINT.join(group.text for group in groups)


def spoken(groups: Iterable[Group]) -> Said:
    """Return how a number of *groups* is written, for people, with an example."""
    first, *rest = groups
    told = first.spoken
    for group in rest:
        told = said("{groups}, then {group}", groups=told, group=group.spoken)
    example = _JOINT.join(group.example for group in (first, *rest))
    if not rest:
        return said("{groups}, a blank between figures, as {example}", groups=told, example=example)
    return said(
        "{groups}, a blank between figures and “ + ” between groups, as {example}",
        groups=told,
        example=example,
    )


def bits_of(groups: Iterable[Group]) -> float:
    """Return how much nobody can know beforehand, of all of them together."""
    return sum(group.bits for group in groups)


def read_format(text: str) -> tuple[Group, ...]:
    """Return the groups that *text* says.

    Raises:
        NotAFormat: it says none, or says them otherwise than `format_of`.
    """
    found = [_GROUP.fullmatch(one) for one in text.split(_JOINT)]
    groups = tuple(
        Group(int(one[1]), int(one[2]), int(one[3]), one[4] == "ascending") for one in found if one
    )
    if len(groups) != len(found) or format_of(groups) != text or not all(map(is_sound, groups)):
        raise NotAFormat(f"no format of a number: {text}")
    return groups


def is_sound(group: Group) -> bool:
    """Tell whether there are such figures."""
    n = group.most - group.least + 1
    enough = n >= (group.count if group.ascending else 1)
    return enough and 1 <= group.count <= MOST_FIGURES and group.most <= MOST


def fits(groups: tuple[Group, ...], number: str) -> bool:
    """Tell whether *number* is written as the groups say; nothing is trimmed or made up."""
    parts = number.split(_JOINT)
    return len(parts) == len(groups) and all(
        group.fits(part) for group, part in zip(groups, parts, strict=True)
    )
