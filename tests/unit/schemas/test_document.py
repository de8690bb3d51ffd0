"""YAML with its lines: every fault at once, each where it stands."""

import pytest
import yaml

from schemas.document import Document, Fault, Faults, read_document, spell

TEXT = """\
title: 方案
units:
  - id: u-1
    staff: 12
    open: true
  - id: "2020-01-10"
    since: 2020-01-10
    parent:
"""


def read(text: str) -> Document:
    return read_document(text, yaml.compose, "scheme.yaml")


def faults(text: str) -> list[tuple[int, str, str]]:
    with pytest.raises(Faults) as refused:
        read(text)
    return [(fault.line, fault.path, fault.reason) for fault in refused.value.faults]


def test_a_document_becomes_plain_values_and_days_stay_as_written():
    assert read(TEXT).tree == {
        "title": "方案",
        "units": [
            {"id": "u-1", "staff": 12, "open": True},
            {"id": "2020-01-10", "since": "2020-01-10", "parent": None},
        ],
    }


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("", 1),
        ("title", 1),
        ("units", 2),
        ("units[0]", 3),
        ("units[0].staff", 4),
        ("units[1].parent", 8),
        (("units", 1, "since"), 7),
        ("units[1].missing", 6),
        ("units[7]", 2),
        ("nowhere.at.all", 1),
    ],
)
def test_every_path_has_its_line_and_a_missing_one_that_of_its_parent(
    path: str | tuple[str | int, ...], line: int
):
    assert read(TEXT).line_of(path) == line


def test_a_fault_is_made_where_its_path_stands():
    fault = read(TEXT).fault(("units", 0, "staff"), "too few")
    assert fault == Fault(file="scheme.yaml", line=4, path="units[0].staff", reason="too few")
    assert str(fault) == "scheme.yaml:4: units[0].staff: too few"


def test_a_tree_without_lines_answers_zero():
    assert Document({"a": 1}).line_of("a") == 0


def test_all_faults_are_told_at_once_and_in_order():
    text = "a: 1.5\nb: yes\nc:\n  a: 1\n  a: 2\n1: x\nd: !own x\ne: 0x1F\n"
    found = faults(text)
    assert [line for line, _, _ in found] == [1, 2, 5, 6, 7, 8]
    assert found[2] == (5, "c.a", "the key a is repeated")


@pytest.mark.parametrize("value", ["1.5", "1.0e+3", ".inf", ".nan", "1.0", "6:30.5"])
def test_floats_are_faults(value: str):
    ((line, path, reason),) = faults(f"a:\n  b: {value}\n")
    assert (line, path) == (2, "a.b")
    assert "float" in reason


@pytest.mark.parametrize("value", ["yes", "no", "on", "Off", "True", "FALSE"])
def test_booleans_by_surprise_are_faults(value: str):
    assert "boolean" in faults(f"a: {value}\n")[0][2]


@pytest.mark.parametrize("value", ["0x1F", "010", "1_000", "1:30", "+1", "9" * 16])
def test_integers_by_surprise_are_faults(value: str):
    assert "integer" in faults(f"a: {value}\n")[0][2]


@pytest.mark.parametrize(
    "text", ["? [a]\n: 1\n", "1: a\n", "2020-01-10: a\n", "true: a\n", "~: a\n", "<<: {a: 1}\n"]
)
def test_keys_are_strings(text: str):
    assert "not a string" in faults(text)[0][2]


def test_aliases_are_faults_even_when_they_go_round():
    assert "aliases" in faults("a: &x [1]\nb: *x\n")[0][2]
    assert "aliases" in faults("&x [*x]\n")[0][2]


@pytest.mark.parametrize("tag", ["!!set {a}", "!!binary aGk=", "!!python/object:os.x {}", "!x y"])
def test_tags_are_faults(tag: str):
    assert "unknown tag" in faults(f"a: {tag}\n")[0][2]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a: [\n\n", 3),
        ("a: b\n---\nc: d\n", 2),
        ("a: b: c\n", 1),
        ("*x", 1),
    ],
)
def test_what_is_no_yaml_is_one_fault_with_its_line(text: str, line: int):
    ((found, path, reason),) = faults(text)
    assert (found, path) == (line, "")
    assert reason.startswith("not YAML")


def test_an_empty_document_is_a_fault():
    assert faults("# nothing\n")[0][2] == "the document is empty"


def test_nesting_without_end_is_a_fault_not_a_crash():
    assert "too deep" in faults("[" * 5000 + "]" * 5000)[0][2]
    assert "too deep" in faults("[" * 80 + "]" * 80)[0][2]


def test_a_fault_of_the_caller_is_not_blamed_on_the_file():
    with pytest.raises(TypeError):
        read_document("a: 1", lambda _text: int("1", "x"))  # type: ignore[call-overload]


def test_paths_are_written_as_people_read_them():
    assert spell(("tiers", "B", "states", 2, "due")) == "tiers.B.states[2].due"
    assert spell(()) == ""


@pytest.mark.parametrize("control", ["\x00", "\x07", "\x1b", "\x7f", "\x9f", "\ufffe"])
def test_a_control_character_spoils_its_own_line_and_none_besides(control: str):
    text = (
        f"name: 第一示例医院\nunits:\n  - name: 甲{control}乙\n  - {{staff: 1.5}}\nb{control}: 1\n"
    )
    found = faults(text)
    assert [(line, path) for line, path, _ in found] == [
        (3, "units[0].name"),
        (4, "units[1].staff"),
        (5, ""),
    ]
    assert "control character" in found[0][2]
    assert [line for line, _, _ in faults(f"a: 医院\n# {control}\n")] == [2]
