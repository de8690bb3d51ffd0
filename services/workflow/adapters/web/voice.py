"""Who tells what happened to a case: in its scheme's words, with units' and people's names."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, NamedTuple

from schemas.instants import parse_instant
from services.workflow.adapters.web import words
from services.workflow.adapters.web.languages import N_, _
from services.workflow.application.boards import Look, Names, Then
from services.workflow.application.boards.history import Entry
from services.workflow.application.boards.spoken import Spoken
from services.workflow.domain.case.listing import Listing
from services.workflow.domain.language.model.days import Mark
from services.workflow.domain.language.model.documents import (
    Case,
    Choice,
    Column,
    Person,
    Unit,
)

ERASED = N_("（内容已依规删除）")
Told = Mapping[str, Any]


_ENDS = tuple("。！？")


class Said(NamedTuple):
    """One thing an act did: in the line itself, in grey beside it, or a text that is quoted."""

    place: Literal["text", "why", "quote"]
    text: str
    label: str = ""  # of what is quoted


@dataclass(frozen=True)
class Voice:
    """Who tells: with the words of a case, the names of people, the numbers of other cases."""

    here: Spoken
    look: Look
    names: Names
    numbers: Mapping[str, str]  # by stream
    seats: Mapping[str, Listing] = field(default_factory=dict)  # who stands on its rosters
    then: Then | None = None  # as of when units and people are called; None: as of now

    # --- Names ---

    def unit(self, unit: str | None) -> str:
        """Return what a unit was called then."""
        return self.look.unit_name(unit, self.then and self.then[1])

    def person(self, person: str | None) -> str:
        """Return a name; beside it what tells them from another, as it was then."""
        return self.names(person, self.then)

    def seat(self, roster: str, row: int) -> str:
        """Return who stands on a row of a roster; its number, where that is not known any more."""
        found = self.seats[roster].by_row.get(row) if roster in self.seats else None
        name = "" if found is None else self.person(found.person) if found.person else found.guest
        return name or _("第 %(row)s 行", row=row)

    def desk(self, desk: Told) -> str:
        """Return a desk: its unit, role, and the person whose own it is."""
        place = f"{self.unit(desk['unit'])}{self.look.gap}{self.look.role(desk['role'])}"
        return f"{place} {self.person(desk.get('person'))}".strip()

    def case(self, stream: str) -> str:
        """Return a case by the number people know it by; by its kind, where that is not at hand."""
        return self.numbers.get(stream) or self.here.case(stream.partition("/")[0])

    def value(self, column: Column, value: Any) -> str:
        """Return what stands in a column."""
        told = _VALUES.get(type(column.type))
        return plain(value) if told is None else told(self, column, value)

    def row(self, document: str, values: Told, texts: Mapping[str, str] | None) -> str:
        """Return a row as one text; with one column alone, what stands in it."""
        columns = self.here.columns(document)
        said = {
            column.label: (texts or {}).get(column.name) or self.value(column, values[column.name])
            for column in columns
            if column.name in values or column.name in (texts or {})
        }
        if len(columns) == 1 and said:
            return next(iter(said.values()))
        told = [_("%(label)s：%(text)s", label=label, text=text) for label, text in said.items()]
        return one_after_another([*told, *([_(ERASED)] if texts is None else [])])

    # --- Deadlines ---

    def due(self, due: Told) -> str:
        """Return when something is due, and what that day still waits for; "" if never."""
        day = words.due_day(at(due.get("due_at")))
        told = _("截止日 %(day)s", day=day) if day else ""
        waits = due.get("waits_for")
        if waits:
            mark = self.here.mark(Mark(waits["mark"], waits.get("link", "")))
            told = _("待%(mark)s后定期限", mark=mark) + (
                _("，暂以 %(day)s 为准", day=day) if day else ""
            )
        return told + (_("（人工设定）") if due.get("by_hand") and told else "")

    def entered(self, data: Told) -> str:
        """Return where the case came to, and when it is due there at which desk."""
        holders = data.get("holders", ())
        told = _("进入%(state)s", state=self.here.state(data.get("to") or data["state"]))
        dues = [(self.desk(one), self.due(one)) for one in holders]
        if len(dues) == 1:
            return _("，").join(part for part in (told, dues[0][1]) if part)
        each = [f"{desk}{_('（%(due)s）', due=due) if due else ''}" for desk, due in dues]
        return _("%(told)s：%(each)s", told=told, each=_("、").join(each)) if each else told


def one_after_another(told: Sequence[str]) -> str:
    """Return what is told as one text; what ends as a sentence needs no other mark after it."""
    *before, last = told or [""]
    return "".join(one if one.endswith(_ENDS) else one + _("；") for one in before) + last


def plain(value: Any) -> str:
    """Return a value as an event spells it, for people."""
    if isinstance(value, bool):
        return _("是") if value else _("否")
    if isinstance(value, Mapping):
        if "sha256" in value:
            return _("文件（%(length)s 字节）", length=f"{value['length']:,}")
        if "from" in value and "until" in value:
            return _(
                "%(since)s 至 %(until)s",
                since=_moment(value["from"]),
                until=_moment(value["until"]),
            )
        return _("，").join(f"{name} {plain(one)}" for name, one in value.items())
    if isinstance(value, list):
        return _("、").join(map(plain, value))
    return str(value)


def text(entry: Entry, commitment: Told) -> str:
    """Return the text that a commitment stands for."""
    found = entry.texts.get(commitment["sha256"])
    return _(ERASED) if found is None else found


def at(told: str | None) -> datetime | None:
    """Return an instant as an event spells it."""
    return parse_instant(told) if told else None


def _moment(told: str) -> str:
    return words.clock(parse_instant(told)) if "T" in told else told


_VALUES: Mapping[type[Any], Callable[[Voice, Column, Any], str]] = {
    Person: lambda voice, __, value: voice.person(value),
    Unit: lambda voice, __, value: voice.unit(value),
    Case: lambda voice, __, value: voice.case(value),
    Choice: lambda __, column, value: next(
        (one.label for one in column.type.options if one.name == value),  # type: ignore[union-attr]
        value,
    ),
}


Teller = Callable[[Voice, Any, Entry], Iterable[Said]]  # of one member of an event
