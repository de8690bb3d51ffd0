"""Notices that follow one another are one line of a case's history, opened without a script."""

import re
from datetime import timedelta

import pytest

from services.workflow.adapters.web.folding import folded
from services.workflow.adapters.web.telling import Line
from tests.end_to_end.pages.site import Shipped
from tests.unit.workflow.web.conftest import AUDITOR, OFFICE
from tests.unit.workflow.web.visitor import Visitor

UNIT = "u-hospital-1-04"


def notice(when: str, kind: str = "reminder", to: tuple[str, ...] = ("甲",), **of: object) -> Line:
    return Line(when=when, mark="铃", text=when, kind=kind, to=to, **of)  # type: ignore[arg-type]


ACT = Line(when="01-09", mark="✓", text="退回")


def test_notices_in_a_row_are_one_line_and_an_act_between_them_parts_them():
    lines = [notice("01-07"), notice("01-08"), ACT, notice("01-10"), notice("01-11", "escalation")]
    told = list(folded(lines))
    assert [line.text for line in told] == [
        "提醒 2 次 → 甲，最近一次 01-08",
        "退回",
        "提醒 1 次、督办 1 次 → 甲，最近一次 01-11",
    ]
    assert [len(line.folded) for line in told] == [2, 0, 2]
    assert [one for line in told for one in line.folded or (line,)] == lines


def test_a_notice_alone_stays_as_it_is():
    assert list(folded([notice("01-07"), ACT])) == [notice("01-07"), ACT]


def test_what_went_to_nobody_is_counted_as_such_and_receivers_beyond_two_are_counted():
    lines = [notice("01-07", to=("甲", "乙")), notice("01-08", to=("丙",))]
    unsent = notice("01-09", to=(), unsent=True)
    assert [one.text for one in folded([*lines, unsent])] == [
        "提醒 2 次、未发送 1 次 → 甲、乙 等 3 处，最近一次 01-09"
    ]


def test_the_line_has_the_mark_and_tone_of_its_worst():
    late = notice("01-08", "escalation", tone="late")
    (line,) = folded([notice("01-07", tone="soon"), late, notice("01-09", tone="soon")])
    assert (line.tone, line.when) == ("late", "01-09")


@pytest.fixture(scope="module")
def told(shipped: Shipped) -> Visitor:
    """A case that was told of three times, and a browser of who sees it."""
    committee = {"person": AUDITOR, "unit": "u-hospital-1", "role": "office"}
    for days in (1, 2, 3):
        at = shipped.parts.now() + timedelta(days=days)
        shipped.notify(UNIT, "reminder", committee, at)
    shipped.password(OFFICE)
    return Visitor(shipped).sign_in(OFFICE)


def times(page: str) -> list[str]:
    """Return the instants of what happened, as they stand on the page from above."""
    past = page.partition('id="past"')[2].partition("</section>")[0]
    return re.findall(r"<time>([^<]+)</time>", re.sub(r"<details>.*?</details>", "", past))


def test_the_page_shows_one_line_that_opens_and_what_is_next_above_what_was(told: Visitor):
    page = told.text(f"/cases/{told.site.review_of(UNIT).id}")
    assert page.count("<summary>提醒 3 次 → ") == 1
    assert 0 < page.index("接下来</h2>") < page.index("经过</h2>") < page.index("提醒 3 次")


def test_the_newest_first_is_an_address(told: Visitor):
    path = f"/cases/{told.site.review_of(UNIT).id}"
    first, turned = told.text(path), told.text(f"{path}?order=newest")
    assert len(times(first)) > 1
    assert times(turned) == times(first)[::-1]
    assert f'href="{path}?order=newest#past"' in first
    assert f'href="{path}?#past"' in turned
    assert told.get(f"{path}?order=oldest").status_code == 400
