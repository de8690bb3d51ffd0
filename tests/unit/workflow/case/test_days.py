"""Days: every rule against a naive walk from one day to the next, and what is never in the past."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.calendar import WorkingDays, end_of_day
from schemas.document import Document
from services.workflow.domain.case.head import Case, Due, Reached, Source
from services.workflow.domain.case.replanning import is_outdated, moves
from services.workflow.domain.case.times import Telling, due_by, raised
from services.workflow.domain.case.world import Heads
from services.workflow.domain.language.loading import load
from services.workflow.domain.language.model.days import (
    Counted,
    DayRule,
    Earliest,
    FieldDay,
    FixedDay,
    Latest,
    Mark,
)
from services.workflow.domain.language.model.days import Due as DueRule
from tests.builders import called
from tests.unit.workflow.case.played import CALENDAR, Play
from tests.unit.workflow.case.test_links_2019 import COMMISSION, PROVINCIAL, scheduled
from tests.unit.workflow.case.test_notice_2019 import ALONE, REPORT, B, cleared
from tests.unit.workflow.language.examples import tree

DAYS = st.dates(date(2020, 1, 1), date(2020, 6, 30))
MARKS = {"began": date(2020, 1, 9), "went": date(2020, 2, 14)}
NOT_YET = "not_yet"


def opened() -> Play:
    play = Play(ALONE)
    play.open()
    return play


PLAY = opened()
WORLD = PLAY.world


def marked() -> Case:
    case = PLAY.case(B)
    reached = {
        name: Reached(effective_at=noon(day), recorded_at=noon(day)) for name, day in MARKS.items()
    }
    return replace(case, reached={**case.reached, **reached}, values={"day": "2020-03-03"})


def noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 4, tzinfo=UTC)


CASE = marked()
SIMPLE = st.one_of(
    st.builds(FixedDay, DAYS),
    st.builds(
        Counted,
        st.integers(0, 25),
        st.booleans(),
        st.sampled_from(["after", "before"]),
        st.one_of(st.none(), st.sampled_from([*MARKS, NOT_YET]).map(Mark)),
    ),
    st.sampled_from(["day", "lacking"]).map(FieldDay),
)
RULES: st.SearchStrategy[DayRule] = st.recursive(
    SIMPLE,
    lambda inner: st.lists(inner, min_size=1, max_size=3).flatmap(
        lambda rules: st.sampled_from([Latest(tuple(rules)), Earliest(tuple(rules))])
    ),
    max_leaves=6,
)


def walked(rule: DayRule, entered: date, paused: int) -> date | None:
    """Find the day of *rule* by going from one day to the next."""
    match rule:
        case FixedDay(day):
            return day
        case FieldDay(column):
            return date(2020, 3, 3) if column == "day" else None
        case Latest(rules) | Earliest(rules):
            days = [day for one in rules if (day := walked(one, entered, paused)) is not None]
            return (max if isinstance(rule, Latest) else min)(days, default=None)
    start = entered if rule.mark is None else MARKS.get(rule.mark.state)
    if start is None:
        return None
    if rule.side == "before":
        return stepped(start, rule.n, -1, working=rule.working)
    if rule.working:
        return stepped(start, rule.n + paused, 1, working=True)
    return stepped(stepped(start, rule.n, 1, working=False), paused, 1, working=True)


def stepped(day: date, n: int, step: int, *, working: bool) -> date:
    while n:
        day += timedelta(step)
        n -= CALENDAR.is_working(day) if working else 1
    return day


@given(RULES, DAYS, st.integers(0, 5))
def test_a_rule_gives_the_day_that_walking_finds(rule: DayRule, entered: date, paused: int):
    telling = Telling(case=CASE, world=WORLD, entered=entered, paused=paused)
    assert telling.day(rule) == walked(rule, entered, paused)


@given(RULES, DAYS)
def test_a_deadline_is_the_midnight_that_ends_its_day_and_names_the_rule(rule: DayRule, day: date):
    due = due_by(DueRule(rule), Telling(case=CASE, world=WORLD, entered=day))
    told = walked(rule, day, 0)
    assert due.at == (None if told is None else end_of_day(told, ALONE.zone))
    assert (due.rule is None) == (told is None)


@given(DAYS, DAYS)
def test_who_has_to_act_is_told_at_least_two_working_days_ahead(day: date, today: date):
    due = Due(at=end_of_day(day, ALONE.zone))
    least = stepped(today, 2, 1, working=True)
    after = raised(due, WORLD, noon(today))
    assert after.at == end_of_day(max(day, least), ALONE.zone)
    assert after.raised_from == (day if day < least else None)


# --- Replanning ---


@pytest.fixture
def waiting() -> Play:
    """A review that waits for the day of the commission's meeting."""
    play = opened()
    cleared(play)
    scheduled(play, PROVINCIAL, "liaison.w", "2020-01-20")
    return play


