"""Two versions of a report side by side, sentence by sentence."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

_SENTENCE = re.compile(r"[^。；！？\n]*[。；！？\n]?")


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of sentences that stayed, came or went."""

    kind: Literal["same", "added", "removed"]
    text: str


def compare(old: str, new: str) -> Iterator[Piece]:
    """Yield the pieces that turn *old* into *new*, in order; what went comes before what came."""
    before, after = _sentences(old), _sentences(new)
    # Whole sentences keep it readable, and the work bounded for a text of any length.
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    for kind, old_from, old_to, new_from, new_to in matcher.get_opcodes():
        if kind == "equal":
            yield Piece("same", "".join(before[old_from:old_to]))
            continue
        if old_to > old_from:
            yield Piece("removed", "".join(before[old_from:old_to]))
        if new_to > new_from:
            yield Piece("added", "".join(after[new_from:new_to]))


def _sentences(text: str) -> list[str]:
    return [found for found in _SENTENCE.findall(text) if found]
