"""Fields of documents: answers go with what they answer, files with what they are known by."""

from types import SimpleNamespace
from typing import Any

import pytest

from services.workflow.adapters.web.document_fields import document_groups
from services.workflow.adapters.web.fields import Group
from services.workflow.adapters.web.measured import measured
from services.workflow.application.boards.to_answer import Point
from services.workflow.domain.language.model.documents import Column, Document, File, Text
from services.workflow.domain.language.model.triggers import Take

FIRST, SECOND, THIRD = (f"visit/{n}" for n in "123")
AT = "documents.report.answers."


def groups(
    document: Document, typed: dict[str, str], *wanted: str, files: tuple[str, ...] | None = None
) -> list[Group]:
    """Return the fields of *document*; *files*: what the version before had."""
    kept = [{"sha256": one, "length": 1} for one in files or ()]
    stood = None if files is None else SimpleNamespace(files=kept, rows=(), covers=())
    scheme = SimpleNamespace(documents={document.name: document}, kinds={})
    asking: Any = SimpleNamespace(
        here=SimpleNamespace(scheme=scheme),
        typed=typed,
        to_answer={document.name: [Point(key=(one, None), number=f"件{one}") for one in wanted]},
        latest=lambda _: stood,
    )
    return list(document_groups(Take(what="document", name=document.name), asking))


@pytest.mark.parametrize("typed", [{}, {f"{AT}0.case": SECOND, f"{AT}0.text": "已办。"}])
def test_an_answer_belongs_to_the_case_that_it_names_wherever_it_stands(typed: dict[str, str]):
    report = Document(name="report", label="报告", must_answer=("visits",))
    found = groups(report, typed, FIRST, SECOND, THIRD)
    cases = [one.fields[0].value for one in found]
    assert sorted(cases) == [FIRST, SECOND, THIRD]
    assert all(one.label.endswith(f"件{one.fields[0].value}") for one in found)
    if typed:
        assert (cases[0], found[0].fields[2].name) == (SECOND, f"{AT}0.text")


def test_a_file_in_a_row_is_chosen_as_every_other_is():
    column = Column(name="photograph", label="照片", type=File(), optional=True)
    hazards = Document(name="report", label="隐患", columns=(column,), single=True)
    kinds = [(one.kind, one.name.rpartition(".")[2]) for one in groups(hazards, {})[0].fields]
    known = [("reference", "sha256"), ("reference", "length"), ("file_name", "name")]
    assert kinds == [("file", "photograph"), *known]


def test_a_document_without_parts_is_measured_too():
    found = measured(Document(name="proof", label="证明", file="required"), {})
    assert (found.total, found.longest, found.even, found.marks) == (0, "", 100, ())


def known_in(groups: list[Group]) -> list[str]:
    fields = (field for group in groups for field in group.fields)
    return [one.value for one in fields if one.name.endswith(".sha256")]


@pytest.mark.parametrize(("files", "folded"), [(None, True), ((), True), (("a", "b"), False)])
def test_every_file_of_the_version_before_stands_in_the_open(
    files: tuple[str, ...] | None, folded: bool
):
    found = groups(Document(name="proof", label="证明", file="allowed"), {}, files=files)
    assert known_in(found) == list(files or ("",))
    assert [one.folded for one in found] == [folded]


@pytest.mark.parametrize("more", [{"single": True}, {"about": "report"}])
def test_what_is_written_afresh_each_time_begins_without_the_last_file(more: dict[str, Any]):
    column = Column(name="said", label="所谈", type=Text())
    document = Document(name="talk", label="谈话", file="allowed", columns=(column,), **more)
    found = groups(document, {}, files=("a",))
    assert known_in(found) == [""]
    assert found[-1].folded
