"""A roster's file: one of the roster a line, the capacity and who it is.

It comes out of a table, so whatever tables put between cells is taken (a comma of either width, a
tab), and so is a first line that names the columns. What is wrong is told of each line by its
number, all of it at once.
"""

import csv
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files

from schemas import limits
from services.workflow.domain.language.model.rosters import Capacity, Roster
from services.workflow.domain.organisation import Organisation
from services.workflow.domain.refusals import Blocker

GUEST = 40  # characters of a name
_CELLS = 2  # of a line: the capacity, and who it is
_TAB = "\t"
_HEADINGS: Mapping[str, list[str]] = json.loads(
    files(__package__).joinpath("roster_headings.json").read_bytes()
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """A line that says something: its number, and what stands in its cells."""

    number: int
    cells: tuple[str, ...]

    @property
    def fits(self) -> bool:
        return len(self.cells) == _CELLS and limits.is_line(self.cells[1], GUEST)


def read_rows(roster: Roster, file: str, organisation: Organisation) -> Iterator[dict[str, str]]:
    """Yield the rows of a file; what is at fault is left out, `lines_at_fault` tells of it."""
    for line in _lines(file):
        capacity = _capacity_of(roster, line.cells[0])
        if capacity is not None and line.fits:
            who = "person" if organisation.has_person(line.cells[1]) else "guest"
            yield {"capacity": capacity.name, who: line.cells[1]}


def lines_at_fault(
    roster: Roster, file: str, place: str, organisation: Organisation
) -> Iterator[Blocker]:
    """Yield what is wrong with each line."""
    known = ", ".join(one.label for one in roster.capacities)
    seen: dict[str, int] = {}
    for line in _lines(file):
        params: dict[str, str | int] = {"line": line.number, "capacities": known}
        if not line.fits:
            yield Blocker(code="roster_line_unreadable", field=place, params=params)
            continue
        word, who = line.cells
        capacity = _capacity_of(roster, word)
        if capacity is None:
            yield Blocker(code="roster_line_capacity", field=place, params=params)
        if _is_id(who) and not organisation.has_person(who):
            params = {"line": line.number, "id": who}
            yield Blocker(code="roster_line_unknown", field=place, params=params)
        # A person stands there once, of guests there may be two of one name.
        once = who if organisation.has_person(who) else f"{word},{who}"
        if once in seen:
            params = {"line": line.number, "first": seen[once]}
            yield Blocker(code="roster_line_repeated", field=place, params=params)
        seen.setdefault(once, line.number)


def _lines(file: str) -> Iterator[Line]:
    """Yield the lines that say something, whatever order a first line gives the columns."""
    turned = False
    for index, line in enumerate(_told(file)):
        words = [_heading(cell) for cell in line.cells]
        if index == 0 and len(words) == _CELLS and all(words):
            turned = words == ["who", "capacity"]
        else:
            yield Line(number=line.number, cells=line.cells[::-1]) if turned else line


def _told(file: str) -> Iterator[Line]:
    text = file.replace("\N{FULLWIDTH COMMA}", ",").lstrip("\N{ZERO WIDTH NO-BREAK SPACE}")
    for number, told in enumerate(text.splitlines(), 1):
        for row in csv.reader([told], delimiter=_TAB if _TAB in told else ","):
            cells = [cell.strip() for cell in row]
            while cells and not cells[-1]:  # a table is as wide as its widest line
                cells.pop()
            if cells:
                yield Line(number=number, cells=tuple(cells))


def _heading(cell: str) -> str:
    """Return which column *cell* is the heading of; "": of none."""
    return next((name for name, words in _HEADINGS.items() if cell.casefold() in words), "")


def _capacity_of(roster: Roster, word: str) -> Capacity | None:
    """Return the capacity that *word* names or is the label of."""
    return next((one for one in roster.capacities if word in (one.name, one.label)), None)


def _is_id(who: str) -> bool:
    """Tell whether *who* is written as ids are and names are not."""
    return limits.is_identifier(who) and not who.isalpha()
