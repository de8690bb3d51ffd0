"""From figures and votes to grades: exactly, and rounded once."""

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest

from services.workflow.domain.case.grading import grades_of
from services.workflow.domain.case.head import Case, Given, Graded
from services.workflow.domain.language.model.scores import Component, Grade, Grading, Part
from tests.unit.workflow.case.played import Play
from tests.unit.workflow.case.test_notice_2019 import SCHEME, B

PLAY = Play(SCHEME)
PLAY.open()


def given(figure: str, **parts: str) -> Given:
    return Given(
        figure=Decimal(figure), parts={name: Decimal(part) for name, part in parts.items()}
    )


def case(**more: object) -> Case:
    return replace(PLAY.case(B), **more)


def graded(of: Case, **scheme: object) -> dict[str, Graded]:
    return grades_of(of, replace(PLAY.world, scheme=replace(SCHEME, **scheme)))


@pytest.mark.parametrize(
    ("ballot", "superior", "figure", "grade"),
    [
        ("90.00", "89.98", "89.99", "fair"),
        ("89.99", "90.01", "90.00", "good"),  # 89.996, rounded once
        ("89.98", "90.02", "89.99", "fair"),  # 89.992
        ("80.00", "80.00", "80.00", "fair"),
        ("79.99", "79.99", "79.99", "average"),
        ("0.00", "0.00", "0.00", "poor"),
    ],
)
def test_a_figure_is_weighted_exactly_and_rounded_once(
    ballot: str, superior: str, figure: str, grade: str
):
    found = graded(case(components={"ballot": given(ballot), "superior": given(superior)}))
    assert (str(found["person"].figure), found["person"].name) == (figure, grade)


def test_there_is_no_grade_while_a_component_is_missing():
    assert graded(case(components={"ballot": given("90")})) == {}


def test_a_component_of_parts_counts_with_their_weights_unrounded():
    parts = tuple(Part(name, Decimal(weight)) for name, weight in (("a", "0.333"), ("b", "0.667")))
    components = {
        **SCHEME.components,
        "superior": Component(name="superior", label="s", parts=parts),
    }
    told = given("90.01", a="90.02", b="90.00")  # 90.00666, not the 90.01 that is shown
    of = case(components={"ballot": given("89.99"), "superior": told})
    assert str(graded(of, components=components)["person"].figure) == "89.99"


@pytest.mark.parametrize(("votes", "grade"), [(2, "a"), (1, "b")])
def test_a_grade_by_votes_is_the_first_from_the_best_that_has_its_share(votes: int, grade: str):
    by_votes = Grading(
        name="town",
        label="t",
        by="votes",
        grades=(Grade(name="a", share=(2, 3)), Grade(name="b")),
        of="ballot",
    )
    cast = Given(figure=None, votes={"a": votes, "b": 3 - votes}, n_valid=3)
    found = graded(case(components={"ballot": cast}), gradings={"town": by_votes})
    assert (found["town"].name, found["town"].figure) == (grade, None)


def test_the_mean_of_a_poll_is_weighed_as_it_was_before_it_was_rounded_to_be_read():
    # A ballot of 809/9 is read as 89.89; 0.7 of that and 0.3 of 90.25 would come to 90.00.
    exact = Given(figure=Decimal("89.89"), exact=Fraction(809, 9))
    of = case(components={"ballot": exact, "superior": given("90.24")})
    rough = case(components={"ballot": given("89.89"), "superior": given("90.24")})
    assert str(graded(of)["person"].figure) == "89.99"
    assert str(graded(rough)["person"].figure) == "90.00"


@pytest.mark.parametrize(
    ("decided", "grade"),
    [
        (Graded(name="poor"), "poor"),
        (Graded(name="poor", uncapped="good"), "good"),  # a limit there was holds it no more
    ],
)
def test_a_grade_by_decision_is_what_was_decided_and_there_is_none_before(
    decided: Graded, grade: str
):
    grades = (Grade(name="good"), Grade(name="poor"))
    gradings = {"board": Grading(name="board", label="b", by="decision", grades=grades)}
    assert graded(case(), gradings=gradings) == {}
    assert graded(case(grades={"board": decided}), gradings=gradings)["board"].name == grade
