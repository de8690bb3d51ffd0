"""When messages leave: in working hours, never over lunch, at :00 or :30, nor on days of rest."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.calendar import local_day
from services.notifier.domain.moments import moment
from services.notifier.domain.windows import opening
from tests.unit.notifier.world import CALENDAR, SHIPPED, ZONE, at

INSTANTS = st.datetimes(datetime(2020, 1, 1), datetime(2020, 6, 30), timezones=st.just(UTC))  # noqa: DTZ001


def opens(now: datetime, key: str = "a") -> datetime:
    return opening(key, SHIPPED, CALENDAR, now)


@given(INSTANTS, st.text(max_size=9))
def test_whatever_waits_leaves_in_working_hours_and_never_with_everybody(
    now: datetime, key: str
) -> None:
    leaves = opens(now, key).astimezone(ZONE)
    assert leaves >= now
    assert leaves.hour in {8, 9, 10, 11, 13, 14, 15, 16}
    assert leaves.minute not in {0, 30}
    assert CALENDAR.is_working(local_day(leaves, ZONE))
    assert opens(leaves, key) == leaves  # and then it leaves


@pytest.mark.parametrize(
    ("zone", "day", "hour"),
    [
        ("America/St_Johns", date(2006, 10, 29), 0),  # put back an hour at one past midnight
        ("America/St_Johns", date(2006, 4, 2), 0),  # and put on
        ("Asia/Kathmandu", date(1986, 1, 1), 0),  # put on by a quarter
        ("Australia/Lord_Howe", date(2020, 4, 5), 1),  # put back by half an hour
        ("Asia/Kolkata", date(2020, 1, 8), 9),
        ("Asia/Shanghai", date(2020, 1, 8), 9),
    ],
)
def test_a_moment_is_a_minute_of_the_clock_on_the_wall_whatever_is_done_to_it(
    zone: str, day: date, hour: int
) -> None:
    there = ZoneInfo(zone)
    for nth in range(200):
        found = moment(day, hour, str(nth), there)
        within = moment(date(2020, 1, 8), 9, str(nth), ZONE).astimezone(ZONE).time()
        on_the_wall = datetime.combine(day, within.replace(hour=hour), there)
        assert found == on_the_wall.astimezone(UTC)
        if on_the_wall.astimezone(UTC).astimezone(there) == on_the_wall:  # there is such a minute
            assert found.astimezone(there).date() == day


@given(INSTANTS)
def test_in_working_hours_nothing_waits_longer_than_a_minute(now: datetime) -> None:
    local = now.astimezone(ZONE)
    if CALENDAR.is_working(local.date()) and local.hour in {8, 9, 10, 11, 13, 14, 15, 16}:
        assert opens(now) - now < timedelta(minutes=2)
        assert opens(now) == now or local.minute in {0, 30}


@pytest.mark.parametrize(
    ("now", "day", "hour"),
    [
        (at(1, 8, 3), (1, 8), 8),
        (at(1, 8, 12, 5), (1, 8), 13),
        (at(1, 8, 17), (1, 9), 8),
        (at(1, 17, 18), (1, 19), 8),  # a Saturday of rest, a Sunday that is worked
        (at(1, 23, 23), (2, 3), 8),  # over the Spring Festival
    ],
)
def test_what_comes_outside_of_them_waits_for_the_next(
    now: datetime, day: tuple[int, int], hour: int
) -> None:
    leaves = opens(now).astimezone(ZONE)
    assert ((leaves.month, leaves.day), leaves.hour) == (day, hour)


def test_what_waits_for_one_window_does_not_leave_in_one_moment() -> None:
    assert len({opens(at(1, 8, 3), f"case {nth}") for nth in range(60)}) > 50


def test_without_windows_nothing_waits() -> None:
    policy = replace(SHIPPED, windows=())
    assert opening("a", policy, CALENDAR, at(1, 18, 3)) == at(1, 18, 3)


def test_beyond_the_calendar_no_day_is_taken_for_one_of_rest() -> None:
    beyond = datetime(CALENDAR.last.year + 1, 1, 1, 1, 1, tzinfo=UTC)
    assert opening("a", SHIPPED, CALENDAR, beyond) == beyond
