"""When a rung falls due: working days, holidays, ladders, suspensions, moved deadlines."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from schemas.policy import Track
from services.notifier.domain.case import Came, Holder, Stay
from services.notifier.domain.plan import (
    LATE,
    LateStart,
    NextDue,
    begin,
    go_on,
    ladder,
    plan,
    rung_day,
)
from tests.unit.notifier.world import (
    CALENDAR,
    POLICY,
    SHIPPED,
    ZONE,
    at,
    due,
    organisation,
    review,
)

TRACK = POLICY.tracks[0]


def days(one: Stay) -> list[tuple[int, int]]:
    return [
        ((local := timed.at.astimezone(ZONE)).month, local.day)
        for timed in ladder(one, TRACK, POLICY, CALENDAR)
    ]


def begins(one: Stay, track: Track = TRACK) -> int:
    return begin(one, track, ladder(one, track, POLICY, CALENDAR), POLICY)


def upcoming(one: Stay, passed: int, now: datetime, **others: Any) -> NextDue:
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
    assert days(review(due_at=due_at))[:4] == expected  # and then the last one again and again


@pytest.mark.parametrize("number", range(50))
def test_a_rung_falls_within_its_hour_and_never_on_the_hour_or_half_hour(number: int) -> None:
    for timed in ladder(review(stream=f"review/review-{number}"), TRACK, POLICY, CALENDAR):
        local = timed.at.astimezone(ZONE)
        assert local.hour == POLICY.hour
        assert local.minute not in {0, 30}


def test_reviews_due_on_one_day_are_spread_over_the_hour_and_always_the_same_way() -> None:
    due_alike = [review(stream=f"review/r{n}") for n in range(100)]
    first = [ladder(one, TRACK, POLICY, CALENDAR)[0].at for one in due_alike]
    again = [ladder(one, TRACK, POLICY, CALENDAR)[0].at for one in due_alike]
    assert first == again
    assert len({instant.minute for instant in first}) > 30


@pytest.mark.parametrize(
    "one",
    [review(suspended=True), review(due_at=None)],
    ids=["suspended", "no deadline"],
)
def test_nothing_is_planned_while_no_deadline_runs(one: Stay) -> None:
    assert plan(one, {}, POLICY, CALENDAR, organisation(), at(1, 9)) == ()


def test_a_moved_deadline_moves_every_rung() -> None:
    assert days(review(due_at=due(1, 14))) != days(review(due_at=due(1, 15)))


def test_a_reminder_whose_time_had_gone_by_is_not_made_up_for() -> None:
    assert begins(review(armed_at=at(1, 8, 18))) == 1


def test_the_last_reminder_is_made_up_for_where_nothing_else_tells_the_holder_first() -> None:
    one = review(armed_at=at(1, 10, 18))
    assert begins(one) == 1
    assert begins(one, replace(TRACK, rungs=TRACK.rungs[:2])) == 2, "nobody above hears of it"
    came = review(armed_at=one.case.armed_at, came=Came(version=1, at=one.case.armed_at))
    moved = review(armed_at=one.case.armed_at, came=Came(version=1, at=at(1, 8)), version=2)
    rungs = ladder(one, TRACK, SHIPPED, CALENDAR)
    assert begin(came, TRACK, rungs, SHIPPED) == 2, "arrival tells"
    assert begin(moved, TRACK, rungs, SHIPPED) == 1, "arrival told of another deadline"


def test_a_deadline_found_overdue_begins_with_the_holder() -> None:
    assert begins(review(armed_at=due(1, 10))) == begins(review(armed_at=at(3, 2))) == LATE


def test_without_a_rung_for_that_it_is_escalated_from_the_first_one() -> None:
    assert begins(review(armed_at=at(3, 2)), replace(TRACK, late_start=None)) == 2


@pytest.mark.parametrize(
    ("passed", "now", "reason"),
    [
        (0, at(1, 8, 10), "before_deadline"),
        (1, at(1, 10, 10), "due_today"),
        (2, at(1, 14, 10), "overdue"),
        (0, at(1, 10, 10), "superseded"),
        (0, at(1, 11, 10), "too_late"),
        (1, at(1, 11, 10), "too_late"),
        (2, at(1, 20, 10), "superseded"),
        (3, at(1, 20, 10), "overdue"),
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


def test_the_last_rung_is_told_again_every_five_completed_working_days() -> None:
    assert days(review(due_at=due(1, 10)))[3:6] == [(1, 16), (1, 22), (2, 6)]


def test_of_a_rung_that_is_repeated_the_latest_time_that_is_due_is_told_alone() -> None:
    one, now = review(due_at=due(1, 10)), at(2, 6, 10)
    told = [upcoming(one, passed, now) for passed in (2, 3, 4, 5)]
    assert [(each.timed.rung.name, each.speaks, each.reason) for each in told] == [
        ("committee", False, "superseded"),
        ("organ_office", False, "superseded"),
        ("organ_office/2", False, "superseded"),
        ("organ_office/3", True, "overdue"),
    ]
    assert upcoming(one, 6, now).timed.at > now


def test_of_two_escalations_that_are_due_the_lower_one_gives_way_to_the_higher() -> None:
    found = upcoming(review(), 2, at(1, 16, 10))
    assert (found.timed.rung.name, found.speaks, found.reason) == ("committee", False, "superseded")
    assert found.timed.at.astimezone(ZONE).day == 14  # when it should have been told


def test_an_escalation_gives_way_to_none_that_would_reach_nobody() -> None:
    found = upcoming(review(), 2, at(1, 16, 10), without=("oo",))
    assert (found.timed.rung.name, found.reason) == ("committee", "overdue")
    assert [one.person for one in found.recipients] == ["hs"]


def test_what_goes_to_the_holder_gives_way_to_nobody_above() -> None:
    committee, *more = TRACK.rungs[2:]
    own = (*TRACK.rungs[:2], replace(committee, target=TRACK.rungs[0].target), *more)
    policy = replace(POLICY, tracks=(replace(TRACK, rungs=own),))
    behind = {TRACK.name: 2}
    (told,) = plan(review(), behind, policy, CALENDAR, organisation(), at(1, 16, 10))
    assert (told.timed.rung.name, told.speaks) == ("committee", True)


def test_whoever_is_passed_over_by_a_rung_that_is_repeated_is_named_once() -> None:
    nobody = upcoming(review(), 3, at(1, 16, 10), without=("oo",))
    assert len(nobody.skipped) == 1


def test_rungs_beyond_the_calendar_are_left_out() -> None:
    beyond = datetime.combine(CALENDAR.last, datetime.min.time(), ZONE)
    timed = ladder(review(due_at=beyond), TRACK, POLICY, CALENDAR)
    assert [one.rung.working_days for one in timed] == [-2, 0]


def test_n_days_over_are_n_completed_working_days() -> None:
    for n in range(1, 30):
        day = rung_day(date(2020, 1, 17), n, CALENDAR)
        assert CALENDAR.is_working(day)
        assert CALENDAR.between(date(2020, 1, 17), day - timedelta(days=1)) == n


LATE_CASE = review(armed_at=at(1, 17))  # a Friday; the 18th is free, Sunday the 19th is worked


@pytest.mark.parametrize(
    ("settled_at", "expected"),
    [
        (at(1, 17), (1, 19)),  # told on the same day
        (at(1, 18), (1, 20)),  # a day of rest: they have not had the 19th yet
        (at(1, 23, 23), (2, 3)),  # on the eve of the holidays
        (None, (1, 20)),  # not told yet on the 19th
    ],
)
@pytest.mark.parametrize("passed", [2, 3])
def test_a_rung_above_waits_for_the_working_day_after_the_holders(
    settled_at: datetime | None, expected: tuple[int, int], passed: int
) -> None:
    late = {TRACK.name: LateStart(settled_at)}
    behind = {TRACK.name: passed}
    (found,) = plan(LATE_CASE, behind, POLICY, CALENDAR, organisation(), at(1, 19), late)
    local = found.timed.at.astimezone(ZONE)
    assert (local.month, local.day, local.hour) == (*expected, POLICY.hour)


def test_a_late_start_is_told_at_once_to_the_holder_alone() -> None:
    (found,) = plan(LATE_CASE, {}, POLICY, CALENDAR, organisation(), at(1, 17))
    assert (found.timed.at, found.timed.rung.name, found.reason) == (
        at(1, 17),
        "late_start",
        "late_start",
    )
    assert [one.person for one in found.recipients] == ["ws"]


@pytest.mark.parametrize(
    ("one", "without", "reason"),
    [
        (review(armed_at=at(1, 17), holder=Holder(unit="ward", role="secretary")), "ws", "vacant"),
        (LATE_CASE, "ws", "post_ended"),
        (
            review(armed_at=at(1, 17), holder=Holder(unit="ward", role="secretary")),
            "nobody",
            "person_appraised",
        ),
    ],
)
def test_a_holder_who_cannot_be_told_is_passed_over_with_the_reason(
    one: Stay, without: str, reason: str
) -> None:
    (found,) = plan(one, {}, POLICY, CALENDAR, organisation(without=(without,)), at(1, 17))
    assert (found.speaks, found.reason, found.recipients) == (False, reason, ())


def test_a_deadline_that_went_by_while_the_clock_stood_still_is_a_late_start() -> None:
    assert go_on(TRACK, 1, LATE_CASE) == LATE
    assert go_on(TRACK, 2, LATE_CASE) == 2  # the holder had been told on the day
    assert go_on(TRACK, 0, review()) == 0
    assert go_on(replace(TRACK, late_start=None), 1, LATE_CASE) == 1


def test_a_late_start_under_a_policy_that_no_longer_has_one_goes_on_with_the_rungs_above() -> None:
    policy = replace(POLICY, tracks=(replace(TRACK, late_start=None),))
    (found,) = plan(LATE_CASE, {TRACK.name: LATE}, policy, CALENDAR, organisation(), at(1, 17))
    assert found.timed.rung.name == "committee"
