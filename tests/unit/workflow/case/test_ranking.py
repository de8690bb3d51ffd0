"""Places by figure, equal ones shared; and how far quotas are met, with who stands next."""

from decimal import Decimal
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.workflow.domain.case.head import Graded
from services.workflow.domain.case.ranking import Ranked, ranked, standing
from services.workflow.domain.language.model.scores import Grade, Grading, Quota

GRADES = ("good", "fair", "poor")
GRADING = Grading(name="g", label="g", by="bands", grades=tuple(Grade(name=one) for one in GRADES))
figures = st.lists(st.none() | st.integers(0, 400), max_size=40)


def cases(given: list[int | None]) -> list[Ranked]:
    """Cases with these figures in quarters, `None` without one; grades from 80 and from 60."""
    return [
        Ranked(f"{n}", f"n-{n:02}", "u", None, None, graded(quarters))
        for n, quarters in enumerate(given)
    ]


def graded(quarters: int | None) -> Graded | None:
    if quarters is None:
        return None
    figure = Decimal(quarters) / 4
    name = next(name for name, least in zip(GRADES, (80, 60, 0), strict=True) if figure >= least)
    return Graded(name=name, figure=figure)


@given(figures)
def test_a_place_is_one_more_than_there_are_better_ones(given: list[int | None]):
    for place, case in ranked(cases(given), GRADES):
        figure = given[int(case.id)]
        better = sum(other is not None and figure is not None and other > figure for other in given)
        assert place == (None if figure is None else better + 1)


@given(figures, st.randoms(use_true_random=False))
def test_the_order_in_which_cases_come_never_matters(given: list[int | None], random: Random):
    before, mixed = ranked(cases(given), GRADES), cases(given)
    random.shuffle(mixed)
    assert ranked(mixed, GRADES) == before


def test_without_figures_the_better_grade_comes_first_and_none_comes_last():
    names = [None, "poor", "good", "poor"]
    told = [
        Ranked(f"{n}", f"{n}", "u", None, None, name and Graded(name=name))
        for n, name in enumerate(names)
    ]
    assert [(place, one.id) for place, one in ranked(told, GRADES)] == [
        (1, "2"),
        (2, "1"),
        (2, "3"),
        (None, "0"),
    ]


@pytest.mark.parametrize(
    ("quota", "lacking", "over", "next_"),
    [
        ({"grades": ("good",), "at_most": (1, 4)}, 0, 1, ["n-01"]),  # the lowest of the best
        ({"grades": ("good",), "at_least": (3, 4)}, 1, 0, ["n-02"]),  # the highest of the others
        ({"grades": ("poor",), "at_least": (2, 4)}, 1, 0, ["n-02"]),  # the lowest of the others
        ({"grades": ("fair", "poor"), "at_most": (1, 4)}, 0, 1, ["n-02"]),  # the highest of these
        ({"grades": ("good",), "at_least": (1, 2), "at_most": (1, 2)}, 0, 0, []),
    ],
)
def test_a_quota_says_what_is_lacking_or_over_and_who_stands_next(
    quota: dict, lacking: int, over: int, next_: list[str]
):
    told = standing(cases([390, 380, 260, 100]), Quota(name="q", among="b", **quota), GRADING)
    assert (told.lacking, told.over, [one.number for one in told.next]) == (lacking, over, next_)


def test_who_is_equal_at_the_edge_of_a_quota_stands_there_together():
    quota = Quota(name="q", among="b", grades=("good",), at_least=(1, 2))
    told = standing(cases([390, 270, 270, 100]), quota, GRADING)
    assert (told.lacking, [one.number for one in told.next]) == (1, ["n-01", "n-02"])
