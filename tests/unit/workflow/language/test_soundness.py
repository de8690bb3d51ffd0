"""What the file alone can tell: each rule broken once in the notice of 2019, told at its place."""

import re
from functools import reduce
from pathlib import Path
from typing import Any

import pytest
import yaml

from schemas.document import Document, Faults, read_document, steps
from services.workflow.adapters.files.yaml_nodes import compose
from services.workflow.domain.language.loading import load
from tests.unit.workflow.case.test_of_posts import TEXT as OF_POSTS
from tests.unit.workflow.language.examples import EXAMPLES, faults, tree

REFUSED = yaml.safe_load(Path(__file__).with_name("refused.yaml").read_text())
CASCADE = re.compile("unreachable|dead end|no state has")


def place(written: str) -> str:
    """Return the path that *written* means: a state may stand in it by its name."""

    def index(found: re.Match[str]) -> str:
        there = reduce(lambda node, step: node[step], steps(found[1]), tree())
        return f"{found[1]}[{[one['name'] for one in there].index(found[2])}]"

    return re.sub(r"(.+states)\[([a-z_]+)\]", index, written)


def after(row: dict[str, Any]) -> list[tuple[str, str]]:
    """Return the faults of the notice with what *row* puts in it or takes away."""
    made = tree()
    *way, last = steps(place(row.get("put") or row["gone"]))
    there: Any = reduce(lambda node, step: node[step], way, made)
    if "gone" in row:
        del there[last]
    elif isinstance(there, list) and last == len(there):
        there.append(row["value"])
    else:
        there[last] = row["value"]
    return faults(Document(made, "f"))


@pytest.mark.parametrize("row", REFUSED["ways"], ids=str)
def test_is_refused_where_it_stands(row: dict[str, Any]):
    found, path = after(row), place(row.get("at") or row.get("put") or row["gone"])
    assert any(at == path and row["says"] in reason for at, reason in found), found


@pytest.mark.parametrize("row", [*REFUSED["names"], *REFUSED["never"]], ids=str)
def test_a_wrong_name_is_told_and_is_no_fault_of_what_hangs_on_it(row: dict[str, Any]):
    found, path = after(row), place(row.get("at") or row.get("put") or row["gone"])
    assert any(at == path and row["says"] in reason for at, reason in found), found
    assert not [reason for _, reason in found if CASCADE.match(reason)]


@pytest.mark.parametrize("row", REFUSED["beside"], ids=str)
def test_what_comes_close_to_a_rule_and_breaks_none_is_taken(row: dict[str, Any]):
    assert after(row) == []


def test_a_lost_case_that_is_waited_for_has_another_in_its_place():
    """The meeting that is cancelled opens the next one; without that nobody could go on."""
    made = tree()
    triggers = made["cases"]["meeting"]["triggers"]
    for trigger in ("cancel", "redo"):
        del triggers[trigger]["opens"]
    del triggers["cancel"]["from"][-2:]
    found = faults(Document(made, "f"))
    assert any("is broken off there is no way on" in reason for _, reason in found), found


def test_a_round_may_end_on_the_day_it_opens():
    begins = "opens: 2020-01-08"
    text = OF_POSTS.replace(begins, f"{begins}, ends: 2020-01-08", 1)
    turn = load(read_document(text, compose)).round
    assert turn.ends == turn.opens


def test_a_day_that_is_none_is_one_fault():
    text = (EXAMPLES / "laboratory-safety.yaml").read_text()
    text = text.replace("due: {field: due}", "due: {day: 2026-02-31}")
    with pytest.raises(Faults) as broken:
        load(read_document(text, compose, "f"))
    assert [fault.path for fault in broken.value.faults] == ["cases.hazard.states[0].due.day"]


@pytest.mark.parametrize(
    ("parts", "path"),
    [
        ([{"name": "text"}], "documents.evidence.parts[0].name"),
        ("text", "documents.evidence.parts"),
    ],
)
def test_parts_that_cannot_be_read_are_one_fault(parts: Any, path: str):
    row = {"put": "documents.evidence.parts", "value": parts}
    assert [at for at, _ in after(row)] == [path]


def test_who_points_at_a_part_that_cannot_be_read_is_not_at_fault():
    row = {"put": "documents.report.parts[2].name", "value": "Tasks"}
    assert [at for at, _ in after(row)] == ["documents.report.parts[2].name"]


def test_a_figure_that_no_trigger_of_the_kind_takes_is_none_to_correct():
    row = {"put": "cases.review.triggers.score.takes[1]", "value": {"number": "n", "label": "n"}}
    at = "cases.review.triggers.correct_score.corrects[1].component"
    assert (at, "no trigger of review takes superior: there is none to correct") in after(row)
