"""A scheme is shown in its own words, and two of them are told apart by what changes for whom."""

import json
import string
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from schemas.document import Document, read_document
from schemas.vocabulary import default
from services.workflow.adapters.files.yaml_nodes import compose
from services.workflow.domain.language import showing
from services.workflow.domain.language.loading import load
from services.workflow.domain.language.model.scheme import Scheme
from services.workflow.domain.language.showing import compare, show
from services.workflow.domain.language.showing.phrases import phrases
from services.workflow.domain.language.showing.statements import statements
from tests.unit.workflow.language.examples import NOTICE, tree
from tests.unit.workflow.language.test_schema import SHIPPED
from tests.unit.workflow.language.written import examples

CATALOGUES = Path(showing.__file__).parent
SCORES = examples()["Scores, grades and polls 0"]
SCORED = ("component", "grading", "consequence", "limit")
UNCALLED = "  - {where: {flag: overdue_often}, at_best: poor, of: whole}"


def scheme(change: Any = None) -> Scheme:
    made = tree()
    if change:
        change(made)
    return load(Document(made, "f"))


def fields(text: str) -> set[str | None]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_both_languages_say_the_same_phrases_with_the_same_places():
    zh, en = (json.loads((CATALOGUES / f"{one}.json").read_text()) for one in ("zh", "en"))
    assert {key: fields(text) for key, text in zh.items()} == {
        key: fields(text) for key, text in en.items()
    }


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: file.stem)
def test_every_state_trigger_document_and_desk_is_shown(file: Path, language: str):
    made = load(read_document(file.read_text(), compose))
    shown = show(made, language)
    for kind, life in made.lives():
        words = [kind.label, *(state.label for state in life.states.values())]
        words += [f"`{trigger.name}`" for trigger in life.triggers.values() if trigger.sources]
        assert [word for word in words if word not in shown] == []
    assert [each.label for each in made.documents.values() if each.label not in shown] == []
    assert "None" not in shown  # whatever is told has words


def test_the_diagram_has_each_move_of_each_kind_of_unit_once():
    shown = show(scheme())
    diagram = shown.split("`B`：")[1].split("```mermaid")[1].split("```")[0].splitlines()
    assert "    drafting --> unit_audit: submit" in diagram
    assert "    drafting --> organ_audit: submit" in diagram
    assert len(diagram) == len(set(diagram))


def test_for_which_units_a_link_is_empty_is_shown():
    shown = show(scheme(), empty={"meeting.commission": ["u-organ"]})
    assert shown.endswith(
        "## `meeting.commission`\n\n下列单位没有这一联系，以之为条件的一律视为已满足\n\n`u-organ`\n"
    )


def test_a_limit_that_refuses_is_shown_though_no_guard_says_so():
    def unsaid(made: dict[str, Any]) -> None:
        del made["cases"]["review"]["triggers"]["submit"]["guards"][1]

    one, other = scheme(unsaid), scheme()
    assert show(one).replace(one.hash, "") == show(other).replace(other.hash, "")


def test_what_is_scored_and_limited_is_called_by_its_label_or_clause_and_else_by_its_name():
    text = SCORES.replace("clause: 第六条, ", "").replace(
        "poll: hall}", "clause: 第三条, poll: hall}"
    )
    text = text.replace("at_best: fair, of: whole}", "at_best: fair, of: whole}\n" + UNCALLED)
    made = load(read_document(text, compose))
    told = {one.place: one.label for one in statements(made, phrases(), default())}
    called = {place.name: label for place, label in told.items() if place.sort in SCORED}
    assert called == {
        "hall": "测评 · 第三条",
        "superior": "上级评分",
        "whole": "总评",
        "committee": "committee",
        "room": "room",
        "talk.0": "第五条",
        "award.1": "award",
        "inquiry.2": "第七条",
        "cap.0": "第八条",
        "cap.1": "poor",
        "few_good": "第九条",
        "some_poor": "some_poor",
    }
    assert [label for place, label in told.items() if place.sort in ("poll", "drawing")] == [
        "hall",
        "抽签",
    ]


def test_a_scheme_differs_from_itself_in_nothing():
    assert compare(scheme(), scheme()) == []


def shorter(tree: Any) -> None:
    tree["cases"]["review"]["tiers"]["A"]["states"][0]["due"] = {"working_days": 5}


