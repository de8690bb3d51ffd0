"""When messages leave the house: in working hours, not over lunch, not on days of rest.

It is asked as a message is about to leave, not as it is decided: so it holds as well for what a
mail server, or the notifier itself, was away for. The inbox is no message; it is asked at once.
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from schemas.calendar import OutsideCalendar, WorkingDays
from schemas.policy import Policy
from services.notifier.domain.moments import BUSY_MINUTES, moment, second_of
from services.notifier.domain.notice import Notice


def waits_until(
    notices: Iterable[Notice], policy: Policy, calendar: WorkingDays, now: datetime
) -> datetime | None:
    """Return when *notices*, one message, may leave; None: now.

    What would have its deadline behind it by then does not wait.
    """
    together = list(notices)
    at = opening(together[0].letter or together[0].id, policy, calendar, now)
    dues = (one.due_at for one in together)
    cannot_wait = any(due_at is not None and now < due_at <= at for due_at in dues)
    return None if at <= now or cannot_wait else at


def opening(key: str, policy: Policy, calendar: WorkingDays, now: datetime) -> datetime:
    """Return the first instant from *now* on at which what *key* names may leave.

    Of a window that is still to open it is one of its first hour, so that not all leave together.
    """
    if not policy.windows:
        return now
    local = now.astimezone(policy.zone)
    for window in policy.windows if not _is_quiet(local.date(), policy, calendar) else ():
        if window.has(local.hour):
            if local.minute not in BUSY_MINUTES:
                return now
            whole = local.replace(second=0, microsecond=0) + timedelta(minutes=1)
            return (whole + timedelta(seconds=second_of(key))).astimezone(now.tzinfo)
        if local.hour < window.start:
            return moment(local.date(), window.start, key, policy.zone)
    day = local.date() + timedelta(days=1)
    while _is_quiet(day, policy, calendar):
        day += timedelta(days=1)
    return moment(day, policy.windows[0].start, key, policy.zone)


def _is_quiet(day: date, policy: Policy, calendar: WorkingDays) -> bool:
    try:
        return policy.rests and not calendar.is_working(day)
    except OutsideCalendar:
        return False  # better on a day of rest than never
