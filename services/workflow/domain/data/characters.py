"""How long a text is: characters as the office suite counts it.

One Han character or full-width mark counts one, one run of other non-blank characters counts
one: a number and a Han character are two. People see the figure their own editor shows; where a
word processor is known to count otherwise, docs/reference/counting.md says so. The pages count by
the very classes that are told here (`classes`), while somebody types.
"""

import re
import sys
import unicodedata
from collections.abc import Iterator
from itertools import groupby

MOST_IN_A_RUN = 200  # half-width characters; a longer one is no word, and would pass any limit
_ONE = "\N{IDEOGRAPHIC FULL STOP}"
_RUN = "x"
_BLANK = " "
_NONE = ""  # an accent, a variation selector, a zero-width joiner: part of its neighbour
_APOSTROPHE = "\N{RIGHT SINGLE QUOTATION MARK}"
_WITHIN_A_WORD = re.compile(f"(?<={_RUN}){_APOSTROPHE}(?={_RUN})")


def count_characters(text: str) -> int:
    """Return the characters of *text*; 0 for blank text."""
    marked = _marked(text)
    return marked.count(_ONE) + len(_runs(marked))


def longest_run(text: str) -> int:
    """Return of how many characters the longest run is made that counts as one."""
    return max(map(len, _runs(_marked(text))), default=0)


def classes() -> Iterator[tuple[int, int, str]]:
    """Yield (first, last, class) of all code points that are in no run of others.

    A class is `one`, `blank` or `none`.
    """
    names = {_ONE: "one", _BLANK: "blank", _NONE: "none", _APOSTROPHE: "one"}
    for mark, codes in groupby(range(sys.maxunicode + 1), lambda code: names.get(_MARKS[code], "")):
        found = list(codes)
        if mark:
            yield found[0], found[-1], mark


class _Marks(dict[int, str]):
    """How each code point counts, worked out when it is first met."""

    def __missing__(self, code: int) -> str:
        mark = self[code] = _mark(chr(code))
        return mark


def _mark(character: str) -> str:
    category = unicodedata.category(character)
    if character.isspace():
        return _BLANK
    if category in ("Mn", "Me", "Cf", "Cc"):
        return _NONE
    if character == _APOSTROPHE:
        return _APOSTROPHE
    # CO₂, m²: raised and lowered figures are set with the letters they belong to.
    if unicodedata.decomposition(character).startswith(("<super>", "<sub>")):
        return _RUN
    width = unicodedata.east_asian_width(character)
    # “ ” — … · and ① are ambiguous in width; Chinese fonts and the office suite set them full.
    full = width in "WF" or (width == "A" and category[0] != "L")
    return _ONE if full else _RUN


_MARKS = _Marks()


def _marked(text: str) -> str:
    marked = text.translate(_MARKS)
    # The closing mark of a quotation is an apostrophe where it stands between letters: don’t.
    return _WITHIN_A_WORD.sub(_RUN, marked).replace(_APOSTROPHE, _ONE)


def _runs(marked: str) -> list[str]:
    return marked.replace(_ONE, " ").split()
