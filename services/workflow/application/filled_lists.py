"""The lists that a trigger takes, as sheets: their columns, and what their lines say as data.

The one idea: a column is a field of the data's own shape. Its heading is the field's title, what a
cell may say is what the field takes, and what is wrong with it has the field's own code.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import singledispatch
from importlib.resources import files
from typing import Any, Protocol

from schemas.fields import Choice, Figure, Instant, ListOf, ObjectOf, Score, StrictBool, StrictInt
from schemas.instants import instant
from services.workflow.application.firing.rules import ZONE
from services.workflow.application.workbooks import Line, Sheet, Table, Value, as_text, at, texts
from services.workflow.domain.case.head import Case
from services.workflow.domain.case.world import World
from services.workflow.domain.data import roster_file
from services.workflow.domain.data.kinds import schema, taken
from services.workflow.domain.language.model.rosters import Roster
from services.workflow.domain.language.model.triggers import Trigger
from services.workflow.domain.organisation import Organisation
from services.workflow.domain.refusals import Blocker

_WORDS: Mapping[str, list[str]] = json.loads(
    files(__package__).joinpath("workbook_words.json").read_bytes()
)
_HIDDEN = frozenset({"row", "sha256", "length"})  # of a row: what nobody fills in


@dataclass(kw_only=True, slots=True)
class Reading:
    """What was read of a workbook so far: data, what is wrong, and where each datum stood."""

    data: dict[str, Any] = field(default_factory=dict)
    blockers: list[Blocker] = field(default_factory=list)
    places: dict[str, str] = field(default_factory=dict)  # path in the body -> cell
    n_lines: int = 0


class TakenList(Protocol):
    """A list that a trigger takes."""

    @property
    def title(self) -> str: ...
    def table(self) -> Table: ...
    def read(self, sheet: Sheet, reading: Reading) -> None: ...


def lists_of(trigger: Trigger, case: Case, world: World) -> list[TakenList]:
    """Return the lists that *trigger* takes of *case*."""
    takes = taken(trigger, case, world)
    rosters = world.scheme.rosters
    found: list[TakenList] = [
        RosterList(rosters[one.name], world.organisation)
        for one in takes
        if one.what == "roster" and one.name in rosters
    ]
    documents = schema(world.scheme, case.tier or "", trigger, takes).fields.get("documents")
    if isinstance(documents, ObjectOf):
        for name, document in documents.schema.fields.items():
            rows = document.schema.fields.get("rows") if isinstance(document, ObjectOf) else None
            if isinstance(rows, ListOf) and isinstance(rows.inner, ObjectOf):
                found.append(RowList(name, str(document.metadata.get("title", name)), rows.inner))
    return found


# --- Rosters ---


@dataclass(frozen=True, slots=True)
class RosterList:
    """Who is expected: read by the rules of a roster's file, which a text is read by as well."""

    roster: Roster
    organisation: Organisation

    @property
    def title(self) -> str:
        return self.roster.label

    def table(self) -> Table:
        capacities = [one.label for one in self.roster.capacities]
        return Table(
            name=self.title, headings=roster_file.headings(), lines=(), choices=[capacities]
        )

    def read(self, sheet: Sheet, reading: Reading) -> None:
        lines = list(roster_file.ordered(texts(sheet)))
        for one in roster_file.flaws(self.roster, lines, self.organisation):
            place = at(sheet.name, one.line, one.column)
            reading.blockers.append(Blocker(code=one.code, field=place, params=one.params))
        reading.n_lines += len(lines)
        reading.data.setdefault("rosters", {})[self.roster.name] = {
            "file": roster_file.as_text(lines)
        }


# --- Rows of documents ---


@dataclass(frozen=True, kw_only=True, slots=True)
class _Column:
    path: tuple[str, ...]  # in the row
    heading: str
    field: Any

    @property
    def choices(self) -> Sequence[str]:
        labels: Mapping[str, str] = self.field.metadata.get("labels", {})
        return list(labels.values())


