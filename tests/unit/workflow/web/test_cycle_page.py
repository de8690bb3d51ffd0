"""A round's page: how far each tier is, in figures that are those of its cases."""

import re
from html import unescape
from pathlib import Path

import pytest

from tests.end_to_end.pages.site import INSPECTOR, OFFICE, ORGAN_SECRETARY, Shipped, Site, china
from tests.unit.workflow.web.visitor import Visitor


def test_of_a_round_in_which_nothing_is_done_none_is_told_as_completed(tmp_path: Path):
    site = Site(tmp_path, china("01-08", "08:30"))
    site.password(OFFICE)
    office = Visitor(site).sign_in(OFFICE)
    told = re.findall(r"完成 ([\d,]+) / ([\d,]+)", office.text(f"/cycles/{site.cycle}"))
    assert {done for done, _ in told} == {"0"}
    assert sum(int(expected) for _, expected in told) == 60  # one of them has nobody in the post


def test_a_round_has_columns_of_what_something_is_in_and_tiers_by_name(shipped: Site):
    shipped.password(OFFICE)
    office = Visitor(shipped).sign_in(OFFICE)
    told = office.text(f"/cycles/{shipped.cycle}")
    heads = re.findall(r'<th scope="col" class="n">([^<]+)</th>', told)
    assert "起草" in heads
    assert "已评分" not in heads
    assert "commission ·" not in told
    assert "C · " in told
    told = office.text(f"/cycles/{shipped.cycle}/outcome")
    assert "commission ·" not in told
    # What is about a unit says it once.
    assert not re.search(r">([^<]+)</a><span class=\"sub\">\1 <span", told)
    assert re.search(r"</a><span class=\"sub\"><span class=\"num number\">", told)


HOSPITAL_SECRETARY, LIAISON = "p-0034", "p-0001"
PLACES = "/ranking?tier="
PEOPLE = (OFFICE, INSPECTOR, ORGAN_SECRETARY, HOSPITAL_SECRETARY, LIAISON)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """A site that is only read, by several who may open a round's page."""
    site = Shipped(tmp_path_factory.mktemp("whole"), china("01-08", "08:30"))
    for person in PEOPLE:
        site.password(person)
    return site


def dead(visitor: Visitor, path: str) -> dict[str, int]:
    """Return the links of a page that lead nowhere, with what they answer.

    Places that one does not see whole are there, and say so; to ask beforehand reads every case.
    """
    answer = visitor.get(path)
    assert answer.status_code == 200
    links = set(map(unescape, re.findall(r'href="(/[^"#]*)"', answer.get_data(as_text=True))))
    statuses = {link: visitor.get(link).status_code for link in links}
    whole = {link: told for link, told in statuses.items() if not (told == 403 and PLACES in link)}
    return {link: told for link, told in whole.items() if told not in (200, 303)}


@pytest.mark.parametrize("person", PEOPLE)
def test_every_link_on_a_rounds_page_leads_somewhere_for_who_sees_it(whole: Site, person: str):
    assert dead(Visitor(whole).sign_in(person), f"/cycles/{whole.cycle}") == {}


def test_places_are_offered_of_the_tiers_whose_cases_are_graded(whole: Site):
    for person in PEOPLE:
        told = Visitor(whole).sign_in(person).text(f"/cycles/{whole.cycle}")
        assert sorted(re.findall(r"/ranking\?tier=(\w+)", told)) == ["A", "B", "C"]


def test_every_link_of_a_closed_round_leads_somewhere_and_closing_it_again_names_who_closed_it(
    tmp_path: Path,
):
    site = Shipped(tmp_path, china("01-08", "08:30"))
    for person in (OFFICE, ORGAN_SECRETARY):
        site.password(person)
    page, secretary = f"/cycles/{site.cycle}", Visitor(site).sign_in(ORGAN_SECRETARY)
    answer = secretary.post(f"{page}/close", f"{page}/close", reason="结束", reference="1号")
    assert answer.status_code == 303
    assert dead(secretary, page) == {}
    assert dead(Visitor(site).sign_in(OFFICE), page) == {}
    again = secretary.get(f"{page}/close")
    assert again.status_code == 409
    told = again.get_data(as_text=True)
    assert "周期已由演示辛未于" in told
    assert f"已由{ORGAN_SECRETARY}" not in told
