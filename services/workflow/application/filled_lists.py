"""The lists that a trigger takes, as sheets: their columns, and what their lines say as data.

The one idea: a column is a field of the data's own shape. Its heading is the field's title, what a
cell may say is what the field takes, and what is wrong with it has the field's own code.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from schemas.fields import ListOf, ObjectOf, StreamName, StrictInt
from services.workflow.application.asking import COMMAND_BYTES
from services.workflow.application.cells import WORDS
from services.workflow.application.described import (
    Column,
    Described,
    Path,
    Row,
    columns_of,
)
from services.workflow.application.workbooks import Sheet, Table, at, texts
from services.workflow.domain.case.head import Case
from services.workflow.domain.case.listing import Listing
from services.workflow.domain.case.rows import open_rows
from services.workflow.domain.case.world import World
from services.workflow.domain.data import roster_file, roster_strikes
from services.workflow.domain.data.kinds import schema, taken
from services.workflow.domain.language.model.rosters import Roster
from services.workflow.domain.language.model.triggers import Trigger
from services.workflow.domain.organisation import Organisation
from services.workflow.domain.refusals import Blocker

_BESIDE = 14 * 1024  # bytes of a command that stand beside its data: a long reason, escaped
_STREAM = 60  # characters that a case's stream may have more than the number it is named by


@dataclass(kw_only=True, slots=True)
class Reading:
    """What was read of a workbook so far: data, what is wrong, and where each datum stood."""

    data: dict[str, Any] = field(default_factory=dict)
    blockers: list[Blocker] = field(default_factory=list)
    places: dict[str, str] = field(default_factory=dict)  # path in the body -> cell
    cases: list[tuple[Row, Path]] = field(default_factory=list)  # where lines name other cases
    n_lines: int = 0
    room: int = COMMAND_BYTES - _BESIDE  # bytes that are left for lines

    def fitting(self, lines: Iterable[Any]) -> int:
        """Return how many of *lines*, as the data spell them, there is room for, and take it.

        They are counted as JSON has them whose every other letter is escaped: what was read is
        sent on by whoever asked, in their own way.
        """
        n = 0
        for line in lines:
            self.room -= len(json.dumps(line, default=str)) + 1
            if self.room < 0:
                break
            n += 1
        return n


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
        StrikeList(rosters[one.name], case, world)
        if one.strikes
        else RosterList(rosters[one.name], world.organisation)
        for one in takes
        if one.what == "roster" and one.name in rosters
    ]
    documents = schema(world.scheme, case.tier or "", trigger, takes).fields.get("documents")
    if isinstance(documents, ObjectOf):
        for name, document in documents.schema.fields.items():
            rows = document.schema.fields.get("rows") if isinstance(document, ObjectOf) else None
            if isinstance(rows, ListOf) and isinstance(rows.inner, ObjectOf):
                title = str(document.metadata.get("title", name))
                kept = open_rows(case, name, world)
                found.append(RowList(name, title, rows.inner, rows.most, kept))
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
        told = [(n, [roster_file.as_typed(cell) for cell in cells]) for n, cells in texts(sheet)]
        wrong = [*roster_file.headings_at_fault(*told[0])] if told else []
        lines = list(roster_file.ordered(told))
        flaws = wrong or [*roster_file.flaws(self.roster, lines, self.organisation)]
        for one in flaws:
            place = at(sheet.name, one.line, one.column)
            reading.blockers.append(Blocker(code=one.code, field=place, params=one.params))
        name, at_fault = f"data.rosters.{self.roster.name}", {one.line for one in flaws}
        # Of the others it may be told that they do not fit who is there.
        for line in () if wrong else lines:
            if line.number not in at_fault:
                place = at(sheet.name, line.number, int(not line.turned))
                reading.places[f"{name}.file[{line.number}]"] = place
        spelled = [*_each_as_text(lines)]
        most = reading.fitting(spelled)
        if most < len(lines):
            reading.blockers.append(_too_many(at(sheet.name, lines[most].number, 0), most))
        reading.places[name] = at(sheet.name, 1, 0)
        reading.n_lines += most
        reading.data.setdefault("rosters", {})[self.roster.name] = {"file": "".join(spelled[:most])}


def _each_as_text(lines: Iterable[roster_file.Line]) -> Iterator[str]:
    """Yield each line as the text of a file, behind the empty ones that stand before it."""
    before = 0
    for line in lines:
        yield roster_file.as_text([replace(line, number=line.number - before)])
        before = line.number


@dataclass(frozen=True, slots=True)
class StrikeList:
    """Who is struck off: a line for each row that can be, of which those with a reason are."""

    roster: Roster
    case: Case
    world: World

    @property
    def title(self) -> str:
        return self.roster.label

    def table(self) -> Table:
        labels = {one.name: one.label for one in self.roster.capacities}
        rows = self.world.listing(self.case, self.roster.name).rows
        lines = (
            (one.row, labels.get(one.capacity, one.capacity), one.person or one.guest, None)
            for one in rows
            if roster_strikes.is_strikable(one, self.roster.name, self.case)
        )
        return self._sheet().table(lines)

    def read(self, sheet: Sheet, reading: Reading) -> None:
        described, listing = self._sheet(), self.world.listing(self.case, self.roster.name)
        told = described.read(sheet, reading.blockers)
        struck = [row for row in told if row.value("reason") is not None]
        if not struck:
            nobody = Blocker(code="strikes_nobody", field=at(sheet.name, 1, 0))
            reading.blockers.append(nobody)
        for n, row in enumerate(struck):
            reading.blockers += self._misnamed(row, listing)
            base = f"data.rosters.{self.roster.name}.struck[{n}]"
            reading.places[base] = row.at("row")
            for path, place in row.places.items():
                reading.places[".".join((base, *path))] = place
        reading.n_lines += len(struck)
        reading.data.setdefault("rosters", {})[self.roster.name] = {
            "struck": [row.values for row in struck]
        }

    def _misnamed(self, row: Row, listing: Listing) -> Iterator[Blocker]:
        """Yield that there is no such row, or that another stands on it: lines came apart."""
        number, who = row.value("row"), row.shown.get(("who",), "")
        stands = listing.by_row.get(number) if isinstance(number, int) else None
        if isinstance(number, int) and stands is None:
            yield Blocker(code="row_unlisted", field=row.at("row"), params={"row": number})
        if stands is not None and who not in ("", stands.person or stands.guest):
            params = {"row": stands.row}
            yield Blocker(code="row_of_another", field=row.at("who"), params=params)

    def _sheet(self) -> Described:
        shape = roster_strikes.strike_schema().fields
        capacity, who = roster_file.headings()
        columns = [
            Column(path=("row",), heading=WORDS["row"][0], field=StrictInt(least=1, required=True)),
            Column(path=("capacity",), heading=capacity, shown=True),
            Column(path=("who",), heading=who, shown=True),
            Column(path=("reason",), heading=WORDS["struck"][0], field=shape["reason"]),
        ]
        return Described(title=self.title, columns=columns)


def _too_many(place: str, most: int) -> Blocker:
    return Blocker(code="lines_too_many", field=place, params={"most": most})


# --- Rows of documents ---


@dataclass(frozen=True, slots=True)
class RowList:
    """The rows of a document: those that are told, behind those that are open cases and stay."""

    name: str
    title: str
    row: ObjectOf
    most: int  # rows
    kept: Sequence[int]  # rows that are open cases

    def table(self) -> Table:
        return self._sheet().table()

    def read(self, sheet: Sheet, reading: Reading) -> None:
        described = self._sheet()
        rows = described.read(sheet, reading.blockers)
        named = [one.path for one in described.columns if isinstance(one.field, StreamName)]
        fitting = reading.fitting(
            (one.values, " " * _STREAM * sum(bool(one.value(*path)) for path in named))
            for one in rows
        )
        most = min(max(self.most - len(self.kept), 0), fitting)
        if len(rows) > most:
            reading.blockers.append(_too_many(rows[most].at(), most))
            rows = rows[:most]
        reading.cases += [(row, path) for row in rows for path in named]
        for n, row in enumerate(rows, len(self.kept)):
            base = f"data.documents.{self.name}.rows[{n}]"
            reading.places[base] = row.at()
            for path, place in row.places.items():
                reading.places[".".join((base, *path))] = place
        reading.n_lines += len(rows)
        kept = [{"row": number} for number in self.kept]
        told = {"rows": [*kept, *(row.values for row in rows)]}
        reading.data.setdefault("documents", {})[self.name] = told

    def _sheet(self) -> Described:
        return Described(title=self.title, columns=[*columns_of(self.row)])