def due_on(day: date) -> datetime:
    return end_of_day(day, ALONE.zone)


def test_a_day_that_becomes_known_too_near_is_raised_and_the_event_says_from_what(waiting: Play):
    play = waiting
    scheduled(play, COMMISSION, "office.c", "2020-01-21")
    play.on(date(2020, 1, 17))  # a Friday: the second working day after is Monday, a make-up Sunday
    play.replanning.run(play.round.id)
    assert play.case(B).due_at == due_on(date(2020, 1, 21))
    play.done(COMMISSION, "move_day", "office.c", reason="r", data=called("2020-02-10"))
    play.replanning.run(play.round.id)
    play.on(date(2020, 2, 6))
    play.done(COMMISSION, "move_day", "office.c", reason="r", data=called("2020-02-06"))
    play.replanning.run(play.round.id)
    review = play.case(B)
    assert review.due_at == due_on(date(2020, 2, 10))
    assert review.due.raised_from == date(2020, 2, 6)
    assert play.replanning.run(play.round.id) == 0
    play.replayed()


def test_an_overdue_deadline_moves_only_to_a_later_day_that_the_rule_itself_gives(waiting: Play):
    play = waiting
    scheduled(play, COMMISSION, "office.c", "2020-01-22")
    play.replanning.run(play.round.id)
    play.on(date(2020, 2, 4))
    assert play.case(B).due_at == due_on(date(2020, 1, 22))
    play.done(COMMISSION, "move_day", "office.c", reason="r", data=called("2020-01-21"))
    assert play.replanning.run(play.round.id) == 0  # an earlier day, however it be raised
    play.done(COMMISSION, "move_day", "office.c", reason="r", data=called("2020-02-12"))
    assert play.replanning.run(play.round.id) == 1
    assert (play.case(B).due_at, play.case(B).due.raised_from) == (due_on(date(2020, 2, 12)), None)


def test_a_deadline_set_by_hand_is_moved_by_no_source(waiting: Play):
    play = waiting
    data = {"due_at": "2020-01-31T16:00:00+00:00"}
    play.done(B, "change_deadline", "office.c", reason="r", data=data)
    scheduled(play, COMMISSION, "office.c", "2020-02-10")
    assert play.replanning.run(play.round.id) == 0


def test_a_deadline_set_by_hand_is_not_moved_by_a_day_that_is_planned():
    made = tree()
    made["cases"]["meeting"]["triggers"]["fix"] = {
        "label": "调整期限",
        "from": ["scheduled"],
        "by": [{"party": "own_unit", "roles": ["office"]}],
        "records": "deadline_changed",
        "sets": ["deadline"],
    }
    play = Play(load(Document(made, "f")))
    play.open()
    cleared(play)
    scheduled(play, PROVINCIAL, "liaison.w", "2020-01-20")
    scheduled(play, COMMISSION, "office.c", "2020-01-22")
    play.done(COMMISSION, "fix", "office.c", data={"due_at": "2020-01-31T16:00:00+00:00"})
    day = called("2020-02-10")
    moved = play.done(COMMISSION, "move_day", "office.c", reason="r", data=day)
    assert (moved.due_at, moved.due.by_hand) == (due_on(date(2020, 1, 31)), True)


