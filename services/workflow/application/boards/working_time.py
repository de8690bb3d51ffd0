"""Working days for pages, which have to say something in every year.

A deadline is never set on a guess: there `OutsideCalendar` stands. A page that was opened in a year
whose holidays are not published yet counts Mondays to Fridays instead, rather than not opening.
"""

from datetime import date, datetime, time, timedelta

from schemas.calendar import OutsideCalendar, WorkingDays, local_day
from services.workflow.application.firing.rules import ZONE

_DAY = timedelta(days=1)
_SATURDAY = 5


def is_working(calendar: WorkingDays, day: date) -> bool:
    """Tell whether people work on *day*."""
    try:
        return calendar.is_working(day)
    except OutsideCalendar:
        return day.weekday() < _SATURDAY


def between(calendar: WorkingDays, start: date, end: date) -> int:
    """Count the working days after *start* up to and including *end*; 0 if none."""
    try:
        return calendar.between(start, end)
    except OutsideCalendar:
        days = (start + n * _DAY for n in range(1, (end - start).days + 1))
        return sum(is_working(calendar, day) for day in days)


def add(calendar: WorkingDays, day: date, n: int) -> date:
    """Return the *n*-th working day after *day*."""
    while n > 0:
        day += _DAY
        n -= is_working(calendar, day)
    return day


def worked(start: datetime, end: datetime, calendar: WorkingDays) -> timedelta:
    """Return how much of the time from *start* to *end* lies on working days, round the clock.

    A case that lies from noon to noon over a weekend has lain one working day, not three.
    """
    if end <= start:
        return timedelta(0)
    first, last = local_day(start, ZONE), local_day(end, ZONE)
    since_midnight = start - datetime.combine(first, time.min, ZONE)
    into_last = end - datetime.combine(last, time.min, ZONE)
    whole = between(calendar, first - _DAY, last - _DAY) * _DAY  # first ≤ day < last
    if is_working(calendar, first):
        whole -= since_midnight
    if is_working(calendar, last):
        whole += into_last
    return whole
