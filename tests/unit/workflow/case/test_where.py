"""`where`: each condition by itself, and what is not filled in."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from services.workflow.domain.case.head import Graded
from services.workflow.domain.case.where import Candidate, matches, names
from services.workflow.domain.language.model.where import (
    AttributeIs,
    AttributeWithin,
    Condition,
    FlagSet,
    GradeIn,
    ModeIs,
    TierIn,
    UnitKindIn,
    Where,
)
from tests.unit.workflow.case.played import Play, everybody
from tests.unit.workflow.case.test_links_2019 import unit_entry, with_units
from tests.unit.workflow.case.test_notice_2019 import SCHEME, B

ATTRIBUTES = {"staff": 100, "public_hospital": True, "founded": "2019-09-30"}
NOBODY = everybody()
ORGANISATION = NOBODY.evolve(with_units([{**unit_entry(NOBODY, "c.h1"), "attributes": ATTRIBUTES}]))
PLAY = Play(SCHEME, ORGANISATION)
PLAY.open()
CASE = replace(
    PLAY.case(B),
    mode="on_site",
    flags=frozenset({"serious"}),
    grades={"person": Graded(name="poor")},
)


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        (AttributeIs("public_hospital", value=True), True),
        (AttributeIs("public_hospital", value=False), False),
        (AttributeIs("unheard_of", value=True), False),
        (AttributeWithin("staff", least=100), True),
        (AttributeWithin("staff", below=100), False),
        (AttributeWithin("staff", least=100, below=101), True),
        (AttributeWithin("founded", least=date(2019, 9, 30)), True),
        (AttributeWithin("founded", below=date(2019, 9, 30)), False),
        (AttributeWithin("unheard_of", least=0), False),
        (UnitKindIn(("unit_committee",)), True),
        (UnitKindIn(("unit_branch",)), False),
        (TierIn(("A", "B")), True),
        (TierIn(("C",)), False),
        (ModeIs("on_site"), True),
        (ModeIs("written"), False),
        (FlagSet("serious"), True),
        (FlagSet("model"), False),
        (GradeIn("person", ("average", "poor")), True),
        (GradeIn("person", ("good",)), False),
        (GradeIn("other", ("poor",)), False),
    ],
)
def test_a_condition_holds_of_what_it_names(condition: Condition, holds: bool):
    assert matches(Where((condition,)), CASE, ORGANISATION) == holds


def test_all_conditions_hold_together_and_none_at_all_holds_of_everything():
    both: tuple[Any, ...] = (TierIn(("B",)), FlagSet("serious"))
    assert matches(Where(both), CASE, ORGANISATION)
    assert not matches(Where((*both, FlagSet("model"))), CASE, ORGANISATION)
    assert matches(Where(), CASE, ORGANISATION)


def test_what_has_no_case_yet_has_no_mode_flag_or_grade():
    unit = Candidate(unit="c.h1", unit_kind="unit_committee", tier="B")
    assert names(Where((TierIn(("B",)),)), unit, ORGANISATION)
    for condition in (ModeIs("on_site"), FlagSet("serious"), GradeIn("person", ("poor",))):
        assert not names(Where((condition,)), unit, ORGANISATION)
