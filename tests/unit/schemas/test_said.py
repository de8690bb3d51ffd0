"""What is wrong with a file is told in the reader's language: every reason, and all of it."""

import ast
import re
import string
from collections.abc import Iterator
from copy import copy, deepcopy
from pathlib import Path

import pytest

from schemas.document import Faults, read_document
from schemas.said import CHINESE, Said, either, language_of, listed, said, told
from services.workflow.adapters.files.yaml_nodes import compose
from services.workflow.domain.organisation.sentences import say, sentences

HAN = re.compile("[\u4e00-\u9fff]")
SOURCES = [
    path
    for folder in ("schemas", "services")
    for path in Path(folder).rglob("*.py")
    # What is wrong with a setting is told to who runs the services, and not about a file.
    if {"migrations", "channels", "settings.py"}.isdisjoint(path.parts)
]
_REPORTS = {"fault", "_fault", "_wrong", "note", "_note", "Naming", "Fault"}


def templates() -> Iterator[str]:
    """Yield every reason that is written in code: of `said`, or plain where a fault is noted."""
    for path in SOURCES:
        for call in ast.walk(ast.parse(path.read_text())):
            if isinstance(call, ast.Call):
                yield from _written(call)


def _written(call: ast.Call) -> Iterator[str]:
    name = getattr(call.func, "attr", getattr(call.func, "id", ""))
    given = [*call.args, *(one.value for one in call.keywords if one.arg == "reason")]
    if name == "said" and isinstance(call.args[0], ast.Constant):
        yield str(call.args[0].value)
    elif name in _REPORTS:
        texts = [one.value for one in given if isinstance(one, ast.Constant)]
        yield from (one for one in texts if isinstance(one, str) and " " in one)


def figures(template: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(template) if name}


def test_every_reason_that_is_written_has_its_chinese():
    assert {template for template in templates() if template not in CHINESE} == set()


def test_no_reason_is_put_together_where_nobody_can_translate_it():
    made = [
        f"{path}:{call.lineno}"
        for path in SOURCES
        for call in ast.walk(ast.parse(path.read_text()))
        if isinstance(call, ast.Call)
        and getattr(call.func, "attr", getattr(call.func, "id", "")) in _REPORTS | {"said"}
        and any(isinstance(one, ast.JoinedStr) for one in call.args)
    ]
    assert made == []


@pytest.mark.parametrize("template", [key for key in CHINESE if "key: value" not in key])
def test_the_chinese_names_the_same_figures(template: str):
    assert figures(CHINESE[template]) == figures(template)


def test_both_languages_have_every_sentence_about_an_organisation_file():
    zh, en = sentences("zh"), sentences("en")
    assert zh.keys() == en.keys()
    assert {code: figures(zh[code]) for code in zh} == {code: figures(en[code]) for code in en}


def test_a_sentence_in_a_sentence_is_told_in_its_language():
    reason = said(
        "unknown {what} {word}; known: {known}", what=said("trigger"), word="a", known="b"
    )
    assert reason == "unknown trigger a; known: b"
    assert told(reason, "zh") == "未知的操作“a”；已知：b"
    assert told(say("unknown_id", id="x", word=say("unit")), "en") == "there is no unit x"


def test_what_may_be_chosen_between_is_told_in_its_language():
    assert (told(either(["a", "b"]), "en"), told(either(["a", "b"]), "zh")) == ("a or b", "a或b")
    assert told(listed([said("a text"), "b"]), "zh") == "文字、b"


def test_a_name_of_the_file_is_not_translated():
    assert told(said("{name} is repeated", name="trigger"), "zh") == "“trigger”重复"


def test_a_fault_is_told_with_its_place():
    with pytest.raises(Faults) as raised:
        read_document("a: 1\nb: 1.5\na: 2\n", compose, "f.yaml")
    assert [str(fault.told("zh")) for fault in raised.value.faults] == [
        "f.yaml:2: b: 1.5 是浮点数，请写成带引号的小数",
        "f.yaml:3: a: 键“a”重复",
    ]
    assert str(raised.value.faults[1].told("en")) == "f.yaml:3: a: the key a is repeated"


@pytest.mark.parametrize(
    ("settings", "language"),
    [
        ({}, "zh"),
        ({"LANG": "C.UTF-8"}, "zh"),
        ({"LANG": "en_US.UTF-8"}, "en"),
        ({"LANG": "en_US.UTF-8", "LC_ALL": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "", "LC_MESSAGES": "en"}, "en"),
    ],
)
def test_a_command_speaks_as_its_environment_says(settings: dict[str, str], language: str):
    assert language_of(settings) == language


def test_a_copy_of_a_sentence_says_the_same_in_both_languages():
    one = Said("一", en="one", zh="一")
    assert [(str(each), each.en, each.zh) for each in (copy(one), deepcopy(one))] == [
        ("一", "one", "一")
    ] * 2
