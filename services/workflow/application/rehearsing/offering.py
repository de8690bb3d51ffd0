"""What is brought with a trigger when nobody is there to write it: sound data of every kind."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from schemas.calendar import end_of_day
from schemas.fields import (
    Choice,
    Day,
    Identifier,
    Instant,
    ListOf,
    ObjectOf,
    StreamName,
    StrictBool,
    StrictInt,
    Text,
)
from schemas.instants import instant
from services.workflow.application.rehearsing.drawing import step_of
from services.workflow.domain.case.agenda import agendas
from services.workflow.domain.case.answering import to_answer
from services.workflow.domain.case.head import Case
from services.workflow.domain.case.listing import IN, OUT, is_in
from services.workflow.domain.case.rows import open_rows
from services.workflow.domain.case.world import World
from services.workflow.domain.data.kinds import DATA, READ, taken, to_name
from services.workflow.domain.data.presence import MOST as MOST_MOVES
from services.workflow.domain.data.roster_strikes import is_strikable
from services.workflow.domain.language.model import documents as types
from services.workflow.domain.language.model.documents import Column, Document
from services.workflow.domain.language.model.guards import (
    AllEnded,
    AllReached,
    Guarded,
    NoRow,
    Quorum,
    TakesUp,
)
from services.workflow.domain.language.model.lives import Link
from services.workflow.domain.language.model.scores import Grading
from services.workflow.domain.language.model.triggers import DrawStep, Route, Take, Trigger
from services.workflow.domain.language.walking import every

AHEAD = timedelta(days=30)
_HOUR = timedelta(hours=1)
_MOST_ROWS = 20
_FILE = {"sha256": "0" * 64, "length": 1}


@dataclass(kw_only=True, slots=True)
class Wishes:
    """What the data are to lead to: a state by its route, a mode, a flag, days that fit."""

    to: str = ""
    mode: str = ""
    flag: str = ""
    lowered: bool = False  # the flag is taken back
    grades: dict[str, str] = field(default_factory=dict)  # by grading
    days: dict[str, date] = field(default_factory=dict)  # planned, by state
    apart: int = 0  # days by which spans are moved out of each other's way


@dataclass(frozen=True, kw_only=True, slots=True)
class Offer:
    """One trigger of one case, and who brings its data."""

    case: Case
    trigger: Trigger
    world: World
    person: str
    wishes: Wishes

    @property
    def today(self) -> date:
        return self.world.day(self.world.now)


def offered(offer: Offer) -> dict[str, Any]:
    """Return the trigger's data, as a client would send them."""
    data: dict[str, Any] = {}
    for take in taken(offer.trigger, offer.case, offer.world):
        _offer(take, offer, data)
    if named := _to_name(offer):
        data[READ] = {name: offer.case.documents[name].version for name in named}
    return data | dict(_settings(offer))


def _to_name(offer: Offer) -> tuple[str, ...]:
    case, world = offer.case, offer.world
    return to_name(offer.trigger, case, world.life(case), world.scheme)


def _offer(take: Take, offer: Offer, data: dict[str, Any]) -> None:
    datum = DATA[take.what]
    if take.what == "decision":  # a list: they are told apart by nothing else
        told = {"date": offer.today.isoformat(), "minutes": "1"}
        named = {} if take.name else {"body": offer.case.unit}
        data.setdefault(datum.member, []).append(told | named)
    elif isinstance(take, DrawStep):
        data[datum.member] = {take.name: step_of(take, offer.case, offer.world)}
    elif take.what in _MADE:
        if (made := _MADE[take.what](take, offer)) is not None:
            data.setdefault(datum.member, {})[take.name] = made
    else:
        shape = datum.shape([take], offer.world.scheme, offer.case.tier or "")
        data.setdefault(datum.member, {}).update(_sample(shape, offer))


