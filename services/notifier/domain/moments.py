"""The instant within an hour at which something is said: its own, and none that is a busy one."""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from hashlib import sha256
from zoneinfo import ZoneInfo

BUSY_MINUTES = frozenset({0, 30})  # of everybody's batch jobs
_MINUTES = tuple(minute for minute in range(60) if minute not in BUSY_MINUTES)
_ALL_BUT_A_SECOND = timedelta(minutes=59, seconds=59)


def moment(day: date, hour: int, key: str, zone: ZoneInfo) -> datetime:
    """Return the instant within *hour* of *day* that is *key*'s own, never at :00 or :30."""
    begins, is_whole = _hour_of(day, hour, zone)
    within = _within_hour(key)
    if is_whole:
        return begins + within
    return (datetime.combine(day, time(hour)) + within).replace(tzinfo=zone).astimezone(UTC)


def second_of(key: str) -> int:
    """Return the second within any minute that is *key*'s own."""
    return int(_within_hour(key).total_seconds()) % 60


# A case is planned again and again, and thousands of cases on the same days: both are kept, the
# first for what one batch plans, the second for the days of the years in sight.


@lru_cache(16_384)
def _within_hour(key: str) -> timedelta:
    digest = sha256(key.encode()).digest()
    minute = _MINUTES[int.from_bytes(digest[:4]) % len(_MINUTES)]
    return timedelta(minutes=minute, seconds=int.from_bytes(digest[4:8]) % 60)


@lru_cache(4096)
def _hour_of(day: date, hour: int, zone: ZoneInfo) -> tuple[datetime, bool]:
    """Return when *hour* of *day* begins, and whether no clock is put on or back within it."""
    begins, ends = (
        datetime.combine(day, at, zone).astimezone(UTC) for at in (time(hour), time(hour, 59, 59))
    )
    return begins, ends - begins == _ALL_BUT_A_SECOND
