"""Every grade is worked out again, from what a case was given and the scheme under its hash."""

from collections.abc import Callable
from typing import Any

import orjson
import pytest

from services.workflow.audit.grading import MARKS, GradeChecker
from tests.builders import superior
from tests.unit.workflow.case.played import Play
from tests.unit.workflow.case.test_notice_2019 import ALONE, GOOD, B, scored

DOCUMENTS = {ALONE.hash: ALONE.canonical}
EXACT = {"components": {"ballot": "89.99", "superior": superior("90.02")}}  # 89.999: good
Event = dict[str, Any]


@pytest.fixture(scope="module")
def events() -> list[Event]:
    play = Play(ALONE)
    play.open()
    scored(play, EXACT)
    play.done(B, "correct_score", "office.c", reason="记错", data=GOOD)
    bodies = [one.body for one in play.written if any(mark in one.body for mark in MARKS)]
    return [orjson.loads(one) for one in bodies]


def found(events: list[Event], documents: dict[str, bytes]) -> list[str]:
    checker = GradeChecker(documents)
    return [detail for one in events for detail in checker.check(one)]


def test_grades_that_follow_are_found_to_do_so(events: list[Event]):
    assert sum("grades" in one["data"] for one in events) == 2
    assert found(events, DOCUMENTS) == []


def changed(events: list[Event], change: Callable[[Event], object]) -> list[Event]:
    told: list[Event] = orjson.loads(orjson.dumps(events))
    change(next(one for one in told if "grades" in one["data"])["data"])
    return told


@pytest.mark.parametrize(
    "change",
    [
        lambda data: data["grades"]["person"].update(figure="89.99"),
        lambda data: data["grades"]["person"].update(grade="fair"),
        lambda data: data["grades"]["person"].update(uncapped="fair"),
        lambda data: data["components"]["ballot"].update(figure="89.98"),
        lambda data: data["components"]["ballot"].update(exact="8998/100"),
        lambda data: data["components"]["superior"]["parts"].update(daily="80.00"),
        lambda data: data["components"]["superior"].update(figure="90.03"),
        lambda data: data["components"].pop("superior"),
    ],
)
def test_a_grade_that_does_not_follow_is_told(
    events: list[Event], change: Callable[[Event], object]
):
    assert found(changed(events, change), DOCUMENTS)


def test_a_grade_that_was_taken_down_says_from_which(events: list[Event]):
    capped = changed(
        events, lambda data: data["grades"]["person"].update(grade="fair", uncapped="good")
    )
    assert found(capped, DOCUMENTS) == []


def test_a_scheme_that_is_not_kept_is_told(events: list[Event]):
    assert found(events, {}) == ["its grades cannot be worked out again: KeyError"] * 2
