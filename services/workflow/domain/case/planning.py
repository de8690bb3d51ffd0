"""Days set by hand: a deadline, and what is planned for a state within the bounds it has."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from services.workflow.domain.case.acts import Act, Asked
from services.workflow.domain.case.between import day_unknown
from services.workflow.domain.case.times import Telling
from services.workflow.domain.case.world import World
from services.workflow.domain.data.draw import planned_by
from services.workflow.domain.data.setting import DUE_AT
from services.workflow.domain.language.model.days import DayRule
from services.workflow.domain.refusals import Blocker


def deadline_behind(asked: Asked) -> Iterator[Blocker]:
    """Yield that a deadline was over when the act that sets it took effect."""
    due_at: datetime | None = asked.act.given.get(DUE_AT)
    if due_at is not None and due_at <= asked.act.effective_at:
        yield Blocker(code="deadline_not_ahead", field=f"data.{DUE_AT}")


def out_of_bounds(asked: Asked) -> Iterator[Blocker]:
    """Yield why the days that an act would plan are not possible."""
    states = asked.world.life(asked.case).states
    for state, day, place in _planned(asked):
        if not asked.world.knows(day):
            yield Blocker(code="outside_calendar", field=place, params={"day": day.isoformat()})
            continue
        bounds = states[state].planned
        if bounds is None:
            continue
        for rule in (bounds.first, bounds.not_before):
            if rule is not None:
                yield from _too_early(rule, day, place, asked)
        last = None if bounds.last is None else _telling(asked).day(bounds.last)
        if last is not None and day > last:
            params = {"date": last.isoformat()}
            yield Blocker(code="planned_too_late", field=place, params=params)


def beyond(act: Act, world: World, asked: str) -> str:
    """Return where *act* brings the day that was *asked* of a calendar in vain; "": nowhere.

    Or one next to it: what ends with a day is counted from the midnight after.
    """
    for place, day in _days("data", act.given, world):
        near = {(day + timedelta(days=n)).isoformat() for n in (-1, 0, 1)}
        if asked in near and not world.knows(day):
            return place
    return ""


def _days(place: str, given: Any, world: World) -> Iterator[tuple[str, date]]:
    """Yield every day that was brought, each behind its place in the data."""
    if isinstance(given, datetime):
        yield place, world.day(given)
    elif isinstance(given, date):
        yield place, given
    elif isinstance(given, Mapping):
        ends = {"since": "from"} if {*given} == {"since", "until"} else {}
        for name, value in given.items():
            yield from _days(f"{place}.{ends.get(name, name)}", value, world)
    elif isinstance(given, list | tuple):
        for index, value in enumerate(given):
            yield from _days(f"{place}[{index}]", value, world)


def _planned(asked: Asked) -> Iterator[tuple[str, date, str]]:
    """Yield the days that an act would plan, by state, each with where it says so."""
    for state, day in asked.act.given.get("planned", {}).items():
        yield state, day, f"data.planned.{state}"
    take = asked.trigger.draws
    if take is None:
        return
    for state, day in planned_by(asked.trigger, asked.act.given, asked.case, asked.world).items():
        yield state, day, f"data.draw.{take.name}.drawn_at"


def _too_early(rule: DayRule, day: date, place: str, asked: Asked) -> Iterator[Blocker]:
    telling = _telling(asked)
    first = telling.day(rule)
    if telling.unknown:
        yield day_unknown(telling.unknown[0], asked.case, asked.world.scheme, place)
    elif first is not None and day < first:
        yield Blocker(code="planned_too_early", field=place, params={"date": first.isoformat()})


def _telling(asked: Asked) -> Telling:
    entered = asked.world.day(asked.case.entered_at)
    return Telling(case=asked.case, world=asked.world, entered=entered)
