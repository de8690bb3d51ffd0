"""One's own work: what lies with me, why it came back, and what I wait for."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from services.workflow import schemes
from services.workflow.adapters.files import scheme_file
from services.workflow.application.boards.returned import came_back
from services.workflow.application.editions import Publishing
from services.workflow.application.firing.commands import CaseCommand
from services.workflow.domain.organisation import Delegation
from services.workflow.domain.organisation.deputising import Wish
from tests.builders import assessed
from tests.end_to_end.pages.site import Shipped, Site, china
from tests.texts import SCHEME, publish_schemes, publish_shipped
from tests.unit.workflow.web.conftest import AUDITOR, counted
from tests.unit.workflow.web.visitor import Visitor

RETURNED, REMARKED, WAITS, LONG = (f"u-hospital-1-{n:02}" for n in range(1, 5))
FINDINGS = ("没有人数和原因。", "没有说为什么不全。", "任务没有时限。", "写得太长。" * 30)
REMARK = "三条都要补。"  # that points at no place
WRITTEN = "一是抓思想。\n二是抓队伍。"


@pytest.fixture(scope="module")
def desks(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """10 January: of four reports of one hospital two were sent back, one came again, one waits."""
    return staged(tmp_path_factory.mktemp("desks"))


class JudgedFirst(Site):
    """A round in which what is judged is written before what is found."""

    @staticmethod
    def publish(publishing: Publishing) -> None:
        publish_shipped(publishing)
        text = schemes.text(SCHEME).decode()
        found, judged = "{document: findings}", "{document: assessment}"
        text = text.replace(f"[{found}, {judged}]", f"[{judged}, {found}]")
        publish_schemes(publishing, scheme_file.load(text, "judged.yaml"))


def staged(folder: Path) -> Site:
    site = Shipped(folder, china("01-08", "08:30"))
    for unit in (RETURNED, REMARKED, WAITS, LONG):
        report(site, unit)
        site.password(person_of(site, unit))
    site.password(AUDITOR)
    site.move_to(china("01-09", "09:00"))
    send_back(site, RETURNED, FINDINGS[:2])
    send_back(site, LONG, (FINDINGS[3], *FINDINGS[:3]))
    send_back(site, REMARKED, FINDINGS[:1])
    report(site, REMARKED)
    site.move_to(china("01-10", "09:00"))
    return site


def person_of(site: Site, unit: str) -> str:
    return site.review_of(unit).person or ""


def done(site: Site, unit: str, trigger: str, by: str, data: Mapping[str, Any]) -> None:
    case = site.review_of(unit).stream
    actor, key = site.actor(by), str(uuid4())
    command = CaseCommand(case=case, trigger=trigger, actor=actor, data=data, key=key)
    answer = site.parts.firing.fire(command)
    assert answer.outcome == "done", (trigger, answer.blockers, answer.faults)


def report(site: Site, unit: str) -> None:
    parts = dict.fromkeys(("achievements", "problems", "tasks"), WRITTEN)
    data = {"documents": {"report": {"parts": parts, "covers": [1, 2, 3]}}}
    done(site, unit, "submit", person_of(site, unit), data)


def send_back(site: Site, unit: str, findings: tuple[str, ...], remark: str = "") -> None:
    rows = [{"place": "problems", "paragraph": "2", "finding": one} for one in findings]
    judged = assessed("unmet")["documents"]
    if remark:
        judged["assessment"]["rows"]["criterion_a"]["remark"] = remark
    data = {"documents": {"findings": {"rows": rows}, **judged}}
    done(site, unit, "return_unit_audit", AUDITOR, data)


def work(site: Site, unit: str, **headers: str) -> str:
    visitor = Visitor(site).sign_in(person_of(site, unit))
    return visitor.get("/tasks", **headers).get_data(as_text=True).partition("<main")[2]


def parted(page: str) -> tuple[str, str]:
    """Return what lies with who looks, and what with others."""
    mine, _, theirs = page.partition('id="waiting-title"')
    return mine, theirs


def told(part: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", part)).split())


def test_what_came_back_says_by_whom_and_why_where_it_points_with_the_way_there(desks: Site):
    mine, theirs = parted(work(desks, RETURNED))
    said = told(mine)
    assert "1 件在您手里，期限早的在前；1 件被送回" in said
    assert "↩ 被送回 01-09 单位党委退回 ·" in said
    for finding in FINDINGS[:2]:
        assert f"第 2 段 {finding}" in said
    assert f'href="/cases/{desks.review_of(RETURNED).id}#past"' in mine
    assert theirs == ""


def test_what_points_at_a_place_is_told_before_what_points_at_none(tmp_path: Path):
    site = JudgedFirst(tmp_path, china("01-08", "08:30"))
    report(site, RETURNED)
    send_back(site, RETURNED, FINDINGS[:1], REMARK)
    site.password(person_of(site, RETURNED))
    said = told(parted(work(site, RETURNED))[0])
    assert said.index(FINDINGS[0]) < said.index(REMARK)


def test_of_many_remarks_the_first_lines_are_shown_and_the_rest_is_counted(desks: Site):
    mine, _ = parted(work(desks, LONG))
    said = told(mine)
    assert FINDINGS[3][:80] + "… " in said
    assert FINDINGS[3][:81] not in said
    assert FINDINGS[2] not in said
    assert "还有 1 条，看全部意见" in said


def test_what_was_handed_in_again_is_no_return_any_more_and_lies_with_the_other(desks: Site):
    mine, theirs = parted(work(desks, REMARKED))
    assert "被送回" not in mine
    assert FINDINGS[0] not in mine + theirs
    assert f'href="/cases/{desks.review_of(REMARKED).id}"' in theirs


def test_what_lies_with_others_says_with_whom_since_when_and_until_when(desks: Site):
    case = desks.review_of(WAITS)
    mine, theirs = parted(work(desks, WAITS))
    assert case.id not in mine
    said = told(theirs)
    assert "第一示例医院" in said
    assert "01-08 已 2 个工作日" in said
    assert case.due_at is not None
    last_day = case.due_at - timedelta(seconds=1)
    assert f"截止日 {last_day:%m-%d}" in said


def test_who_holds_a_case_does_not_wait_for_it_and_its_first_act_stands_out(desks: Site):
    mine, theirs = parted(work(desks, RETURNED))
    acts = re.findall(r'class="btn small( main)?" href="/cases/[^"]+#act-', mine)
    assert acts[0] == " main"
    assert " main" not in acts[1:]
    assert desks.review_of(RETURNED).id not in theirs


def test_who_judges_is_told_of_no_return_where_nothing_came_back_to_them(desks: Site):
    mine, _ = parted(Visitor(desks).sign_in(AUDITOR).text("/tasks"))
    for unit in (REMARKED, WAITS):
        assert desks.review_of(unit).id in mine
    assert "被送回" not in mine


def test_that_it_came_back_is_over_once_it_passed_or_was_there_again(desks: Site):
    case = desks.review_of(RETURNED)
    life = desks.parts.boards.sources.rulebook.of(case.cycle).running.scheme.kinds[case.kind]
    (of_tier,) = (one for one in life.lives if one.tier == case.tier)
    assert came_back(case, of_tier)
    (judged,) = case.verdicts
    passed = replace(case.verdicts[judged], passed=True)
    assert not came_back(replace(case, verdicts={judged: passed}), of_tier)
    assert not came_back(replace(case, verdicts={}), of_tier)
    later = replace(case.reached[judged], recorded_at=desks.parts.now())
    assert not came_back(replace(case, reached={**case.reached, judged: later}), of_tier)


def test_it_is_told_in_english_as_well(desks: Site):
    said = told(work(desks, LONG, **{"Accept-Language": "en"}))
    assert "↩ Sent back" in said
    assert "1 more, read all of it" in said


def test_why_is_not_told_to_who_may_not_read_it_in_a_list(
    desks: Site, monkeypatch: pytest.MonkeyPatch
):
    """Who reads and decides nothing leaves a trace where they read; a list leaves none."""
    monkeypatch.setattr(type(desks.parts.watch), "shows_texts", lambda *_: False)
    said = told(parted(work(desks, RETURNED))[0])
    assert "↩ 被送回 看送回的经过" in said
    assert not any(finding in said for finding in FINDINGS)


def test_however_many_came_back_the_page_asks_the_same(desks: Site, tmp_path: Path):
    few, more = statements(desks, RETURNED), staged(tmp_path)
    for _ in range(3):
        report(more, RETURNED)
        send_back(more, RETURNED, FINDINGS)
    send_back(more, WAITS, FINDINGS)
    hand_over(more, WAITS, to=RETURNED)
    hand_over(more, LONG, to=RETURNED)
    mine, _ = parted(work(more, RETURNED))
    assert mine.count("↩ 被送回") == 3
    assert statements(more, RETURNED) == few <= 12


def hand_over(site: Site, unit: str, to: str) -> None:
    """Have the secretary of another unit stand in for that of *unit*."""
    first, until = site.parts.now().date(), site.parts.now().date() + timedelta(days=9)
    site.parts.deputies.record(
        None,
        Wish(
            entry=Delegation(
                person=person_of(site, unit),
                deputy=person_of(site, to),
                unit=unit,
                roles=frozenset({"secretary"}),
                since=first,
                until=until,
            )
        ),
    )


def statements(site: Site, unit: str) -> int:
    visitor = Visitor(site).sign_in(person_of(site, unit))
    visitor.get("/tasks")
    with counted() as found:
        visitor.get("/tasks")
    return len(found)
