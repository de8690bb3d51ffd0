"""How a sheet is laid out, as its XML says it: what lies where, what nobody sees, what is shown.

A library reads what it finds. What stands twice in one place, or behind what comes after it, it
leaves out without a word; that a line is hidden, or that 0.85 is shown as 85%, it does not say.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from openpyxl.utils import column_index_from_string

from services.workflow.application.attachments import UnfitFile

_LAST_COLUMN = 16_384  # of a sheet, in any office suite
_TAGS = re.compile(rb"<(?:\w+:)?(row|col|c)(\s[^<>]*)?/?>")
_WHERE = re.compile(rb"\sr\s*=\s*[\"']([A-Za-z]{0,3})(-?\d{1,9})[\"']")
_SPANS = re.compile(rb"\s(min|max)\s*=\s*[\"'](\d{1,5})[\"']")
_UNSEEN = re.compile(rb"\s(?:hidden\s*=\s*[\"'](?:1|true)|(?:ht|width)\s*=\s*[\"']0(?:\.0*)?)[\"']")
# Of a number's format: what stands there as it is, what is left free, and what it is shown under.
_AS_IT_IS = re.compile(r'"[^"]*"|\\.|_.|\*.|\[[^\]]*\]')
_SCALED = re.compile(r"[0#?],+(?![0#?,])")


@dataclass(frozen=True, kw_only=True, slots=True)
class Unseen:
    """What nobody sees of a sheet."""

    lines: frozenset[int]
    columns: tuple[slice, ...]  # from one to another, from 0


def unseen(xml: bytes) -> Unseen:
    """Return what a sheet hides, by its *xml*.

    Raises:
        UnfitFile: something stands where something else stands, or in front of what was before it.
    """
    lines, columns = set[int](), list[slice]()
    line = column = 0
    for found in _TAGS.finditer(xml):
        what, told = found[1], found[2] or b""
        if what == b"col":
            if _UNSEEN.search(told):
                columns.append(_span(told))
            continue
        where = _WHERE.search(told)
        if what == b"row":
            line, column = _next(line, where), 0
            if _UNSEEN.search(told):
                lines.add(line)
            continue
        at = column + 1 if where is None else _column(where[1])
        if not column < at <= _LAST_COLUMN or (where is not None and int(where[2]) != line):
            raise UnfitFile("file_broken")
        column = at
    return Unseen(lines=frozenset(lines), columns=tuple(columns))


def _next(line: int, where: re.Match[bytes] | None) -> int:
    following = line + 1 if where is None else int(where[2])
    if following <= line:
        raise UnfitFile("file_broken")
    return following


@lru_cache(maxsize=1024)
def _column(letters: bytes) -> int:
    return column_index_from_string(letters.decode().upper()) if letters else 0


def _span(told: bytes) -> slice:
    ends = {one[1]: int(one[2]) for one in _SPANS.finditer(told)}
    first = ends.get(b"min", 1)
    return slice(first - 1, ends.get(b"max", first))


def shows_another(shape: str, number: float) -> bool:
    """Tell whether what is seen of *number* in a format of this *shape* is another, or nothing."""
    return shape != "General" and _shows_another(shape, (number > 0) - (number < 0))


@lru_cache(maxsize=1024)
def _shows_another(shape: str, sign: int) -> bool:
    parts = _AS_IT_IS.sub("", shape).split(";")
    own = {1: 0, -1: 1, 0: 2}[sign]
    told = parts[own if own < len(parts) else 0].strip()
    return not told or "%" in told or bool(_SCALED.search(told))
