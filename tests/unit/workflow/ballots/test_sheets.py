"""A sheet is held against the rule as a whole."""

from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.workflow.application.ballots.telling import grades_of
from services.workflow.domain.ballots.sheet import Answer, faults, rule_of
from services.workflow.domain.language.model.scores import Point, Poll, Range

ONE, TWO, THREE = "review/one", "review/two", "review/three"
RULE = {
    "questions": ["overall"],
    "points": {"good": "95", "poor": "50"},
    "range": None,
    "blanks": "counted",
    "at_most": {"good": [1, 3]},
}
SCORED = RULE | {"points": None, "range": {"from": 0, "to": 100, "step": "0.5"}, "at_most": {}}


def sheet(*values: str) -> list[Answer]:
    return [
        Answer(about, "overall", value)
        for about, value in zip((ONE, TWO, THREE), values, strict=False)
    ]


def codes(answers: list[Answer], rule: dict = RULE, struck: tuple[str, ...] = ()) -> list[str]:
    return [one.code for one in faults(answers, (ONE, TWO, THREE), struck, rule)]


@pytest.mark.parametrize(
    ("scale", "points", "within"),
    [
        (
            (
                Point(grade="good", points=Decimal(95)),
                Point(grade="poor", points=Decimal(50)),
            ),
            RULE["points"],
            None,
        ),
        (Range(least=0, most=100, step=Decimal("0.5")), None, SCORED["range"]),
    ],
)
def test_a_rule_says_points_of_grades_or_the_figures_that_may_be_given(
    scale: Any, points: Any, within: Any
):
    rule = rule_of(poll_of(scale))
    assert (rule["points"], rule["range"]) == (points, within)


def poll_of(scale: Any, *, secret: bool = True) -> Poll:
    held = {"held_by": "meeting", "state": "balloting", "covers": "reviews"}
    asked: dict[str, Any] = {"sheet": (), "scale": scale, "electorates": (), "secret": secret}
    return Poll(name="hall", label="测评", **held, **asked)


def test_a_rule_says_nothing_of_secrecy_but_where_people_vote_by_name():
    scale = Range(least=0, most=100)
    assert "secret" not in rule_of(poll_of(scale))
    assert rule_of(poll_of(scale, secret=False))["secret"] is False


def test_a_whole_sheet_is_taken_blanks_on_purpose_too():
    assert codes(sheet("good", "poor", "")) == []


def test_every_fault_is_told_at_once():
    wrong = [*sheet("good", "good", "best"), Answer(ONE, "overall", "poor")]
    wrong.append(Answer("review/four", "overall", "poor"))
    assert codes(wrong) == ["not_a_choice", "answered_twice", "not_on_the_sheet"]
    assert codes(sheet("good", "good", "poor")) == ["too_many"]


def test_a_missing_answer_is_a_fault_and_for_what_was_struck_it_is_none():
    assert codes(sheet("good", "poor")) == ["required"]
    assert codes(sheet("good", "poor"), struck=(THREE,)) == []


def test_a_blank_is_refused_where_the_scheme_says_so():
    assert codes(sheet("good", "poor", ""), RULE | {"blanks": "refused"}) == ["required"]


@pytest.mark.parametrize("value", ["0", "100", "87.5", "60"])
def test_a_figure_on_the_scale_is_taken(value: str):
    assert codes(sheet(value, value, value), SCORED) == []


@pytest.mark.parametrize(
    "value",
    ["87.25", "-1", "100.5", "1e1", "060", "87.50", "87.", ".5", "８７", " 87", "NaN", "1_0"],
)
def test_any_other_figure_is_out_of_range(value: str):
    assert codes(sheet(value, "1", "1"), SCORED) == ["out_of_range"]


def test_steps_are_counted_from_the_least_figure():
    by_threes = SCORED | {"range": {"from": 1, "to": 10, "step": "3"}}
    assert codes(sheet("1", "4", "10"), by_threes) == []
    assert codes(sheet("2", "3", "9"), by_threes) == ["out_of_range"] * 3


@given(st.lists(st.tuples(st.sampled_from((ONE, TWO, THREE, "x/y")), st.text(max_size=5))))
def test_whatever_is_sent_is_a_sheet_or_a_list_of_faults(given: list[tuple[str, str]]):
    answers = [Answer(about, "overall", value) for about, value in given]
    told = codes(answers)
    complete = {one.about for one in answers} == {ONE, TWO, THREE} and len(answers) == 3
    assert complete or told


def test_a_grade_is_called_as_its_grading_calls_it_else_by_its_name():
    poll: Any = SimpleNamespace(scale=[SimpleNamespace(grade=one, points=9) for one in "ab"])
    told = grades_of(poll, SimpleNamespace(labels={"a": "优"}))  # type: ignore[arg-type] - all it asks
    assert told == [
        {"name": "a", "label": "优", "points": "9"},
        {"name": "b", "label": "b", "points": "9"},
    ]
