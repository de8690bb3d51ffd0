"""What was said where a case came back, in the mail that tells so: asked for as it is written."""

from dataclasses import replace
from itertools import count

import pytest

from services.notifier.adapters.database import SqlStore
from services.notifier.application.ports import Remark, Said
from tests.contract.notifier.test_arrivals import CASE, OFFICE, move, send_back
from tests.contract.notifier.town import Town
from tests.unit.notifier.world import BY_ITSELF, SHIPPED, at

REMARKS = (
    Remark(text="数字与台账不符"),
    Remark(text="请补充\n案例 $link", part="履职情况", paragraph=2),
    Remark(text="过于笼统", part="存在问题"),
)
SAID = Said(remarks=REMARKS, more=4)
BACK = at(1, 8, 8, 4)


@pytest.fixture
def town(store: SqlStore) -> Town:
    """A town in which a report is with the office that may send it back."""
    town = Town(store)
    town.policy = BY_ITSELF
    town.restart()
    town.log.organise()
    town.log.open()
    move(town, "unit_audit", at(1, 8, 8, 2), OFFICE, actor="ws")
    town.run(at(1, 8, 8, 3))
    town.workflow.said_of[CASE] = SAID
    return town


def test_a_mail_that_work_came_back_says_what_was_said(town: Town) -> None:
    send_back(town, BACK)
    town.run(BACK)
    assert town.workflow.asked_said == [("ws", {CASE: 3})]
    text = town.mail.sent[-1].text
    assert "退回时的意见：\n  · 数字与台账不符\n" in text
    assert "  · 履职情况第 2 段：请补充 案例 $link\n  · 存在问题：过于笼统\n" in text
    assert "另有 4 条，请在办理页面查看" in text


def test_nothing_of_it_is_kept_by_the_notifier_or_goes_into_the_log(town: Town) -> None:
    send_back(town, BACK)
    town.run(BACK)
    assert not any("台账" in str(one) for one in town.workflow.recorded.values())
    assert not any("台账" in str(one) for one in town.notices())


def test_what_only_came_says_nothing_of_it(town: Town) -> None:
    assert town.workflow.asked_said == []
    assert all("退回时的意见" not in mail.text for mail in town.mail.sent)


@pytest.mark.parametrize("why", ["erased, or not theirs", "away"])
def test_what_cannot_be_had_is_said_to_be_on_the_page(town: Town, why: str) -> None:
    town.workflow.said_of.clear()
    town.workflow.said_away = why == "away"
    send_back(town, BACK)
    town.run(BACK)
    assert "退回时的意见请在办理页面查看。" in town.mail.sent[-1].text
    assert {one.status for one in town.notices() if one.reason == "came_back"} == {"sent"}


def test_who_answers_slowly_is_not_asked_about_everybody(town: Town) -> None:
    delivering, ticks = town.engine.delivering, count(step=3)
    writing = replace(delivering.writing, monotonic_s=lambda: float(next(ticks)))
    town.engine.delivering = replace(delivering, writing=writing)
    send_back(town, BACK)
    town.run(BACK)
    assert town.workflow.asked_said == []
    assert "退回时的意见请在办理页面查看。" in town.mail.sent[-1].text


def test_a_group_is_not_told_what_was_said_to_one(town: Town) -> None:
    town.ways["email"] = replace(town.ways["email"], must_have=False)
    town.restart()
    send_back(town, BACK)
    town.run(BACK)
    assert town.workflow.asked_said == []
    assert "退回时的意见" not in town.mail.sent[-1].text


def test_the_letter_of_a_day_says_it_below_its_line(town: Town) -> None:
    town.policy = SHIPPED
    town.restart()
    send_back(town, BACK)
    town.log.open("00000000-0000-7000-8000-0000000000fe")
    town.run(BACK)
    town.run(at(1, 8, 9, 59))
    town.run(at(1, 8, 11, 1))
    assert "  · 履职情况第 2 段：请补充 案例 $link\n" in town.mail.sent[-1].text
