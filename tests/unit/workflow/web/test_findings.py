"""What an auditor finds is tied to a paragraph, and read beside what came in its place."""

import re

import pytest

from tests.builders import changed, post
from tests.end_to_end.pages.site import Site
from tests.unit.workflow.case.played import Play, everybody
from tests.unit.workflow.case.test_notice_2019 import SCHEME, B
from tests.unit.workflow.web.staged import Stage
from tests.unit.workflow.web.visitor import Visitor

AUDITOR = "deputy_secretary.c.h1"
CRITERIA = "documents.assessment.rows.criterion_"
FINDING = "documents.findings.rows."


@pytest.fixture
def stage(site: Site, monkeypatch: pytest.MonkeyPatch) -> Stage:
    """A report of two problems waits for its unit's audit; its deputy secretary looks."""
    seen = changed(people=["p-0035"], posts=[post("p-0035", "c.h1", "deputy_secretary")])
    play = Play(SCHEME, everybody().evolve(seen))
    play.open()
    submit(play, "谈心谈话有待加强。\n支部会议记录不全。")
    return Stage(play, site, monkeypatch, "p-0035")


def submit(play: Play, problems: str, tasks: str = "任务。") -> None:
    parts = {"achievements": "成绩。", "problems": problems, "tasks": tasks}
    play.done(B, "submit", "secretary.c.h1", data={"documents": {"report": {"parts": parts}}})


def returned(stage: Stage, visitor: Visitor, **more: str) -> None:
    fields = {
        **{f"{CRITERIA}{one}.verdict": "unmet" for one in "abc"},
        f"{FINDING}0.place": "problems",
        f"{FINDING}0.paragraph": "1",
        f"{FINDING}0.finding": "没有人数和原因。",
        f"{FINDING}1.place": "problems",
        f"{FINDING}1.paragraph": "2",
        f"{FINDING}1.finding": "没有说为什么不全。",
        **more,
    }
    answer = stage.send(visitor, B, "return_unit_audit", **fields)
    assert answer.status_code == 303, answer.get_data(as_text=True)


def reading(stage: Stage, visitor: Visitor) -> str:
    return visitor.text(f"/cases/{stage.play.case(B).id}/reading")


def test_beside_each_finding_stands_what_was_answered_to_it(stage: Stage):
    visitor = stage.visitor()
    returned(stage, visitor)
    submit(stage.play, "谈心谈话应谈 31 人、实谈 22 人。\n支部会议记录不全。")
    shown = reading(stage, visitor)
    answered, unchanged = re.findall(r'<div class="found.*?</div>\s*</div>', shown, re.DOTALL)
    assert "✓ 已改</b> 没有人数和原因。" in answered
    assert "<del>有待加强</del>" in answered
    assert "<ins>应谈 31 人、实谈 22 人</ins>" in answered
    assert "○ 该段未改</b> 没有说为什么不全。" in unchanged


def test_a_finding_on_a_paragraph_that_is_gone_is_still_read(stage: Stage):
    visitor = stage.visitor()
    returned(stage, visitor)
    submit(stage.play, "谈心谈话应谈 31 人、实谈 22 人。")
    shown = reading(stage, visitor)
    assert "这一稿没有这一段" in shown
    assert "没有说为什么不全。" in shown


def test_a_paragraph_that_was_moved_to_another_part_is_not_changed(stage: Stage):
    visitor = stage.visitor()
    returned(stage, visitor)
    submit(stage.play, "谈心谈话已补。", "任务。\n支部会议记录不全。")
    moved = "○ 该段未改，由问题清单第 2 段移到了任务清单第 2 段"
    shown = reading(stage, visitor)
    assert f'href="#report-tasks-2">{moved}</a>' in shown
    there = shown.partition('id="report-tasks-2"')[2].partition("</li>")[0]
    assert f"{moved}</b> 没有说为什么不全。" in there
    assert "这一稿没有这一段" not in shown
    assert moved in stage.page(visitor, B)