def _presence(take: Take, offer: Offer) -> dict[str, Any]:
    """Let all come who are not there, else one go; by the code where they tell so themselves."""
    case, world = offer.case, offer.world
    listing = world.listing(case, take.name)
    if take.by_code:
        return {"code": listing.code(case.stream, world.now)}
    there = case.there.get(take.name, 0)
    missing = [one.row for one in listing.standing if not is_in(there, one.row)]
    moves = [{"row": row, "way": IN} for row in missing[:MOST_MOVES]]
    why = [one.name for one in world.scheme.rosters[take.name].reasons[:1]]
    goes = {"row": 1, "way": OUT, **({"why": why[0]} if why else {"reason": take.name})}
    return {"moves": moves or [goes]}


def _roster(take: Take, offer: Offer) -> Any:
    """Strike off the last who can be; name one voter. A declared one is made from posts."""
    if take.strikes:
        rows = offer.world.listing(offer.case, take.name).rows
        found = [one.row for one in rows if is_strikable(one, take.name, offer.case)]
        # Where there is none yet it is refused by what lacks, and that is sought.
        return {"file": f"{found[-1] if found else 1},{take.name}"}
    return None if take.name in offer.world.scheme.rosters else [offer.person]


def _number(take: Take, offer: Offer) -> Any:
    """Return as many as are listed, where they are counted; else the greatest that is taken."""
    guards = (one for one in offer.trigger.guards if isinstance(one, Quorum))
    if any(one.number == take.name for one in guards):
        return 1  # the one person on the list that comes with it
    shape = DATA[take.what].shape([take], offer.world.scheme, offer.case.tier or "")
    return _sample(shape, offer)[take.name]


# --- Documents ---


def _document(name: str, offer: Offer) -> dict[str, Any]:
    document = offer.world.scheme.documents[name]
    told: dict[str, Any] = {}
    if document.parts:
        told["parts"] = {part.name: part.label for part in document.parts}
    if document.rows:
        told["rows"] = {one.name: _row(document, offer) for one in document.rows}
    elif document.columns:
        told["rows"] = [*_kept(document, offer), *[_row(document, offer)] * _asked(document, offer)]
    if document.file == "required":
        told["files"] = [_FILE]
    answers = list(_answers(document, offer))
    if answers:
        told["answers"] = answers
    return told


def _answers(document: Document, offer: Offer) -> Iterator[dict[str, Any]]:
    for one in to_answer(document, offer.case, offer.world, offer.person):
        row = {} if one.row is None else {"row": one.row}
        yield {"case": one.case.stream, **row, "text": document.label}


def _kept(document: Document, offer: Offer) -> Iterator[dict[str, int]]:
    """Yield the rows that are open cases, as they are."""
    for number in open_rows(offer.case, document.name, offer.world):
        yield {"row": number}


def _asked(document: Document, offer: Offer) -> int:
    """Return of how many rows a guard asks that as many cases have been made; one, if none does."""
    if document.single:
        return 1
    kind = offer.world.kind(offer.case)
    counts = (
        guard.at_least
        for guard in every(kind, Guarded)
        if isinstance(guard, AllEnded | AllReached)
        and _is_of(document, kind.links.get(guard.link), offer.world)
    )
    return min(max(counts, default=1) or 1, _MOST_ROWS)


def _is_of(document: Document, link: Link | None, world: World) -> bool:
    """Tell whether *link* leads to children that rows of *document* become."""
    made = (
        () if link is None or link.form != "children" else world.scheme.kinds[link.kind].made_from
    )
    return any(one.document == document.name for one in made)


def _row(document: Document, offer: Offer) -> dict[str, Any]:
    # What was listed elsewhere is answered by who was there.
    left_out = () if document.answers is None else (document.answers.case, document.answers.row)
    columns = (one for one in document.columns if one.name not in left_out)
    values = {one: _value(one, offer) for one in columns}
    row = {one.name: told for one, told in values.items() if not _is_none_of(one, told)}
    for column in document.columns:  # what is not there is not needed with another choice
        if column.name not in row and (needing := document.needing(column)):
            by, options = needing
            others = [one.name for one in getattr(by.type, "options", ()) if one not in options]
            row[by.name] = next(iter(others), row.get(by.name))
    return row


