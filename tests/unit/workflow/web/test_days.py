"""Days as pages write them: without their year only where no other year can be meant."""

from datetime import UTC, date, datetime
from types import SimpleNamespace

import pytest
from flask import Flask, g

from services.workflow.adapters.web import words

NOW = date(2021, 2, 5)
DUE = datetime(2020, 5, 8, 16, tzinfo=UTC)  # the midnight that ends 2020-05-08 in China


@pytest.mark.parametrize(
    ("on", "told"),
    [
        (date(2020, 5, 8), "2020-05-08"),
        (date(2020, 12, 31), "12-31"),
        (date(2021, 8, 7), "08-07"),
        (date(2021, 8, 8), "2021-08-08"),
        (date(2020, 8, 6), "08-06"),
        (date(2020, 8, 5), "2020-08-05"),
    ],
)
def test_a_day_half_a_year_away_bears_its_year(on: date, told: str):
    with Flask(__name__).test_request_context():
        g.page_look = SimpleNamespace(day=NOW)
        assert words.day(on) == told


def test_a_deadline_and_a_moment_of_last_year_bear_theirs():
    with Flask(__name__).test_request_context():
        g.page_look = SimpleNamespace(day=NOW)
        assert words.due_day(DUE) == "2020-05-08"
        assert words.clock(DUE) == "2020-05-08 24:00"
        assert words.clock(datetime(2020, 5, 8, 1, tzinfo=UTC)) == "2020-05-08 09:00"


def test_where_nobody_looks_days_bear_no_year():
    assert words.day(date(2020, 5, 8)) == "05-08"
