"""Cycles beside each other: the next year's takes nothing of the last one's off the boards."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from services.workflow.adapters.files import scheme_file
from services.workflow.adapters.web.rendering import round_names
from services.workflow.application.boards.lists import Filters
from tests.end_to_end.pages.site import OFFICE, Site, china
from tests.texts import EARLIER, publish_schemes
from tests.unit.workflow.web.visitor import Visitor

NAME = "jilin-health-2019"


@pytest.fixture(scope="module")
def two_years(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """The cycle of 2020 opens while those of 2019 are late."""
    folder: Path = tmp_path_factory.mktemp("two_years")
    site = Site(folder, china("01-08", "08:30"))
    site.move_to(china("01-20", "09:12"))
    text = EARLIER.replace(f"id: {NAME}", "id: next")
    later = scheme_file.load(text.replace("year: 2019", "year: 2020"), "next.yaml")
    publish_schemes(site.parts.publishing, later)
    site.parts.cycles.open(site.actor(OFFICE), "next", "u-organ", "2020")
    site.password(OFFICE)
    return site


@pytest.fixture
def shown(two_years: Site) -> Callable[[Filters], set[str]]:
    """Lists the years of the cases on the first page of a list."""

    def years(filters: Filters) -> set[str]:
        boards = two_years.parts.boards
        look = boards.look(two_years.actor(OFFICE), two_years.parts.now())
        board = boards.list(look, filters, overview=False)
        return {row.case.number[:4] for row in board.rows}

    return years


def test_a_list_shows_the_cases_of_all_cycles_and_of_one_where_asked(
    two_years: Site, shown: Callable[[Filters], set[str]]
):
    assert shown(Filters(sort="number", unit="u-hospital-1-01")) == {"2019", "2020"}
    assert shown(Filters(sort="number", unit="u-hospital-1-01", cycle=two_years.cycle)) == {"2019"}


def test_what_is_late_of_last_year_stays_among_what_is_stuck(
    shown: Callable[[Filters], set[str]],
):
    assert "2019" in shown(Filters(due="over"))


def test_a_page_of_cases_offers_each_cycle_and_counts_all(two_years: Site):
    visitor = Visitor(two_years).sign_in(OFFICE)
    page = visitor.text("/cases")
    assert all(f"{year} 年度" in page for year in (2019, 2020))
    assert f'<option value="{two_years.cycle}">' in page
    only = visitor.text(f"/cases?cycle={two_years.cycle}")
    assert "2019-" in only
    assert "2020-C" not in only


def test_what_was_published_says_which_rounds_run_under_it(two_years: Site):
    page = Visitor(two_years).sign_in(OFFICE).text("/texts")
    rows = re.findall(r"<tr><td>.*?</tr>", page, re.DOTALL)
    years = {
        re.search(r'class="proof">(\w+)<', row)[1]: set(re.findall(r"(\d{4}) 年度 ", row))
        for row in rows
    }
    editions = two_years.parts.editions
    schemes, (calendar,) = editions.in_force("scheme"), editions.of("calendar")
    assert years[schemes[NAME].hash] == {"2019"}
    assert years[schemes["next"].hash] == {"2020"}
    assert years[editions.policies()["next"].hash] == {"2020"}
    assert years[calendar.hash] == {"2019", "2020"}


def test_a_page_of_what_was_published_names_no_round_that_is_not_ones_own(two_years: Site):
    auditor = two_years.review_of("u-hospital-1-05").person
    two_years.password(auditor)
    page = Visitor(two_years).sign_in(auditor).text("/texts")
    assert two_years.parts.editions.of("calendar")[0].hash in page
    assert two_years.cycle not in page


def test_a_list_of_several_rounds_says_of_each_case_which_it_is(two_years: Site):
    visitor = Visitor(two_years).sign_in(OFFICE)
    mixed, of_one = (visitor.text(path) for path in ("/cases", f"/cases?cycle={two_years.cycle}"))
    named = '<span class="sub">2019 年度 '
    assert named in mixed
    assert named not in of_one
    secretary = two_years.review_of("u-hospital-1-05").person
    two_years.password(secretary)
    desk = Visitor(two_years).sign_in(secretary).text("/tasks")
    assert {named in desk, named.replace("2019", "2020") in desk} == {True}


def test_no_two_rounds_have_one_name(tmp_path: Path):
    site = Site(tmp_path, china("01-08", "08:30"))
    text = EARLIER.replace(f"id: {NAME}", "id: beside")
    publish_schemes(site.parts.publishing, scheme_file.load(text, "beside.yaml"))
    site.parts.cycles.open(site.actor(OFFICE), "beside", "u-organ", "2019")
    names = round_names(site.parts.boards.look(site.actor(OFFICE), site.parts.now()))
    assert len(set(names.values())) == len(names) == 2
