"""The auditor's first page: what happened, what was refused, who read what."""

import re

import pytest

from services.workflow.adapters.database import log_reads
from services.workflow.adapters.web import words
from services.workflow.application.boards import audit
from services.workflow.domain.refusals import StoreUnavailable
from tests.end_to_end.pages.site import INSPECTOR, Site
from tests.unit.workflow.web.conftest import AUDITOR, OFFICE, counted, site_made
from tests.unit.workflow.web.visitor import Visitor

WATCHED, ELSEWHERE = "u-hospital-1-03", "u-school-01"
DISCIPLINE = "p-0038"  # of the first hospital's committee


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """A site of their own: what other tests did on theirs would be in its history."""
    return site_made(tmp_path_factory.mktemp("audited"))


@pytest.fixture(scope="module")
def watched(site: Site) -> Site:
    """Somebody tried what is not theirs, in two units; the inspector opened one case."""
    for unit in (WATCHED, ELSEWHERE):
        site.fire(unit, "pass_organ_audit", AUDITOR)
    site.sequence()
    return site


@pytest.fixture
def inspector(watched: Site) -> Visitor:
    return Visitor(watched).sign_in(INSPECTOR)


def rows(page: str) -> list[str]:
    return re.findall(r"<tr><td.*?</tr>", page, re.DOTALL)


def positions(page: str) -> list[int]:
    cells = re.findall(r'<td class="n"[^>]*>([0-9,]+)</td>', page)
    return [int(one.replace(",", "")) for one in cells]


def test_auditors_begin_with_the_newest_and_every_row_leads_to_its_case(
    watched: Site, inspector: Visitor
):
    page = inspector.text("/")
    assert "<title>审计" in page
    assert re.search(r'href="/audit" aria-current="page"', page)
    shown = positions(page)
    assert shown == sorted(shown, reverse=True)
    assert shown[0] == watched.parts.database.reads.log_head().position
    assert all(re.search(r'href="/cases/[0-9a-f-]{36}"', row) for row in rows(page))


def test_page_after_page_shows_everything_once(inspector: Visitor, monkeypatch: pytest.MonkeyPatch):
    whole = inspector.text("/audit?show=acts")
    seen = positions(whole)
    while older := re.search(r'href="([^"]*before=[^"]*)" rel="next"', whole):
        whole = inspector.text(older[1].replace("&amp;", "&"))
        seen += positions(whole)
    monkeypatch.setattr(audit, "PER_PAGE", 7)
    monkeypatch.setattr(audit, "AT_ONCE", 11)
    monkeypatch.setattr(log_reads, "MOST_WALKED", 13)
    walked, path = list[int](), "/audit?show=acts"
    while path:
        page = inspector.text(path)
        walked += positions(page)
        older = re.search(r'href="([^"]*before=[^"]*)" rel="next"', page)
        path = older[1].replace("&amp;", "&") if older else ""
    assert walked == seen
    assert len(set(seen)) == len(seen) > 50


def test_what_was_refused_is_told_with_its_reason(inspector: Visitor):
    told = rows(inspector.text("/audit?show=refused"))
    assert len(told) >= 2
    assert all("被拒：试图“" in row and 'class="sub"' in row for row in told)


def test_who_reads_and_what_they_read_is_kept_and_shown(watched: Site, inspector: Visitor):
    case = watched.review_of(WATCHED).id
    inspector.get(f"/cases/{case}")
    page = inspector.text("/audit?show=reads")
    assert any(f"/cases/{case}" in row and "打开案卷" in row for row in rows(page))
    kept = watched.parts.database.identity
    assert kept.read_of(INSPECTOR, "history", ("log",)) == {"log"}


def test_nothing_is_shown_where_it_cannot_be_kept_that_it_was_read(
    watched: Site, inspector: Visitor, monkeypatch: pytest.MonkeyPatch
):
    def fails(*_: object) -> None:
        raise StoreUnavailable("disk full")

    monkeypatch.setattr(watched.parts.database.identity, "record_read", fails)
    for tab in ("all", "reads"):
        answer = inspector.get(f"/audit?show={tab}")
        assert (answer.status_code, rows(answer.get_data(as_text=True))) == (503, [])


def test_an_observer_of_one_unit_is_told_of_it_alone(watched: Site):
    watched.password(DISCIPLINE)
    page = Visitor(watched).sign_in(DISCIPLINE).text("/audit")
    assert watched.review_of(WATCHED).number in page
    assert watched.review_of(ELSEWHERE).number not in page


