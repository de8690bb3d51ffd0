"""From scores to a grade: exact weights, one rounding, inclusive lower bounds."""

from decimal import ROUND_DOWN, Decimal, localcontext

import pytest

from tests.unit.workflow.scheme.cases import SCHEME

SCORING = SCHEME.scoring


def final(ballot: str, superior: str) -> Decimal:
    return SCORING.final({"ballot": Decimal(ballot), "superior": Decimal(superior)})


@pytest.mark.parametrize(
    ("ballot", "superior", "total"),
    [
        ("90", "90", "90.00"),
        ("100", "100", "100.00"),
        ("0", "0", "0.00"),
        ("91.50", "86.25", "89.93"),  # 64.05 + 25.875 = 89.925, half up
        ("90.01", "89.96", "90.00"),  # 63.007 + 26.988 = 89.995, half up
        ("90.00", "89.98", "89.99"),  # 89.994
        ("88.85", "90.45", "89.33"),  # 62.195 + 27.135 = 89.33 exactly: rounding each gives 89.34
    ],
)
def test_weighted_exactly_and_rounded_half_up_once(ballot: str, superior: str, total: str):
    assert str(final(ballot, superior)) == total


@pytest.mark.parametrize(
    ("score", "grade"),
    [
        ("100.00", "good"),
        ("90.00", "good"),
        ("89.99", "fair"),
        ("80.00", "fair"),
        ("79.99", "average"),
        ("60.00", "average"),
        ("59.99", "poor"),
        ("0.00", "poor"),
    ],
)
def test_a_grades_lower_bound_is_inclusive(score: str, grade: str):
    assert SCORING.grade(Decimal(score)).name == grade


def test_what_rounds_up_to_ninety_is_good():
    assert SCORING.grade(final("90.01", "89.96")).label == "好"


def test_nobodys_decimal_context_changes_a_score():
    with localcontext() as context:
        context.prec, context.rounding = 3, ROUND_DOWN
        assert str(final("91.50", "86.25")) == "89.93"


def test_a_component_is_sent_under_its_name():
    assert [component.datum for component in SCORING.components] == [
        "ballot_score",
        "superior_score",
    ]
