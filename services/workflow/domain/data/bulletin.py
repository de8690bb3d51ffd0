"""Bulletins: what became of the cases that are heard at one place, for one range of readers.

Whoever publishes says for which range, and nothing else: what it tells is composed here of the
cases as they stand, and holds no more than that range may see. It lies beside the log, under the
commitment that the event bears.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from schemas.canonical import write_plain
from schemas.fields import ObjectOf, StrictSchema
from services.workflow.domain.case.acts import Asked
from services.workflow.domain.case.head import Case
from services.workflow.domain.case.sights import Sight
from services.workflow.domain.case.world import World
from services.workflow.domain.data.datum import (
    Datum,
    Field,
    Filing,
    Given,
    Members,
    by_name,
    choice,
    nothing,
    titled,
)
from services.workflow.domain.data.texts import Words
from services.workflow.domain.language.model.parties import Grant
from services.workflow.domain.language.model.placed import Placed
from services.workflow.domain.language.model.scheme import Scheme
from services.workflow.domain.language.model.triggers import Take, Trigger
from services.workflow.domain.language.naming import MARK, NAME
from services.workflow.domain.language.reading.sight import GRANTS
from services.workflow.domain.language.shapes import Key, Line, Named, Names, OneOf, Record
from services.workflow.domain.refusals import Blocker

WHAT = "bulletin"
KNOWN_BY = frozenset(("number", "unit"))  # what tells the rows of one apart


@dataclass(frozen=True, kw_only=True, slots=True)
class Range(Placed):
    """To whom a bulletin goes, and what of each case these may see."""

    name: str
    label: str
    readers: tuple[Grant, ...]
    shows: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Published(Take):
    """`{bulletin: results, label: 结果通报, about: review, in: [closed], ranges: […]}`."""

    label: str
    about: str  # the kind of cases, of those heard where the bulletin is
    states: tuple[str, ...]  # `in`: in which they are told of
    progress: str  # a kind of child that is counted: how many there are, and completed
    ranges: tuple[Range, ...]

    def range(self, name: str) -> Range | None:
        return next((one for one in self.ranges if one.name == name), None)


def taken_by(triggers: Iterable[Trigger]) -> Iterator[Published]:
    """Yield the bulletins that *triggers* publish."""
    for trigger in triggers:
        yield from (take for take in trigger.takes if isinstance(take, Published))


def publishing(scheme: Scheme) -> list[str]:
    """Return the kinds of case that publish bulletins."""
    return sorted(
        {kind.name for kind, life in scheme.lives() if any(taken_by(life.triggers.values()))}
    )


# --- What it tells ---


def told_of(take: Published, case: Case, world: World) -> list[Case]:
    """Return the cases that a bulletin tells of, as they stand, in the order of their numbers."""
    party = world.kind(case).origin.of
    sight = Sight("sharing", kind=take.about, unit=case.unit, name=party)
    found = (one for one in world.heads.at(sight, case) if one.state in take.states)
    return sorted(found, key=lambda one: one.number)


def is_heard_at(unit: str, case: Case, party: str) -> bool:
    """Tell whether *case* is among those that a bulletin of *unit*, one for *party*, tells of."""
    return case.parties.get(party, case.unit) == unit


def row_of(case: Case, rows: Sequence[Mapping[str, Any]]) -> int | None:
    """Return which of the *rows* of a bulletin is about *case*, from 1; None: it tells of others.

    One that says neither number nor unit tells of nobody.
    """
    mine = {"number": case.number, "unit": case.unit}
    for index, row in enumerate(rows, 1):
        known = mine.keys() & row.keys()
        if known and all(row[name] == mine[name] for name in known):
            return index
    return None


def content_of(take: Published, to: Range, case: Case, world: World) -> dict[str, Any]:
    """Return what a bulletin says to those of a range: the sums, then each case."""
    cases = told_of(take, case, world)
    grades = dict[str, Counter[str]]()
    for one in cases:
        for grading, graded in one.grades.items():
            grades.setdefault(grading, Counter())[graded.name] += 1
    rows = [{name: _SHOWN[name](one, take, world) for name in to.shows} for one in cases]
    told: dict[str, Any] = {"about": take.about, "n": len(cases), "rows": rows if to.shows else []}
    if "grade" in to.shows or not to.shows:
        told["grades"] = {grading: dict(counted) for grading, counted in grades.items()}
    return told


def _grade(case: Case, _take: Published, _world: World) -> Mapping[str, str]:
    return {grading: graded.name for grading, graded in case.grades.items()}


def _figure(case: Case, _take: Published, _world: World) -> Mapping[str, str]:
    graded = case.grades.items()
    return {grading: str(one.figure) for grading, one in graded if one.figure is not None}


def _progress(case: Case, take: Published, world: World) -> Mapping[str, int]:
    children = list(world.heads.children(case, take.progress)) if take.progress else []
    n_done = sum(one.final == "completed" for one in children)
    return {"n": len(children), "n_done": n_done}


def _flags(case: Case, _take: Published, world: World) -> list[str]:
    """Return what the scheme has listed, such as models."""
    return [one.name for one in world.scheme.flags if one.listed and one.name in case.flags]


_SHOWN: Mapping[str, Callable[[Case, Published, World], Any]] = {
    "number": lambda case, _take, _world: case.number,
    "unit": lambda case, _take, _world: case.unit,
    "person": lambda case, _take, _world: case.person,
    "state": lambda case, _take, _world: case.state,
    "mode": lambda case, _take, _world: case.mode,
    "grade": _grade,
    "figure": _figure,
    "listed": _flags,
    "progress": _progress,
}

# --- In an act ---


def _shape(takes: Sequence[Published], _scheme: Scheme, _tier: str) -> Field:
    """Return `{<name>: {range}}`."""
    entries = {}
    for take in takes:
        inner = StrictSchema.from_dict(
            {"range": titled(choice(take.ranges, required=True), take.label)}, name="Bulletin"
        )
        entries[take.name] = titled(ObjectOf(inner, required=not take.optional), take.label)
    return by_name("Bulletins", entries, takes)


def _check(takes: Iterable[Published], asked: Asked) -> Iterator[Blocker]:
    """Yield why there is nothing to tell; note every case that is told of."""
    for take in takes:
        cases = told_of(take, asked.case, asked.world)
        for one in cases:
            asked.looks.at(one)
        if not cases:
            place = f"data.bulletins.{take.name}"
            params = {"bulletin": take.name, "label": take.label}
            yield Blocker(code="nothing_to_publish", field=place, params=params)


def _record(takes: Sequence[Published], given: Given, filing: Filing) -> Members:
    """Return the range, how many cases it tells of, and what it says."""
    told = dict[str, Any]()
    for take in takes:
        to = take.range(given.get(take.name, {}).get("range", ""))
        if to is not None:
            content = content_of(take, to, filing.case, filing.world)
            text = write_plain(content).decode()
            told[take.name] = {"range": to.name, "n": str(content["n"]), "content": Words(text)}
    return told


_RANGE = Record(
    Range,
    {
        "name": Key(NAME),
        "label": Key(Line()),
        "readers": Key(GRANTS),
        "shows": Key(Names(OneOf("what is shown", tuple(_SHOWN))), default=()),
    },
    defined="range",
)
DATUM = Datum(
    what=WHAT,
    member="bulletins",
    keys={
        "label": Key(Line()),
        "about": Key(NAME),
        "in": Key(Names(MARK), to="states"),
        "progress": Key(NAME, default=""),
        "ranges": Key(Named(NAME, _RANGE, most=20)),
    },
    made=Published,
    label=lambda take, _scheme, _tier: take.label,
    shape=_shape,
    check=_check,
    record=_record,
    handed=nothing,
    carried=nothing,
)
