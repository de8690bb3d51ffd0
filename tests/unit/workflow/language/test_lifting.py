"""A text of format 1 is lifted when it is read: it keeps its hash, its meaning, its places."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from schemas.document import Document, Faults, read_document
from schemas.scheme_lifting import lift
from schemas.upcast import GRADING, KIND
from services.workflow.domain.language.loading import from_canonical, load
from services.workflow.domain.language.model.parties import Nearest
from services.workflow.domain.scheme import Scheme as FirstScheme
from services.workflow.domain.scheme import Tier

FILE = Path("services/workflow/schemes/jilin-health-2019.yaml")
TEXT = read_document(FILE.read_text(), yaml.compose, "f")
FIRST, LIFTED = FirstScheme.parse(TEXT), load(TEXT)
LIVES = {life.tier: life for life in LIFTED.kinds[KIND].lives}
TIERS = sorted(FIRST.tiers)


def changed(**keys: Any) -> Document:
    return Document({**TEXT.tree, **keys}, "f")


def found(document: Document) -> list[str]:
    with pytest.raises(Faults) as caught:
        load(document)
    return [str(fault) for fault in caught.value.faults]


def moves(tier: Tier, kind: str) -> set[tuple[str, str, str]]:
    return {(each.trigger, source, target) for each, source, target in tier.edges(kind)}


def test_a_lifted_scheme_keeps_its_hash_and_is_rebuilt_from_its_bytes():
    assert (LIFTED.hash, LIFTED.canonical) == (FIRST.hash, FIRST.canonical)
    assert from_canonical(FIRST.canonical) == LIFTED


@pytest.mark.parametrize("name", TIERS)
def test_every_kind_of_unit_goes_the_same_ways(name: str):
    tier, life = FIRST.tiers[name], LIVES[name]
    assert sorted(life.unit_kinds) == sorted(tier.kinds)
    for kind in tier.kinds:
        assert life.stages(kind) == tuple(audit.stage for audit in tier.audits(kind))
        ways = {(each.name, source, target) for each, source, target in life.edges(kind)}
        assert ways == moves(tier, kind)


@pytest.mark.parametrize("name", TIERS)
def test_states_have_their_labels_desks_and_ends(name: str):
    tier, life = FIRST.tiers[name], LIVES[name]
    assert [state.name for state in tier.states] == list(life.states)
    for state in tier.states:
        lifted = life.states[state.name]
        desk = state.desk and (state.desk.party, state.desk.roles)
        assert [(one.party, one.roles) for one in lifted.desks] == ([desk] if desk else [])
        assert (state.label, state.ends) == (lifted.label, lifted.final or "")
        assert (state.deadline is None) == (lifted.due is None)


@pytest.mark.parametrize("name", TIERS)
def test_triggers_are_granted_guarded_and_named_as_before(name: str):
    tier, life = FIRST.tiers[name], LIVES[name]
    for trigger, each in tier.transitions.items():
        lifted = life.triggers[trigger]
        assert lifted.sources == each.sources
        granted = [(grant.party, grant.roles) for grant in lifted.by]
        assert granted == [(grant.party, grant.roles) for grant in each.grants]
        assert (lifted.label, lifted.four_eyes) == (each.label, each.four_eyes)
        assert (lifted.reason_required, lifted.suspended) == (each.needs_reason, each.suspension)
        assert (lifted.fact, len(lifted.guards)) == (each.records, len(each.guards))


def test_bodies_above_leave_the_unit_itself_out():
    assert LIVES["A"].parties["hearing_body"] == Nearest("work_committee", above=True)
    (audit,) = LIVES["A"].audits["organ_committee"]
    assert audit.body == Nearest("work_committee", above=True)
    assert LIVES["A"].parties["organ_committee"] == Nearest("organ_committee")


def test_what_leads_back_to_the_beginning_forgets_and_a_verdict_is_one():
    triggers = LIVES["B"].triggers
    assert triggers["redo"].forgets == ("verdicts", "scores", "submission", "grade")
    assert triggers["submit"].forgets == ()
    assert triggers["pass_unit_audit"].verdict == "pass"
    assert triggers["return_organ_audit"].verdict == "back"


def test_a_report_that_leads_back_forgets_nothing():
    written = {**TEXT.tree["transitions"]["submit"], "to": "drafting"}
    transitions = {**TEXT.tree["transitions"], "submit": written}
    tiers = lift(changed(transitions=transitions)).tree["cases"][KIND]["tiers"]
    assert "submit" not in tiers["B"]["triggers"]
    assert "recall" in tiers["B"]["triggers"]


def test_figures_are_weighed_and_graded_as_before():
    grading = LIFTED.gradings[GRADING]
    assert {one.name: one.weight for one in FIRST.scoring.components} == grading.weights
    assert [(one.name, one.least) for one in FIRST.scoring.grades] == [
        (one.name, one.least) for one in grading.grades
    ]


def test_a_text_without_openers_opens_no_more():
    tree = {key: value for key, value in TEXT.tree.items() if key != "opened_by"}
    assert load(Document(tree, "f")).opened_by == ()


def test_names_that_format_1_took_may_go_on():
    states = {**TEXT.tree["states"], "x2": {"label": "x", "final": "completed"}}
    assert load(changed(states=states))


def test_a_fault_of_a_lifted_text_is_told_where_it_stands_in_it():
    text = FILE.read_text().replace("from: [presented]", "from: [presentd]")
    (fault,) = found(read_document(text, yaml.compose, "f"))
    line = text[: text.index("presentd")].count("\n") + 1
    assert fault.startswith(f"f:{line}: transitions.score.from[0]: unknown state presentd")


@pytest.mark.parametrize(
    ("keys", "path"),
    [
        ({"year": "2019x"}, "year"),
        ({"states": 7}, "transitions"),
        ({"transitions": []}, "transitions"),
        ({"tiers": None}, "tiers"),
        ({"scores": [{"name": "a", "label": "b"}]}, "scores"),
        ({"grades": 3}, "grades"),
        ({"report": {"lists": {"tasks": "x"}, "limit": 1}}, "report.lists.achievements"),
        ({"content_areas": [7]}, "content_areas[0]"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_text_of_any_shape_is_refused_not_stumbled_over(keys: dict[str, Any], path: str):
    assert any(f" {path}" in fault for fault in found(changed(**keys)))
