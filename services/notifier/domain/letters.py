"""One letter a day: what a policy lets wait for it, and when it leaves.

The one idea: which letter a notice belongs to follows from its decision alone, and so does the
letter's id. Whoever decides it again after a crash, or beside another replica, finds it in the same
letter; and what is decided after a day's letter has left belongs to the next one, unless its
deadline has passed by then.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime
from uuid import UUID, uuid5

from schemas.calendar import OutsideCalendar, WorkingDays, local_day
from schemas.instants import instant
from schemas.policy import BULLETIN, Policy
from services.notifier.domain.moments import moment
from services.notifier.domain.notice import Notice
from services.notifier.domain.windows import opening

_NAMESPACE = UUID("6f0d5f7e-3c1b-5a52-9b3d-6c0f5d0e2020")


def collected(
    notices: Iterable[Notice], policy: Policy, calendar: WorkingDays, now: datetime
) -> list[Notice]:
    """Return *notices*, those that the policy lets wait each in the letter it will leave with."""
    return [_collected(one, policy, calendar, now) for one in notices]


def _collected(notice: Notice, policy: Policy, calendar: WorkingDays, now: datetime) -> Notice:
    digest, to = policy.digest, notice.recipient
    rung = BULLETIN if notice.kind == BULLETIN else notice.rung
    if digest is None or to is None or not digest.takes(notice.channel, rung):
        return notice
    key = _key(notice, policy)
    try:
        day, at = _next(key, digest.hour, policy, calendar, now)
    except OutsideCalendar:
        return notice  # better alone than never
    which = _of_day(day, digest.hour)
    if notice.due_at is not None and now < notice.due_at <= at:
        # Its day would be over by then: it leaves now, with all to them that cannot wait either.
        which, at = instant(now), now
    return replace(notice, letter=_letter(key, which), retry_at=at)


def ready_at(notice: Notice, policy: Policy, calendar: WorkingDays) -> datetime:
    """Return when *notice* could first have left, by itself or with its letter."""
    at, to, digest = notice.decided_at, notice.recipient, policy.digest
    if notice.letter is None or to is None or digest is None:
        return opening(notice.id, policy, calendar, at)
    try:
        day, leaves = _next(_key(notice, policy), digest.hour, policy, calendar, at)
    except OutsideCalendar:
        return at
    of_its_day = notice.letter == _letter(_key(notice, policy), _of_day(day, digest.hour))
    return opening(notice.letter, policy, calendar, leaves if of_its_day else at)


def _key(notice: Notice, policy: Policy) -> str:
    return f"{policy.scheme}/{notice.recipient and notice.recipient.person}/{notice.channel}"


def _of_day(day: date, hour: int) -> str:
    """Name the letter of *day*: one under another policy may leave in another hour."""
    return f"{day}/{hour}"


def _letter(key: str, which: str) -> str:
    return str(uuid5(_NAMESPACE, f"{key}/{which}"))


def _next(
    key: str, hour: int, policy: Policy, calendar: WorkingDays, now: datetime
) -> tuple[date, datetime]:
    """Return the first working day whose letter has not left by *now*, and when it leaves."""
    day = local_day(now, policy.zone)
    if calendar.is_working(day):
        at = moment(day, hour, key, policy.zone)
        if now < at:
            return day, at
    day = calendar.add(day, 1)
    return day, moment(day, hour, key, policy.zone)
