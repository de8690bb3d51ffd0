"""The fields of a trigger's data as JSON Schema: labelled, and what fits them is what is taken."""

from typing import Any

import jsonschema_rs
import pytest

from schemas.complaints import load
from services.workflow.application.firing.form import form
from services.workflow.domain.data.kinds import schema
from services.workflow.domain.language.model.scheme import Scheme
from tests.unit.workflow.case.played import NOTICE, scheme

EXAMPLES = NOTICE.parent / "examples"
BOOK = {"achievements": "一\n二\t三", "problems": "", "tasks": "三"}


def read(name: str) -> Scheme:
    return scheme((EXAMPLES / f"{name}.yaml").read_text())


def filled_in(rules: Scheme, kind: str, trigger: str) -> tuple[Any, dict[str, Any]]:
    """Return the schema of a trigger's data, and its form."""
    life = rules.kinds[kind].lives[0]
    found = life.triggers[trigger]
    made = schema(rules, life.tier, found, (*found.takes, *found.corrects))
    return made, form(made)


@pytest.mark.parametrize(
    ("data", "fits"),
    [
        ({"components": {"ballot": "90"}}, True),
        ({"components": {}}, False),
        ({}, False),
    ],
)
def test_a_correction_is_of_any_that_it_may_correct(data: dict[str, Any], fits: bool):
    made, told = filled_in(scheme(NOTICE.read_text()), "review", "correct_score")
    assert jsonschema_rs.Draft202012Validator(told).is_valid(data) is fits
    assert (load(made, data)[1] == []) is fits


def under(told: dict[str, Any], *names: str) -> dict[str, Any]:
    for name in names:
        told = told["items"] if name == "[]" else told["properties"][name]
    return told


def test_a_document_is_told_with_its_parts_their_labels_and_its_limit():
    _, told = filled_in(scheme(NOTICE.read_text()), "review", "submit")
    report = under(told, "documents", "report")
    assert (report["title"], report["characters"], report["over"]) == ("述职报告", 3000, "refuse")
    assert under(report, "parts", "problems")["title"] == "问题清单"


def test_a_column_is_told_with_its_type():
    told = by_trigger(read("laboratory-safety"))
    columns = [each for one in told for each in columns_of(one)]
    severity = next(each["severity"] for each in columns if "severity" in each)
    assert severity["oneOf"] == [
        {"const": "slight", "title": "一般"},
        {"const": "grave", "title": "重大"},
    ]
    assert {each["responsible"]["format"] for each in columns if "responsible" in each} == {
        "person"
    }
    measured = next(each["measured"] for each in columns if "measured" in each)
    assert (measured["title"], measured["from"], measured["to"]) == ("实测值", "0", "1000")


def by_trigger(rules: Scheme) -> list[dict[str, Any]]:
    return [
        form(schema(rules, life.tier, trigger, (*trigger.takes, *trigger.corrects)))
        for _, life in rules.lives()
        for trigger in life.triggers.values()
    ]


def columns_of(told: dict[str, Any]) -> list[dict[str, Any]]:
    documents = told["properties"].get("documents", {"properties": {}})["properties"].values()
    rows = [one["properties"]["rows"] for one in documents if "rows" in one["properties"]]
    given = [row for one in rows for row in one.get("properties", {}).values()]
    return [
        one["properties"] for one in (*(one["items"] for one in rows if "items" in one), *given)
    ]


SCHEMES = [file.stem for file in sorted(EXAMPLES.glob("*.yaml")) if "." not in file.stem]


@pytest.mark.parametrize("name", SCHEMES)
def test_whatever_the_scheme_names_has_its_label(name: str):
    for told in by_trigger(read(name)):
        assert list(unlabelled(told)) == []


def unlabelled(told: dict[str, Any], path: str = "") -> Any:
    """Yield what stands one level below a word of the language, and has no title."""
    of_the_scheme = path in {
        ".documents", ".components", ".grades", ".numbers", ".rosters", ".flags", ".planned",
    } or path.endswith((".parts", ".rows"))  # fmt: skip
    for name, each in told.get("properties", {}).items():
        if of_the_scheme and "title" not in each and name != "row":
            yield f"{path}.{name}"
        yield from unlabelled(each.get("items", each), f"{path}.{name}")


@pytest.mark.parametrize(
    ("data", "fits"),
    [
        ({"documents": {"report": {"parts": BOOK}}}, True),
        ({"documents": {"report": {"parts": BOOK | {"tasks": "\x00"}}}}, False),
        ({"documents": {"report": {"parts": {"tasks": "三"}}}}, False),
        ({"documents": {"report": {"parts": BOOK, "x": 1}}}, False),
        ({"documents": {}}, False),
        ({}, False),
    ],
)
def test_what_fits_the_form_is_what_is_taken(data: dict[str, Any], fits: bool):
    made, told = filled_in(scheme(NOTICE.read_text()), "review", "submit")
    assert jsonschema_rs.Draft202012Validator(told).is_valid(data) is fits
    assert (load(made, data)[1] == []) is fits
