"""Fields of a text document: what an office suite works out when it opens one.

Most tell a page or a date. A few start programs, or bring in what lies elsewhere. What a field says
may stand in pieces, and be put together by others within it; whoever writes a document types none
of the names below so, and who does hides one.
"""

import re
from codecs import BOM_UTF8
from collections.abc import Iterator
from html import unescape

_SAID = re.compile(rb"instrText|fldSimple|delInstrText")
# Comments, declarations and instructions between the letters of a name; the first line is none.
_BETWEEN = re.compile(rb"<!|(?!\A)<\?")
_ATTRIBUTES = rb"""((?:[^<>"']|"[^"<]*"|'[^'<]*')*)>"""
_PREFIX = rb"<(?:[^\s<>/:]+:)?"
_PIECES = re.compile(
    _PREFIX + rb"(?:(fldChar|fldSimple)\b" + _ATTRIBUTES
    + rb"|(?:del)?[iI]nstrText\b" + _ATTRIBUTES + rb"([^<]*))"
)  # fmt: skip
_BEGINS = re.compile(rb"fldCharType\s*=\s*[\"']begin[\"']")
_GOES_ON = re.compile(rb"fldCharType\s*=\s*[\"'](separate|end)[\"']")
_ENDS = re.compile(rb"fldCharType\s*=\s*[\"']end[\"']")
_SIMPLE = re.compile(rb"instr\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")
_FIELD, _ENDED = "\0", "\1"  # where one begins, and says no more: no text has these
_ACTS = re.compile(_FIELD + r"\s*(DDE|DDEAUTO|MACROBUTTON|LINK|PRINT)\b", re.IGNORECASE)
_BRINGS = re.compile(
    _FIELD + r"\s*(INCLUDE|INCLUDETEXT|INCLUDEPICTURE|IMPORT|DATABASE|RD)\b",
    re.IGNORECASE,
)
# A name that another field makes, or letters by their numbers.
_MADE_UP = re.compile(_FIELD + r"\s*\w*" + _FIELD + r"|" + _FIELD + r"\s*QUOTE\s+\d", re.IGNORECASE)


def why_not(part: bytes) -> str:
    """Return the code of what is wrong with the fields of *part*; "": nothing."""
    if _SAID.search(part) is None:
        return ""
    part = part.removeprefix(BOM_UTF8)
    if b"\0" in part or _BETWEEN.search(part):
        return "file_broken"
    said = "".join(_said(part))
    if _MADE_UP.search(said):
        return "file_broken"
    if _ACTS.search(said):
        return "file_acts"
    return "file_reaches_out" if _BRINGS.search(said) else ""


def _said(part: bytes) -> Iterator[str]:
    """Yield what the fields say, each behind the mark of its beginning.

    What stands in no field is told as one: a change that is taken back may make it that.
    """
    n_open = 0
    for piece in _PIECES.finditer(part):
        element, attributes, _, text = piece.groups()
        if element == b"fldSimple":
            simple = _SIMPLE.search(attributes)
            yield _FIELD + (_letters(simple[1] or simple[2] or b"") if simple else "")
        elif element == b"fldChar":
            # One that says neither, or spells it by numbers, may be a beginning.
            goes_on = _GOES_ON.search(attributes) and not _BEGINS.search(attributes)
            if not goes_on:
                n_open += 1
            elif _ENDS.search(attributes):
                n_open = max(n_open - 1, 0)
            yield _ENDED if goes_on else _FIELD
        else:
            yield _letters(text) if n_open else _FIELD + _letters(text) + _ENDED


def _letters(said: bytes) -> str:
    return unescape(said.decode("utf-8", "replace"))
