"""What decisions of one round share."""

from dataclasses import replace

import pytest

from services.workflow.application.cycles import NO_DAYS
from tests.unit.workflow.case.played import Play, everybody
from tests.unit.workflow.case.test_notice_2019 import SCHEME


def test_what_follows_from_rules_and_organisation_is_worked_out_once_for_all_commands():
    play = Play(SCHEME)
    rules, people = play.rules, play.organisation
    first, second = (rules.world(play.heads, people, play.now, str) for _ in range(2))
    first.answers["asked"] = "answered"
    assert second.answers == {"asked": "answered"}
    assert rules.world(play.heads, everybody(), play.now, str).answers == {}


def test_answers_are_forgotten_when_they_are_too_many(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("services.workflow.application.firing.rules._MOST_ANSWERS", 1)
    play = Play(SCHEME)
    rules = play.rules
    for kept in (0, 1, 0):
        world = rules.world(play.heads, play.organisation, play.now, str)
        assert len(world.answers) == kept
        world.answers[kept,] = "answered"


def test_rules_with_another_calendar_work_it_out_anew():
    play = Play(SCHEME)
    rules = play.rules
    world = rules.world(play.heads, play.organisation, play.now, str)
    world.answers["asked"] = "answered"
    others = replace(rules, calendar=NO_DAYS)
    assert others.world(play.heads, play.organisation, play.now, str).answers == {}
