"""How long the parts of a document are, as its page shows it: counts, shares, what is said of them.

The script of the page goes on with the same while somebody types.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from services.workflow.domain.data.characters import (
    MOST_IN_A_RUN,
    count_characters,
    longest_run,
)
from services.workflow.domain.data.document import UNEVEN, counted, warnings
from services.workflow.domain.language.model.documents import Document


@dataclass(frozen=True, kw_only=True, slots=True)
class MeasuredPart:
    """One part of a document."""

    name: str
    label: str
    count: int
    share: float  # per cent of the whole; 0 of an empty one
    begins: float  # per cent of the whole that stand before it
    off: float  # percentage points from an even share
    uneven: bool
    runs_on: bool  # it has a run that is longer than a word
    paragraphs: tuple[int, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Measured:
    """A document as it stands in its form."""

    document: Document
    parts: tuple[MeasuredPart, ...]

    @property
    def total(self) -> int:
        return sum(part.count for part in self.parts)

    @property
    def over(self) -> int:
        """How many characters are too many."""
        limit = self.document.limit
        return max(self.total - limit, 0) if limit else 0

    @property
    def longest(self) -> str:
        """The part that is best made shorter; "" of a document that has none."""
        return max(self.parts, key=lambda part: part.count).name if self.parts else ""

    @property
    def even(self) -> float:
        """What each part of an even document has of it, per cent; all, where it has none."""
        return 100 / max(len(self.parts), 1)

    @property
    def marks(self) -> tuple[float, ...]:
        """Where the parts of an even document end."""
        return tuple(self.even * n for n in range(1, len(self.parts)))


def measured(document: Document, texts: Mapping[str, str]) -> Measured:
    """Return *document* with the *texts* of its parts, by name."""
    counts = counted(document, {"parts": texts})
    found, total, begins = frozenset(warnings(document, counts)), sum(counts.values()), 0.0
    parts = []
    for part in document.parts:
        count = counts[part.name]
        share = 100 * count / total if total else 0.0
        text = texts.get(part.name, "")
        lines = (count_characters(line) for line in text.split("\n"))
        parts.append(
            MeasuredPart(
                name=part.name,
                label=part.label,
                count=count,
                share=share,
                begins=begins,
                off=share - 100 / len(document.parts) if total else 0.0,
                uneven=f"{part.name}{UNEVEN}" in found,
                runs_on=bool(document.limit) and longest_run(text) > MOST_IN_A_RUN,
                paragraphs=tuple(n for n in lines if n),
            )
        )
        begins += share
    return Measured(document=document, parts=tuple(parts))
