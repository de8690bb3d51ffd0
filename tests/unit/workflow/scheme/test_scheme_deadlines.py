"""When a state is due: the rules, and the dates of 2019/2020."""

from datetime import date, timedelta

import pytest

from services.workflow.domain.scheme.deadline import FixedDay, Latest, WorkingDaysAfter
from tests.unit.workflow.scheme.cases import SCHEME


class WeekdaysOnly:
    """A calendar without holidays: dates in these tests can be checked on any calendar."""

    def add(self, day: date, n: int) -> date:
        for _ in range(n):
            day += timedelta(days=1 if day.weekday() < 4 else 7 - day.weekday())
        return day


CALENDAR = WeekdaysOnly()
THURSDAY = date(2020, 1, 9)


def due(tier: str, state: str, entered: date, paused: int = 0, **marks: date) -> date | None:
    rule = SCHEME.tiers[tier].state(state).deadline
    return rule and rule.due_day(entered, marks, CALENDAR, paused)


@pytest.mark.parametrize(("tier", "day"), [("A", 14), ("B", 10), ("C", 14)])
def test_reports_are_due_on_the_day_of_the_notice(tier: str, day: int):
    assert due(tier, "drafting", date(2020, 1, 8)) == date(2020, 1, day)


@pytest.mark.parametrize("tier", ["A", "B", "C"])
def test_a_report_that_comes_back_late_is_due_two_working_days_after(tier: str):
    assert due(tier, "drafting", date(2020, 1, 13)) == date(2020, 1, 15)
    assert due(tier, "drafting", date(2020, 1, 16)) == date(2020, 1, 20)
    assert due("C", "drafting", THURSDAY) == date(2020, 1, 14)


def test_an_audit_is_due_on_the_14th_or_some_working_days_after_entry():
    assert due("B", "unit_audit", date(2020, 1, 9)) == date(2020, 1, 14)
    assert due("B", "unit_audit", date(2020, 1, 14)) == date(2020, 1, 15)
    assert due("B", "organ_audit", date(2020, 1, 9)) == date(2020, 1, 14)
    assert due("B", "organ_audit", date(2020, 1, 10)) == date(2020, 1, 15)


def test_only_tier_c_has_a_day_for_its_meeting():
    entered = date(2020, 1, 14)
    assert [due(tier, "cleared", entered) for tier in "ABC"] == [None, None, date(2020, 2, 15)]


@pytest.mark.parametrize(
    ("state", "n"), [("presented", 3), ("scored", 10), ("feedback", 10), ("rectification", 60)]
)
def test_later_states_are_due_some_working_days_after_entry(state: str, n: int):
    assert due("B", state, THURSDAY) == CALENDAR.add(THURSDAY, n)


def test_days_counted_from_entry_grow_by_the_suspended_days_and_fixed_ones_do_not():
    assert due("B", "presented", THURSDAY, paused=2) == CALENDAR.add(THURSDAY, 5)
    assert due("C", "cleared", THURSDAY, paused=2) == date(2020, 2, 15)


def test_a_deadline_may_hang_on_another_event():
    rule = WorkingDaysAfter(n=2, event="opened")
    assert rule.due_day(THURSDAY, {"opened": date(2020, 1, 6)}, CALENDAR) == date(2020, 1, 8)
    assert rule.due_day(THURSDAY, {}, CALENDAR) is None


def test_the_latest_leaves_out_what_is_not_known_yet():
    early = FixedDay(day=date(2020, 1, 7))
    unknown = WorkingDaysAfter(n=1, event="presented")
    assert Latest(rules=(early, unknown)).due_day(THURSDAY, {}, CALENDAR) == early.day
    assert Latest(rules=(unknown,)).due_day(THURSDAY, {}, CALENDAR) is None
