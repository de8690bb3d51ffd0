"""Two versions of a text side by side: what came and what went, character by character.

The one idea: sentences are matched first, so that the work is bounded and nothing is matched across
a whole text; only where sentences differ are their characters compared. A few characters that
happen to stand in both would make a puzzle of it, so they go with what changed around them.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

_SENTENCE = re.compile(r"[^。；！？\n]*[。；！？\n]?")
_MOST_COMPARED = 4_000  # characters of differing sentences; beyond that they are told whole
_LEAST_KEPT = 2  # characters that stayed between two changes


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of text that stayed, came or went."""

    kind: Literal["same", "added", "removed"]
    text: str


def compare(old: str, new: str) -> Iterator[Piece]:
    """Yield the pieces that turn *old* into *new*, in order; what went comes before what came."""
    before, after = _sentences(old), _sentences(new)
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    for kind, old_from, old_to, new_from, new_to in matcher.get_opcodes():
        was, now = "".join(before[old_from:old_to]), "".join(after[new_from:new_to])
        if kind == "equal":
            yield Piece("same", now)
        elif was and now and len(was) + len(now) <= _MOST_COMPARED:
            yield from _by_characters(was, now)
        else:
            yield from _changed(was, now)


@dataclass(frozen=True, slots=True)
class Passage:
    """A paragraph in which something changed; *number* counts those of the new text, from 1."""

    number: int
    pieces: tuple[Piece, ...]


def passages(old: str, new: str) -> Iterator[Passage]:
    """Yield the paragraphs of *new* that are not those of *old*, in order.

    What went from between two paragraphs is told with the one behind it, at the end with the last.
    """
    number, pieces, said = 1, list[Piece](), ""
    for piece in compare(old, new):
        lines = [piece.text] if piece.kind == "removed" else piece.text.splitlines(keepends=True)
        for line in lines:
            pieces.append(Piece(piece.kind, line))
            said += "" if piece.kind == "removed" else line.strip()
            if piece.kind != "removed" and line.endswith("\n") and said:
                yield from _passage(number, pieces)
                number, pieces, said = number + 1, [], ""
    yield from _passage(number if said else max(1, number - 1), pieces)


def _passage(number: int, pieces: list[Piece]) -> Iterator[Passage]:
    if any(piece.kind != "same" and piece.text.strip() for piece in pieces):
        yield Passage(number, tuple(pieces))


def _by_characters(was: str, now: str) -> Iterator[Piece]:
    matcher = SequenceMatcher(None, was, now, autojunk=False)
    blocks = matcher.get_matching_blocks()  # the last one is empty, at both ends
    gone, come, old_at, new_at = "", "", 0, 0
    for block in blocks:
        gone += was[old_at : block.a]
        come += now[new_at : block.b]
        same = was[block.a : block.a + block.size]
        old_at, new_at = block.a + block.size, block.b + block.size
        inside = (gone or come) and (old_at < len(was) or new_at < len(now))
        if inside and len(same) < _LEAST_KEPT:
            gone, come = gone + same, come + same
            continue
        yield from _changed(gone, come)
        gone = come = ""
        if same:
            yield Piece("same", same)
    yield from _changed(gone, come)


def _changed(was: str, now: str) -> Iterator[Piece]:
    if was:
        yield Piece("removed", was)
    if now:
        yield Piece("added", now)


def _sentences(text: str) -> list[str]:
    return [found for found in _SENTENCE.findall(text) if found]
