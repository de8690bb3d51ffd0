"""Until which day an answer may hold: as far as the calendar is published, and no further."""

from datetime import date, timedelta

import pytest

from services.workflow.application.answers import Said
from tests.unit.workflow.hospital import Hospital

CALENDAR = Hospital().rulebook.running(Hospital().review.cycle).calendar
LAST = max(day for n in range(14) if CALENDAR.is_working(day := CALENDAR.last - timedelta(days=n)))
LATE = LAST - timedelta(days=10)


def promised(until: date, today: date) -> tuple[date, str, dict]:
    day, blocker = Said(fact="notice_acknowledged", until=until).last(CALENDAR, today)
    return day, blocker.code if blocker else "", dict(blocker.params) if blocker else {}


def test_the_end_of_the_calendar_bounds_a_promise_and_forbids_none():
    assert promised(LAST, LATE) == (LAST, "", {})
    beyond = promised(CALENDAR.last + timedelta(days=3), LATE)
    assert beyond[1:] == (
        "promise_out_of_range",
        {"first": LATE.isoformat(), "last": LAST.isoformat()},
    )


def test_twenty_working_days_bound_it_elsewhere():
    today = LATE - timedelta(days=200)
    furthest = CALENDAR.add(today, 20)
    assert promised(furthest, today) == (furthest, "", {})
    assert promised(CALENDAR.add(today, 21), today)[1] == "promise_out_of_range"


@pytest.mark.parametrize("days", [1, 5])
def test_what_is_put_off_past_the_calendar_names_how_long(days: int):
    said = Said(fact="notice_snoozed", working_days=days, reason="忙")
    assert said.last(CALENDAR, LATE) == (CALENDAR.add(LATE, days), None)
    _, blocker = said.last(CALENDAR, LAST)
    assert blocker
    assert (blocker.code, blocker.field) == ("promise_out_of_range", "working_days")
    assert blocker.params["last"] == LAST.isoformat()
