"""Each of several meetings at one place tells what took place there, and nothing of another."""

from dataclasses import replace
from datetime import timedelta

import pytest

from services.workflow.adapters.web.minutes import course
from services.workflow.application.boards.gathering import Gathering
from tests.builders import changed, post, unit
from tests.end_to_end.pages.site import Site
from tests.unit.workflow.case.played import Play, everybody
from tests.unit.workflow.case.test_links_2019 import UNIT, C, commented, held, passed, prepared
from tests.unit.workflow.case.test_notice_2019 import ALONE
from tests.unit.workflow.case.test_order_of_meetings import met_twice, redone
from tests.unit.workflow.web.staged import VIEWER, Stage

HOST = "office.c.h1"
SEEN = everybody().evolve(changed(people=[VIEWER], posts=[post(VIEWER, "w", "inspector")]))


@pytest.fixture
def stage(site: Site, monkeypatch: pytest.MonkeyPatch) -> Stage:
    """The notice of 2019, opened; an inspector looks."""
    play = Play(ALONE, SEEN)
    play.open()
    return Stage(play, site, monkeypatch)


@pytest.fixture
def twice(site: Site, monkeypatch: pytest.MonkeyPatch) -> Stage:
    """Two meetings were held at one place, the second for a review that was done again."""
    return Stage(met_twice(SEEN)[0], site, monkeypatch)


def board_of(stage: Stage, number: str) -> Gathering:
    boards = stage.site.parts.boards
    actor = replace(stage.site.actor(VIEWER), scope_unit="w")
    look = boards.look(actor, stage.play.now)
    return boards.gathering(look, stage.play.case(number).id, "whole")


def told(stage: Stage, number: str) -> list[str]:
    """Return the course of a meeting, without when."""
    lines = course(board_of(stage, number)).splitlines()
    return [line.split(" ", 2)[2].partition("：")[0].rstrip("。") for line in lines]


def test_the_minutes_of_a_second_meeting_tell_nothing_of_one_that_was_broken_off(stage: Stage):
    play = stage.play
    passed(play, C[1])
    commented(play, C[0])
    play.done(UNIT, "cancel", "office.c", reason="停电")
    ahead = (one for one in play.cases("meeting") if one.state == "planning")
    second = next(one.number for one in ahead if one.unit == "c.h1")
    prepared(play, second)
    held(play, second, HOST, play.now.date() + timedelta(days=1))
    play.done(C[1], "present", HOST)
    assert told(stage, UNIT) == ["开会", "登记述职", "登记点评", "取消会议"]
    assert told(stage, second) == ["开会", "登记述职"]


def gone_through(stage: Stage, number: str) -> list[str]:
    return [one.case.number for one in board_of(stage, number).agenda]


def test_a_meeting_that_was_held_keeps_its_agenda_whatever_is_done_again(twice: Stage):
    play = twice.play
    second = max(one.number for one in play.cases("meeting") if one.unit == "c.h1")
    assert gone_through(twice, second) == [C[0]]
    redone(play, UNIT)
    assert gone_through(twice, second) == [C[0]]
    assert gone_through(twice, UNIT) == list(C)
    redone(play, second)
    assert gone_through(twice, second) == [C[0]]
    assert gone_through(twice, UNIT) == list(C)


def test_what_is_opened_or_withdrawn_after_a_meeting_was_over_changes_nothing_of_its_agenda(
    twice: Stage,
):
    play = twice.play
    play.done(C[1], "withdraw", "office.c.h1", reason="调离")
    play.organisation = play.organisation.evolve(
        changed(
            units=[unit("c.h1.x", "c.h1", "grassroots_branch")],
            people=["newcomer"],
            posts=[post("newcomer", "c.h1.x", "secretary")],
        )
    )
    play.open()
    assert C[-1] < max(one.number for one in play.cases("review") if one.tier == "C")
    assert gone_through(twice, UNIT) == list(C)
