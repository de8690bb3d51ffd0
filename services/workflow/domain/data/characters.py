"""How long a text is: characters as the office suite counts it.

One Han character or full-width mark counts one, one run of other non-blank characters counts
one: a number and a Han character are two. People see the figure their own editor shows.
"""

import unicodedata


def count_characters(text: str) -> int:
    """Return the characters of *text*; 0 for blank text."""
    marked = text.translate(_MARKS)
    return marked.count(_ONE) + len(marked.replace(_ONE, " ").split())


_ONE = "\N{IDEOGRAPHIC FULL STOP}"
_RUN = "x"
_BLANK = " "


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
        return ""  # an accent, a variation selector, a zero-width joiner: part of its neighbour
    width = unicodedata.east_asian_width(character)
    # “ ” — … · and ① are ambiguous in width; Chinese fonts and the office suite set them full.
    full = width in "WF" or (width == "A" and category[0] != "L")
    return _ONE if full else _RUN


_MARKS = _Marks()
