"""What a page costs: statements, the same for twenty cases as for many."""

import pytest

from services.workflow.adapters.database import case_lists
from services.workflow.adapters.database.case_rows import case_of
from tests.end_to_end.pages.site import OFFICE
from tests.end_to_end.pages.whole import Shown, Whole
from tests.unit.workflow.web.conftest import counted
from tests.unit.workflow.web.visitor import Visitor

MOST = 12
MORE = 240  # branches, each with its review


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Whole:
    return Whole(tmp_path_factory.mktemp("small"))


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Whole:
    return Whole(tmp_path_factory.mktemp("large"), n_branches=MORE)


def test_every_page_costs_at_most_twelve_statements_and_no_more_where_there_are_more_cases(
    small: Whole, large: Whole
):
    few, many = costs(small), costs(large)
    assert {page: n for page, n in few.items() if n > MOST} == {}
    assert {page: (n, few[page]) for page, n in many.items() if n > few[page]} == {}
    assert len({page for page, _ in few}) == len(set(small.endpoints()))


def costs(site: Whole) -> dict[tuple[str, int], int]:
    """Return how many statements each page takes that has been opened before."""
    browsers: dict[str, Visitor] = {}
    found: dict[tuple[str, int], int] = {}
    for nth, one in enumerate(site.pages()):
        browser = browsers.get(one.person) or signed_in(site, one)
        browsers[one.person] = browser
        assert browser.get(one.path).status_code < 500, one
        with counted() as statements:
            browser.get(one.path)
        found[one.page, nth] = len(statements)
    return found


def signed_in(site: Whole, shown: Shown) -> Visitor:
    visitor = Visitor(site)
    return visitor.sign_in(shown.person) if shown.person else visitor


def test_a_page_of_places_reads_no_head_of_the_cases_that_are_on_it(
    small: Whole, large: Whole, monkeypatch: pytest.MonkeyPatch
):
    n_small, n_large = (heads_read(site, monkeypatch) for site in (small, large))
    assert n_large <= n_small + 3  # one of each sort is asked about: there are more states
    path = f"/cycles/{large.cycle}/ranking?tier=C"
    assert signed_in(large, Shown("ranking", OFFICE, path)).get(path).text.count("<tr>") == 101


def heads_read(site: Whole, monkeypatch: pytest.MonkeyPatch) -> int:
    """Return how many heads a page of all places of a tier reads."""
    read = list[object]()
    one = Shown("ranking", OFFICE, f"/cycles/{site.cycle}/ranking?tier=C")
    browser = signed_in(site, one)
    with monkeypatch.context() as patched:
        patched.setattr(case_lists, "case_of", lambda row: read.append(row) or case_of(row))
        assert browser.get(one.path).status_code == 200
    assert read
    return len(read)
