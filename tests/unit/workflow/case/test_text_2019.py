"""The shipped text of format 1 says what it said to the engine it was written for."""

from dataclasses import replace
from datetime import date
from decimal import ROUND_DOWN, Decimal, localcontext
from typing import Any

import pytest

from services.workflow.domain.case.grading import grades_of
from services.workflow.domain.case.head import Given
from services.workflow.domain.case.times import Telling
from services.workflow.domain.language.model.lives import Life
from services.workflow.domain.language.model.parties import Grant, Nearest, UnitRule
from services.workflow.domain.language.model.triggers import Trigger
from tests.unit.workflow.case.played import Play
from tests.unit.workflow.case.recorded import lines
from tests.unit.workflow.case.test_as_before import LIFTED

(SAID,) = lines("scheme_2019")
(REVIEW,) = LIFTED.kinds.values()
(GRADING,) = LIFTED.gradings.values()
PLAY = Play(LIFTED)
PLAY.open()
CASE = PLAY.case("2019-B-0001")
TIERS = [(SAID["tiers"][life.tier], life) for life in REVIEW.lives]


def nearest(body: UnitRule) -> str | None:
    """Return the kind of unit that is looked for above; None: it is the unit itself."""
    assert not isinstance(body, Nearest) or body.above
    return body.kind if isinstance(body, Nearest) else None


def granted(grants: tuple[Grant, ...]) -> list[list[Any]]:
    return [[one.party, list(one.roles)] for one in grants]


def taken(trigger: Trigger) -> str:
    """Return what a trigger takes as format 1 said it."""
    what = {one.name if one.what == "document" else one.what for one in trigger.takes}
    said = "".join(what | {one.what for one in trigger.sets})
    return {"component": "scores", "decision": "decisions"}.get(said, said)


@pytest.mark.parametrize(("said", "life"), TIERS)
def test_every_kind_of_unit_goes_the_same_ways_past_the_same_bodies(said: Any, life: Life):
    assert (life.label, life.initial) == (said["label"], said["initial"])
    assert nearest(life.parties["hearing_body"]) == said["hearing_body"]
    assert sorted(life.unit_kinds) == sorted(said["kinds"])
    for kind, there in said["kinds"].items():
        audits = [[one.stage, nearest(one.body)] for one in life.audits.get(kind, ())]
        assert audits == there["audits"]
        assert sorted([one.name, a, b] for one, a, b in life.edges(kind)) == there["ways"]


@pytest.mark.parametrize(("said", "life"), TIERS)
def test_states_have_their_labels_desks_and_ends(said: Any, life: Life):
    assert [one["name"] for one in said["states"]] == list(life.states)
    for there in said["states"]:
        state = life.states[there["name"]]
        assert (state.label, state.final or "") == (there["label"], there["final"])
        desks = [[one.party, list(one.roles)] for one in state.desks]
        assert desks == ([there["desk"]] if there["desk"] else [])


@pytest.mark.parametrize(("said", "life"), TIERS)
def test_states_are_due_on_the_same_days(said: Any, life: Life):
    for there in said["states"]:
        due = life.states[there["name"]].due
        assert (due is None) == (there["due"] is None)
        for entered, paused, day in there["due"] or ():
            since = date.fromisoformat(entered)
            telling = Telling(case=CASE, world=PLAY.world, entered=since, paused=paused)
            assert telling.day(due.rule) == date.fromisoformat(day)


@pytest.mark.parametrize(("said", "life"), TIERS)
def test_triggers_are_granted_named_and_take_what_they_did(said: Any, life: Life):
    assert sorted(life.triggers) == sorted(said["triggers"])
    for name, there in said["triggers"].items():
        trigger = life.triggers[name]
        assert list(trigger.sources) == there["from"]
        assert granted(trigger.by) == there["by"]
        assert (trigger.label, trigger.four_eyes) == (there["label"], there["four_eyes"])
        assert (trigger.reason_required, trigger.suspended) == (there["reason"], there["suspended"])
        assert (trigger.fact, len(trigger.guards)) == (there["records"], there["guards"])
        assert taken(trigger) == there["data"]


def test_figures_are_weighted_exactly_rounded_half_up_once_and_graded_from_their_bounds():
    for ballot, superior, final, grade in SAID["scored"]:
        figures = {
            "ballot": Given(figure=Decimal(ballot)),
            "superior": Given(figure=Decimal(superior)),
        }
        with localcontext() as context:
            context.prec, context.rounding = 3, ROUND_DOWN  # nobody's context changes a score
            (graded,) = grades_of(replace(CASE, components=figures), PLAY.world).values()
        assert (str(graded.figure), graded.name) == (final, grade), (ballot, superior)
    assert [[one.name, one.label, str(one.least)] for one in GRADING.grades] == SAID["grades"]
    assert {name: str(weight) for name, weight in GRADING.weights.items()} == SAID["weights"]


def test_a_report_covers_its_areas_the_eighth_for_public_hospitals():
    areas = LIFTED.documents["report"].content_areas
    assert [[one.title, list(one.points)] for one in areas] == [one[:2] for one in SAID["areas"]]
    some = [one.number for one in areas if one.where != areas[0].where]
    assert some == [n for n, one in enumerate(SAID["areas"], start=1) if one[2]] == [8]


def test_the_same_may_open_a_round_of_the_same_text():
    assert granted(LIFTED.opened_by) == SAID["opened_by"]
    assert LIFTED.hash == SAID["hash"]
