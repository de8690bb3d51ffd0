"""字数 as the office suite counts it, and what is odd about the lists of a report."""

import pytest

from services.workflow.domain.report import (
    ReportCount,
    ReportRules,
    count_characters,
    count_report,
    warnings,
)

RULES = ReportRules(labels={}, limit=3000, refuse_over_limit=True, tolerance_points=10)


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


def test_the_lists_are_counted_apart():
    assert count_report("成绩", "问题一", "2020") == ReportCount(
        achievements=2, problems=3, tasks=1
    )
    assert count_report("一", "二", "三").total == 3


def of(achievements: int, problems: int, tasks: int) -> tuple[str, ...]:
    return warnings(ReportCount(achievements=achievements, problems=problems, tasks=tasks), RULES)


def test_three_thirds_are_not_odd():
    assert of(1000, 1000, 1000) == ()


def test_a_list_more_than_ten_points_from_a_third_is_a_warning():
    assert of(434, 283, 283) == ("report_achievements_off_third",)  # 43.4 %
    assert of(433, 283, 284) == ()  # 43.3 %


def test_a_list_exactly_at_the_tolerance_is_not_odd():
    assert of(13, 8, 9) == ()  # 43.33… % is 10 points from a third to the last digit


def test_a_short_list_is_odd_as_well():
    assert of(400, 400, 200) == ("report_tasks_off_third",)


def test_an_empty_report_has_no_shares():
    assert of(0, 0, 0) == ()


def test_over_the_limit_is_a_warning_where_it_is_not_refused():
    assert of(1001, 1000, 1000) == ("report_over_limit",)
