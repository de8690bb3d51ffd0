"""Each of several meetings at one place tells what took place there, and nothing of another."""

from dataclasses import replace
from datetime import timedelta

import pytest

from services.workflow.adapters.web.minutes import course
from services.workflow.application.boards.gathering import Gathering
from tests.builders import changed, post
from tests.end_to_end.pages.site import Site
from tests.unit.workflow.case.played import Play, everybody
from tests.unit.workflow.case.test_links_2019 import UNIT, C, commented, held, passed, prepared
from tests.unit.workflow.case.test_notice_2019 import SCHEME
from tests.unit.workflow.web.staged import VIEWER, Stage

HOST = "office.c.h1"
SEEN = everybody().evolve(changed(people=[VIEWER], posts=[post(VIEWER, "w", "inspector")]))


@pytest.fixture
def stage(site: Site, monkeypatch: pytest.MonkeyPatch) -> Stage:
    """The notice of 2019, opened; an inspector looks."""
    play = Play(SCHEME, SEEN)
    play.open()
    return Stage(play, site, monkeypatch)


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
