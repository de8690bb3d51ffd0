"""Who tells what happened to a case: in its scheme's words, with units' and people's names."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, NamedTuple

from schemas.instants import parse_instant
from services.workflow.adapters.web import words
from services.workflow.application.boards import Look, Names, Then
from services.workflow.application.boards.history import Entry
from services.workflow.application.boards.spoken import Spoken
from services.workflow.domain.language.model.days import Mark
from services.workflow.domain.language.model.documents import (
    Case,
    Choice,
    Column,
    Person,
    Unit,
)

ERASED = "（内容已依规删除）"
Told = Mapping[str, Any]


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
    then: Then | None = None  # as of when units and people are called; None: as of now

    # --- Names ---

    def unit(self, unit: str | None) -> str:
        """Return what a unit was called then."""
        return self.look.unit_name(unit, self.then and self.then[1])

    def person(self, person: str | None) -> str:
        """Return a name; beside it what tells them from another, as it was then."""
        return self.names(person, self.then)

    def desk(self, desk: Told) -> str:
        """Return a desk: its unit, role, and the person whose own it is."""
        place = f"{self.unit(desk['unit'])}{self.look.role(desk['role'])}"
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
        told = [f"{label}：{text}" for label, text in said.items()]
        return "；".join([*told, *([ERASED] if texts is None else [])])

    # --- Deadlines ---

    def due(self, due: Told) -> str:
        """Return when something is due, and what that day still waits for; "" if never."""
        day = words.due_day(at(due.get("due_at")))
        told = f"截止日 {day}" if day else ""
        waits = due.get("waits_for")
        if waits:
            mark = self.here.mark(Mark(waits["mark"], waits.get("link", "")))
            told = f"待{mark}后定期限" + (f"，暂以 {day} 为准" if day else "")
        return told + ("（人工设定）" if due.get("by_hand") and told else "")

    def entered(self, data: Told) -> str:
        """Return where the case came to, and when it is due there at which desk."""
        holders = data.get("holders", ())
        told = f"进入{self.here.state(data.get('to') or data['state'])}"
        dues = [(self.desk(one), self.due(one)) for one in holders]
        if len(dues) == 1:
            return "，".join(part for part in (told, dues[0][1]) if part)
        each = [f"{desk}{f'（{due}）' if due else ''}" for desk, due in dues]
        return f"{told}：{'、'.join(each)}" if each else told


def plain(value: Any) -> str:
    """Return a value as an event spells it, for people."""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, Mapping):
        if "sha256" in value:
            return f"文件（{value['length']:,} 字节）"
        if "from" in value and "until" in value:
            return f"{_moment(value['from'])} 至 {_moment(value['until'])}"
        return "，".join(f"{name} {plain(one)}" for name, one in value.items())
    if isinstance(value, list):
        return "、".join(map(plain, value))
    return str(value)


def text(entry: Entry, commitment: Told) -> str:
    """Return the text that a commitment stands for."""
    found = entry.texts.get(commitment["sha256"])
    return ERASED if found is None else found


def at(told: str | None) -> datetime | None:
    """Return an instant as an event spells it."""
    return parse_instant(told) if told else None


def _moment(told: str) -> str:
    return words.clock(parse_instant(told)) if "T" in told else told


_VALUES: Mapping[type[Any], Callable[[Voice, Column, Any], str]] = {
    Person: lambda voice, _, value: voice.person(value),
    Unit: lambda voice, _, value: voice.unit(value),
    Case: lambda voice, _, value: voice.case(value),
    Choice: lambda _, column, value: next(
        (one.label for one in column.type.options if one.name == value),  # type: ignore[union-attr]
        value,
    ),
}


Teller = Callable[[Voice, Any, Entry], Iterable[Said]]  # of one member of an event
