"""A case with more events than a page shows: the newest first of all, and the rest by page."""

import re

import pytest

from services.workflow.application.boards import history
from tests.end_to_end.pages.site import Site
from tests.unit.workflow.web.visitor import Visitor

UNIT = "u-hospital-1-07"
OLDER = re.compile(r'href="(/cases/[^"]*before=[^"]*)#past" rel="prev"')


@pytest.fixture
def case(site: Site, office: Visitor, monkeypatch: pytest.MonkeyPatch) -> str:
    """A case with eight remarks, on pages of three events."""
    monkeypatch.setattr(history, "MOST_EVENTS", 3)
    path = f"/cases/{site.review_of(UNIT).id}"
    for n in range(8):
        office.post(f"{path}/notes", path, kind="note", text=f"批注第{n}号")
    return path


def remarks(page: str) -> list[int]:
    """Return which remarks a page shows, in its order."""
    return [int(n) for n in re.findall("批注第(.)号", page)]


def test_the_newest_events_are_shown_and_the_rest_by_page(office: Visitor, case: str):
    page = office.text(case)
    assert remarks(page) == [5, 6, 7]
    seen = remarks(page)
    while older := OLDER.search(page):
        page = office.text(older[1])
        assert "最新的经过" in page
        seen = remarks(page) + seen
    assert seen == list(range(8))


def test_each_page_has_the_report_whichever_events_it_shows(site: Site, office: Visitor, case: str):
    site.submit(UNIT)
    site.fire(UNIT, "recall")
    for _ in range(3):
        office.post(f"{case}/notes", case, kind="note", text="在这之后")
    newest = office.text(case)
    assert "述职报告第 1 稿" not in newest
    for page in (newest, office.text(OLDER.search(newest)[1])):
        assert "<summary>第 1 稿" in page


@pytest.mark.parametrize("before", ["", "x", "review/x~1", "~1", "review/%00~0", "a" * 99])
def test_a_place_that_is_none_is_answered_in_words(office: Visitor, case: str, before: str):
    assert office.get(f"{case}?before={before}").status_code == 400
