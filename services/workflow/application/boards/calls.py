"""When people gather for a case, and where: the day of a state, and what was told of that day."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import NamedTuple

import orjson

from schemas.calendar import local_day
from schemas.instants import parse_instant
from services.workflow.application.boards.spoken import Spoken
from services.workflow.application.firing.rules import ZONE
from services.workflow.application.ports import Text
from services.workflow.domain.case.head import Case, Filed
from services.workflow.domain.language.model.documents import Column, Span


@dataclass(frozen=True, kw_only=True, slots=True)
class Call:
    """The day of a state that the scheme plans: on it from when until when, and where."""

    state: str
    label: str
    day: date
    since: datetime | None = None  # not told yet
    until: datetime | None = None
    place: str = ""  # not told yet, or not asked for


class _Told(NamedTuple):
    """A row of a document in force whose span lies on the day of a state."""

    span: Column
    filed: Filed
    row: int


def days(case: Case, here: Spoken) -> Mapping[str, date]:
    """Return the days of the states that the scheme plans: when it was entered, or will be."""
    set_ = {
        setting.name
        for trigger in here.life.triggers.values()
        for setting in trigger.sets
        if setting.what == "planned"
    }
    found = dict(case.planned)
    for name, state in here.life.states.items():
        was = case.reached.get(name)
        if was is not None and (state.planned or name in set_):
            found[name] = local_day(was.effective_at, ZONE)
    return found


def calls(case: Case, here: Spoken, texts: Mapping[str, Text] | None = None) -> tuple[Call, ...]:
    """Return each day of *case*, with its place as far as its words are among *texts*."""
    return tuple(
        _call(case, here, state, day, texts or {}) for state, day in days(case, here).items()
    )


def words_of(case: Case, here: Spoken) -> list[str]:
    """Return the hashes of the texts that say where."""
    told = (one for state in days(case, here) for one in _told(case, here, state))
    return [one.filed.texts[one.row]["sha256"] for one in told if one.row in one.filed.texts]


def _call(case: Case, here: Spoken, state: str, day: date, texts: Mapping[str, Text]) -> Call:
    call = Call(state=state, label=here.state(state), day=day)
    for one in _told(case, here, state):
        span = one.filed.rows[one.row][one.span.name]
        since, until = parse_instant(span["from"]), parse_instant(span["until"])
        if local_day(since, ZONE) == day:  # else it was told of a day that is another by now
            call = replace(call, since=since, until=until, place=_place(one, texts))
    return call


def _told(case: Case, here: Spoken, state: str) -> Iterator[_Told]:
    for document in here.scheme.documents.values():
        filed = case.documents.get(document.name)
        if filed is not None:
            for column in (one for one in document.columns if _is_on(one, state)):
                rows = (n for n, values in filed.rows.items() if column.name in values)
                yield from (_Told(column, filed, row) for row in rows)


def _is_on(column: Column, state: str) -> bool:
    kind = column.type
    return isinstance(kind, Span) and kind.instants and kind.day_of == state


def _place(one: _Told, texts: Mapping[str, Text]) -> str:
    told = one.filed.texts.get(one.row)
    text = None if told is None else texts.get(told["sha256"])
    return "" if text is None else " ".join(orjson.loads(text.content).values())
