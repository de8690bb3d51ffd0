"""A whole meeting run from its page: by its host at a desk, by keyboard, without a script.

Whoever comes signs in on a phone, from where the squares on the host's page lead.
"""

import re
from collections.abc import Iterator
from io import BytesIO
from urllib.parse import urlsplit

import pytest
from openpyxl import load_workbook
from playwright.sync_api import Browser, Page, expect

from services.workflow.application.workbooks import MEDIA
from tests.builders import passed
from tests.end_to_end.pages.conftest import DESK, PHONE, Visit, served
from tests.end_to_end.pages.site import china
from tests.end_to_end.pages.test_gathering import (
    LIAISON,
    REPORT,
    SECRETARY,
    SECRETARY_NAME,
    Hall,
    place,
)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Hall:
    """The morning of the province's meeting: its one report has passed its audit."""
    hall = Hall(tmp_path_factory.mktemp("meeting"), china("01-08", "08:30"))
    review = hall.review_of("u-organ")
    hall.done(review, "submit", SECRETARY, **REPORT)
    hall.done(review, "pass_organ_audit", LIAISON, **passed())
    hall.done(hall.meeting(), "schedule", LIAISON, planned={"held": "2020-01-20"})
    hall.move_to(china("01-20", "09:12"))
    for person in (LIAISON, SECRETARY):
        hall.password(person)
    hall.sequence()
    return hall


@pytest.fixture(scope="module")
def address(site: Hall) -> Iterator[str]:
    with served(site.app) as there:
        yield there


@pytest.fixture
def host(browser: Browser, address: str) -> Iterator[Visit]:
    context = browser.new_context(viewport=DESK, locale="zh-CN", java_script_enabled=False)
    visit = Visit(context.new_page(), address)
    visit.watch()
    visit.page.set_default_timeout(15_000)
    yield visit.sign_in(LIAISON)
    context.close()
    assert visit.complaints == []


def press(page: Page, selector: str) -> None:
    """Press a button, a summary or a link by keyboard."""
    page.locator(selector).first.focus()
    page.keyboard.press("Enter")


def act(page: Page, trigger: str, **fields: str) -> None:
    """Do one act of those the page offers: unfold its form, fill it in, send it."""
    press(page, f"#act-{trigger} summary")
    for name, text in fields.items():
        page.locator(f'#act-{trigger} [name="{name}"]').fill(text)
    with page.expect_navigation():
        press(page, f"#act-{trigger} > form > button.btn")


def write(page: Page, link: str, **parts: str) -> None:
    """Write a document on its own page, and come back from there."""
    press(page, link)
    for name, text in parts.items():
        page.locator(f'textarea[name$="parts.{name}"]').fill(text)
    page.locator("main button.main").last.focus()
    with page.expect_navigation():  # what comes next would find it not done yet
        page.keyboard.press("Enter")


def come(browser: Browser, address: str, shown: str) -> None:
    """Sign in on a phone, from the address that the squares say."""
    context = browser.new_context(viewport=PHONE, locale="zh-CN", java_script_enabled=False)
    guest = Visit(context.new_page(), address)
    guest.watch()
    at = urlsplit(shown)
    guest.open(f"{at.path}?{at.query}")
    expect(guest.page.locator("h1")).to_have_text("登录")
    guest.page.fill("#person", SECRETARY)
    guest.page.fill("#password", "correct horse 8 battery")
    guest.page.press("#password", "Enter")
    expect(guest.page.locator("#code")).to_have_value(re.search(r"\d{6}$", shown)[0])
    press(guest.page, "button.main")
    expect(guest.page.locator("#own")).to_contain_text("已在场")
    assert guest.page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert guest.complaints == []
    context.close()


def test_a_host_runs_the_whole_meeting_from_its_page(
    site: Hall, host: Visit, browser: Browser, address: str
):
    page = host.page
    page.goto(f"{address}/gatherings")
    press(page, "td a[href$='/gathering']:has-text('省直')")
    act(page, "open_session")
    press(page, "#act-list_attendants summary")
    with page.expect_download() as taken:
        press(page, "#act-list_attendants a[href*='/workbook?']")
    book = load_workbook(BytesIO(taken.value.path().read_bytes()))
    for guest in ("来宾甲", "来宾乙"):
        book.active.append(["先进模范和党员、群众代表", guest])
    book.save(content := BytesIO())
    file = {"name": "名册.xlsx", "mimeType": MEDIA, "buffer": content.getvalue()}
    page.locator('#act-list_attendants [name="rosters.attendance.workbook"]').set_input_files(file)  # type: ignore[arg-type]
    with page.expect_navigation():
        press(page, "#act-list_attendants button[name=look]")
    typed = page.locator('#act-list_attendants [name="rosters.attendance.file"]')
    expect(typed).to_have_value(re.compile("来宾甲\n.*来宾乙"))
    with page.expect_navigation():
        press(page, "#act-list_attendants > form > button.btn")
    shown = page.locator(".door a.num").inner_text()
    come(browser, address, shown)
    press(page, "a.write[href$='/roster']")
    for label in ("来宾甲", "来宾乙"):
        page.locator(".seats li", has_text=label).locator("input").focus()
        page.keyboard.press("Space")
    with page.expect_navigation():
        press(page, "button[value=take_attendance]")
    page.goto(address + place(site))
    press(page, "td.hear button[value=present]")
    expect(page.locator("td", has_text="已述")).to_be_visible()
    write(page, "td.hear a", comment="抓党建要见人见事。")
    page.goto(address + place(site))
    press(page, "td.hear summary")
    page.locator("td.hear input[type=text]").fill("述职、点评")
    press(page, "td.hear details button")
    # Whom it is about is not counted while it is heard, and there again after it.
    expect(page.locator(".line li").last).to_contain_text("在场 2 / 3，法定 2")
    expect(page.locator(".line li").last).to_contain_text(f"{SECRETARY_NAME}本人回避，不计在内")
    expect(page.locator("#came ~ p, .card", has_text="此刻在场 3").first).to_be_visible()
    write(page, "#act-conclude", speech="点评指出的问题，照单整改。")
    page.goto(address + place(site))
    act(page, "start_balloting")
    act(page, "finish")
    expect(page.locator("textarea[name='documents.proceedings.parts.course']")).to_contain_text(
        "本人回避，不计在内"
    )
    press(page, "#record ~ form button.main, section[aria-labelledby=record] form button.main")
    expect(page.locator("section[aria-labelledby=record]")).to_contain_text("第 1 稿")
    expect(page.locator("section[aria-labelledby=handed-in]")).to_contain_text("总结讲话")
