"""The morning of who looks after others: figures that open what they count, and what leaves."""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from html import unescape

import pytest

from services.workflow.application.boards import Coming, NextNotice, morning
from tests.end_to_end.pages.site import Site, china
from tests.unit.workflow.web.conftest import AUDITOR, OFFICE
from tests.unit.workflow.web.visitor import Visitor

LEAVING = ("u-hospital-1-01", "u-hospital-1-02", "u-school-01")


def foretell(site: Site, monkeypatch: pytest.MonkeyPatch, at: datetime) -> None:
    """Have the notifier plan a reminder at an instant for some cases."""
    planned = {
        case.stream: NextNotice(
            at=at,
            rung="r",
            kind="reminder",
            unit=case.holder.unit,
            role=case.holder.role,
            person=None,
        )
        for case in map(site.review_of, LEAVING)
    }
    answer(site, monkeypatch, lambda _: Coming(cases=tuple(planned)), planned)


def answer(
    site: Site,
    monkeypatch: pytest.MonkeyPatch,
    coming: Callable[[datetime], Coming | None],
    planned: dict[str, NextNotice],
) -> None:
    def next_notices(streams: Sequence[str]) -> dict[str, NextNotice | None]:
        return {one: planned.get(one) for one in streams}

    boards = site.parts.boards
    sources = replace(boards.sources, coming=coming, next_notices=next_notices)
    monkeypatch.setitem(site.parts.__dict__, "boards", replace(boards, sources=sources))


def foretell_more(site: Site, monkeypatch: pytest.MonkeyPatch, *told: str) -> None:
    """Have the notifier plan a reminder for *told*, in their order, and more than it tells of."""
    foretell(site, monkeypatch, china("01-20", "10:30"))
    streams = tuple(site.review_of(unit).stream for unit in told)
    boards = site.parts.boards
    sources = replace(boards.sources, coming=lambda _: Coming(cases=streams, more=True))
    monkeypatch.setitem(site.parts.__dict__, "boards", replace(boards, sources=sources))


def told(page: str) -> str:
    return unescape(re.sub(r"<[^>]+>", "", page.partition("<h1")[2].partition("</h1>")[0]))


def counted(page: str) -> list[tuple[str, int]]:
    """Return each figure of the page that is a link to a list, and how much it says there is."""
    main = page.partition("<main")[2]
    links = re.findall(r'<a[^>]*href="(/(?:stuck|cases)[^"]*)"[^>]*>(.*?)</a>', main, re.DOTALL)
    figures = ((unescape(to), re.sub(r"<[^>]+>", "", text)) for to, text in links)
    return [(to, int(n[0])) for to, text in figures if (n := re.findall(r"\d+", text))]


def test_every_figure_opens_the_list_that_it_counts(site: Site, office: Visitor):
    page = office.text("/morning").partition("heatcard")[0]  # which counts as the stuck list does
    figures = [one for one in counted(page) if "/cases/" not in one[0]]
    assert {to.partition("?")[0] for to, _ in figures} == {"/stuck", "/cases"}
    for to, n in figures:
        listed = office.text(to)
        assert re.search(rf"本页 {min(n, 50)} 件，共 {n} 件", listed), (to, n)


def test_the_day_of_a_deadline_is_on_the_calendar_and_rest_days_say_so(office: Visitor):
    days = office.text("/morning").partition('<ol class="days">')[2].partition("</ol>")[0]
    assert days.count("<li") == 14
    assert days.count(">休<") == 10  # the Spring Festival of 2020, as it was prolonged
    assert 'href="/cases?on=2020-02-15"' not in days


def test_how_far_off_a_long_rest_is_is_told_and_on_its_first_day_how_long_it_lasts(
    site: Site, office: Visitor, monkeypatch: pytest.MonkeyPatch
):
    assert "距放假停计时还有 3 个工作日。" in told(office.text("/morning"))
    monkeypatch.setitem(site.parts.__dict__, "now", lambda: china("01-24", "10:30"))
    assert "放假到 02-02，" in told(office.text("/morning"))


@pytest.mark.parametrize("day", [*(f"01-{n}" for n in range(24, 32)), "02-01", "02-02"])
def test_on_each_day_of_a_long_rest_it_is_told_whole_with_what_leaves_after_it(
    site: Site, office: Visitor, monkeypatch: pytest.MonkeyPatch, day: str
):
    monkeypatch.setitem(site.parts.__dict__, "now", lambda: china(day, "10:30"))
    foretell(site, monkeypatch, china("02-03", "08:30"))
    page = office.text("/morning")
    assert "放假到 02-02，" in told(page)
    assert "若无人动，到 2020-02-03 周一将自动发出 3 件" in told(page)
    assert "01-24 至 02-02 放假" in page
    leaving = page.partition('id="leaving"')[2].partition("</section>")[0]
    assert "到 2020-02-03 周一将自动发出</h2>" in leaving
    assert "02-03 08:30" in leaving
    days = page.partition('<ol class="days">')[2].partition("</ol>")[0]
    assert ">02-03<" in days


