"""Every page of the product in Chromium, at a desk and on a phone: nothing is forgotten.

Each is looked at in Chinese and light, and as other browsers ask for it: in English and dark.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, expect

from tests.end_to_end.pages.conftest import DESK, PHONE, Visit, served, watched
from tests.end_to_end.pages.test_gathering import LIAISON
from tests.end_to_end.pages.whole import AUDITOR, RETURNED, Shown, Whole

MOST_BYTES = 150 * 1024
BETWEEN = (861, 960, 1080, 1181)  # windows of others: where the layout changes, and within
REFUSED = {f"/invitation/{'x' * 43}"}  # what is shown where there is no page is looked at once
RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"],
    "resultTypes": ["violations"],  # what passes is thousands of elements a page
}
# Of a page and all that it brings, though some of it was kept from the page before.
BROUGHT = """() => performance.getEntriesByType('navigation')
  .concat(performance.getEntriesByType('resource'))
  .reduce((sum, one) => sum + one.encodedBodySize, 0)"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Whole:
    return Whole(tmp_path_factory.mktemp("whole"))


@pytest.fixture(scope="module")
def address(site: Whole) -> Iterator[str]:
    with served(site.app) as there:
        yield there


def test_no_page_is_left_out(site: Whole):
    assert {one.page for one in site.pages()} == set(site.endpoints())


@pytest.mark.parametrize(
    "of",
    [
        {"viewport": DESK},
        {"viewport": PHONE},
        {"viewport": PHONE, "java_script_enabled": False},
        {"viewport": DESK, "locale": "en-GB", "color_scheme": "dark"},
    ],
    ids=["desk", "phone", "no script", "English and dark"],
)
def test_axe_finds_nothing_on_any_page_and_each_is_light_and_fits_its_window(
    site: Whole, browser: Browser, address: str, of: dict[str, Any]
):
    found = {}
    for person, shown in by_person(site):
        with watched(browser, address, **of) as visit:
            if person:
                visit.sign_in(person)
            for one in shown:
                status = visit.open(one.path)
                found[f"{one.page} {one.path}"] = list(faults(visit, of))
                if status != (404 if one.path in REFUSED else 200):
                    found[f"{one.page} {one.path}"].append(f"answered {status}")
    assert {page: said for page, said in found.items() if said} == {}


def by_person(site: Whole) -> Iterator[tuple[str, list[Shown]]]:
    pages = site.pages()
    for person in dict.fromkeys(one.person for one in pages):
        yield person, [one for one in pages if one.person == person]


def faults(visit: Visit, of: dict[str, Any]) -> Iterator[str]:
    """Yield what is wrong with the page that is open."""
    page = visit.page
    if (brought := page.evaluate(BROUGHT)) > MOST_BYTES:
        yield f"brings {brought} bytes"
    for width in (of["viewport"]["width"], *(BETWEEN if of == {"viewport": DESK} else ())):
        page.set_viewport_size({**of["viewport"], "width": width})
        if page.evaluate("document.documentElement.scrollWidth") > width:
            yield f"wider than a window of {width}"
    page.set_viewport_size(of["viewport"])
    yield from visit.complaints
    visit.complaints.clear()
    if "java_script_enabled" in of:
        return  # axe is a script
    for one in Axe().run(page, options=RULES).response["violations"]:
        yield f"{one['id']}: {[node['html'][:120] for node in one['nodes'][:3]]}"


def test_a_finding_is_tied_to_a_paragraph_by_pressing_its_number(
    site: Whole, browser: Browser, address: str
):
    with watched(browser, address) as visit:
        visit.sign_in(AUDITOR).open(f"/cases/{site.review_of('u-hospital-1-02').id}/reading")
        button = visit.page.locator('.paragraphs[data-of="problems"] button').nth(1)
        button.focus()
        visit.page.keyboard.press("Enter")
        visit.page.keyboard.type("没有分析原因。")
        at = '[name="documents.findings.rows.0.'
        expect(visit.page.locator(f'{at}place"]')).to_have_value("problems")
        expect(visit.page.locator(f'{at}paragraph"]')).to_have_value("2")
        expect(visit.page.locator(f'{at}finding"]')).to_have_value("没有分析原因。")
        for _ in range(2):
            button.press("Enter")
            visit.page.keyboard.type("还有一条。")
        button.press("Enter")  # every row is full: it leads to where there are more
        expect(visit.page.locator('button[name="more"][value="findings"]')).to_be_focused()


def test_the_square_at_the_door_stands_in_its_frame(site: Whole, browser: Browser, address: str):
    with watched(browser, address) as visit:
        visit.sign_in(LIAISON).open(f"/cases/{site.meeting.id}/roster")
        frame, square = (
            visit.page.locator(one).bounding_box() or {} for one in (".door", ".door .qr")
        )
        assert square["y"] + square["height"] <= frame["y"] + frame["height"]


def test_what_was_answered_stands_beside_the_finding(site: Whole, browser: Browser, address: str):
    with watched(browser, address) as visit:
        visit.sign_in(AUDITOR).open(f"/cases/{site.review_of(RETURNED).id}/reading")
        expect(visit.page.locator(".found")).to_contain_text("已改")
        expect(visit.page.locator(".found ins")).to_have_text("三月前")
