"""Which paragraph of a later text stands for one of an earlier: the same, else the most alike.

The one idea: paragraphs that did not change are found first, wherever they stand now, and stand for
nothing else; so one put before them, taken away or moved makes none of them look rewritten.
"""

from collections import defaultdict, deque
from collections.abc import Iterator, Mapping, Sequence

from services.workflow.application.boards.comparing import compare

_ALIKE = 0.3  # of both texts that stayed; less is another text
_MOST_COMPARED = 400  # pairs of paragraphs; of more, each is looked for at its own place


def places(before: Sequence[str], after: Sequence[str]) -> Mapping[int, int]:
    """Return which paragraph of *after* stands for each of *before* that one does, from 1."""
    return {was + 1: now + 1 for was, now in _pairs(before, after)}


def _pairs(before: Sequence[str], after: Sequence[str]) -> Iterator[tuple[int, int]]:
    places = defaultdict[str, deque[int]](deque)
    for n, text in enumerate(after):
        places[text].append(n)
    left, free = dict[int, str](), dict(enumerate(after))
    for n, text in enumerate(before):
        if places[text]:
            now = places[text].popleft()
            del free[now]
            yield n, now
        else:
            left[n] = text
    if len(left) * len(free) <= _MOST_COMPARED:
        alike = [
            (_stayed(text, free[now]), -was, -now) for was, text in left.items() for now in free
        ]
        for likeness, was, now in sorted(alike, reverse=True):
            if likeness >= _ALIKE and -was in left and -now in free:
                del left[-was], free[-now]
                yield -was, -now
    # What is written wholly anew stands where the other stood.
    yield from ((n, n) for n in left if n in free)


def _stayed(before: str, after: str) -> float:
    """Return which share of both stayed."""
    same = sum(len(piece.text) for piece in compare(before, after) if piece.kind == "same")
    return 2 * same / (len(before) + len(after))
