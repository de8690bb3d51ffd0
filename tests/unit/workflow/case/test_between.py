"""What counts of other cases, and in which order the log shows it: each rule by itself."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from schemas.calendar import WorkingDays, end_of_day
from schemas.envelope import open_envelope
from services.workflow.domain.case import effects
from services.workflow.domain.case.acts import Act
from services.workflow.domain.case.between import Question, has_reached
from services.workflow.domain.case.head import Case, Reached
from services.workflow.domain.case.planning import beyond
from services.workflow.domain.case.replanning import moves
from services.workflow.domain.case.times import Telling
from services.workflow.domain.case.world import SOON, Looks, Place
from services.workflow.domain.language.model.days import Counted, Mark
from tests.builders import called
from tests.unit.workflow.case.played import CYCLE, MORNING, Play
from tests.unit.workflow.case.test_links_2019 import (
    COMMISSION,
    PROVINCIAL,
    document,
    rectifying,
    row,
    scheduled,
)
from tests.unit.workflow.case.test_notice_2019 import (
    ALONE,
    GOOD,
    REPORT,
    B,
    cleared,
    scored,
)

HOUR = timedelta(hours=1)
NOW = datetime(2020, 1, 8, 16, tzinfo=UTC)


@pytest.fixture
def play() -> Play:
    made = Play(ALONE)
    made.open()
    return made


def entered(case: Case, at: datetime, **more: object) -> Case:
    return replace(case, reached={"held": Reached(effective_at=at, recorded_at=at)}, **more)


def asking(play: Play, at: datetime, **more: object) -> Question:
    case = replace(play.case(B), **more)
    return Question(case=case, at=at, world=play.world, looks=Looks())


def test_what_takes_effect_after_an_act_does_not_count_for_it(play: Play):
    meeting = entered(play.case(COMMISSION), MORNING)
    assert has_reached(meeting, "held", asking(play, MORNING))
    assert not has_reached(meeting, "held", asking(play, MORNING - SOON))


def test_what_a_case_abandoned_since_had_reached_does_not_count(play: Play):
    meeting = entered(play.case(COMMISSION), MORNING, final="abandoned")
    assert not has_reached(meeting, "held", asking(play, MORNING))


def test_what_was_recorded_before_a_case_forgot_does_not_count_for_it(play: Play):
    meeting = entered(play.case(COMMISSION), MORNING)
    assert not has_reached(meeting, "held", asking(play, MORNING + HOUR, forgot_at=MORNING))
    earlier = MORNING - SOON
    assert has_reached(meeting, "held", asking(play, MORNING + HOUR, forgot_at=earlier))


def test_no_link_leads_to_the_case_itself(play: Play):
    commission, unit = play.case(COMMISSION), play.case("2019-unit-0001")
    assert play.world.heads.linked(commission, "commission") == ()
    assert play.world.heads.linked(unit, "commission") == (commission,)


def test_nothing_is_recorded_before_what_it_rests_on():
    looks = Looks()
    assert looks.recorded_at(MORNING, None) == MORNING
    assert looks.recorded_at(MORNING, MORNING + HOUR) == MORNING + HOUR
    looks.last = MORNING + HOUR
    assert looks.recorded_at(MORNING, MORNING) == MORNING + HOUR + SOON


def test_a_case_opened_in_anothers_place_is_recorded_after_what_made_room(play: Play):
    play.done(COMMISSION, "cancel", "office.c", reason="r")
    *_, cause, effect = [open_envelope(one.body) for one in play.store.log]
    assert (effect.fact, effect.causationid) == ("case_opened", cause.id)
    assert effect.time > cause.time


def test_a_place_whose_case_was_abandoned_is_empty_until_the_next(play: Play):
    number = play.opened("draw", "c", "office.c").case.number
    place = Place(CYCLE, "draw", "c")
    assert play.world.heads.current[place] == play.case(number).stream
    play.done(number, "void", "office.c", reason="r")
    assert place not in play.world.heads.current
    assert play.opened("draw", "c", "office.c").outcome == "done"


def test_an_effect_takes_effect_no_earlier_than_the_last_of_its_own_case(play: Play):
    rectifying(play, row())
    before = play.now + HOUR
    play.now += 3 * HOUR
    play.done(f"{B}/01", "report", "office.c.h1", data=document("evidence", "done"))
    reported = play.case(f"{B}/01").effective_at
    play.done(B, "withdraw", "office.c", reason="r", effective_at=before)
    assert (play.case(B).effective_at, play.case(f"{B}/01").effective_at) == (before, reported)


def test_an_act_as_long_ago_as_is_allowed_may_still_be_recorded(play: Play):
    at = play.now + timedelta(minutes=1)
    play.now += timedelta(days=ALONE.max_backdating)
    play.done(B, "submit", "secretary.c.h1", data=REPORT, effective_at=at)


def test_a_day_moved_by_its_own_case_is_never_too_near(play: Play):
    scheduled(play, PROVINCIAL, "liaison.w", "2020-01-20")
    day = called("2020-01-08")
    case = play.done(PROVINCIAL, "move_day", "liaison.w", reason="r", data=day)
    assert case.due_at == end_of_day(date(2020, 1, 10), ALONE.zone)
    assert case.due.raised_from == date(2020, 1, 8)


def test_a_deadline_that_was_raised_is_not_raised_again_the_day_after(play: Play):
    cleared(play)
    scheduled(play, PROVINCIAL, "liaison.w", "2020-01-20")
    play.on(date(2020, 2, 6))
    play.done(
        B, "change_deadline", "office.c", reason="r", data={"due_at": "2020-02-28T16:00:00+00:00"}
    )
    by_hand = play.case(B).holders[0]
    scheduled(play, COMMISSION, "office.c", "2020-02-07")
    told = replace(
        by_hand,
        due=replace(
            by_hand.due,
            by_hand=False,
            at=end_of_day(date(2020, 2, 10), ALONE.zone),
            raised_from=date(2020, 2, 7),
        ),
    )
    raised = replace(play.case(B), holders=(told,))
    assert list(moves(raised, play.world)) == []
    play.now += timedelta(days=1)
    assert list(moves(raised, play.world)) == []


def test_a_day_of_many_is_known_when_all_of_them_have_it(play: Play):
    rectifying(play, row(), row())
    rule = Counted(n=0, mark=Mark(state="verified", link="items", which="last"))

    def told() -> date | None:
        case = play.case(B)
        return Telling(case=case, world=play.world, entered=None).day(rule)

    for item in (f"{B}/01", f"{B}/02"):
        assert told() is None
        play.done(item, "report", "office.c.h1", data=document("evidence", "done"))
        play.done(item, "verify", "office.c")
    assert told() == date(2020, 1, 8)


def test_a_round_is_opened_by_who_may_open_and_no_child_by_them(play: Play):
    rectifying(play, row())
    answer = play.opened("item", "", "office.c", parent=B)
    assert (answer.outcome, answer.blockers[0].code) == ("not_allowed", "no_post")


def test_more_effects_than_are_allowed_are_refused_and_nothing_is_written(
    play: Play, monkeypatch: pytest.MonkeyPatch
):
    scored(play, GOOD)
    play.fed_back(B)
    monkeypatch.setattr(effects, "MOST_EFFECTS", 2)
    rows = {"documents": {"lists": {"rows": [row(), row(), row()]}}}
    start = (B, "start_rectification", "secretary.c.h1")
    assert play.codes(*start, data=rows) == ["too_many_effects"]
    assert (play.case(B).state, play.cases("item")) == ("feedback", [])
    rows["documents"]["lists"]["rows"].pop()
    play.done(*start, data=rows)


def test_a_day_that_no_calendar_knows_is_refused_wherever_it_turns_up(play: Play):
    cleared(play)
    document = json.loads(play.calendar.canonical)
    known = [one for one in document["years"] if one["year"] <= 2020]
    play.calendar = WorkingDays({**document, "years": known})
    play.on(date(2020, 12, 31))
    assert play.codes(B, "present", "office.c") == ["outside_calendar"]
    assert play.opened("visit", "c.h1", "office.c").outcome == "done"  # a fixed day needs no table


@pytest.mark.parametrize("day", ["2099-02-12", "2100-12-31", "2001-01-01"])
def test_a_day_that_is_fixed_for_a_meeting_lies_in_the_calendar(play: Play, day: str):
    refused = play.act(PROVINCIAL, "schedule", "liaison.w", data={"planned": {"held": day}})
    assert [(one.code, one.field, one.params) for one in refused.blockers] == [
        ("outside_calendar", "data.planned.held", {"day": day})
    ]


@pytest.mark.parametrize(
    ("due_at", "day"),
    [("2099-02-04T16:00:00+00:00", "2099-02-04"), ("2099-02-04T15:00:00+00:00", "2099-02-04")],
)
def test_a_deadline_that_no_calendar_knows_is_refused_at_its_field(
    play: Play, due_at: str, day: str
):
    cleared(play)
    refused = play.act(B, "redo", "secretary.c", data={"due_at": due_at}, reason="r")
    assert [(one.code, one.field, one.params) for one in refused.blockers] == [
        ("outside_calendar", "data.due_at", {"day": day})
    ]


@pytest.mark.parametrize(
    ("given", "asked", "place"),
    [
        ({"planned": {"held": date(2099, 1, 20)}}, "2099-01-20", "data.planned.held"),
        ({"planned": {"held": date(2099, 1, 20)}}, "2099-01-21", "data.planned.held"),
        ({"planned": {"held": date(2099, 1, 20)}}, "2031-01-01", ""),
        ({"decisions": [{}, {"date": date(2099, 1, 1)}]}, "2099-01-01", "data.decisions[1].date"),
        (
            {"rows": [{"at": {"since": date(1999, 1, 1), "until": NOW}}]},
            "1999-01-01",
            "data.rows[0].at.from",
        ),
        (
            {"rows": [{"joined": date(1998, 7, 1)}], "planned": {"held": date(2031, 1, 1)}},
            "2031-01-01",
            "data.planned.held",
        ),
        ({"planned": {"held": date(2020, 1, 20)}, "due_at": NOW, "order": 1}, "2020-01-20", ""),
    ],
)
def test_what_no_calendar_knows_is_found_where_it_was_brought(
    play: Play, given: dict[str, Any], asked: str, place: str
):
    act = Act(trigger="a", effective_at=MORNING, given=given)
    assert beyond(act, play.world, asked) == place


def test_what_rests_on_a_case_as_it_stands_is_recorded_after_it_whatever_the_clock_says(play: Play):
    other, looks = play.case(COMMISSION), Looks()
    looks.by_version(other)
    behind = other.recorded_at - timedelta(hours=1)
    assert looks.recorded_at(behind, None) > other.recorded_at