def test_each_criterion_gets_a_verdict_of_its_own(stage: Stage):
    visitor = stage.visitor()
    assert "查找问题是否深入透彻" in reading(stage, visitor)
    marks = {
        f"{CRITERIA}{one}.verdict": mark
        for one, mark in zip("abc", ("met", "unmet", "partly"), strict=True)
    }
    returned(stage, visitor, **marks)
    (told,) = [
        e for e in stage.play.told("state_changed")[-1]["documents"] if e["name"] == "assessment"
    ]
    assert [row["values"]["verdict"] for row in told["rows"]] == ["met", "unmet", "partly"]
    assert told["about"] == {"document": "report", "version": 1}
    assert "不符合" in stage.page(visitor, B)


def test_a_criterion_without_a_verdict_is_told_where_others_have_one(stage: Stage):
    answer = stage.send(stage.visitor(), B, "pass_unit_audit", **{f"{CRITERIA}a.verdict": "met"})
    assert answer.status_code == 422
    assert f'aria-describedby="flaw-pass_unit_audit-{CRITERIA}b.verdict"' in answer.get_data(
        as_text=True
    )


@pytest.mark.parametrize(
    ("given", "day"), [({"due_at": "2020-01-20"}, "2020-01-20"), ({}, "2020-01-10")]
)
def test_it_goes_back_with_a_day_set_by_hand_or_the_rules(
    stage: Stage, given: dict[str, str], day: str
):
    returned(stage, stage.visitor(), **given)
    case = stage.play.case(B)
    assert case.due_at is not None
    assert case.due_at.date().isoformat() == day
    assert case.due.by_hand == bool(given)


def test_a_day_that_no_calendar_knows_is_told_at_its_field(stage: Stage):
    marks = {f"{CRITERIA}{one}.verdict": "unmet" for one in "abc"} | {
        f"{FINDING}0.finding": "空泛。"
    }
    answer = stage.send(stage.visitor(), B, "return_unit_audit", due_at="2099-02-04", **marks)
    told = answer.get_data(as_text=True).partition('id="flaw-return_unit_audit-due_at"')[2]
    assert answer.status_code == 422
    assert "2099-02-04" in told.partition("</p>")[0]


def test_what_is_found_in_one_version_is_not_offered_again_for_the_next(stage: Stage):
    visitor = stage.visitor()
    returned(stage, visitor)
    submit(stage.play, "谈心谈话应谈 31 人。\n支部会议记录已补。")
    assert f'name="{FINDING}0.row"' not in reading(stage, visitor)


def test_the_page_of_the_case_tells_what_was_answered_to_each_finding(stage: Stage):
    visitor = stage.visitor()
    returned(stage, visitor)
    submit(stage.play, "谈心谈话应谈 31 人、实谈 22 人。\n支部会议记录不全。")
    shown = stage.page(visitor, B).partition("上次的意见与答复")[2]
    assert re.search("问题清单 第 1 段</span>.*✓ 已改</b> 没有人数和原因。", shown, re.DOTALL)
    assert "<ins>应谈 31 人、实谈 22 人</ins>" in shown
    assert re.search("问题清单 第 2 段</span>.*○ 该段未改", shown, re.DOTALL)


def test_a_report_is_passed_at_a_page_in_the_version_that_the_page_shows(stage: Stage):
    visitor = stage.visitor()
    assert 'type="hidden" name="read.report" value="1"' in reading(stage, visitor)
    marks = {f"{CRITERIA}{one}.verdict": "met" for one in "abc"}
    path = f"/cases/{stage.play.case(B).id}/transitions"
    seen = {**marks, "trigger": "pass_unit_audit", "read.report": "1"}
    stage.play.done(B, "recall", "secretary.c.h1")
    submit(stage.play, "另一稿。")
    shown_at = f"/cases/{stage.play.case(B).id}/reading"
    answer = visitor.post(path, shown_at=shown_at, **seen)
    assert answer.status_code == 422
    assert "读过的是述职报告第1稿，现在等待审核的是第2稿" in answer.text