def _is_none_of(column: Column, told: Any) -> bool:
    """Tell whether some cases alone may be named there, and there is none of those."""
    kind = column.type.kind if isinstance(column.type, types.Case) else ""
    return column.optional and (told == "" or (bool(kind) and not told.startswith(f"{kind}/")))


def _value(column: Column, offer: Offer) -> Any:
    made = _VALUES.get(type(column.type))
    return _FILE if made is None else made(column, offer)


def _some_case(column: Column, kind: types.Case, offer: Offer) -> str:
    """Return a case that is gone through here, the next one; else some of *kind*, or itself."""
    if ended := _ended(column, kind, offer):
        return ended[-1].stream
    if kind.past:
        return ""
    linked = [
        one.stream
        for agenda in agendas(offer.trigger, offer.world)
        for one in offer.world.heads.linked(offer.case, agenda.link)
    ]
    left = [one for one in linked if one not in offer.case.heard]
    every = offer.world.heads.cases.values()
    others = (one.stream for one in every if kind.kind and one.kind == kind.kind)
    return next(iter((*left, *linked, *others)), offer.case.stream)


def _ended(column: Column, kind: types.Case, offer: Offer) -> list[Case]:
    """Return what has ended and may stand in *column*, where nothing open may."""
    heads, guards = offer.world.heads, offer.trigger.guards
    links = [one.link for one in guards if isinstance(one, TakesUp) and one.column == column.name]
    if not links and not kind.past:
        return []
    linked = {one.stream: one for link in links for one in heads.linked(offer.case, link)}
    among = linked.values() if links else heads.cases.values()
    again = {one.values.get(column.name) for one in linked.values() if one.is_open}
    return [
        one
        for one in among
        if not one.is_open and one.stream not in again and kind.kind in ("", one.kind)
    ]


def _option(column: Column, offer: Offer) -> str:
    """Return the first choice that no guard of the trigger forbids."""
    guards = (one for one in offer.trigger.guards if isinstance(one, NoRow))
    barred = {name for one in guards if one.column == column.name for name in one.says}
    options: tuple[types.Named, ...] = getattr(column.type, "options", ())
    return next((one.name for one in options if one.name not in barred), options[0].name)


_VALUES: Mapping[type[Any], Callable[[Any, Offer], Any]] = {
    types.Text: lambda column, _: column.label,
    types.Number: lambda column, _: str(column.type.least or 0),
    types.Day: lambda column, offer: _day(column.type, offer),
    types.Span: lambda column, offer: _span(column.type, offer),
    types.Flag: lambda _, _offer: True,
    types.Choice: _option,
    types.Person: lambda _, offer: offer.person,
    types.Unit: lambda _, offer: offer.case.unit,
    types.Case: lambda column, offer: _some_case(column, column.type, offer),
}


def _day(kind: types.Day, offer: Offer) -> str:
    due_at = offer.case.due_at if kind.beyond else None
    last = offer.today if due_at is None else max(offer.today, offer.world.day(due_at))
    return (last if kind.past else last + AHEAD).isoformat()


def _span(kind: types.Span, offer: Offer) -> dict[str, str]:
    since = offer.world.now + timedelta(days=1 + offer.wishes.apart)
    if kind.day_of:  # an hour before that day is over
        since = end_of_day(_planned_day(kind.day_of, offer), offer.world.scheme.zone) - 2 * _HOUR
    until = since + _HOUR
    if kind.instants:
        return {"from": instant(since), "until": instant(until)}
    day = offer.world.day(since).isoformat()
    return {"from": day, "until": day}


# --- Figures and grades ---


def _component(name: str, offer: Offer) -> Any:
    component = offer.world.scheme.components[name].of_tier(offer.case.tier)
    figure = f"{figure_of(name, offer):.2f}"
    return {part.name: figure for part in component.parts} if component.parts else figure


