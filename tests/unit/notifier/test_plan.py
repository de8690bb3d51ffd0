"""When a rung falls due: working days, holidays, ladders, suspensions, moved deadlines."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from services.notifier.domain.plan import NextDue, begin, ladder, plan, rung_day
from services.notifier.domain.review import Review
from tests.unit.notifier.world import CALENDAR, POLICY, ZONE, at, due, organisation, review

TRACK = POLICY.tracks[0]


def days(one: Review) -> list[tuple[int, int]]:
    return [
        ((local := timed.at.astimezone(ZONE)).month, local.day)
        for timed in ladder(one, TRACK, POLICY, CALENDAR)
    ]


def upcoming(one: Review, passed: int, now: datetime, **others: Any) -> NextDue:
    behind = {TRACK.name: passed}
    return plan(one, behind, POLICY, CALENDAR, organisation(**others), now)[0]


@pytest.mark.parametrize(
    ("due_at", "expected"),
    [
        # Friday 10 January: two and no working days before; 1 and 3 *completed* days over, so on
        # the second and the fourth working day after it.
        (due(1, 10), [(1, 8), (1, 10), (1, 14), (1, 16)]),
        (due(1, 14), [(1, 10), (1, 14), (1, 16), (1, 19)]),
        # Sunday 19 January 2020 was worked for the Spring Festival, in this row and the one above.
        (due(1, 17), [(1, 15), (1, 17), (1, 20), (1, 22)]),
        # Spring Festival, prolonged to Sunday 2 February: the first working day after is the 3rd.
        (due(1, 22), [(1, 20), (1, 22), (2, 3), (2, 5)]),
        # Saturday 15 February stays where it is; its reminders move to the working days before.
        (due(2, 15), [(2, 12), (2, 14), (2, 18), (2, 20)]),
        # A deadline inside the holidays.
        (due(1, 28), [(1, 21), (1, 23), (2, 4), (2, 6)]),
    ],
)
def test_each_rung_falls_on_its_working_day(
    due_at: datetime, expected: list[tuple[int, int]]
) -> None:
    assert days(review(due_at=due_at)) == expected


@pytest.mark.parametrize("number", range(50))
def test_a_rung_falls_within_its_hour_and_never_on_the_hour_or_half_hour(number: int) -> None:
    for timed in ladder(review(id=f"review-{number}"), TRACK, POLICY, CALENDAR):
        local = timed.at.astimezone(ZONE)
        assert local.hour == POLICY.hour
        assert local.minute not in {0, 30}


def test_reviews_due_on_one_day_are_spread_over_the_hour_and_always_the_same_way() -> None:
    first = [ladder(review(id=f"r{n}"), TRACK, POLICY, CALENDAR)[0].at for n in range(100)]
    again = [ladder(review(id=f"r{n}"), TRACK, POLICY, CALENDAR)[0].at for n in range(100)]
    assert first == again
    assert len({instant.minute for instant in first}) > 30


@pytest.mark.parametrize(
    "one",
    [review(suspended=True), review(due_at=None), review(holder=None)],
    ids=["suspended", "no deadline", "final"],
)
def test_nothing_is_planned_while_no_deadline_runs(one: Review) -> None:
    assert plan(one, {}, POLICY, CALENDAR, organisation(), at(1, 9)) == ()


def test_a_moved_deadline_moves_every_rung() -> None:
    assert days(review(due_at=due(1, 14))) != days(review(due_at=due(1, 15)))


def test_a_reminder_whose_time_had_gone_by_is_not_made_up_for() -> None:
    rungs = ladder(review(armed_at=at(1, 8, 18)), TRACK, POLICY, CALENDAR)
    assert begin(rungs, at(1, 8, 18)) == 1
    assert begin(rungs, at(1, 11)) == 2


def test_a_deadline_found_overdue_is_escalated_from_the_first_rung() -> None:
    rungs = ladder(review(), TRACK, POLICY, CALENDAR)
    assert begin(rungs, at(3, 2)) == 2


@pytest.mark.parametrize(
    ("passed", "now", "reason"),
    [
        (0, at(1, 8, 10), "before_deadline"),
        (1, at(1, 10, 10), "due_today"),
        (2, at(1, 14, 10), "overdue"),
        (0, at(1, 10, 10), "superseded"),
        (0, at(1, 11, 10), "too_late"),
        (1, at(1, 11, 10), "too_late"),
        (2, at(1, 20, 10), "overdue"),
    ],
)
def test_the_reason_says_why_it_speaks_or_why_not(passed: int, now: datetime, reason: str) -> None:
    found = upcoming(review(), passed, now)
    assert found.reason == reason
    assert found.speaks == (reason not in {"superseded", "too_late"})


def test_a_ladder_that_reached_its_top_says_so() -> None:
    found = upcoming(review(), 3, at(1, 16, 10), without=("oo",))
    assert (found.speaks, found.reason, found.recipients) == (False, "top_of_ladder", ())


def test_after_the_last_rung_nothing_is_planned() -> None:
    behind = {TRACK.name: len(TRACK.rungs)}
    assert plan(review(), behind, POLICY, CALENDAR, organisation(), at(1, 20)) == ()


def test_rungs_beyond_the_calendar_are_left_out() -> None:
    beyond = datetime.combine(CALENDAR.last, datetime.min.time(), ZONE)
    timed = ladder(review(due_at=beyond), TRACK, POLICY, CALENDAR)
    assert [one.rung.working_days for one in timed] == [-2, 0]


def test_n_days_over_are_n_completed_working_days() -> None:
    for n in range(1, 30):
        day = rung_day(date(2020, 1, 17), n, CALENDAR)
        assert CALENDAR.is_working(day)
        assert CALENDAR.between(date(2020, 1, 17), day - timedelta(days=1)) == n
