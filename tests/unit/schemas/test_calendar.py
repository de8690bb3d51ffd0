"""Working days: the State Council's table, checked against two independent ones and by hand."""

import json
import warnings
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import chinese_calendar
import holidays
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.calendar import BadCalendar, OutsideCalendar, WorkingDays, end_of_day, local_day
from schemas.calendars import read

SHANGHAI = ZoneInfo("Asia/Shanghai")
CALENDAR = WorkingDays.from_json(read())
PUBLISHED = range(2019, 2027)
DAYS = st.dates(date(2019, 1, 1), date(2026, 6, 30))


def days_of(year: int) -> list[date]:
    first = date(year, 1, 1)
    return [first + timedelta(n) for n in range(366) if (first + timedelta(n)).year == year]


@pytest.mark.parametrize("year", PUBLISHED)
def test_every_day_is_as_chinesecalendar_has_it(year: int):
    for day in days_of(year):
        assert CALENDAR.is_working(day) == chinese_calendar.is_workday(day), day


@pytest.mark.parametrize("year", PUBLISHED)
def test_every_day_is_as_holidays_has_it(year: int):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        other = holidays.country_holidays("CN", years=[year])
        for day in days_of(year):
            assert CALENDAR.is_working(day) == other.is_working_day(day), day


def test_the_spring_festival_of_2020_was_prolonged_to_2_february():
    assert not any(CALENDAR.is_working(date(2020, 1, 24) + timedelta(n)) for n in range(10))
    assert CALENDAR.is_working(date(2020, 2, 3))
    assert CALENDAR.is_working(date(2020, 1, 19))  # a Sunday, made up
    assert CALENDAR.between(date(2020, 1, 23), date(2020, 2, 3)) == 1


@pytest.mark.parametrize(
    ("day", "n", "expected"),
    [
        ("2020-01-10", 0, "2020-01-10"),
        ("2020-01-11", 0, "2020-01-11"),
        ("2020-01-10", 1, "2020-01-13"),
        ("2020-01-11", 1, "2020-01-13"),
        ("2020-01-17", 1, "2020-01-19"),
        ("2020-01-23", 1, "2020-02-03"),
        ("2020-01-20", 10, "2020-02-11"),
        ("2020-02-20", 60, "2020-05-18"),
        ("2019-12-31", 1, "2020-01-02"),
    ],
)
def test_adding_counts_from_the_day_after(day: str, n: int, expected: str):
    assert CALENDAR.add(date.fromisoformat(day), n) == date.fromisoformat(expected)


@given(DAYS, st.integers(1, 100))
def test_adding_is_what_walking_day_by_day_finds(day: date, n: int):
    found, left = day, n
    while left:
        found += timedelta(1)
        left -= CALENDAR.is_working(found)
    assert CALENDAR.add(day, n) == found
    assert CALENDAR.between(day, found) == n


@given(DAYS, DAYS)
def test_between_is_what_walking_day_by_day_counts(start: date, end: date):
    walked = (start + timedelta(n + 1) for n in range((end - start).days))
    assert CALENDAR.between(start, end) == sum(map(CALENDAR.is_working, walked))


@given(st.dates(date(2019, 1, 10), date(2027, 12, 31)))
def test_the_working_day_before_is_the_nearest(day: date):
    found = CALENDAR.previous_working(day)
    assert found < day
    assert CALENDAR.is_working(found)
    assert CALENDAR.between(found, day) == CALENDAR.is_working(day)


def test_nothing_is_guessed_outside_the_table():
    before, after = date(2018, 12, 31), date(2028, 1, 1)
    for ask in (CALENDAR.is_working, CALENDAR.previous_working, CALENDAR.is_provisional):
        for day in (before, after):
            with pytest.raises(OutsideCalendar):
                ask(day)
    with pytest.raises(OutsideCalendar):
        CALENDAR.add(date(2027, 12, 1), 60)
    with pytest.raises(OutsideCalendar):
        CALENDAR.between(before, date(2020, 1, 1))
    with pytest.raises(OutsideCalendar):
        CALENDAR.previous_working(date(2019, 1, 1))


def test_a_deadline_before_its_start_is_refused():
    with pytest.raises(ValueError, match="before its start"):
        CALENDAR.add(date(2020, 1, 10), -1)


def test_a_year_that_is_not_published_says_so():
    assert CALENDAR.is_provisional(date(2027, 3, 1))
    assert not any(CALENDAR.is_provisional(date(year, 3, 1)) for year in PUBLISHED)


def test_a_calendar_is_rebuilt_from_its_canonical_bytes():
    again = WorkingDays.from_json(CALENDAR.canonical)
    assert (again.hash, again.version) == (CALENDAR.hash, CALENDAR.version)
    assert again.add(date(2020, 1, 23), 1) == date(2020, 2, 3)


def table(**changes: Any) -> bytes:
    year = {
        "year": 2020,
        "source": "",
        "published": "",
        "provisional": False,
        "holidays": ["2020-01-01"],
        "working_weekends": ["2020-01-04"],
    }
    document = {"id": "test", "title": "", "version": "1", "years": [year | changes]}
    return json.dumps(document).encode()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"{}",
        table(holidays=["2020-01-02", "2020-01-01"]),
        table(holidays=["2020-01-01", "2020-01-01"]),
        table(holidays=["2021-01-01"]),
        table(holidays=["2020-02-30"]),
        table(holidays=["2020-01-04"]),
        table(working_weekends=["2020-01-06"]),
        table(year=1.5),
        table(year="2020"),
        table().replace(b'"years": [', b'"years": [], "ears": ['),
    ],
)
def test_a_table_that_contradicts_itself_is_refused(data: bytes):
    assert WorkingDays.from_json(table()).version == "1"
    with pytest.raises(BadCalendar):
        WorkingDays.from_json(data)


def test_a_day_ends_at_the_local_midnight_after_it():
    assert end_of_day(date(2020, 1, 14), SHANGHAI) == datetime(2020, 1, 14, 16, tzinfo=UTC)
    assert end_of_day(date(2020, 1, 14), SHANGHAI).tzinfo is UTC
    assert end_of_day(date(2019, 12, 31), SHANGHAI) == datetime(2019, 12, 31, 16, tzinfo=UTC)


def test_a_day_begins_at_the_local_midnight():
    midnight = end_of_day(date(2020, 1, 14), SHANGHAI)
    assert local_day(midnight, SHANGHAI) == date(2020, 1, 15)
    assert local_day(midnight - timedelta(microseconds=1), SHANGHAI) == date(2020, 1, 14)


@given(DAYS.filter(lambda day: day >= date(2019, 6, 1)), st.integers(0, 90))
def test_counting_back_is_walking_back_one_working_day_after_another(day: date, n: int):
    at, left = day, n
    while left:
        at -= timedelta(1)
        left -= CALENDAR.is_working(at)
    assert CALENDAR.subtract(day, n) == at


def test_nothing_is_counted_back_past_the_table():
    with pytest.raises(OutsideCalendar):
        CALENDAR.subtract(CALENDAR.first, 1)
