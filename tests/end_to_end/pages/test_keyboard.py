"""By keyboard alone: whoever sends a form stands afterwards on what came of it."""

from playwright.sync_api import Page, expect

from tests.end_to_end.pages.conftest import HOSPITAL_OFFICE, Visit
from tests.end_to_end.pages.site import Site

PEOPLE, RIGHTS = "p-0021", "p-0022"  # who keep people and posts, and sign-ins
MOST_STOPS = 200


def tab_to(page: Page, selector: str) -> None:
    """Press Tab until the focus stands on what *selector* names."""
    for _ in range(MOST_STOPS):
        page.keyboard.press("Tab")
        if page.evaluate("wanted => document.activeElement.matches(wanted)", selector):
            return
    raise AssertionError(f"{selector} is not reached")


def holds_the_focus(page: Page, selector: str) -> None:
    """Hold that what was told is in sight and has the focus, visibly: so it is read out, too."""
    told = page.locator(selector)
    expect(told).to_be_focused()
    expect(told).to_be_in_viewport()
    assert told.evaluate("one => getComputedStyle(one).outlineStyle") == "solid"


def test_whoever_takes_somebody_in_stands_on_the_preview_and_then_on_what_was_done(
    site: Site, visit: Visit
):
    site.password(PEOPLE)
    page = visit.sign_in(PEOPLE).page
    visit.open("/staff")
    tab_to(page, "#new_person-id")
    page.keyboard.type("p-9001")
    page.keyboard.press("Tab")
    page.keyboard.type("示例新人")
    page.keyboard.press("Enter")
    holds_the_focus(page, "section[aria-labelledby=look]")
    tab_to(page, "main button.main")
    page.keyboard.press("Enter")
    holds_the_focus(page, "[role=status]")


def test_whoever_invites_stands_on_the_link_that_is_shown_once(site: Site, visit: Visit):
    site.password(RIGHTS)
    page = visit.sign_in(RIGHTS).page
    visit.open(f"/accounts?q={HOSPITAL_OFFICE}")
    tab_to(page, "main td button, main li button")
    page.keyboard.press("Enter")
    holds_the_focus(page, "[role=status]")


def test_a_day_that_no_post_can_end_on_is_told_where_the_focus_stands(site: Site, visit: Visit):
    site.password(PEOPLE)
    page = visit.sign_in(PEOPLE).page
    visit.open(f"/staff?person={HOSPITAL_OFFICE}")
    tab_to(page, "main summary")
    page.keyboard.press("Enter")
    page.locator("details[open] input[name=until]").evaluate("one => one.type = 'text'")
    page.locator("details[open] input[name=until]").fill("2020-02-31")
    tab_to(page, "details[open] button")
    page.keyboard.press("Enter")
    holds_the_focus(page, "[role=alert]")
