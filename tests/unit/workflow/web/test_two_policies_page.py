"""Two policies on the page of what-if: how far up each leads, and how many letters it makes."""

from collections.abc import Mapping
from dataclasses import replace
from io import BytesIO

import pytest
from openpyxl import load_workbook
from werkzeug.datastructures import FileStorage

from services.workflow.application.boards.plans import Planned, Plans
from tests.end_to_end.pages.site import Site, china
from tests.unit.workflow.web.conftest import ADMINISTRATOR
from tests.unit.workflow.web.test_simulation_page import DAYS, HASH, PATH, answer, line, told
from tests.unit.workflow.web.visitor import Visitor

OTHER = "b" * 64
DUE = china("01-15", "00:00")  # the end of the 14th


def above(site: Site, day: str, rung: str, unit: str = "u-hospital-1-01") -> Planned:
    return line(
        site, unit, china(day, "09:07"), rung=rung, kind="escalation", due=DUE, id=f"{day}/{rung}"
    )


@pytest.fixture
def plans(site: Site) -> Plans:
    """One ladder reaches the office on the 22nd, the other on 7 February, past the holiday."""
    first = above(site, "01-16", "committee")
    gone, come = above(site, "01-22", "office"), above(site, "02-07", "office")
    again = above(site, "02-14", "office/2")
    return Plans(now=(first, come, again), gone=(gone,), come=(come, again))


def test_two_policies_are_compared_of_which_neither_is_in_force(
    site: Site, office: Visitor, plans: Plans, monkeypatch: pytest.MonkeyPatch
):
    asked = list[Mapping[str, object]]()
    answer(site, monkeypatch, lambda question: asked.append(question) or plans)
    page = office.post(PATH, shown_at=PATH, policy=HASH, against=OTHER, **DAYS)
    assert asked == [DAYS | {"policy": {"hash": HASH}, "against": {"hash": OTHER}}]
    shown = page.get_data(as_text=True)
    assert "方案甲发 2 条、到 1 人" in told(shown)
    assert "；方案乙发 3 条、到 1 人" in told(shown)
    lines = shown.partition('id="each"')[2]
    assert (lines.count("− 只有甲"), lines.count("+ 只有乙")) == (1, 2)
    again = shown.partition('<form id="again"')[2].partition("</form>")[0]
    assert f'name="against" value="{OTHER}"' in again, "what follows is asked of the same two"
    asked.clear()
    file = FileStorage(BytesIO("id: 样例".encode()), filename="x.yaml")
    page = office.post(PATH, shown_at=PATH, against_file=file, **DAYS)
    assert asked == [DAYS | {"against": {"text": "id: 样例"}}]
    assert "方案甲：所选的文件；方案乙：现行的。" in page.get_data(as_text=True)


def test_a_workbook_of_two_policies_says_which_of_them_has_a_line_alone(
    site: Site, office: Visitor, plans: Plans, monkeypatch: pytest.MonkeyPatch
):
    answer(site, monkeypatch, lambda _: plans)
    form = {"policy": HASH, "against": OTHER, "as": "xlsx", **DAYS}
    kept = office.post(PATH, shown_at=PATH, **form)
    rows = list(load_workbook(BytesIO(kept.data)).worksheets[0].iter_rows(values_only=True))
    assert [row[0] for row in rows] == ["甲与乙相比", "− 只有甲", "+ 只有乙", "+ 只有乙"]


def test_how_far_up_each_leads_is_told_in_working_days_after_the_deadline(
    site: Site, office: Visitor, plans: Plans, monkeypatch: pytest.MonkeyPatch
):
    """Due on the 14th; 19 January is worked, 24 January to 2 February are not."""
    answer(site, monkeypatch, lambda _: plans)
    sentence = told(office.post(PATH, shown_at=PATH, policy=HASH, **DAYS).get_data(as_text=True))
    now, then = sentence.split("；")[:2]
    assert "最快到期后第 7 个工作日督办到" in now
    assert "最快到期后第 13 个工作日督办到" in then
    # Of a case in the middle of its ladder the lower rungs are behind: it does not say how high.
    late = above(site, "01-16", "committee", "u-school-01")
    alone = Plans(now=(*plans.now, late), gone=(), come=())
    answer(site, monkeypatch, lambda _: alone)
    assert "第 13 个工作日" in told(office.post(PATH, shown_at=PATH, **DAYS).get_data(as_text=True))
    nobody = replace(plans, now=(line(site, "u-school-01", DUE),), gone=(), come=())
    answer(site, monkeypatch, lambda _: nobody)
    assert "督办到" not in told(office.post(PATH, shown_at=PATH, **DAYS).get_data(as_text=True))


def test_the_limit_of_each_person_and_day_is_shown_and_who_has_more(
    site: Site, office: Visitor, monkeypatch: pytest.MonkeyPatch
):
    at, leaves = china("01-21", "09:07"), china("01-21", "10:12")
    folded = [
        line(site, unit, at, letter="one", gone_at=leaves, id=unit)
        for unit in ("u-hospital-1-01", "u-hospital-1-02", "u-school-01")
    ]
    beside = line(site, "u-school-01", at, rung="late_start", gone_at=at, id="by itself")
    inbox = replace(beside, channel="inapp", id="inbox")
    alone = line(site, "u-school-01", at, ADMINISTRATOR, letter="two", gone_at=leaves, id="alone")

    def shown(*lines: Planned) -> str:
        answer(site, monkeypatch, lambda _: Plans(now=lines, gone=(), come=()))
        page = office.post(PATH, shown_at=PATH, **DAYS).get_data(as_text=True)
        return page.partition('id="one-a-day"')[2].partition("</section>")[0]

    full = shown(*folded, beside, inbox, alone)
    page = office.post(PATH, shown_at=PATH, **DAYS).get_data(as_text=True)
    assert "将发 6 条、到 2 人（其中 4 条并成 2 封信）" in told(page)
    assert page.count("10:12 随信送出") == 4
    assert "邮件：每人每天至多一封" in full
    assert "<code>late_start</code>" in full
    assert full.count("▲") == 1
    assert "邮件 4 条，分 2 封" in full
    assert "没有人一天超过一封" in shown(*folded, alone)
    assert "没有上限" in shown(beside, inbox)