def figure_of(component: str, offer: Offer) -> Decimal:
    """Return the figure that leads where it is wished to: to the best grade else."""
    for name, whole in offer.world.scheme.gradings.items():
        grading = whole.of_tier(offer.case.tier)
        if component in grading.weights:
            wanted = grade_of(name, offer)
            least = next((one.least for one in grading.grades if one.name == wanted), None)
            return least if least is not None else Decimal(0)
    return Decimal(100)


def grade_of(name: str, offer: Offer) -> str:
    """Return the grade that leads where it is wished to: the best else."""
    grading = offer.world.scheme.gradings[name].of_tier(offer.case.tier)
    to = offer.trigger.to
    if isinstance(to, Route) and to.grading == name and offer.wishes.to:
        return grade_that_leads(to, grading, offer.wishes.to)
    if name in offer.wishes.grades:
        return offer.wishes.grades[name]
    return grading.grades[0].name


def grade_that_leads(route: Route, grading: Grading, to: str) -> str:
    """Return the best grade by which *route* leads to the state *to*; the best where none does."""
    leading = [one.name for one in grading.grades if route.routes.get(one.name) == to]
    others = [one.name for one in grading.grades if one.name not in route.routes]
    return (leading or others or [grading.grades[0].name])[0]


# --- What is set ---


def _settings(offer: Offer) -> Iterator[tuple[str, Any]]:
    scheme, wishes = offer.world.scheme, offer.wishes
    planned: dict[str, str] = {}
    for one in offer.trigger.sets:
        if one.what == "deadline":
            yield "due_at", _deadline(offer)
        elif one.what == "order":
            placed = (each.order or 0 for each in offer.world.heads.alike(offer.case))
            yield "order", max(placed, default=0) + 1
        elif one.what == "mode" and not one.name:
            yield "mode", wishes.mode or scheme.modes[0].name
        elif one.what == "flag" and not one.name:
            yield "flags", {wishes.flag or scheme.flags[0].name: not wishes.lowered}
        elif one.what == "planned":
            planned[one.name] = _planned_day(one.name, offer).isoformat()
    if planned:
        yield "planned", planned


def _planned_day(state: str, offer: Offer) -> date:
    return offer.wishes.days.get(state, offer.today + timedelta(days=7))


def _deadline(offer: Offer) -> str:
    at: datetime = end_of_day(offer.today + AHEAD, offer.world.scheme.zone)
    known = [one.due.at for one in offer.case.holders if one.due.at is not None]
    return instant(max([at, *(one + timedelta(days=1) for one in known)]))


# --- Of each kind ---

_MADE: Mapping[str, Callable[[Take, Offer], Any]] = {
    "document": lambda take, offer: _document(take.name, offer),
    "component": lambda take, offer: _component(take.name, offer),
    "grade": lambda take, offer: grade_of(take.name, offer),
    "presence": _presence,
    "number": _number,
    "roster": _roster,
}


def _sample(field: Any, offer: Offer) -> Any:
    """Return something sound for *field*, one of `schemas.fields`: the greatest, the first."""
    made = _SAMPLES.get(type(field))
    return "1" if made is None else made(field, offer)  # a score, or any other figure


_SAMPLES: Mapping[type[Any], Callable[[Any, Offer], Any]] = {
    ObjectOf: lambda field, offer: {
        name: _sample(one, offer) for name, one in field.schema.fields.items()
    },
    ListOf: lambda field, offer: [_sample(field.inner, offer)],
    StrictInt: lambda field, _: field.most,
    StrictBool: lambda _, __: True,
    Choice: lambda field, _: field.choices[0],
    Day: lambda _, offer: (offer.today + AHEAD).isoformat(),
    Instant: lambda _, offer: instant(offer.world.now + AHEAD),
    StreamName: lambda _, offer: offer.case.stream,
    Identifier: lambda field, offer: (
        offer.case.unit if field.metadata.get("format") == "unit" else offer.person
    ),
    Text: lambda field, offer: (field.metadata.get("title") or offer.case.number)[: field.most],
}
