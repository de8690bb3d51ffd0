"""A text of format 1 says what format 1 had words for, all of it, and nothing of format 2."""

import pytest
import yaml

from tests.texts import faults_in
from tests.unit.workflow.scheme.cases import TEXT, faults_of

STATE = "  drafting:\n"
TRIGGER = "  present:\n"


@pytest.mark.parametrize(
    ("below", "key", "path"),
    [
        ("", "flags: []\n", "flags"),
        ("", "least_notice: 2\n", "least_notice"),
        (STATE, "    seen_by: []\n", "states.drafting.seen_by"),
        (STATE, "    waits: []\n", "states.drafting.waits"),
        (TRIGGER, "    verdict: pass\n", "transitions.present.verdict"),
        (TRIGGER, "    forgets: [scores]\n", "transitions.present.forgets"),
        (TRIGGER, "    opens: []\n", "transitions.present.opens"),
    ],
)
def test_a_key_of_format_2_is_one_that_nothing_reads(below: str, key: str, path: str):
    above = below or "format: 1\n"
    found = faults_of((above, above + key))
    assert (path, "nothing reads this key") in [(one.path, one.reason) for one in found]


@pytest.mark.parametrize(
    "key",
    [
        *("id", "title", "notice", "time_zone", "year", "opens", "max_backdating_days"),
        *("clients", "audit_criteria", "report", "content_areas", "scores", "grades"),
        *("states", "tiers", "transitions"),
    ],
)
def test_a_key_that_was_always_asked_for_is_missing(key: str):
    tree = yaml.safe_load(TEXT)
    del tree[key]
    text = yaml.safe_dump(tree, allow_unicode=True, sort_keys=False)
    found = [one.reason for one in faults_in(text, "s.yaml") if one.path == key]
    assert found.count(f"{key} is missing") == 1


@pytest.mark.parametrize("said", ["true", '"1"', "1.0", "[1]", "3", "null"])
def test_a_format_that_is_no_number_is_told_alone(said: str):
    assert [one.path for one in faults_of(("format: 1\n", f"format: {said}\n"))] == ["format"]


@pytest.mark.parametrize("key", ["opened_by", "grades", "scores", "states"])
def test_an_empty_list_says_nothing_where_something_has_to_be_said(key: str):
    tree = yaml.safe_load(TEXT)
    tree[key] = type(tree[key])()
    text = yaml.safe_dump(tree, allow_unicode=True, sort_keys=False)
    found = {one.path for one in faults_in(text, "s.yaml")}
    assert key in found


def test_a_report_may_be_about_anything():
    tree = yaml.safe_load(TEXT) | {"content_areas": []}
    assert faults_in(yaml.safe_dump(tree, allow_unicode=True), "s.yaml") == []
