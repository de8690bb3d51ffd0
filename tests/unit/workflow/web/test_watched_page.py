"""The page of the notifier's own work: who keeps it running sees whether anybody is forgotten."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from services.notifier.domain.recipients import NOBODY
from services.notifier.domain.watch import ARMED, REASONS, UNARMED, VERDICTS
from services.workflow.adapters.web.browser import PAGE_SCOPES
from services.workflow.adapters.web.watched import BECAME, FRESH, STANDS, WHY
from services.workflow.application.boards import Boards
from services.workflow.application.boards.own_work import DayHeld, OwnWork, Track
from services.workflow.domain.authority import Actor
from tests.end_to_end.pages.site import INSPECTOR, OFFICE, Site
from tests.unit.workflow.web.conftest import ADMINISTRATOR
from tests.unit.workflow.web.visitor import Visitor

AT = datetime(2020, 1, 8, 2, tzinfo=UTC)
STREAM = "review/00000000-0000-7000-8000-0000000000c1"
LINE = Track(case=STREAM, desk="", track="deadline")
Shows = Callable[[OwnWork | None], str]


@pytest.fixture
def shows(site: Site, monkeypatch: pytest.MonkeyPatch) -> Shows:
    """Return the page as whoever keeps the people sees it, where the notifier tells this."""

    def show(own: OwnWork | None) -> str:
        boards = site.parts.boards
        told = replace(boards, sources=replace(boards.sources, own_work=lambda: own))
        monkeypatch.setitem(site.parts.__dict__, "boards", told)
        return Visitor(site).sign_in(ADMINISTRATOR).text("/watch")

    return show


def test_a_notifier_that_does_not_answer_is_no_notifier_that_is_well(shows: Shows) -> None:
    for own, said in ((None, "通知服务没有应答"), (OwnWork(at=None), "还没有查过")):
        page = shows(own)
        assert said in page
        assert "没有发现问题" not in page


def test_what_is_well_is_said_with_its_figures(shows: Shows) -> None:
    held = DayHeld(day=date(2020, 1, 7), counts={"kept": 1240, "moved": 3}, missing=())
    now = datetime.now(UTC)
    page = shows(OwnWork(at=now, tracks={"armed": 2412, "suspended": 7}, yesterday=held))
    for said in ("没有发现问题", "2,412", "暂停计时", "2020-01-07 的计划与实际", "1,240"):
        assert said in page
    assert "请假且无人代理" not in page


@pytest.mark.parametrize("holds", [True, False])
def test_a_look_that_is_long_past_tells_that_it_stopped_and_not_that_all_is_well(
    shows: Shows, holds: bool
) -> None:
    page = shows(OwnWork(at=datetime.now(UTC) - 2 * FRESH, holds=holds, tracks={"armed": 1}))
    assert "通知服务停在这一次，此后没有再查过" in page
    assert "✓" not in page
    assert ("当时发现问题" in page) is not holds


def test_what_is_wrong_is_named(shows: Shows) -> None:
    held = DayHeld(day=date(2020, 1, 7), counts={"missing": 1}, missing=(LINE,))
    nobody = replace(LINE, case="review/nobody", reason="vacant", at=AT)
    page = shows(
        OwnWork(
            at=datetime.now(UTC),
            holds=False,
            tracks={"unarmed": 1},
            unarmed=(LINE,),
            oldest_due=AT,
            n_unreached=1,
            unreached=(nobody,),
            yesterday=held,
        )
    )
    assert "发现问题，见下" in page
    assert page.count(STREAM) == 2
    assert "岗位空缺" in page
    assert '<b class="late-text">没有下一次提醒，也说不出原因</b>' in page
    assert '<b class="late-text">计划了却没有决定，也说不出原因</b>' in page


def test_a_case_is_named_by_its_number_to_who_may_see_it_and_by_its_id_to_others(
    site: Site, shows: Shows, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = site.review_of("u-hospital-1-05")
    line = replace(LINE, case=f"review/{case.id}")
    own = OwnWork(at=datetime.now(UTC), holds=False, unarmed=(line, LINE), tracks={"unarmed": 2})
    page = shows(own)
    assert line.case in page
    assert case.number not in page
    parts, boards = site.parts, site.parts.boards
    root = parts.directory.current().root or ""
    office = Actor(client="web", person=OFFICE, scopes=PAGE_SCOPES, scope_unit=root)
    seen = boards.watched(boards.look(office, parts.now()))
    assert {stream: one.number for stream, one in seen.cases.items()} == {line.case: case.number}
    monkeypatch.setattr(Boards, "watched", lambda *_: seen)
    page = shows(own)
    assert f'<a class="num" href="/cases/{case.id}">{case.number}</a>' in page
    assert seen.names(case.person) in page
    assert line.case not in page
    assert STREAM in page  # of no case that is there


def test_nobody_else_is_shown_it(site: Site) -> None:
    assert Visitor(site).sign_in(INSPECTOR).get("/watch").status_code == 403


def test_each_word_of_the_notifiers_has_its_sentence() -> None:
    assert (set(STANDS), set(BECAME), set(WHY)) == (
        {ARMED, UNARMED, *REASONS},
        {*VERDICTS},
        {*NOBODY},
    )