@dataclass(frozen=True, slots=True)
class RowList:
    """The rows of a document."""

    name: str
    title: str
    row: ObjectOf

    def table(self) -> Table:
        columns = self._columns()
        return Table(
            name=self.title,
            headings=[one.heading for one in columns],
            lines=(),
            choices=[one.choices for one in columns],
        )

    def read(self, sheet: Sheet, reading: Reading) -> None:
        columns = list(self._ordered(sheet, reading))
        rows = list[dict[str, Any]]()
        for line in sheet.lines[1:]:
            row, base = _row(columns, line), f"data.documents.{self.name}.rows[{len(rows)}]"
            reading.places[base] = at(sheet.name, line.number, 0)
            for index, column in columns:
                path = ".".join(column.path)
                reading.places[f"{base}.{path}"] = at(sheet.name, line.number, index)
            rows.append(row)
        reading.n_lines += len(rows)
        reading.data.setdefault("documents", {})[self.name] = {"rows": rows}

    def _columns(self) -> list[_Column]:
        return list(_columns(self.row, (), ""))

    def _ordered(self, sheet: Sheet, reading: Reading) -> Iterator[tuple[int, _Column]]:
        """Yield each column with where it stands in *sheet*, by the headings of its first line."""
        known = {one.heading: one for one in self._columns()}
        first = sheet.lines[0] if sheet.lines else Line(1, ())
        found = dict[str, int]()
        for index, cell in enumerate(first.cells):
            heading = as_text(cell)
            place = at(sheet.name, first.number, index)
            if heading in found:
                reading.blockers.append(Blocker(code="heading_repeated", field=place))
            elif heading in known:
                found[heading] = index
                yield index, known[heading]
            elif heading:
                reading.blockers.append(Blocker(code="heading_unknown", field=place))
        for heading, column in known.items():
            if heading not in found and column.field.required:
                place = at(sheet.name, first.number, len(first.cells))
                params = {"heading": heading}
                reading.blockers.append(Blocker(code="heading_lacking", field=place, params=params))


def _columns(of: ObjectOf, path: tuple[str, ...], before: str) -> Iterator[_Column]:
    for name, one in of.schema.fields.items():
        key = one.data_key or name
        heading = f"{before}{one.metadata.get('title', '') or _told(key)}"
        if isinstance(one, ObjectOf):
            if _HIDDEN.isdisjoint(one.schema.fields):  # a file is brought by itself
                yield from _columns(one, (*path, key), heading)
        elif name not in _HIDDEN and not isinstance(one, ListOf):
            yield _Column(path=(*path, key), heading=heading, field=one)


def _told(key: str) -> str:
    return _WORDS.get(key, [key])[0]


def _row(columns: Sequence[tuple[int, _Column]], line: Line) -> dict[str, Any]:
    row: dict[str, Any] = {}
    for index, column in columns:
        value = line.cells[index] if index < len(line.cells) else None
        if value is not None:
            inner = row
            for step in column.path[:-1]:
                inner = inner.setdefault(step, {})
            inner[column.path[-1]] = _given(column.field, value)
    return row


@singledispatch
def _given(_field: Any, value: Value) -> Any:
    """Return what a cell says as the body spells it; what it cannot be, its field refuses."""
    return as_text(value)


@_given.register(Score)
@_given.register(Figure)
def _(_field: Any, value: Value) -> Any:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return format(Decimal(repr(value)), "f")
    return as_text(value)


@_given.register
def _(_field: StrictInt, value: Value) -> Any:
    return int(value) if isinstance(value, float) and value.is_integer() else value


@_given.register
def _(_field: StrictBool, value: Value) -> Any:
    told = as_text(value).casefold()
    known = {word: name == "yes" for name in ("yes", "no") for word in _WORDS[name]}
    return known.get(told, told)


@_given.register
def _(field: Choice, value: Value) -> Any:
    told = as_text(value)
    labels: Mapping[str, str] = field.metadata.get("labels", {})
    return next((name for name, label in labels.items() if label == told), told)


@_given.register
def _(_field: Instant, value: Value) -> Any:
    if isinstance(value, datetime):
        return instant(value.replace(tzinfo=ZONE))
    return as_text(value)
