"""Working days as the State Council publishes them: holidays off, make-up weekends worked.

The one idea: two arrays, made once per version of the table. `through[i]` counts the working
days up to day *i*, `working` lists them; counting is then one subtraction and adding one look-up,
however many days lie between.
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache
from hashlib import sha256
from typing import Any, Final
from zoneinfo import ZoneInfo

from schemas.canonical import canonical_bytes, parse_strict
from schemas.instants import parse_day

ZONE: Final = ZoneInfo("Asia/Shanghai")  # of what has no scheme to tell its own
_SATURDAY = 5
_ONE_DAY = timedelta(days=1)


class OutsideCalendar(ValueError):
    """The day lies in no year of the table; guessing would set a wrong deadline."""

    def __init__(self, day: str) -> None:
        super().__init__(f"the calendar has no table for {day}")
        self.day = day


class BadCalendar(ValueError):
    """The table contradicts itself."""


class WorkingDays:
    """One version of a calendar; immutable, safe to share between threads."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.id: str = document["id"]
        self.version: str = document["version"]
        self.canonical: bytes = canonical_bytes(document)
        self.hash: str = sha256(self.canonical).hexdigest()
        years = document["years"]
        numbers = [year["year"] for year in years]
        if not numbers or numbers != list(range(numbers[0], numbers[0] + len(numbers))):
            raise BadCalendar("the years are not consecutive")
        self._provisional = frozenset(year["year"] for year in years if year["provisional"])
        off = frozenset(_days(years, "holidays"))
        made_up = frozenset(_days(years, "working_weekends"))
        if off & made_up or any(day.weekday() < _SATURDAY for day in made_up):
            raise BadCalendar("a make-up day is a holiday or no weekend")
        self.first, self.last = date(numbers[0], 1, 1), date(numbers[-1], 12, 31)
        self._offset = self.first.toordinal()
        self._working: list[date] = []
        self._through: list[int] = []
        for ordinal in range(self._offset, self.last.toordinal() + 1):
            day = date.fromordinal(ordinal)
            if day in made_up or (day.weekday() < _SATURDAY and day not in off):
                self._working.append(day)
            self._through.append(len(self._working))

    @classmethod
    def from_json(cls, data: bytes) -> "WorkingDays":
        """Read a calendar file, or the canonical bytes of one.

        Raises:
            BadCalendar: not a calendar, or one that contradicts itself.
        """
        try:
            return cls(parse_strict(data))
        except (KeyError, TypeError, ValueError) as error:
            raise BadCalendar(f"not a calendar: {error}") from error

    def is_working(self, day: date) -> bool:
        """Tell whether people work on *day*."""
        index = self._index(day)
        return self._through[index] > (self._through[index - 1] if index else 0)

    def add(self, day: date, n: int) -> date:
        """Return the *n*-th working day after *day*; *day* itself is day 0, working or not."""
        if n < 0:
            raise ValueError("a deadline does not lie before its start")
        if n == 0:
            return day
        wanted = self._through[self._index(day)] + n - 1
        if wanted >= len(self._working):
            raise OutsideCalendar(f"{n} working days after {day}")
        return self._working[wanted]

    def subtract(self, day: date, n: int) -> date:
        """Return the *n*-th working day before *day*; *day* itself is day 0, working or not."""
        if n < 0:
            raise ValueError("what is before a day does not lie after it")
        if n == 0:
            return day
        wanted = self._through[self._index(day)] - (1 if self.is_working(day) else 0) - n
        if wanted < 0:
            raise OutsideCalendar(f"{n} working days before {day}")
        return self._working[wanted]

    def between(self, start: date, end: date) -> int:
        """Count the working days after *start* up to and including *end*; 0 if none."""
        if end <= start:
            return 0
        return self._through[self._index(end)] - self._through[self._index(start)]

    def previous_working(self, day: date) -> date:
        """Return the last working day before *day*."""
        index = self._index(day)
        n_before = self._through[index - 1] if index else 0
        if n_before == 0:
            raise OutsideCalendar(f"the days before {day}")
        return self._working[n_before - 1]

    def is_provisional(self, day: date) -> bool:
        """Tell whether the year of *day* is not published yet: its figures may still move."""
        self._index(day)
        return day.year in self._provisional

    def _index(self, day: date) -> int:
        index = day.toordinal() - self._offset
        # A negative index would silently count from the table's end.
        if not 0 <= index < len(self._through):
            raise OutsideCalendar(day.isoformat())
        return index


@lru_cache(4096)
def end_of_day(day: date, zone: tzinfo) -> datetime:
    """Return the instant, in UTC, of the local midnight that ends *day*."""
    return datetime.combine(day + _ONE_DAY, time.min, zone).astimezone(UTC)


@lru_cache(4096)
def local_day(at: datetime, zone: tzinfo) -> date:
    """Return the day it is in *zone* at the instant *at*."""
    return at.astimezone(zone).date()


def _days(years: list[dict[str, Any]], member: str) -> Iterable[date]:
    for year in years:
        days = [parse_day(text) for text in year[member]]
        if days != sorted(set(days)) or any(day.year != year["year"] for day in days):
            raise BadCalendar(f"{member} of {year['year']}: out of order, repeated or elsewhere")
        yield from days
