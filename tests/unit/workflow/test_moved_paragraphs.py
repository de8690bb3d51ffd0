"""A finding stays with its paragraph, whatever is put before it, taken away or moved."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.workflow.application.boards.moved_paragraphs import places

FIRST, SECOND = "一是党建责任压得不实，述职不深。", "二是谈心谈话有待加强，调研不多。"
NEW = "三是阵地建设投入不足。"
TEXTS = st.lists(st.sampled_from([FIRST, SECOND, NEW, "甲", "乙"]), max_size=6, unique=True)


def in_one(before: list[str], after: list[str]) -> dict[int, int]:
    """Return where each paragraph of a text of one part stands now."""
    found = places({"a": before}, {"a": after}, ["a"])
    return {was: now for (_, was), (_, now) in found.items()}


@pytest.mark.parametrize(
    ("before", "after", "now"),
    [
        ([FIRST], [NEW, FIRST], [2]),
        ([FIRST], [NEW, FIRST[:-4]], [2]),
        ([FIRST, SECOND], [SECOND], [0, 1]),
        ([FIRST, SECOND], [SECOND, FIRST], [2, 1]),
        ([FIRST, SECOND], [FIRST, NEW, SECOND + "已改。"], [1, 3]),
        ([FIRST], [NEW], [1]),  # written wholly anew
        ([FIRST], [], [0]),
        ([FIRST, FIRST], [FIRST], [1, 0]),
        ([], [FIRST], [0]),
    ],
)
def test_each_paragraph_is_found_where_it_stands_now(
    before: list[str], after: list[str], now: list[int]
):
    found = in_one(before, after)
    assert [found.get(n, 0) for n in range(1, max(len(before), 1) + 1)] == now


@given(TEXTS, TEXTS)
def test_what_stands_unchanged_is_found_and_no_two_share_a_place(
    before: list[str], after: list[str]
):
    found = in_one(before, after)
    for n, text in enumerate(before, 1):
        assert text not in after or after[found[n] - 1] == text
    assert len({*found.values()}) == len(found)


def test_thousands_of_paragraphs_are_each_looked_for_at_their_own_place():
    before, after = [f"甲{n}" for n in range(20_000)], [f"乙{n}" for n in range(20_000)]
    assert in_one(before, after)[7] == 7


def test_what_is_no_longer_in_its_part_is_found_in_another_as_it_stands():
    before = {"problems": [FIRST, SECOND], "tasks": [NEW]}
    after = {"problems": [SECOND], "tasks": [NEW, FIRST]}
    assert places(before, after, ["problems"]) == {
        ("problems", 1): ("tasks", 2),
        ("problems", 2): ("problems", 1),
        ("tasks", 1): ("tasks", 1),
    }


def test_what_stays_in_its_part_is_none_that_another_part_lost():
    before = {"problems": [FIRST], "tasks": [FIRST]}
    after = {"problems": [], "tasks": [FIRST]}
    assert places(before, after, ["problems"]) == {("tasks", 1): ("tasks", 1)}


def test_what_is_so_short_that_it_may_stand_anywhere_was_not_moved():
    before = {"problems": ["无。", FIRST], "tasks": [SECOND]}
    after = {"problems": [NEW, FIRST], "tasks": [SECOND, "无。"]}
    assert ("problems", 1) not in places(before, after, [])
    assert places(before, after, ["problems"])["problems", 1] == ("problems", 1)
