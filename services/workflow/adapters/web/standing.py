"""What is in the way of handing a document in, and what its auditor is told, before it is sent.

The head of its page counts these and the list at its end names them; the script of the page goes on
with both while somebody types.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from services.workflow.adapters.web.fields import REFERENCE
from services.workflow.adapters.web.measured import Measured, MeasuredPart


@dataclass(frozen=True, kw_only=True, slots=True)
class Standing:
    """How a document stands in its form."""

    lengths: Measured
    has_file: bool
    n_unanswered: int
    n_uncovered: int

    def is_empty(self, part: MeasuredPart) -> bool:
        """Tell whether *part* is wanted and has nothing in it; a file may stand for it."""
        return not part.count and not (self.has_file and self.lengths.document.file_suffices)

    @property
    def is_uneven(self) -> bool:
        return any(part.uneven for part in self.lengths.parts)

    @property
    def n_must(self) -> int:
        """How many things refuse it: each has a line of its own."""
        own = [(self.is_empty(part), part.runs_on) for part in self.lengths.parts]
        over = self.lengths.over > 0 and self.lengths.document.over_limit == "refuse"
        return sum(map(sum, own)) + over + (self.n_unanswered > 0)

    @property
    def n_should(self) -> int:
        """How many things its auditor is told."""
        over = self.lengths.over > 0 and self.lengths.document.over_limit == "warn"
        return over + self.is_uneven + (self.n_uncovered > 0)


def has_file(base: str, typed: Mapping[str, str]) -> bool:
    """Tell whether a form has a file for the document whose fields begin with *base*."""
    start, end = f"{base}.files.", f".{REFERENCE[0]}"
    return any(text and at.startswith(start) and at.endswith(end) for at, text in typed.items())
