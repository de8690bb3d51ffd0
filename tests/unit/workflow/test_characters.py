"""字数 as the office suite counts it, and what is odd about the parts of a document."""

import pytest

from services.workflow.domain.data.characters import count_characters
from services.workflow.domain.data.document import counted, warnings
from tests.unit.workflow.scheme.cases import SCHEME

REPORT = SCHEME.documents["report"]


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 0),
        (" \t\r\n\u3000", 0),
        ("党建", 2),
        ("党 建", 2),
        ("党\u3000建", 2),
        ("党建，服务。", 6),
        ("2019", 1),
        ("2019年", 2),
        ("good", 1),
        ("very good", 2),
        ("党建good，", 4),
        ("a,b;c", 1),
        ("“好”", 3),
        ("——", 2),
        ("……", 2),
        ("Ａ１", 2),  # full-width letters are marks of their own
        ("①②", 2),
        ("𠮷", 1),  # beyond the basic plane
        ("葛\U000e0100", 1),  # a variation selector belongs to its character
        ("cafe\u0301", 1),
        ("naïve été", 2),
        ("a\u200bb", 1),  # a zero-width space is no blank
        ("《条例》第3条", 7),
        ("90%以上", 3),
    ],
)
def test_each_han_character_or_full_mark_counts_one_each_other_run_one(text: str, count: int):
    assert count_characters(text) == count


def test_the_parts_are_counted_apart():
    parts = {"achievements": "成绩", "problems": "问题一", "tasks": "2020"}
    assert counted(REPORT, {"parts": parts}) == {"achievements": 2, "problems": 3, "tasks": 1}


def of(*counts: int) -> tuple[str, ...]:
    parts = zip(("achievements", "problems", "tasks"), counts, strict=False)
    return tuple(warnings(REPORT, dict(parts)))


def test_three_thirds_are_not_odd():
    assert of(1000, 1000, 1000) == ()


def test_a_part_more_than_ten_points_from_a_third_is_a_warning():
    assert of(434, 283, 283) == ("achievements_uneven",)  # 43.4 %
    assert of(433, 283, 284) == ()  # 43.3 %


def test_a_part_exactly_at_the_tolerance_is_not_odd():
    assert of(13, 8, 9) == ()  # 43.33… % is 10 points from a third to the last digit


def test_a_short_part_is_odd_as_well():
    assert of(400, 400, 200) == ("tasks_uneven",)


def test_an_empty_document_has_no_shares():
    assert of(0, 0, 0) == ()


def test_over_the_limit_is_a_warning_where_it_is_not_refused():
    assert of(1001, 1000, 1000) == ("over_limit",)
