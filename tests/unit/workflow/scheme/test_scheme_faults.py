"""Every kind of fault a scheme can have: found, with its line, its path and a reason.

Each row changes the shipped scheme in one place; the marker stands on the line to be named.
"""

import pytest

from schemas.reading import CODE
from tests.texts import faults_in
from tests.unit.workflow.scheme import faults_of_figures, faults_of_ways, faults_of_writing
from tests.unit.workflow.scheme.cases import TEXT, changed, faults_of, line_of

FAULTS = {**faults_of_ways.FAULTS, **faults_of_figures.FAULTS, **faults_of_writing.FAULTS}


@pytest.mark.parametrize("what", FAULTS)
def test_a_fault_is_found_with_its_place_and_reason(what: str):
    old, new, marker, path, reason = FAULTS[what]
    found = faults_of((old, new))
    here = [fault for fault in found if fault.path == path and reason in fault.reason]
    assert here, found
    assert len(set(found)) == len(found)  # three tiers read one transition: told once
    assert here[0].file == "s.yaml"
    assert here[0].line == line_of(changed((old, new)), marker)


def test_the_shipped_scheme_has_no_fault():
    assert faults_in(TEXT, "s.yaml") == []


def test_all_faults_are_told_at_once_in_the_order_of_their_lines():
    rows = [FAULTS[name][:2] for name in ("an unknown guard", "a repeated key", "a guard twice")]
    rows.append(FAULTS["a weight without quotes"][:2])
    found = faults_of(*rows)
    for reason in ("unknown guard", "is repeated", "the key year is repeated", "float"):
        assert any(reason in fault.reason for fault in found), reason
    assert [fault.line for fault in found] == sorted(fault.line for fault in found)


def test_a_fault_of_the_yaml_is_told_once():
    found = faults_of(FAULTS["a weight without quotes"][:2])
    assert [fault.path for fault in found] == ["scores[1].weight"]


@pytest.mark.parametrize(
    "text", ["a: [", "", "- 1\n- 2\n", "7", "a: &x 1\nb: *x\n", "a: &x [*x]", "\x00"]
)
def test_what_is_no_scheme_at_all_is_a_fault_and_not_a_crash(text: str):
    assert faults_in(text, "s.yaml")


def test_an_empty_scheme_lacks_everything():
    missing = {fault.path for fault in faults_in("format: 1\n", "s.yaml")}
    assert {"id", "tiers", "transitions", "states", "scores", "grades", "report"} <= missing


def test_a_name_too_long_is_told_as_format_1_bounds_names_and_once():
    name = "d" * 65
    found = [one.reason for one in faults_of(("  drafting:", f"  {name}:")) if name in one.path]
    assert found == [CODE.reason]
