"""What the boards work out by themselves: working time, rests, differences, addresses."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from werkzeug.datastructures import MultiDict

from schemas import calendars
from schemas.calendar import WorkingDays, end_of_day
from services.workflow.adapters.web import filters as urls
from services.workflow.adapters.web import words
from services.workflow.application.boards import ZONE
from services.workflow.application.boards.history import rests
from services.workflow.application.boards.lists import Filters, columns
from services.workflow.application.boards.working_time import add, between, worked
from services.workflow.domain.refusals import Malformed

CALENDAR = WorkingDays.from_json(calendars.read())
DAY = timedelta(days=1)
CASE = "0195a1f0-0000-7000-8000-000000000001"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE).astimezone(UTC)


@pytest.mark.parametrize(
    ("start", "end", "days"),
    [
        ("2020-01-08T12:00", "2020-01-09T12:00", 1),
        ("2020-01-10T12:00", "2020-01-13T12:00", 1),  # over a weekend
        ("2020-01-11T08:00", "2020-01-12T20:00", 0),  # within one
        ("2020-01-17T00:00", "2020-01-20T00:00", 2),  # Sunday the 19th is worked
        ("2020-01-23T12:00", "2020-02-03T12:00", 1),  # the Spring Festival, prolonged
        ("2020-01-09T12:00", "2020-01-08T12:00", 0),
    ],
)
def test_only_time_on_working_days_counts_as_held(start: str, end: str, days: int):
    assert worked(at(start), at(end), CALENDAR) == days * DAY


def test_parts_of_a_day_add_up():
    noon = at("2020-01-08T12:00")
    parts = [worked(noon + n * DAY / 4, noon + (n + 1) * DAY / 4, CALENDAR) for n in range(20)]
    assert sum(parts, timedelta()) == worked(noon, noon + 5 * DAY, CALENDAR)


def test_the_spring_festival_is_a_rest_and_a_weekend_is_not():
    found = list(rests(CALENDAR, date(2020, 1, 8), date(2020, 2, 20)))
    assert [(rest.first, rest.last) for rest in found] == [(date(2020, 1, 24), date(2020, 2, 2))]


@pytest.mark.parametrize("n", range(7))
def test_three_days_are_a_long_rest_on_whatever_day_one_begins_to_look(n: int):
    found = rests(CALENDAR, date(2020, 3, 1) + n * DAY, date(2020, 6, 25))
    assert [(rest.first, rest.last) for rest in found] == [
        (date(2020, 4, 4), date(2020, 4, 6)),
        (date(2020, 5, 1), date(2020, 5, 5)),
        (date(2020, 6, 25), date(2020, 6, 27)),
    ]


def test_a_year_without_a_calendar_counts_mondays_to_fridays():
    friday = date(2037, 1, 2)
    assert between(CALENDAR, friday, friday + 7 * DAY) == 5
    assert add(CALENDAR, friday, 3) == date(2037, 1, 7)
    start = datetime(2037, 1, 2, tzinfo=ZONE).astimezone(UTC)
    assert worked(start, start + 7 * DAY, CALENDAR) == 5 * DAY


@pytest.mark.parametrize("n", range(12))
def test_within_the_calendar_a_page_counts_as_deadlines_do(n: int):
    for day in (date(2020, 1, 17), date(2020, 1, 23)):
        assert add(CALENDAR, day, n) == CALENDAR.add(day, n)


def test_rests_end_where_the_calendar_does():
    last = CALENDAR.last
    assert list(rests(CALENDAR, last, last + 40 * DAY)) == []


def test_a_deadline_is_shown_as_the_day_that_it_ends():
    due_at = end_of_day(date(2020, 1, 14), ZONE)
    assert words.due_day(due_at) == "01-14"
    assert words.clock(due_at) == "01-14 24:00"


@pytest.mark.parametrize(
    "filters",
    [
        Filters(),
        Filters(due="over", tier="C", unit="u-1", sort="-due_at"),
        Filters(text="医院 & <b>", running=True, suspended=True, noticed="undelivered"),
        Filters(after=("2020-01-14T16:00:00.000000Z", CASE)),
        Filters(after=("2019-C-0417", CASE), sort="number"),
        Filters(after=("", CASE)),
    ],
)
def test_a_list_and_its_address_say_the_same(filters: Filters):
    query = MultiDict(parse_qsl(urlsplit(urls.address("/cases", filters)).query))
    assert urls.read(query) == filters


@pytest.mark.parametrize(
    "query",
    [
        {"due": "never"},
        {"sort": "name"},
        {"unit": "\0"},
        {"text": "长" * 65},
        {"text": "a\u202eb"},
        {"running": "yes"},
        {"cycle": "x"},
        {"state": "No"},
        {"state": ["cleared", "closed"]},
        {"after": "x"},
        {"after": f"9999-12-31T23:59:59.999999Z~{CASE}"},
        {"after": "2020-01-14T16:00:00.000000Z~x"},
        {"after": f"2019-C-0417~{CASE}"},
        {"after": f"\0~{CASE}", "sort": "number"},
    ],
)
def test_an_address_with_an_unknown_value_is_refused(query: dict[str, Any]):
    with pytest.raises(Malformed):
        urls.read(MultiDict(query))


def test_each_chip_takes_one_filter_off():
    filters = Filters(due="over", state="drafting", after=("x", "y"))
    chips = list(urls.chips("/cases", filters, {"due": urls.DUES}))
    assert [(chip.label, chip.without) for chip in chips] == [
        ("超期", "/cases?state=drafting"),
        ("drafting", "/cases?due=over"),
    ]


def test_of_more_states_than_can_be_read_the_matrix_has_those_in_which_something_is():
    few = {f"s{n}": f"S{n}" for n in range(10)}
    assert columns(few, {"s3"}) == tuple(few.items())
    assert columns({**few, "t": "T"}, {"s3", "t"}) == (("s3", "S3"), ("t", "T"))
