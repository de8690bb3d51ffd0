"""A roster's file: one of the roster a line, the capacity and who it is.

It comes out of a table, so whatever tables put between cells is taken (a comma of either width, a
tab), and so is a first line that names the columns. What is wrong is told of each line by its
number, all of it at once.
"""

import csv
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from io import StringIO
from typing import NamedTuple
from unicodedata import normalize

from schemas import limits
from services.workflow.domain.language.model.rosters import Capacity, Roster
from services.workflow.domain.organisation import Organisation
from services.workflow.domain.refusals import Blocker

GUEST = 40  # characters of a name
_CELLS = 2  # of a line: the capacity, and who it is
_TAB = "\t"
BETWEEN = "、"  # labels, as refusals name them, in the log as well
# Marks that nobody sees, as they come along from web pages: of two names that differ in them alone
# nobody knows which is whose.
_UNSEEN = re.compile("[\u00ad\u200b-\u200f\u2060-\u2064\ufeff]")
# Blanks beside a Chinese letter: tables align names by them, and no name is another for one.
_HAN = "[\u3400-\u9fff\U00020000-\U0003ffff]"
_ALIGNING = re.compile(rf"(?<={_HAN})\s+|\s+(?={_HAN})")
_HEADINGS: Mapping[str, list[str]] = json.loads(
    files(__package__).joinpath("roster_headings.json").read_bytes()
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """A line that says something: its number, and what stands in its cells, the capacity first."""

    number: int
    cells: tuple[str, ...]
    turned: bool = False  # the file has who it is first

    @property
    def fits(self) -> bool:
        return len(self.cells) == _CELLS and limits.is_line(self.cells[1], GUEST)


class Flaw(NamedTuple):
    """What is wrong with a line, and in which column of the file, from 0."""

    line: int
    column: int
    code: str
    params: Mapping[str, str | int]


def read_rows(
    roster: Roster, file: Iterable[Line], organisation: Organisation
) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield the rows of a file by their lines; what is at fault is left out, `flaws` tells it."""
    for line in file:
        capacity = _capacity_of(roster, line.cells[0])
        if capacity is not None and line.fits:
            who = "person" if organisation.has_person(line.cells[1]) else "guest"
            yield line.number, {"capacity": capacity.name, who: line.cells[1]}


def brought_to(
    rosters: object, known: Mapping[str, Roster], organisation: Organisation
) -> tuple[frozenset[str], frozenset[str]]:
    """Return the names of guests, as `same` has them, and the people whom *rosters* bring.

    What cannot be read brings nobody; it is refused by its shape.
    """
    found, people = set[str](), set[str]()
    for name, given in rosters.items() if isinstance(rosters, Mapping) else ():
        roster = known.get(name) if isinstance(name, str) else None
        if roster is None or not isinstance(given, Mapping):
            continue
        rows, file = given.get("rows"), given.get("file")
        told = [*rows] if isinstance(rows, list) else []
        if isinstance(file, str):
            told += [row for _, row in read_rows(roster, lines_of(file), organisation)]
        rows = [row for row in told if isinstance(row, Mapping)]
        guests = [row.get("guest") for row in rows]
        found |= {same(one) for one in guests if isinstance(one, str)}
        people |= {row["person"] for row in rows if isinstance(row.get("person"), str)}
    return frozenset(found - {""}), frozenset(people)


def lines_at_fault(
    roster: Roster, file: str, place: str, organisation: Organisation
) -> Iterator[Blocker]:
    """Yield what is wrong with each line of a text."""
    for one in flaws(roster, lines_of(file), organisation):
        yield Blocker(code=one.code, field=place, params=one.params)


def flaws(roster: Roster, file: Iterable[Line], organisation: Organisation) -> Iterator[Flaw]:
    """Yield what is wrong with each line."""
    known = BETWEEN.join(one.label for one in roster.capacities)
    first: dict[str, int] = {}
    for line in file:
        at, who_at = line.number, int(not line.turned)
        params: dict[str, str | int] = {"line": at, "capacities": known}
        if not line.fits:
            yield _unread(roster, line, who_at, params)
            continue
        word, who = line.cells
        capacity = _capacity_of(roster, word)
        if capacity is None:
            yield Flaw(at, 1 - who_at, "roster_line_capacity", params)
        if _is_id(as_typed(who)) and not organisation.has_person(who):
            yield Flaw(at, who_at, "roster_line_unknown", {"line": at, "id": who})
        # A person stands there once. Of guests there may be two of one name: of one capacity, what
        # stands behind the name tells them apart, on the list as in the room.
        of = capacity.name if capacity is not None else word
        once = who if organisation.has_person(who) else f"{of},{same(who)}"
        if once in first:
            params = {"line": at, "first": first[once]}
            yield Flaw(at, who_at, "roster_line_repeated", params)
        first.setdefault(once, at)


def _unread(roster: Roster, line: Line, who_at: int, params: Mapping[str, str | int]) -> Flaw:
    """Return why *line* is none that can be read."""
    word, *rest = line.cells
    if not any(rest) and _capacity_of(roster, word) is not None:
        return Flaw(line.number, who_at, "roster_line_nameless", params)
    if len(line.cells) == _CELLS and len(rest[0]) > GUEST:
        told = {"line": line.number, "n": len(rest[0]), "most": GUEST}
        return Flaw(line.number, who_at, "roster_line_name_long", told)
    return Flaw(line.number, who_at, "roster_line_unreadable", params)


@lru_cache(maxsize=2)  # one act looks at its file four times: what is wrong, whom it adds, whom not
def lines_of(file: str) -> Sequence[Line]:
    """Return the lines of a text that say something."""
    return tuple(ordered(_told(file)))


def ordered(told: Iterable[tuple[int, Sequence[str]]]) -> Iterator[Line]:
    """Yield the lines that say something, whatever order a first line gives the columns.

    *told* are their numbers and cells, as they stand in a text or in a sheet.
    """
    turned, first = False, True
    for number, each in told:
        cells = [seen(cell) for cell in each]
        while cells and not cells[-1]:  # a table is as wide as its widest line
            cells.pop()
        if not cells:
            continue
        words = [_heading(cell) for cell in cells]
        if first and len(words) == _CELLS and all(words):
            turned = words == ["who", "capacity"]
        else:
            if turned:  # where it names nobody's capacity, that is what is empty
                cells = [*cells, *[""] * (_CELLS - len(cells))][::-1]
            yield Line(number=number, cells=tuple(cells), turned=turned)
        first = False


def headings_at_fault(line: int, cells: Sequence[str]) -> Iterator[Flaw]:
    """Yield what is wrong with a first line that has one of the headings, or more."""
    found = [_heading(cell) for cell in cells]
    if not any(found):
        return  # a file without headings
    for column, (cell, name) in enumerate(zip(cells, found, strict=True)):
        if name and name in found[:column]:
            yield Flaw(line, column, "heading_repeated", {})
        elif cell and not name:
            yield Flaw(line, column, "heading_unknown", {})
    for name, words in _HEADINGS.items():
        if name not in found:
            yield Flaw(line, len(cells), "heading_lacking", {"heading": words[0]})


def as_text(lines: Iterable[Line]) -> str:
    """Return *lines* as the text of a file, each at its own number."""
    out = StringIO()
    writer = csv.writer(out, delimiter=_TAB, lineterminator="\n")
    written = 0
    for line in lines:
        out.write("\n" * (line.number - written - 1))
        writer.writerow(line.cells)
        written = line.number
    return out.getvalue()


def headings() -> list[str]:
    """Return what the columns are called in a file that is yet to be filled in."""
    return [words[0] for words in _HEADINGS.values()]


def seen(text: str) -> str:
    """Return what people see of *text*."""
    return (text if text.isprintable() else _UNSEEN.sub("", text)).strip()


def same(name: str) -> str:
    """Return what two spellings of one name have in common: width, case, blanks that align it."""
    plain = normalize("NFKC", seen(name)).casefold()
    return " ".join(_ALIGNING.sub("", plain).split())


def as_typed(cell: str) -> str:
    """Return an id whose letters or figures are of full width in those of ASCII; else *cell*."""
    plain = normalize("NFKC", cell).strip()
    return plain if _is_id(plain) else cell


def _told(file: str) -> Iterator[tuple[int, Sequence[str]]]:
    text = file.replace("\N{FULLWIDTH COMMA}", ",").lstrip("\N{ZERO WIDTH NO-BREAK SPACE}")
    for number, told in enumerate(text.splitlines(), 1):
        for row in csv.reader([told], delimiter=_TAB if _TAB in told else ","):
            yield number, row


def _heading(cell: str) -> str:
    """Return which column *cell* is the heading of; "": of none."""
    return next((name for name, words in _HEADINGS.items() if cell.casefold() in words), "")


def _capacity_of(roster: Roster, word: str) -> Capacity | None:
    """Return the capacity that *word* names or is the label of."""
    return next((one for one in roster.capacities if word in (one.name, one.label)), None)


def _is_id(who: str) -> bool:
    """Tell whether *who* is written as ids are and names are not."""
    return limits.is_identifier(who) and not who.isalpha()