def test_a_suspended_case_is_moved_when_its_clock_goes_on(waiting: Play):
    play = waiting
    play.done(B, "suspend", "office.c", reason="r")
    scheduled(play, COMMISSION, "office.c", "2020-02-10")
    assert play.replanning.run(play.round.id) == 0
    assert play.done(B, "resume", "office.c", reason="r").due_at == due_on(date(2020, 2, 10))


def test_an_act_before_the_holiday_can_be_recorded_after_a_deadline_was_replanned(waiting: Play):
    play = waiting
    before = play.now
    play.on(date(2020, 1, 16))
    scheduled(play, COMMISSION, "office.c", "2020-02-10")
    play.replanning.run(play.round.id)
    play.done(B, "present", "office.c", effective_at=before)


def test_a_deadline_moves_after_what_told_it_though_that_was_recorded_by_a_clock_ahead(
    waiting: Play,
):
    before = waiting.now
    waiting.now += timedelta(minutes=5)
    scheduled(waiting, COMMISSION, "office.c", "2020-02-10")
    waiting.now = before
    waiting.replanning.run(waiting.round.id)
    assert waiting.case(B).recorded_at > waiting.case(COMMISSION).recorded_at


@pytest.fixture
def presented() -> Play:
    """A review of which three working days are counted, to 16 January."""
    play = opened()
    play.done(B, "submit", "secretary.c.h1", data=REPORT)
    play.done(B, "pass_unit_audit", "deputy_secretary.c.h1")
    play.on(date(2020, 1, 13))
    play.done(B, "pass_organ_audit", "office.c")
    play.done(B, "present", "office.c")
    return play


def test_a_deadline_that_counts_days_alone_looks_at_no_other_case(presented: Play):
    case = presented.case(B)
    alone = Heads(cases={case.stream: case}, seen=frozenset())
    calendar = deepened(date(2020, 1, 15), date(2020, 1, 16))
    assert any(moves(case, replace(presented.world, calendar=calendar, heads=alone)))


def test_another_calendar_moves_what_was_counted_by_the_old_one_alone(presented: Play):
    play = presented
    longer = deepened(date(2020, 1, 15), date(2020, 1, 16))
    world = replace(play.world, calendar=longer)
    assert not is_outdated(play.case(B), play.world)
    moved = {one.number: tuple(moves(one, world)) for one in play.world.heads.cases.values()}
    assert [number for number, found in moved.items() if found] == [B]
    (one,) = moved[B]
    assert one.due.at == due_on(date(2020, 1, 19))  # the make-up Sunday


def deepened(*days: date) -> WorkingDays:
    """Return the calendar with more days off."""
    document = json.loads(CALENDAR.canonical)
    year = next(one for one in document["years"] if one["year"] == 2020)
    year["holidays"] = sorted({*year["holidays"], *(day.isoformat() for day in days)})
    return WorkingDays({**document, "version": "later"})


def test_a_source_is_older_when_its_case_has_moved_since():
    case = PLAY.case(B)
    meeting = PLAY.case(COMMISSION)
    at = Due(
        at=noon(date(2020, 2, 1)),
        rule={"days": 1, "after": "meeting.held"},
        sources=(Source(link="meeting", stream=meeting.stream, version=1),),
    )
    waits = replace(case, holders=(replace(case.holders[0], due=at),))
    assert not is_outdated(waits, WORLD)
    heads = WORLD.heads.with_case(replace(meeting, version=2))
    assert is_outdated(waits, replace(WORLD, heads=heads))