def more_grades(tree: Any) -> None:
    tree["gradings"]["person"]["grades"][0]["from"] = "92"


def other_desk(tree: Any) -> None:
    tree["cases"]["interview"]["states"][0]["desk"]["roles"] = ["office"]


def no_recall(tree: Any) -> None:
    del tree["cases"]["review"]["triggers"]["recall"]


def no_draw(tree: Any) -> None:
    del tree["draws"], tree["cases"]["draw"]


CHANGES = [
    (shorter, [("review", "A", "due", "changed")], "进入后5个工作日"),
    (more_grades, [("", "", "grading", "changed")], "好 ≥ 90、"),
    (other_desk, [("interview", "", "desk", "changed")], "办公室"),
    (
        no_recall,
        [("review", tier, "trigger", "removed") for tier in "ABC"],
        "不再有操作“撤回报告”",
    ),
    (
        no_draw,
        [
            ("", "", "drawing", "removed"),
            ("draw", "", "kind", "removed"),
        ],
        "不再有案件“现场述职抽签”",
    ),
]


@pytest.mark.parametrize(("change", "places", "sentence"), CHANGES)
def test_what_changes_is_told_with_whom_it_is_for(change: Any, places: Any, sentence: str):
    found = compare(scheme(), scheme(change))
    assert [(one["kind"], one["tier"], one["sort"], one["how"]) for one in found] == places
    assert any(sentence in one["sentence"] for one in found)
    assert all(one["whom"] for one in found)


def test_the_notice_is_shown_whole():
    assert len(show(load(read_document(NOTICE.read_text(), compose))).splitlines()) > 500


def test_roles_and_units_are_called_as_the_organisation_calls_them():
    words = default()
    office = replace(words.roles["office"], label="党务科")
    said = show(scheme(), vocabulary=replace(words, roles={**words.roles, "office": office}))
    assert "党务科" in said
    assert "办公室" not in said


def test_what_waits_for_others_says_if_there_need_be_none():
    text = Path("services/workflow/schemes/examples/laboratory-safety.yaml").read_text()
    shown = show(load(read_document(text, compose)))
    assert "全部隐患（如有）已结束" in shown
    assert "全部隐患已结束，至少1件办结" in shown
    assert "至少0" not in shown


@pytest.mark.parametrize(("word", "said"), [("allowed", "可附文件"), ("required", "须附文件")])
def test_whether_a_file_may_or_must_be_there_is_told(word: str, said: str):
    def with_file(made: Any) -> None:
        for document in made["documents"].values():
            document.update({"file": word} if "file" in document else {})

    both = {"可附文件", "须附文件"}
    assert {one for one in both if one in show(scheme(with_file))} == {said}


FORMS = {
    "review": "每个单位一件",
    "meeting": "每个",
    "visit": "每个单位若干件",
    "item": "每件“述职评议”若干件",
}


@pytest.mark.parametrize("kind", FORMS)
def test_how_many_cases_of_a_kind_there_are_is_told(kind: str):
    told = [
        one.told
        for one in statements(scheme(), phrases("zh"), default())
        if (one.place.kind, one.place.sort) == (kind, "kind")
    ]
    assert told
    assert [one for one in told if not one.startswith(FORMS[kind])] == []


def test_grades_of_limits_are_called_as_in_the_grading_they_are_of():
    def with_two(made: dict[str, Any]) -> None:
        other = {**made["gradings"]["person"], "grades": []}
        other["grades"] = [
            {**one, "label": f"另{one['label']}"} for one in made["gradings"]["person"]["grades"]
        ]
        made["gradings"] = {"other": other, **made["gradings"]}
        whole = {"where": {"flag": made["flags"][0]["name"]}, "at_best": "average"}
        made["caps"] = [{**whole, "of": "person"}, {**whole, "of": "other"}]

    shown = show(scheme(with_two))
    assert "最高为一般" in shown
    assert "最高为另一般" in shown


def test_what_a_case_is_made_of_names_the_act_of_its_parent():
    (told,) = {
        one.told
        for one in statements(scheme(), phrases("zh"), default())
        if (one.place.kind, one.place.sort) == ("item", "kind")
    }
    assert scheme().kinds["review"].lives[0].triggers["start_rectification"].label in told
