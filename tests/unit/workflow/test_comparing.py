"""What came and what went between two versions, by characters."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.workflow.application.boards.comparing import compare, passages

TEXT = st.text(alphabet="一二三，。；\nab", max_size=60)


def told(old: str, new: str) -> str:
    """Return the pieces as one line: [-gone-]{+come+}."""
    marks = {"same": "{}", "removed": "[-{}-]", "added": "{{+{}+}}"}
    return "".join(marks[piece.kind].format(piece.text) for piece in compare(old, new))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("", "", ""),
        ("党建。", "党建。", "党建。"),
        ("", "党建。", "{+党建。+}"),
        ("二是谈心谈话有待加强。", "二是谈心谈话不深。", "二是谈心谈话[-有待加强-]{+不深+}。"),
        ("年内逐一谈心。", "一季度内逐一谈心。", "[-年-]{+一季度+}内逐一谈心。"),
        ("甲。乙。丙。", "甲。丙。", "甲。[-乙。-]丙。"),
        ("abcdef", "axcyef", "a[-bcd-]{+xcy+}ef"),  # one letter between two changes goes with them
    ],
)
def test_what_changed_is_told_by_characters(old: str, new: str, said: str):
    assert told(old, new) == said


@given(old=TEXT, new=TEXT)
def test_the_pieces_give_both_versions_back(old: str, new: str):
    pieces = list(compare(old, new))
    assert "".join(one.text for one in pieces if one.kind != "added") == old
    assert "".join(one.text for one in pieces if one.kind != "removed") == new


def test_six_characters_that_came_are_told_as_six_of_three_thousand():
    letters = random.Random(7)  # noqa: S311 - no secret
    old = "".join(letters.choice("党建工作责任落实支部书记") for _ in range(1500))
    old = "。".join(old[at : at + 50] for at in range(0, 1500, 50))
    new = f"{old[:700]}新增的六个字{old[700:]}"
    assert sum(len(piece.text) for piece in compare(old, new) if piece.kind != "same") == 6


def test_what_is_too_long_to_compare_by_characters_is_told_whole():
    old, new = "甲" * 4_000 + "乙", "甲" * 4_000 + "丙"
    assert [(one.kind, one.text) for one in compare(old, new)] == [("removed", old), ("added", new)]


@pytest.mark.parametrize(
    ("old", "new", "changed"),
    [
        ("一\n二\n三", "一\n二\n三", []),
        ("一\n\n二有待\n三", "一\n\n二应谈\n三", [2]),
        ("一\n二\n三", "一\n三", [2]),
        ("一\n二", "一", [1]),
        ("", "一\n二", [1, 2]),
    ],
)
def test_of_a_text_the_paragraphs_that_changed_are_told(old: str, new: str, changed: list[int]):
    assert [one.number for one in passages(old, new)] == changed