def test_after_a_long_rest_the_next_one_is_told(
    site: Site, office: Visitor, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setitem(site.parts.__dict__, "now", lambda: china("02-03", "10:30"))
    assert "放假到" not in told(office.text("/morning"))


def test_what_leaves_today_is_told_with_whom_and_when(
    site: Site, office: Visitor, monkeypatch: pytest.MonkeyPatch
):
    foretell(site, monkeypatch, china("01-20", "10:30"))
    page = office.text("/morning")
    assert "今天还将自动发出 3 件" in told(page)
    for case in map(site.review_of, LEAVING):
        assert f'href="/cases/{case.id}"' in page.partition('id="leaving"')[2]
    assert "10:30" in page


def test_who_sees_less_is_told_of_less_and_what_leaves_tomorrow_is_not_today(
    site: Site, monkeypatch: pytest.MonkeyPatch
):
    hospital = Visitor(site).sign_in(AUDITOR)
    foretell(site, monkeypatch, china("01-20", "10:30"))
    page = hospital.text("/morning")
    assert "今天还将自动发出 2 件" in told(page)
    assert site.review_of("u-school-01").id not in page
    foretell(site, monkeypatch, china("01-21", "10:30"))
    assert "今天不再有自动发出的通知" in told(hospital.text("/morning"))


def test_where_more_leaves_than_is_told_of_the_sentence_claims_no_more_than_is_known(
    site: Site, office: Visitor, monkeypatch: pytest.MonkeyPatch
):
    foretell_more(site, monkeypatch, *LEAVING)
    assert "今天还将自动发出至少 3 件" in told(office.text("/morning"))
    hospital = Visitor(site).sign_in(AUDITOR)
    foretell_more(site, monkeypatch, "u-school-01")  # which is out of their sight
    page = hospital.text("/morning")
    assert "看不全" in told(page)
    assert "今天不再有" not in page


def test_those_that_leave_first_are_asked_about_whatever_their_numbers(
    site: Site, office: Visitor, monkeypatch: pytest.MonkeyPatch
):
    first, *_, last = sorted((site.review_of(one) for one in LEAVING), key=lambda one: one.number)
    foretell_more(site, monkeypatch, last.unit, first.unit)
    monkeypatch.setattr(morning, "MOST_LEAVING", 1)
    page = office.text("/morning").partition('id="leaving"')[2].partition("</section>")[0]
    assert last.id in page
    assert first.id not in page


def test_that_the_notifier_is_away_stands_above_everything(
    site: Site, office: Visitor, monkeypatch: pytest.MonkeyPatch
):
    answer(site, monkeypatch, lambda _: None, {})
    page = office.text("/morning").partition("<main")[2]
    assert -1 < page.index("通知服务没有应答") < page.index("<h1")
    foretell(site, monkeypatch, site.parts.now() + timedelta(hours=1))
    assert "通知服务没有应答" not in office.text("/morning")


def test_a_clock_that_may_be_stopped_is_stopped_where_its_case_is(
    site: Site, office: Visitor, monkeypatch: pytest.MonkeyPatch
):
    foretell(site, monkeypatch, china("01-20", "10:30"))
    leaving = office.text("/morning").partition('id="leaving"')[2].partition("</section>")[0]
    stops = re.findall(r'href="(/cases/[^"#]+)#(act-[^"]+)"', leaving)
    for path, act in stops:
        assert f'id="{act}"' in office.text(path)
    hospital = Visitor(site).sign_in(AUDITOR).text("/morning")
    assert "#act-suspend" in hospital.partition('id="leaving"')[2].partition("</section>")[0]


@pytest.mark.parametrize(
    ("person", "title"), [(OFFICE, "总览"), (AUDITOR, "总览"), ("secretary", "我的待办")]
)
def test_everybody_begins_with_their_own_page_and_the_rail_shows_it(
    site: Site, person: str, title: str
):
    known = site.review_of("u-hospital-1-05").person if person == "secretary" else person
    page = Visitor(site).sign_in(known or "").text("/")
    assert f"<title>{title}" in page
    assert re.search(rf'aria-current="page">{title}', page)


@pytest.mark.parametrize("path", ["/cases?on=2020-13-01", "/cases?new=old", "/cases?on=1999-01-01"])
def test_a_day_or_a_novelty_that_is_none_is_refused(office: Visitor, path: str):
    assert office.get(path).status_code == 400
