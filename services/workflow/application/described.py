"""A sheet by its description: what its columns are called, what they take, what its lines say.

The one idea: a column is a field. Its heading is what people call the field, its closed words are
those of the field, and what a cell may say is what the field takes, however an office suite keeps
it: a number as text, a day as a date, figures and letters of full width. So a sheet needs no reader
of its own, and what is wrong with a cell has the field's own code, at the cell.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from marshmallow import ValidationError

from schemas.complaints import complaints
from schemas.fields import ListOf, ObjectOf, StrictBool
from services.workflow.application.cells import WORDS, given
from services.workflow.application.workbooks import (
    Line,
    Sheet,
    Table,
    Value,
    as_text,
    at,
    heading,
    of_a_cell,
    sheet_of,
)
from services.workflow.domain.refusals import Blocker

Path = tuple[str, ...]
_HIDDEN = frozenset({"row", "sha256", "length"})  # of a row: what nobody fills in


@dataclass(frozen=True, kw_only=True, slots=True)
class Column:
    """One column: where what it says goes, what it is called, and what it takes.

    One that is *shown* is there for people to find their way, and is no part of what is read.
    """

    path: Path
    heading: str
    field: Any = None  # one of `schemas.fields`
    shown: bool = False
    needed: bool = True  # whether what it stands in has to be given at all

    @property
    def choices(self) -> Sequence[str]:
        if isinstance(self.field, StrictBool):
            return [WORDS[one][0] for one in ("yes", "no")]
        labels: Mapping[str, str] = (
            {} if self.field is None else self.field.metadata.get("labels", {})
        )
        return list(labels.values())

    @property
    def required(self) -> bool:
        return self.needed and self.field is not None and bool(self.field.required)


@dataclass(kw_only=True, slots=True)
class Row:
    """What a line says, as a body would spell it, and where each of its columns stands."""

    number: int
    sheet: str
    values: dict[str, Any] = field(default_factory=dict)
    places: dict[Path, str] = field(default_factory=dict)
    shown: dict[Path, str] = field(default_factory=dict)  # what stands where nothing is read

    def at(self, *path: str) -> str:
        """Return the cell of *path*, or of what is nearest above it; else where the line begins."""
        while path:
            if path in self.places:
                return self.places[path]
            path = path[:-1]
        return at(self.sheet, self.number, 0)

    def value(self, *path: str) -> Any:
        """Return what stands at *path*; None: nothing."""
        found: Any = self.values
        for step in path:
            found = found.get(step) if isinstance(found, dict) else None
        return found

    def put(self, path: Path, change: Callable[[str], str]) -> None:
        """Change the text at *path*, if one stands there."""
        *above, name = path
        inner = self.value(*above) if above else self.values
        if isinstance(inner, dict) and isinstance(inner.get(name), str):
            inner[name] = change(inner[name])


@dataclass(frozen=True, kw_only=True, slots=True)
class Described:
    """A sheet that people fill in."""

    title: str
    columns: Sequence[Column]

    def table(self, lines: Iterable[Sequence[Value]] = ()) -> Table:
        """Return the sheet to fill in, or filled with *lines*."""
        return Table(
            name=self.title,
            headings=[one.heading for one in self.columns],
            lines=lines,
            choices=[one.choices for one in self.columns],
        )

    def rows(
        self, sheets: Sequence[Sheet], blockers: list[Blocker], *, alone: bool = False
    ) -> list[Row]:
        """Return what the sheet of that name says; what is wrong with its headings is told.

        Raises:
            UnfitWorkbook: there is none.
        """
        return self.read(sheet_of(sheets, self.title, alone=alone), blockers)

    def read(self, sheet: Sheet, blockers: list[Blocker]) -> list[Row]:
        """Return what *sheet* says, a row for each line; faults of its headings go to *blockers*.

        Columns may stand in any order. What a cell cannot be is for its field to say.
        """
        columns = list(self._ordered(sheet, blockers))
        return [_row(columns, sheet.name, line) for line in sheet.lines[1:]]

    def _ordered(self, sheet: Sheet, blockers: list[Blocker]) -> Iterator[tuple[int, Column]]:
        known = {heading(one.heading): one for one in self.columns}
        first = sheet.lines[0] if sheet.lines else Line(1, ())
        found = set[str]()
        for index, cell in enumerate(first.cells):
            called, place = heading(as_text(cell)), at(sheet.name, first.number, index)
            if called in found:
                blockers.append(Blocker(code="heading_repeated", field=place))
            elif called in known:
                found.add(called)
                yield index, known[called]
            elif called:
                blockers.append(Blocker(code="heading_unknown", field=place))
        for called, column in known.items():
            if called not in found and column.required:
                place = at(sheet.name, first.number, len(first.cells))
                params = {"heading": column.heading}
                blockers.append(Blocker(code="heading_lacking", field=place, params=params))


def columns_of(
    of: ObjectOf, path: Path = (), before: str = "", *, needed: bool = True
) -> Iterator[Column]:
    """Yield a column for each field of *of* that a cell can hold, those inside others among it."""
    for name, one in of.schema.fields.items():
        key = one.data_key or name
        heading = f"{before}{one.metadata.get('title', '') or WORDS.get(key, [key])[0]}"
        if isinstance(one, ObjectOf):
            if _HIDDEN.isdisjoint(one.schema.fields):  # a file is brought by itself
                inside = needed and bool(one.required)
                yield from columns_of(one, (*path, key), heading, needed=inside)
        elif name not in _HIDDEN and not isinstance(one, ListOf):
            yield Column(path=(*path, key), heading=heading, field=one, needed=needed)


def faults_of(columns: Iterable[Column], row: Row) -> Iterator[Blocker]:
    """Yield what the fields of *columns* refuse of *row*, each at its cell."""
    for column in columns:
        if column.shown or column.field is None:
            continue
        value = row.value(*column.path)
        if value is None:
            if column.required:
                yield Blocker(code="required", field=row.at(*column.path))
            continue
        try:
            column.field.deserialize(value)
        except ValidationError as error:
            for fault in complaints(error):
                yield of_a_cell(fault, row.at(*column.path))


def misnamed(row: Row, path: Path, *names: str) -> Iterator[Blocker]:
    """Yield that what is shown at *path* is none of *names*: lines and names came apart.

    An empty cell says nothing. Blanks and the width of letters are no matter.
    """
    said = row.shown.get(path, "")
    if said and heading(said) not in map(heading, names):
        yield Blocker(code="not_of_this_number", field=row.at(*path))


def _row(columns: Sequence[tuple[int, Column]], sheet: str, line: Line) -> Row:
    row = Row(number=line.number, sheet=sheet)
    for index, column in columns:
        row.places[column.path] = at(sheet, line.number, index)
        value = line.cells[index] if index < len(line.cells) else None
        if value is None:
            continue
        if column.shown:
            row.shown[column.path] = as_text(value)
            continue
        inner = row.values
        for step in column.path[:-1]:
            inner = inner.setdefault(step, {})
        inner[column.path[-1]] = given(column.field, value)
    return row
