"""When a state is due: rules that turn the day of entry into the due day.

A rule gives a day, not an instant; the engine makes it the local midnight that ends the day. The
day of entry is day 0. A fixed date on a holiday stays where it is.
"""

# ruff: noqa: ARG002 - every rule is asked in the same words, and each needs only some of them

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Protocol

OPENED = "opened"  # the mark that every review has: the day it was opened


class Calendar(Protocol):
    """What is asked of `schemas.calendar.WorkingDays`."""

    def add(self, day: date, n: int) -> date: ...


class DeadlineRule(Protocol):
    """One way of saying when something is due."""

    def due_day(
        self, entered: date, marks: Mapping[str, date], calendar: Calendar, paused: int = 0
    ) -> date | None:
        """Return the due day; None while the event it hangs on has not happened.

        *marks* says on which local day each state was last entered, and `opened`. *paused* is the
        number of working days the review has been suspended since *entered*: days counted from
        an entry grow by it, fixed dates stay.
        """

    def parts(self) -> Iterator["DeadlineRule"]:
        """Yield the simple rules this one is made of; itself if it is simple."""

    def describe(self) -> str:
        """Say the rule in Chinese."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FixedDay:
    """Due on a day of the notice."""

    day: date

    def due_day(
        self, entered: date, marks: Mapping[str, date], calendar: Calendar, paused: int = 0
    ) -> date | None:
        return self.day

    def parts(self) -> Iterator[DeadlineRule]:
        yield self

    def describe(self) -> str:
        return self.day.isoformat()


@dataclass(frozen=True, kw_only=True, slots=True)
class WorkingDaysAfter:
    """Due some working days after entry, or after another event."""

    n: int
    event: str | None = None  # None: the entry into the state itself

    def due_day(
        self, entered: date, marks: Mapping[str, date], calendar: Calendar, paused: int = 0
    ) -> date | None:
        start = entered if self.event is None else marks.get(self.event)
        return None if start is None else calendar.add(start, self.n + paused)

    def parts(self) -> Iterator[DeadlineRule]:
        yield self

    def describe(self) -> str:
        start = "进入本环节" if self.event is None else f" {self.event} "
        return f"{start}后{self.n}个工作日"


@dataclass(frozen=True, kw_only=True, slots=True)
class Latest:
    """Due on the latest of several days; those that cannot be told yet do not count."""

    rules: tuple[DeadlineRule, ...]

    def due_day(
        self, entered: date, marks: Mapping[str, date], calendar: Calendar, paused: int = 0
    ) -> date | None:
        days = (rule.due_day(entered, marks, calendar, paused) for rule in self.rules)
        return max((day for day in days if day is not None), default=None)

    def parts(self) -> Iterator[DeadlineRule]:
        for rule in self.rules:
            yield from rule.parts()

    def describe(self) -> str:
        return "、".join(rule.describe() for rule in self.rules) + "，取较晚者"
