"""When something is due, and from what that was told.

A rule gives a local day; the deadline is the midnight that ends it. The day of entry is day 0. What
a rule counted from is kept with the answer, each source at the version it had: replanning asks
which deadlines were told from an older one.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from schemas.calendar import WorkingDays, end_of_day
from services.workflow.domain.case.evolving import OPENED
from services.workflow.domain.case.ground import Ground
from services.workflow.domain.case.head import NO_DUE, Awaited, Case, Due, Source
from services.workflow.domain.case.parties import value_of
from services.workflow.domain.case.world import World
from services.workflow.domain.language.model.days import (
    ROUND,
    Counted,
    DayRule,
    Earliest,
    FieldDay,
    FixedDay,
    Latest,
    Mark,
    simple,
)
from services.workflow.domain.language.model.days import Due as DueRule


class Told(NamedTuple):
    """A day, and the simple rule that gave it."""

    day: date
    rule: FixedDay | Counted | FieldDay


@dataclass(kw_only=True, slots=True)
class Counting:
    """One rule on its way to a day, which it counts from the entry alone."""

    ground: Ground
    entered: date | None  # day 0 of what counts from the entry; None: nothing was entered yet
    paused: int = 0  # working days suspended since: what counts onward grows by them
    counted: bool = False  # whether working days were counted
    sources: dict[Source, None] = field(default_factory=dict)
    unknown: list[Mark] = field(default_factory=list)  # marks of other cases, not told yet

    def tell(self, rule: DayRule) -> Told | None:
        """Return the day of *rule*; None while it cannot be told."""
        return _RULES[type(rule)](rule, self)

    def day(self, rule: DayRule) -> date | None:
        told = self.tell(rule)
        return None if told is None else told.day

    @property
    def calendar(self) -> WorkingDays:
        self.counted = True
        return self.ground.calendar

    def mark(self, mark: Mark) -> date | None:
        raise LookupError(f"the entry does not tell {mark}")

    def field(self, column: str) -> date | None:
        raise LookupError(f"the entry does not tell {column}")


@dataclass(kw_only=True, slots=True)
class Telling(Counting):
    """The same of a case among others: of what it has reached, of its row, of what it links to."""

    case: Case
    world: World
    ground: Ground = field(init=False)

    def __post_init__(self) -> None:
        self.ground = self.world.ground

    def field(self, column: str) -> date | None:
        """Return the day in *column* of the row the case was made from, or in its form."""
        value = value_of(self.case, column)
        return None if value is None else date.fromisoformat(value)

    def mark(self, mark: Mark) -> date | None:
        """Return the day of *mark*: a state's last entry, else its planned day."""
        if mark.link == "":
            return day_of(self.case, mark.state, self.world)
        if mark.link == ROUND:
            within = self.world.round
            self.sources[Source(link=ROUND, stream=f"cycle/{within.id}", version=1)] = None
            return within.begins if mark.state == "begins" else within.ends
        return self._of_link(mark)

    def _of_link(self, mark: Mark) -> date | None:
        link = self.case.link(mark.link)
        if link is None or link.empty:  # nothing to wait for: as good as come to pass
            return None
        linked = [
            one for one in self.world.heads.linked(self.case, mark.link) if one.final != "abandoned"
        ]
        for one in linked:
            self.sources[Source(link=mark.link, stream=one.stream, version=one.version)] = None
        if not linked:
            self.sources[Source(link=mark.link)] = None
        day = _joined([self._day_of(one, mark.state) for one in linked], mark.which)
        if day is None:
            self.unknown.append(mark)
        return day

    def _day_of(self, linked: Case, state: str) -> date | None:
        """Return the day of a linked case: none if this one was ordered to be done again since."""
        reached, forgot_at = linked.reached.get(state), self.case.forgot_at
        if reached is not None and forgot_at is not None and reached.recorded_at <= forgot_at:
            return None
        return day_of(linked, state, self.world)


def counts_from_entry(rule: DayRule) -> bool:
    """Tell whether a rule asks for nothing but the day of entry, and how long the case paused."""
    return all(
        isinstance(one, FixedDay) or (isinstance(one, Counted) and one.mark is None)
        for one in simple(rule)
    )


