"""Every construct in a sound file, and changes of it that are refused, each at its place."""

import re

import pytest

from schemas.document import Faults, read_document
from services.workflow.adapters.files.yaml_nodes import compose
from services.workflow.domain.language.loading import load
from services.workflow.domain.language.showing import show
from tests.unit.workflow.language.test_schema import BEYOND, editor, refused
from tests.unit.workflow.language.written import Refused, examples, mutations

EXAMPLES, MUTATIONS = examples(), mutations()
# How values stand to each other, which no schema of single places can know.
HAN = re.compile("[\u4e00-\u9fff]")
COMPARED = (*BEYOND, "is repeated", "comes before its below", "a share of two")


@pytest.mark.parametrize("title", EXAMPLES)
def test_every_example_is_sound_and_is_shown(title: str):
    document = read_document(EXAMPLES[title], compose, "f")
    assert show(load(document))
    assert [error.message for error in editor().iter_errors(document.tree)] == []


@pytest.mark.parametrize("row", MUTATIONS, ids=lambda row: f"{row.path}: {row.new}")
def test_every_mutation_is_refused_with_line_path_and_reason(row: Refused):
    assert row.example.count(row.old) == 1, f"{row.old} stands {row.example.count(row.old)} times"
    text = row.example.replace(row.old, row.new)
    with pytest.raises(Faults) as refused:
        load(read_document(text, compose, "f"))
    found = [fault for fault in refused.value.faults if fault.path == row.path]
    assert any(row.reason in fault.reason for fault in found), refused.value
    assert all(fault.line > 0 for fault in found)
    assert all(HAN.search(fault.told("zh").reason) for fault in refused.value.faults)


@pytest.mark.parametrize("row", MUTATIONS, ids=lambda row: f"{row.path}: {row.new}")
def test_an_editor_underlines_what_is_wrong_in_its_own_place(row: Refused):
    text = row.example.replace(row.old, row.new)
    try:
        document = read_document(text, compose, "f")
    except Faults:
        return  # YAML alone tells it
    alone = refused(document.tree)
    if editor().is_valid(document.tree):
        assert [one for one in alone if not any(part in one for part in COMPARED)] == []
    else:
        assert alone
