"""Workbooks as use cases read and write them: sheets of lines of values, and where each stands.

The one idea: whatever is wrong with what stands in a workbook is told of its cell, `Sheet!B7`, the
way every office suite writes it, with the code and the sentence that the same fault has anywhere.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from typing import NamedTuple, Protocol
from unicodedata import normalize

from schemas.complaints import Fault
from schemas.said import Said
from services.workflow.domain.reasons import ACCEPTED
from services.workflow.domain.refusals import Blocker, Invalid

MEDIA = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
WORKBOOK_BYTES = 5 * 1024 * 1024
MOST_LINES = 20_000  # of a sheet that is read or written
MOST_FAULTS = 200  # that are told of one workbook; nobody mends more before looking again
_ALPHABET = 26
_MORE = "more_faults"
# A cell says in words, and by the number of a case, what a body says for programs.
_OF_A_CELL = {"not_a_boolean": "not_yes_or_no", "not_a_stream": "number_unknown"}
_SPELLED_OTHERWISE = frozenset({"not_a_choice", "not_an_instant"})
_BETWEEN = "!"
_NO_TITLE = re.compile(r"[\[\]:*?/\\!']")
_MOST_TITLE = 31  # characters, in any office suite
_PLACE = re.compile(r"(.*)!([A-Z]+)(\d+)", re.DOTALL)
Value = str | int | float | bool | date | datetime | None  # an empty cell is None


class Padded(int):
    """A number that an office suite shows with zeros before it, as ids are often kept.

    It counts as the number that it is; where a text is asked for it is the one that is seen.
    """

    width: int

    @classmethod
    def of(cls, number: int, width: int) -> "Padded":
        """Return *number*, shown in so many digits at least."""
        made = cls(number)
        made.width = width
        return made

    def shown(self) -> str:
        """Return what stands in the cell."""
        return f"{int(self):0{self.width}d}"


class UnfitWorkbook(Invalid):
    """A workbook that is not taken, with what is wrong with it, up to a screenful (422)."""

    def __init__(self, blockers: Iterable[Blocker]) -> None:
        told = tuple(islice(blockers, MOST_FAULTS + 1))
        if len(told) > MOST_FAULTS:
            more = Blocker(code=_MORE, params={"most": MOST_FAULTS})
            told = (*told[:MOST_FAULTS], more)
        super().__init__(told)


class Line(NamedTuple):
    """A line of a sheet that says something: its number, and its cells from the first column on."""

    number: int
    cells: tuple[Value, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Sheet:
    """One sheet, as it is read."""

    name: str
    lines: Sequence[Line]


class Span(NamedTuple):
    """Cells of a sheet from one corner to the other; columns count from 0."""

    sheet: str
    first: int
    top: int
    last: int
    bottom: int

    def holds(self, sheet: str, column: int, line: int) -> bool:
        """Tell whether that is one of its cells."""
        return (
            sheet == self.sheet
            and self.first <= column <= self.last
            and self.top <= line <= self.bottom
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Book:
    """A workbook as it is read: a cell that is no value is an empty one, and told."""

    sheets: Sequence[Sheet]
    unfit: Sequence[Blocker] = ()  # what makes a cell, or a sheet, none that is taken
    spans: Sequence[Span] = ()  # of those cells

    @contextmanager
    def whole(self) -> Iterator[Sequence[Sheet]]:
        """Give the sheets to a reader; what it raises is told with the cells that are no values.

        Of such a cell nothing else is told. A reader that would do something has to look at
        `unfit` first: that the workbook is refused is found out when it has ended.

        Raises:
            UnfitWorkbook: with both, in the order of the sheets.
        """
        if len(self.unfit) > MOST_FAULTS:
            raise UnfitWorkbook(self.unfit)
        beside: Sequence[Blocker] = ()
        try:
            yield self.sheets
        except Invalid as unfit:
            if not self.unfit:
                raise
            beside = unfit.blockers if isinstance(unfit, UnfitWorkbook) else ()
        if self.unfit:
            beside = [one for one in beside if not self.spoils(one.field)]
            raise UnfitWorkbook(sorted((*self.unfit, *beside), key=self._place))

    def spoils(self, place: str) -> bool:
        """Tell whether *place* is a cell that is no value."""
        found = _PLACE.fullmatch(place) if self.spans else None
        if found is None:
            return False
        cell = found[1], _column(found[2]), int(found[3])
        return any(span.holds(*cell) for span in self.spans)

    def _place(self, told: Blocker) -> tuple[int, int, int]:
        found = _PLACE.fullmatch(told.field)
        if found is None:  # of the workbook as a whole; that there are more comes last
            return (len(self.sheets) if told.code == _MORE else -1, 0, 0)
        names = [one.name for one in self.sheets]
        nth = names.index(found[1]) if found[1] in names else len(names)
        return nth, int(found[3]), _column(found[2])


@dataclass(frozen=True, kw_only=True, slots=True)
class Table:
    """One sheet, as it is written: what the columns are called, and lines made while it is."""

    name: str
    headings: Sequence[str]
    lines: Iterable[Sequence[Value]]
    choices: Sequence[Sequence[str]] = ()  # by column, what may be chosen there


class Office(Protocol):
    """What reads and writes workbooks."""

    def read(self, content: bytes) -> Book:
        """Return a workbook, of each sheet the lines that say something.

        Raises:
            UnfitFile: it is none, or does not come alone.
        """
        ...

    def write(self, tables: Iterable[Table]) -> bytes:
        """Return a workbook in which every text is a text, whatever it begins with."""
        ...


def at(sheet: str, line: int, column: int) -> str:
    """Return where a cell stands, as office suites write it; columns count from 0."""
    letters = ""
    left = column + 1
    while left:
        left, letter = divmod(left - 1, _ALPHABET)
        letters = chr(ord("A") + letter) + letters
    return f"{sheet}{_BETWEEN}{letters}{line}"


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * _ALPHABET + ord(letter) - ord("A") + 1
    return number - 1


def title(name: str) -> str:
    """Return what a sheet can be called that is for *name*."""
    return _NO_TITLE.sub(" ", name)[:_MOST_TITLE].strip()


def heading(told: str) -> str:
    """Return what a heading is known by: blanks and the width of its letters say nothing."""
    return "".join(normalize("NFKC", told).split())


def is_cell(field: str) -> bool:
    """Tell whether *field* is a place in a workbook, and no path in a body."""
    return _BETWEEN in field


def of_a_cell(fault: Fault, cell: str) -> Blocker:
    """Return what is wrong with *cell* where a body would have *fault*, and what is taken there.

    Not where a cell takes other words than a body: choices by their labels, times as typed.
    """
    code = _OF_A_CELL.get(fault.code, fault.code)
    if not fault.accepted_zh or code != fault.code or code in _SPELLED_OTHERWISE:
        return Blocker(code=code, field=cell)
    accepted = Said(fault.accepted_zh, en=fault.accepted_en, zh=fault.accepted_zh)
    return Blocker(code=code, field=cell, params={ACCEPTED: accepted})


def sheet_of(sheets: Sequence[Sheet], name: str, *, alone: bool) -> Sheet:
    """Return the sheet called *name*; where it is asked for *alone*, the only one that is filled.

    Raises:
        UnfitWorkbook: none is called so, and it could be another's.
    """
    called = [one for one in sheets if one.name == title(name)]
    found = called or [one for one in sheets if alone and one.lines]
    if len(found) != 1:
        raise UnfitWorkbook((Blocker(code="sheet_lacking", params={"sheet": name}),))
    return found[0]


def strangers(sheets: Sequence[Sheet], names: Iterable[str]) -> Iterator[Blocker]:
    """Yield the filled sheets called none of *names*: what stands there would be lost unseen.

    Where one name alone is known and no sheet has it, `sheet_of` says which one is read.
    """
    known = {title(name) for name in names}
    if len(known) == 1 and all(one.name not in known for one in sheets):
        return
    for one in sheets:
        if one.lines and one.name not in known:
            place = at(one.name, one.lines[0].number, 0)
            yield Blocker(code="sheet_unknown", field=place, params={"sheet": one.name})


def as_text(value: Value) -> str:
    """Return what a cell says, as it would be typed: a number that counts has no decimals."""
    match value:
        case None:
            return ""
        case bool():
            return str(value).upper()
        case Padded():
            return value.shown()
        case float() if value.is_integer():
            return str(int(value))
        case datetime():
            return value.date().isoformat() if _is_midnight(value) else value.isoformat(" ")
        case date():
            return value.isoformat()
    return str(value)


def _is_midnight(at: datetime) -> bool:
    return (at.hour, at.minute, at.second, at.microsecond) == (0, 0, 0, 0)


def texts(sheet: Sheet) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Yield each line of *sheet* by its number, as texts."""
    for line in sheet.lines:
        yield line.number, tuple(map(as_text, line.cells))