def test_what_no_person_wrote_is_told_in_words_of_people_in_both_languages(
    watched: Site, inspector: Visitor
):
    case = watched.review_of(WATCHED)
    for language, told in (("zh", "网页"), ("en", "Pages")):
        answer = inspector.get(f"/cases/{case.id}", **{"Accept-Language": language})
        page = answer.get_data(as_text=True)
        assert f" · {told}</span>" in page
        assert not re.search(r" · (web|cli|notifier|replanning|drawing)<", page)
    assert {words.client(one) for one in ("cli", "notifier", "hr")} == {
        "命令行",
        "通知服务",
        "上游系统“hr”",
    }


@pytest.mark.parametrize("person", [OFFICE, AUDITOR])
def test_who_decides_is_no_auditor(watched: Site, person: str):
    visitor = Visitor(watched).sign_in(person)
    assert visitor.get("/audit").status_code == 403
    assert 'href="/audit"' not in visitor.text("/")


@pytest.mark.parametrize(
    "query", ["show=x", "before=x", "before=-1", "before=" + "9" * 40, "show=all&show=acts"]
)
def test_a_page_that_is_none_is_answered_in_words(inspector: Visitor, query: str):
    assert inspector.get(f"/audit?{query}").status_code == 400


def shown_cases(page: str) -> set[str]:
    return set(re.findall(r'<span class="num number">([^<]+)</span>', page.partition("<table")[2]))


def older(visitor: Visitor, path: str) -> str:
    """Return the rows of a page and of all that are older."""
    page = visitor.text(path)
    whole = "".join(rows(page))
    while found := re.search(r'href="([^"]*before=[^"]*)" rel="next"', page):
        page = visitor.text(found[1].replace("&amp;", "&"))
        whole += "".join(rows(page))
    return whole


def test_what_happened_is_narrowed_by_case_on_each_tab(watched: Site, inspector: Visitor):
    case = watched.review_of(WATCHED)
    for tab, marks in (("all", "×"), ("refused", "×"), ("acts", "✓")):
        page = inspector.text(f"/audit?show={tab}&number={case.number}")
        assert shown_cases(page) == {case.number}, tab
        assert marks in page
    assert "没有符合条件的记录" in inspector.text("/audit?number=none-such")


def test_what_happened_is_narrowed_by_who_did_it(watched: Site, inspector: Visitor):
    everything = older(inspector, "/audit?show=refused")
    (name,) = watched.parts.directory.names([AUDITOR]).values()
    for who in (AUDITOR, name):
        found = older(inspector, f"/audit?show=refused&who={who}")
        assert found.count("<tr>") == everything.count(name) > 0, who
    assert "没有符合条件的记录" in inspector.text("/audit?who=nobody-is-called-so")


def test_what_happened_is_narrowed_by_its_day(watched: Site, inspector: Visitor):
    everything = older(inspector, "/audit")
    opened = older(inspector, "/audit?on=2020-01-08")
    today = older(inspector, "/audit?on=2020-01-20")
    assert opened.count("<tr>") > 0
    assert today.count("<tr>") > 0
    assert opened.count("<tr>") + today.count("<tr>") == everything.count("<tr>")
    assert opened.count("01-08") >= opened.count("<tr>")
    assert older(inspector, "/audit?on=2019-12-31") == ""


def test_who_read_what_is_narrowed_alike(watched: Site, inspector: Visitor):
    case = watched.review_of(WATCHED)
    for unit in (WATCHED, ELSEWHERE):
        inspector.get(f"/cases/{watched.review_of(unit).id}")
    reads = "/audit?show=reads"
    assert shown_cases(inspector.text(f"{reads}&number={case.number}")) == {case.number}
    both = shown_cases(inspector.text(f"{reads}&who={INSPECTOR}&on=2020-01-20"))
    assert both >= {case.number, watched.review_of(ELSEWHERE).number}
    assert "没有查阅记录" in inspector.text(f"{reads}&who={OFFICE}&number={case.number}")
    assert "没有查阅记录" in inspector.text(f"{reads}&on=2019-12-31")


@pytest.mark.parametrize("asked", ["on=today", "on=2020-02-30", "who=a%00b", "number=" + "x" * 65])
def test_what_is_looked_for_is_read_strictly(inspector: Visitor, asked: str):
    assert inspector.get(f"/audit?{asked}").status_code == 400


def test_looking_for_all_of_it_at_once_costs_a_page(watched: Site, inspector: Visitor):
    number = watched.review_of(WATCHED).number
    for tab in ("all", "reads"):
        path = f"/audit?show={tab}&who={AUDITOR}&number={number}&on=2020-01-20"
        inspector.get(path)
        with counted() as statements:
            assert inspector.get(path).status_code == 200
        assert len(statements) <= 12, tab


def test_what_the_notifier_told_is_by_the_notifier_in_words(inspector: Visitor):
    told = inspector.text("/audit?sort=notices")
    assert '<span class="muted">通知服务</span>' in told
    assert '<span class="muted">notifier</span>' not in told
