"""Which paragraph of a later text stands for one of an earlier: the same, else the most alike.

The one idea: paragraphs that did not change are found first, wherever they stand now, and stand for
nothing else; so one put before them, taken away or moved makes none of them look rewritten. One
that is no longer in its own part is looked for in the others, unless it is so short (无, 同上) that
it may stand anywhere.
"""

from collections import defaultdict, deque
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

from services.workflow.application.boards.comparing import compare

Place = tuple[str, int]  # a part, and the paragraph in it, from 1
_ALIKE = 0.3  # of both texts that stayed; less is another text
_TELLING = 8  # characters of a text that is known again in another part
_MOST_COMPARED = 400  # pairs of paragraphs; of more, each is looked for at its own place
_Texts = dict[Place, str]


def places(
    before: Mapping[str, Sequence[str]], after: Mapping[str, Sequence[str]], parts: Collection[str]
) -> Mapping[Place, Place]:
    """Return which paragraph of *after* stands for each of *before* that one does.

    Texts are told by part. What was rewritten is looked for in *parts* alone.
    """
    left, free = _by_place(before), _by_place(after)
    found = dict(_same(left, free, within=lambda place: place[0]))
    found |= _same(left, free, within=lambda _: "", least=_TELLING)
    for part in parts:
        found |= _rewritten(_of(left, part), _of(free, part))
    return found


def _by_place(texts: Mapping[str, Sequence[str]]) -> _Texts:
    return {(part, n): text for part, those in texts.items() for n, text in enumerate(those, 1)}


def _of(texts: _Texts, part: str) -> _Texts:
    return {place: text for place, text in texts.items() if place[0] == part}


def _same(
    left: _Texts, free: _Texts, within: Callable[[Place], str], least: int = 0
) -> Iterator[tuple[Place, Place]]:
    """Take what did not change off both, and yield where it was and is."""
    stands = defaultdict[tuple[str, str], deque[Place]](deque)
    for place, text in free.items():
        stands[within(place), text].append(place)
    for was, text in list(left.items()):
        if len(text) >= least and (those := stands[within(was), text]):
            now = those.popleft()
            del left[was], free[now]
            yield was, now


def _rewritten(left: _Texts, free: _Texts) -> Iterator[tuple[Place, Place]]:
    """Yield where what was changed stands, of one part."""
    if len(left) * len(free) <= _MOST_COMPARED:
        alike = [
            (-_stayed(text, free[now]), was, now) for was, text in left.items() for now in free
        ]
        for unlikeness, was, now in sorted(alike):
            if -unlikeness >= _ALIKE and was in left and now in free:
                del left[was], free[now]
                yield was, now
    # What is written wholly anew stands where the other stood.
    yield from ((one, one) for one in left if one in free)


def _stayed(before: str, after: str) -> float:
    """Return which share of both stayed."""
    same = sum(len(piece.text) for piece in compare(before, after) if piece.kind == "same")
    return 2 * same / (len(before) + len(after))