def due_by(rule: DueRule | None, telling: Counting) -> Due:
    """Return the deadline by *rule*: what it waits for too, where it cannot be told yet."""
    if rule is None:
        return NO_DUE
    told, waits_for, standing_in = telling.tell(rule.rule), None, False
    if telling.unknown:
        first = telling.unknown[0]
        waits_for = Awaited(link=first.link, mark=first.state)
        if rule.until_known is not None:
            told, standing_in = telling.tell(rule.until_known), True
    calendar = telling.ground.calendar
    return Due(
        at=None if told is None else end_of_day(told.day, telling.ground.scheme.zone),
        rule=None if told is None else described(told.rule, standing_in=standing_in),
        calendar=(calendar.id, calendar.hash) if telling.counted else None,
        sources=tuple(telling.sources),
        waits_for=waits_for,
    )


def day_of(case: Case, state: str, world: World) -> date | None:
    """Return the local day on which *case* entered a state last, else that planned for it."""
    reached = case.reached.get(state)
    if reached is not None:
        return world.day(reached.effective_at)
    if not case.is_open:  # what will not happen has no day
        return None
    if state in case.planned:
        return case.planned[state]
    known = None if state == OPENED else world.life(case).states.get(state)
    if known is None or known.planned is None or known.planned.day is None:
        return None
    return Telling(case=case, world=world, entered=None).day(known.planned.day)


def _joined(days: list[date | None], which: str) -> date | None:
    """Return the one day of several cases, as a link to many is asked."""
    told = [day for day in days if day is not None]
    if which in ("last", "all"):
        return max(told) if told and len(told) == len(days) else None
    return min(told, default=None)


def _fixed(rule: FixedDay, _telling: Counting) -> Told | None:
    return Told(rule.day, rule)


def _counted(rule: Counted, telling: Counting) -> Told | None:
    start = telling.entered if rule.mark is None else telling.mark(rule.mark)
    if start is None:
        return None
    return Told(_walk(start, rule, telling), rule)


def _walk(start: date, rule: Counted, telling: Counting) -> date:
    if rule.side == "before":  # a suspension does not move what it comes before
        if rule.working:
            return telling.calendar.subtract(start, rule.n)
        return start - timedelta(days=rule.n)
    if rule.working:
        return telling.calendar.add(start, rule.n + telling.paused)
    day = start + timedelta(days=rule.n)
    return telling.calendar.add(day, telling.paused) if telling.paused else day


def _field(rule: FieldDay, telling: Counting) -> Told | None:
    day = telling.field(rule.column)
    return None if day is None else Told(day, rule)


def _latest(rule: Latest, telling: Counting) -> Told | None:
    return max(_told(rule.rules, telling), key=_day, default=None)


def _earliest(rule: Earliest, telling: Counting) -> Told | None:
    return min(_told(rule.rules, telling), key=_day, default=None)


def _told(rules: tuple[DayRule, ...], telling: Counting) -> list[Told]:
    return [told for told in [telling.tell(rule) for rule in rules] if told is not None]


def _day(told: Told) -> date:
    return told.day


_RULES: Mapping[type[Any], Callable[[Any, Counting], Told | None]] = {
    FixedDay: _fixed,
    Counted: _counted,
    FieldDay: _field,
    Latest: _latest,
    Earliest: _earliest,
}


def described(rule: FixedDay | Counted | FieldDay, *, standing_in: bool = False) -> dict[str, Any]:
    """Return a simple rule as events tell it: in the words of the scheme's file."""
    told: dict[str, Any]
    match rule:
        case FixedDay(day):
            told = {"day": day.isoformat()}
        case FieldDay(column):
            told = {"field": column}
        case Counted():
            told = {"working_days" if rule.working else "days": rule.n}
            if rule.mark is not None:
                told[rule.side] = str(rule.mark)
    return told | ({"until_known": True} if standing_in else {})


def raised(due: Due, world: World, recorded_at: datetime) -> Due:
    """Return *due*, later if need be: who has to act is told early enough (`least_notice`)."""
    if due.at is None:
        return due
    least = world.calendar.add(world.day(recorded_at), world.scheme.least_notice)
    at = end_of_day(least, world.scheme.zone)
    if at <= due.at:
        return due
    told = world.day(due.at - timedelta(microseconds=1))
    return Due(
        at=at,
        rule=due.rule,
        calendar=(world.calendar.id, world.calendar.hash),
        sources=due.sources,
        waits_for=due.waits_for,
        raised_from=told,
    )
