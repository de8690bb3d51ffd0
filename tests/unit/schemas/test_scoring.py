"""From figures to grade: exactly, rounded once, and every figure of the scale lies in one band."""

import ast
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.scoring import band, of_parts, rounded, spelled, weighed

BANDS = [("good", "90"), ("fair", "80"), ("average", "60"), ("poor", "0")]
figures = st.decimals(0, 100, places=2)
weights = st.sampled_from(["0.70", "0.30", "0.333", "0.0001"])
components = st.lists(st.tuples(figures, weights), min_size=1, max_size=18)
# Where figures become grades, from the counts of a poll to places in a ranking.
SCORED = (
    "schemas/scoring.py",
    "schemas/tally.py",
    "services/workflow/application/ranking.py",
    "services/workflow/application/scored.py",
    "services/workflow/domain/case/grading.py",
    "services/workflow/domain/case/ranking.py",
    "services/workflow/domain/case/shares.py",
    "services/workflow/domain/case/tallying.py",
    "services/workflow/domain/case/within.py",
    "services/workflow/domain/data/component.py",
    "services/workflow/adapters/database/case_spelling.py",
    "services/workflow/audit/grading.py",
    "services/workflow/audit/tallying.py",
)


@given(components, st.randoms(use_true_random=False))
def test_the_order_of_components_never_matters(given: list[tuple[Decimal, str]], random: Random):
    before = weighed(given)
    random.shuffle(given)
    assert weighed(given) == before
    assert of_parts(given) == sum(Fraction(figure) * Fraction(weight) for figure, weight in given)


@given(components)
def test_who_is_taken_out_leaves_their_weight_to_the_others(given: list[tuple[Decimal, str]]):
    whole = weighed(given)
    assert whole is not None
    assert min(one for one, _ in given) <= whole <= max(one for one, _ in given)
    assert weighed([]) is None


def test_bands_cover_every_figure_of_the_scale_and_none_twice():
    found = [band(Decimal(cents) / 100, BANDS) for cents in range(10_001)]
    assert found == ["poor"] * 6000 + ["average"] * 2000 + ["fair"] * 1000 + ["good"] * 1001


def test_what_reaches_no_bound_is_of_the_last_band():
    bands = [("good", "90"), ("fair", "80"), ("rest", None)]
    assert [band(Decimal(one), bands) for one in (90, 80, 79)] == ["good", "fair", "rest"]


@pytest.mark.parametrize(
    ("exact", "figure", "grade"),
    [("89.995", "90.00", "good"), ("89.9949999", "89.99", "fair"), ("89.99", "89.99", "fair")],
)
def test_a_figure_is_rounded_before_it_is_held_against_the_bands(
    exact: str, figure: str, grade: str
):
    shown = rounded(Fraction(exact))
    assert (str(shown), band(shown, BANDS)) == (figure, grade)


@given(st.fractions(min_value=0, max_value=100))
def test_a_fraction_is_read_again_as_it_was_spelled(exact: Fraction):
    assert Fraction(spelled(exact)) == exact


def test_nothing_on_the_way_is_a_float():
    found = [f"{file}:{at}" for file in SCORED for at in _floats(Path(file).read_text())]
    assert found == []


def _floats(text: str) -> Iterator[int]:
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Constant) and isinstance(node.value, float):
            yield node.lineno
        if isinstance(node, ast.Name) and node.id == "float":
            yield node.lineno
