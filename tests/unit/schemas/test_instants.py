"""Instants and days: one spelling on the wire, RFC 3339 from outside, nothing else."""

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.instants import (
    FIRST,
    LAST,
    BadInstant,
    instant,
    parse_day,
    parse_instant,
    parse_offset_instant,
)

AT = datetime(2020, 1, 10, 1, 0, tzinfo=UTC)
INSTANTS = st.datetimes(
    FIRST.replace(tzinfo=None), LAST.replace(tzinfo=None), timezones=st.just(UTC)
)
NO_INSTANTS: list[Any] = [
    "",
    "2020-01-10",
    "2020-01-10T01:00:00",
    "2020-01-10T24:00:00Z",
    "2020-01-10T01:00:60Z",
    "2016-12-31T23:59:60Z",
    "2019-02-29T00:00:00Z",
    "2020-13-01T00:00:00Z",
    "2020-W02-5T01:00:00Z",
    "20200110T010000Z",
    "２０２０-01-10T01:00:00Z",
    "2020-01-10T01:00:00+24:00",
    "2020-01-10T01:00:00,5Z",
    "2020-01-10T01:00:00.Z",
    "2020-01-10T01:00:00Z\n",
    " 2020-01-10T01:00:00Z",
    "2020-01-10T01:00:00+0800",
    None,
    1578618000,
]


@given(INSTANTS)
def test_an_instant_comes_back_as_it_was_written(at: datetime):
    text = instant(at)
    assert len(text) == 27
    assert parse_instant(text) == parse_offset_instant(text) == at


@given(INSTANTS, INSTANTS)
def test_texts_sort_as_instants_do(one: datetime, other: datetime):
    assert (instant(one) < instant(other)) == (one < other)


def test_an_instant_is_written_in_utc_whatever_its_zone():
    shanghai = timezone(timedelta(hours=8))
    assert instant(AT.astimezone(shanghai)) == instant(AT) == "2020-01-10T01:00:00.000000Z"


def test_a_naive_time_is_no_instant():
    with pytest.raises(ValueError, match="naive"):
        instant(datetime(2020, 1, 10))  # noqa: DTZ001 -- that is the point


@pytest.mark.parametrize(
    "text",
    [
        "2020-01-10T09:00:00+08:00",
        "2020-01-10T01:00:00Z",
        "2020-01-10t01:00:00z",
        "2020-01-10T01:00:00.0Z",
        "2020-01-10T01:00:00.000000999Z",
        "2020-01-09T20:00:00-05:00",
        "2020-01-10T01:00:00-00:00",
    ],
)
def test_any_offset_is_taken_from_outside_and_only_our_spelling_on_the_wire(text: str):
    assert parse_offset_instant(text) == AT
    with pytest.raises(BadInstant, match="not_an_instant"):
        parse_instant(text)


@pytest.mark.parametrize("text", NO_INSTANTS)
def test_what_is_no_instant_is_refused(text: Any):
    for parse in (parse_instant, parse_offset_instant):
        with pytest.raises(BadInstant, match="not_an_instant"):
            parse(text)


@pytest.mark.parametrize(
    "text",
    [
        "1999-12-31T23:59:59.999999Z",
        "2101-01-01T00:00:00.000000Z",
        "0001-01-01T00:00:00.000000Z",
        "9999-12-31T23:59:59.999999Z",
    ],
)
def test_instants_outside_our_centuries_are_refused(text: str):
    for parse in (parse_instant, parse_offset_instant):
        with pytest.raises(BadInstant, match="out_of_range"):
            parse(text)


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00+12:00", "9999-12-31T23:59:59-12:00"])
def test_an_instant_that_overflows_in_utc_is_refused(text: str):
    with pytest.raises(BadInstant, match="out_of_range"):
        parse_offset_instant(text)


def test_a_day_is_read():
    assert parse_day("2020-02-29") == date(2020, 2, 29)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("2019-02-29", "not_a_day"),
        ("2020-1-1", "not_a_day"),
        ("20200101", "not_a_day"),
        ("2020-01-01\n", "not_a_day"),
        ("２０２０-01-01", "not_a_day"),
        (None, "not_a_day"),
        ("1999-12-31", "out_of_range"),
        ("2101-01-01", "out_of_range"),
    ],
)
def test_what_is_no_day_is_refused(text: Any, code: str):
    with pytest.raises(BadInstant, match=code):
        parse_day(text)
