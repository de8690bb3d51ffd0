"""From the scores of a review to its grade.

Scores are decimal from end to end, weighted exactly and rounded once, at the end: 89.995 becomes
90.00 and is good, 89.99 is fair. A float anywhere on the way would decide differently.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal

HIGHEST = Decimal(100)
_CENT = Decimal("0.01")
# Wide enough for the exact sum: nobody's thread-local context may round before the end.
_EXACT = Context(prec=60, rounding=ROUND_HALF_UP)


@dataclass(frozen=True, kw_only=True, slots=True)
class Component:
    """One of the scores that make up the final one."""

    name: str  # ballot
    label: str  # 现场评议
    weight: Decimal  # all weights of a scheme add up to exactly 1

    @property
    def datum(self) -> str:
        """The name under which the score is sent: `ballot_score`."""
        return f"{self.name}_score"


@dataclass(frozen=True, kw_only=True, slots=True)
class Grade:
    """A band of final scores with a name."""

    name: str  # good
    label: str  # 好
    least: Decimal  # inclusive lower bound
    below: Decimal | None  # exclusive upper bound; None: up to the highest score, included


@dataclass(frozen=True, kw_only=True, slots=True)
class Scoring:
    """The components with their weights, and the grades, best first."""

    components: tuple[Component, ...]
    grades: tuple[Grade, ...]

    def final(self, scores: Mapping[str, Decimal]) -> Decimal:
        """Return the weighted score with two places; *scores* has one per component."""
        total = Decimal(0)
        for component in self.components:
            part = _EXACT.multiply(scores[component.name], component.weight)
            total = _EXACT.add(total, part)
        return _EXACT.quantize(total, _CENT)

    def grade(self, final: Decimal) -> Grade:
        """Return the grade of a final score between 0 and 100."""
        return next(grade for grade in self.grades if final >= grade.least)
