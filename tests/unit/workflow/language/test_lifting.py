"""A text of format 1 is lifted when it is read: it keeps its hash, its meaning, its places."""

from hashlib import sha256
from typing import Any

import pytest

from schemas.canonical import canonical_bytes
from schemas.document import Document, Faults, read_document
from schemas.scheme_lifting import lift
from schemas.upcast import KIND
from services.workflow.adapters.files.yaml_nodes import compose
from services.workflow.domain.language.loading import from_canonical, load
from services.workflow.domain.language.model.guards import Complete
from services.workflow.domain.language.model.parties import Nearest
from tests.texts import EARLIER_FILE

FILE = EARLIER_FILE
TEXT = read_document(FILE.read_text(), compose, "f")
LIFTED = load(TEXT)
LIVES = {life.tier: life for life in LIFTED.kinds[KIND].lives}


def changed(**keys: Any) -> Document:
    return Document({**TEXT.tree, **keys}, "f")


def found(document: Document) -> list[str]:
    with pytest.raises(Faults) as caught:
        load(document)
    return [str(fault) for fault in caught.value.faults]


def test_a_lifted_scheme_keeps_its_hash_and_is_rebuilt_from_its_bytes():
    written = canonical_bytes(TEXT.tree)
    assert (LIFTED.hash, LIFTED.canonical) == (sha256(written).hexdigest(), written)
    assert from_canonical(written) == LIFTED


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


def test_a_text_without_openers_opens_no_more():
    tree = {key: value for key, value in TEXT.tree.items() if key != "opened_by"}
    assert load(Document(tree, "f")).opened_by == ()


def test_names_that_format_1_took_may_go_on():
    states = {**TEXT.tree["states"], "x2": {"label": "x", "final": "completed"}}
    assert load(changed(states=states))


def test_a_fault_of_a_lifted_text_is_told_where_it_stands_in_it():
    text = FILE.read_text().replace("from: [presented]", "from: [presentd]")
    (fault,) = found(read_document(text, compose, "f"))
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


def test_a_lifted_scheme_asks_for_a_limit_only_where_it_says_so():
    transitions = {**TEXT.tree["transitions"]}
    transitions["submit"] = {**transitions["submit"], "guards": [{"name": "report_complete"}]}
    life = load(changed(transitions=transitions)).kinds[KIND].lives[0]
    assert [type(guard) for guard in life.triggers["submit"].guards] == [Complete]
