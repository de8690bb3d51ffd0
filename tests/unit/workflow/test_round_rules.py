"""What decisions of one round share."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from services.workflow.application.cycles import NO_DAYS
from services.workflow.domain.case.ground import Ground
from tests.unit.workflow.case.played import Play, everybody
from tests.unit.workflow.case.test_notice_2019 import SCHEME


def told(_ground: Ground, value: Any) -> list[Any]:
    """Return what is another each time it is worked out."""
    return [value]


def test_what_follows_from_rules_and_organisation_is_worked_out_once_for_all_commands():
    play = Play(SCHEME)
    rules, people = play.rules, play.organisation
    first, second = (rules.world(play.heads, people, play.now, str) for _ in range(2))
    assert first.ground.answer(told, "a") is second.ground.answer(told, "a")
    assert first.ground.answer(told, "b") == ["b"]
    assert rules.world(play.heads, everybody(), play.now, str).ground.n_kept == 0


def test_answers_are_forgotten_when_they_are_too_many(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("services.workflow.application.firing.rules._MOST_ANSWERS", 1)
    play = Play(SCHEME)
    rules = play.rules
    for kept in (0, 1, 0):
        ground = rules.world(play.heads, play.organisation, play.now, str).ground
        assert ground.n_kept == kept
        ground.answer(told, kept)


@pytest.mark.parametrize("part", ["calendar", "scheme"])
def test_another_calendar_or_scheme_is_another_ground(part: str):
    play = Play(SCHEME)
    rules = play.rules
    world = rules.world(play.heads, play.organisation, play.now, str)
    world.ground.answer(told, "a")
    other: dict[str, Any] = {part: {"calendar": NO_DAYS, "scheme": replace(SCHEME)}[part]}
    others = replace(rules, **other).world(play.heads, play.organisation, play.now, str)
    assert (others.ground.n_kept, replace(world, **other).ground.n_kept) == (0, 0)
    assert replace(world, heads=play.heads).ground is world.ground


def looking_at(play: Play) -> list[tuple[Callable[..., Any], tuple[Any, ...]]]:
    """Return questions that would look at more than the ground of a round."""
    case = next(iter(play.heads.cases.values()))
    return [
        (lambda _ground: case.state, ()),
        (told, (case,)),
        (told, (play.world,)),
        (play.case, (case.number,)),
    ]


@pytest.mark.parametrize("which", range(4))
def test_what_looks_at_a_case_or_the_world_is_not_kept(which: int):
    play = Play(SCHEME)
    play.open()
    asked, values = looking_at(play)[which]
    ground = Ground(SCHEME, play.organisation, NO_DAYS)
    with pytest.raises(TypeError):
        ground.answer(asked, *values)
    assert ground.n_kept == 0
