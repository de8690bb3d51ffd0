"""Writing a document, in Chromium: nothing that was typed is lost, whatever comes between."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from schemas.complaints import Fault
from services.workflow.application.reading_ports import ListQuery
from services.workflow.domain.reasons import sentence
from services.workflow.domain.refusals import (
    Blocker,
    Conflict,
    Malformed,
    NotAllowed,
    NotYours,
    Refused,
)
from tests.end_to_end.pages.conftest import DESK, PHONE, Visit, without_script
from tests.end_to_end.pages.site import PASSWORD, Site

COUNTED = Path(__file__).parents[2] / "counted.json"
NAMES = ("achievements", "problems", "tasks")


@pytest.fixture
def unit(site: Site, taken: set[str]) -> str:
    """A unit whose report nobody has begun; each test takes another."""
    begun = ListQuery(states=("drafting",), limit=200)
    for review in site.parts.database.reads.list_cases(begun).cases:
        if review.unit not in taken and not review.unit.startswith("u-hospital-1"):
            taken.add(review.unit)
            site.password(review.person or "")
            return review.unit
    raise LookupError("every unit has begun its report")


@pytest.fixture(scope="module")
def taken() -> set[str]:
    return set()


@pytest.fixture
def writer(site: Site, visit: Visit, unit: str) -> Visit:
    """The secretary of that unit, at the report."""
    visit.sign_in(site.review_of(unit).person).open(report(site, unit))
    return visit


def report(site: Site, unit: str) -> str:
    return f"/cases/{site.review_of(unit).id}/documents/report"


def part(page: Page, name: str) -> Locator:
    return page.locator(f'[name="documents.report.parts.{name}"]')


def write(page: Page, name: str, text: str) -> None:
    page.fill(f'[name="documents.report.parts.{name}"]', text)


def must(page: Page) -> Locator:
    """What the list at the end says is in the way."""
    return page.locator(".checks li:visible", has_text="×")


def raising(refused: Refused) -> Callable[..., None]:
    def refuse(*_: object) -> None:
        raise refused

    return refuse


def saved(page: Page) -> None:
    expect(page.locator("#saved")).to_contain_text("✓ 已保存")


def test_a_case_leads_to_the_page_on_which_its_report_is_written(
    site: Site, writer: Visit, unit: str
):
    writer.open(f"/cases/{site.review_of(unit).id}")
    writer.page.click("#act-submit")
    expect(writer.page.locator("h1")).to_have_text("述职报告 第 1 稿")


def test_what_is_typed_is_saved_by_itself_and_there_when_somebody_comes_back(
    site: Site, writer: Visit, unit: str
):
    write(writer.page, "problems", "一是研究党建不够经常。")
    saved(writer.page)
    writer.open("/tasks")
    writer.open(report(site, unit))
    expect(part(writer.page, "problems")).to_have_value("一是研究党建不够经常。")
    expect(writer.page.locator("#saved")).to_contain_text("✓ 已保存 09:12")


def test_a_page_that_is_left_before_it_saved_has_all_when_it_is_opened_again(
    site: Site, writer: Visit, unit: str
):
    writer.page.route(
        "**/documents/*",
        lambda route: route.abort() if route.request.method == "POST" else route.continue_(),
    )
    write(writer.page, "tasks", "没来得及保存的话")
    writer.page.unroute("**/documents/*")
    writer.open("/tasks")
    writer.open(report(site, unit))
    expect(part(writer.page, "tasks")).to_have_value("没来得及保存的话")
    saved(writer.page)
    writer.complaints.clear()  # of the save that was cut off


def test_a_session_that_ended_takes_nothing_away(site: Site, writer: Visit, unit: str):
    cookie = next(one for one in writer.page.context.cookies() if one["name"] == "shuping_session")
    site.parts.accounts.sign_out(cookie["value"])
    write(writer.page, "problems", "登录失效之后写的")
    expect(writer.page.locator("#saved")).to_contain_text("登录已失效；内容留在本机")
    writer.page.click("#saved a")
    writer.page.fill("#person", site.review_of(unit).person)
    writer.page.fill("#password", PASSWORD)
    writer.page.press("#password", "Enter")
    expect(part(writer.page, "problems")).to_have_value("登录失效之后写的")
    saved(writer.page)


@pytest.mark.parametrize("is_same", [True, False], ids=["the same", "somebody else"])
def test_who_signed_in_again_in_another_window_goes_on_and_nobody_else_does(
    site: Site, writer: Visit, unit: str, is_same: bool
):
    person = site.review_of(unit if is_same else "u-hospital-1").person
    if not is_same:
        site.password(person)
    cookie = next(one for one in writer.page.context.cookies() if one["name"] == "shuping_session")
    site.parts.accounts.sign_out(cookie["value"])
    write(writer.page, "problems", "登录失效之后写的")
    expect(writer.page.locator("#saved")).to_contain_text("登录已失效；内容留在本机")
    other = writer.page.context.new_page()
    other.goto(f"{writer.base}/sign-in")
    other.fill("#person", person)
    other.fill("#password", PASSWORD)
    other.press("#password", "Enter")
    other.wait_for_url(f"{writer.base}/")
    write(writer.page, "tasks", "接着写的")
    told = "✓ 已保存" if is_same else "登录已失效"
    expect(writer.page.locator("#saved")).to_contain_text(told)


def test_a_dead_line_takes_nothing_away(site: Site, writer: Visit, unit: str):
    writer.page.context.set_offline(True)
    write(writer.page, "problems", "断线时写的")
    expect(writer.page.locator("#saved")).to_contain_text("没有连上服务器；内容留在本机")
    writer.page.context.set_offline(False)
    saved(writer.page)
    writer.open(report(site, unit))
    expect(part(writer.page, "problems")).to_have_value("断线时写的")
    writer.complaints.clear()  # of the line


def test_two_windows_in_different_places_are_merged(site: Site, writer: Visit, unit: str):
    other = writer.page.context.new_page()
    other.goto(writer.page.url)
    write(writer.page, "achievements", "甲窗口的成绩")
    saved(writer.page)
    write(other, "problems", "乙窗口的问题")
    saved(other)
    expect(part(other, "achievements")).to_have_value("甲窗口的成绩")
    other.reload()
    expect(part(other, "achievements")).to_have_value("甲窗口的成绩")
    expect(part(other, "problems")).to_have_value("乙窗口的问题")


@pytest.mark.parametrize(
    ("choice", "kept"),
    [("用那一份", "甲写的"), ("用我写的", "乙写的"), ("两份都留下", "乙写的\n甲写的")],
)
def test_of_two_windows_in_one_place_somebody_chooses(
    site: Site, writer: Visit, unit: str, choice: str, kept: str
):
    other = writer.page.context.new_page()
    other.goto(writer.page.url)
    write(writer.page, "problems", "甲写的")
    saved(writer.page)
    write(other, "problems", "乙写的")
    expect(other.locator("#merging")).to_contain_text("有 1 处两边都改了")
    expect(other.locator(".theirs textarea")).to_have_value("甲写的")
    expect(part(other, "problems")).to_have_value("乙写的")
    other.get_by_role("button", name=choice).click()
    expect(other.locator("#saved")).to_contain_text("✓")
    other.reload()
    expect(part(other, "problems")).to_have_value(kept)


@pytest.fixture(params=["", "先写的"], ids=["no draft", "a draft"])
def torn(writer: Visit, request: pytest.FixtureRequest) -> Page:
    """A window whose text another came before, on what both began with; nobody has chosen."""
    if request.param:
        write(writer.page, "problems", request.param)
        saved(writer.page)
    other = writer.page.context.new_page()
    other.goto(writer.page.url)
    write(writer.page, "problems", "甲")
    saved(writer.page)
    write(other, "problems", "乙")
    expect(other.locator("#merging")).to_contain_text("有 1 处两边都改了")
    return other


def test_what_another_saved_is_not_saved_over_before_somebody_has_chosen(writer: Visit):
    windows = writer.page, writer.page.context.new_page()
    writer.page.context.clock.install()
    for window in windows:
        window.goto(report_of(writer))
    for window, text in zip(windows, ("甲", "乙"), strict=True):
        write(window, "problems", text)
        window.get_by_role("button", name="存为草稿").last.click()
    windows[1].clock.run_for(30_000)
    is_torn(windows[1])


def report_of(writer: Visit) -> str:
    return writer.page.url.partition("?")[0]


def test_a_conflict_that_nobody_resolved_is_there_after_a_reload(torn: Page):
    torn.reload()
    is_torn(torn)
    torn.get_by_role("button", name="用我写的").click()
    saved(torn)
    torn.reload()
    expect(part(torn, "problems")).to_have_value("乙")
    expect(torn.locator(".theirs")).to_have_count(0)


def test_a_conflict_that_nobody_resolved_is_shown_by_every_window_that_opens(torn: Page):
    third = torn.context.new_page()
    for window in (third, torn):
        window.goto(torn.url)
        is_torn(window)


def test_a_window_that_is_closed_takes_nothing_of_another_away(torn: Page, writer: Visit):
    write(writer.page, "tasks", "甲又写的")
    saved(writer.page)
    writer.page.close()
    torn.reload()
    is_torn(torn)
    expect(part(torn, "tasks")).to_have_value("甲又写的")


def test_nothing_is_sent_while_a_conflict_is_open(torn: Page):
    torn.get_by_role("button", name="存为草稿").last.click()
    expect(torn.get_by_role("button", name="用那一份")).to_be_focused()
    is_torn(torn)


def is_torn(page: Page) -> None:
    """See both texts on *page*, and the other's on the server."""
    expect(page.locator("#merging")).to_contain_text("有 1 处两边都改了")
    expect(page.locator("#saved")).to_have_text("没有保存：两边都改了")
    expect(part(page, "problems")).to_have_value("乙")
    expect(page.locator(".theirs textarea")).to_have_value("甲")
    assert "甲</textarea>" in page.request.get(page.url).text()


def test_a_window_that_comes_after_the_submission_is_told_and_keeps_its_text(
    site: Site, writer: Visit, unit: str
):
    write(writer.page, "problems", "还在写")
    saved(writer.page)
    site.submit(unit)
    write(writer.page, "problems", "还在写，又加了一句")
    expect(writer.page.locator("#merging")).to_contain_text("没有丢")
    expect(part(writer.page, "problems")).to_have_value("还在写，又加了一句")
    expect(writer.page.locator("#copy")).to_have_value(re.compile("还在写，又加了一句"))
    writer.open(f"/cases/{site.review_of(unit).id}")
    expect(writer.page.locator("#left textarea")).to_have_value(re.compile("又加了一句"))
    writer.page.get_by_role("button", name="弃置").click()
    writer.open(f"/cases/{site.review_of(unit).id}")
    expect(writer.page.locator("#left")).to_be_hidden()


def test_who_may_write_no_longer_is_told_so_and_keeps_the_text(
    site: Site, writer: Visit, unit: str, monkeypatch: pytest.MonkeyPatch
):
    refusals = {
        "无权": NotAllowed(Blocker(code="no_post")),
        "不存在": NotYours("x"),
        "终结": Conflict(Blocker(code="case_ended")),
    }
    for said, refused in refusals.items():
        writer.open(report(site, unit))
        monkeypatch.setattr(site.parts.drafts, "save", raising(refused))
        write(writer.page, "problems", f"{said}之前写的")
        expect(writer.page.locator("#merging")).to_contain_text("没有丢")
        told = sentence(getattr(refused, "blocker", Blocker(code="not_found")), "zh")[0]
        expect(writer.page.locator("#merging")).to_contain_text(told)
        expect(writer.page.locator("#copy")).to_have_value(re.compile(f"{said}之前写的"))
        monkeypatch.undo()


def test_what_the_document_does_not_take_is_told_at_its_field(
    site: Site, writer: Visit, monkeypatch: pytest.MonkeyPatch
):
    fault = Fault(field="typed.parts.problems", code="too_long")
    monkeypatch.setattr(site.parts.drafts, "save", raising(Malformed(fault)))
    write(writer.page, "problems", "不收的")
    expect(part(writer.page, "problems")).to_have_attribute("aria-invalid", "true")
    expect(writer.page.locator("#saved")).to_contain_text("内容留在本机")
    monkeypatch.undo()
    write(writer.page, "problems", "收的")
    saved(writer.page)
    expect(part(writer.page, "problems")).not_to_have_attribute("aria-invalid", "true")


def test_who_signs_out_leaves_nothing_typed_in_the_browser(writer: Visit):
    writer.page.route("**/documents/*", lambda route: route.abort())
    write(writer.page, "tasks", "别人不该看到")
    expect(writer.page.locator("#saved")).to_contain_text("没有连上服务器")
    assert writer.page.evaluate("localStorage.length") == 1
    writer.page.get_by_role("button", name="退出").click()
    writer.page.wait_for_url("**/sign-in")
    assert writer.page.evaluate("localStorage.length") == 0
    writer.complaints.clear()  # of the saves that were cut off


def test_what_was_handed_in_is_no_longer_kept_in_the_browser(site: Site, writer: Visit, unit: str):
    for name in NAMES:
        write(writer.page, name, "抓实党建主体责任。")
    writer.page.click("#go")
    expect(writer.page.locator("[role=status]")).to_contain_text("已办理：提交报告")
    assert writer.page.evaluate("localStorage.length") == 0
    assert site.review_of(unit).state != "drafting"


def test_counts_and_shares_follow_the_keys(writer: Visit):
    write(writer.page, "achievements", "实" * 1500)
    write(writer.page, "problems", "实" * 1000)
    write(writer.page, "tasks", "实" * 1000)
    expect(writer.page.locator("#total")).to_have_text("3,500")
    expect(writer.page.locator('[data-check="over"]')).to_contain_text("须删 500 字")
    card = writer.page.locator('[data-part="achievements"]')
    expect(card.locator("[data-uneven]")).to_be_hidden()  # 42.9 % is within ten points of a third
    write(writer.page, "tasks", "实" * 500)
    expect(card.locator("[data-uneven]")).to_contain_text("占 50.0%，比等分多 16.7 个百分点")
    expect(card.locator("[data-paragraphs]")).to_have_text("第 1 段 1500 字")


def test_of_an_empty_part_nothing_says_that_it_may_be_handed_in(writer: Visit):
    write(writer.page, "achievements", "实实实")
    write(writer.page, "tasks", "\u200b")  # nothing that counts
    saved(writer.page)
    for _ in range(2):
        expect(writer.page.locator("#stands")).to_contain_text("还不能提交：2 处必须改")
        expect(writer.page.locator('[data-part="problems"]')).not_to_contain_text(
            "可以提交", use_inner_text=True
        )
        expect(writer.page.locator('[data-part="tasks"] [data-uneven]')).to_be_hidden()
        writer.page.reload()


def test_what_the_head_counts_is_what_the_list_names_and_where_each_is(writer: Visit):
    page = writer.page
    for text, count in (("", 3), ("实", 2), ("a" * 201, 3)):
        write(page, "tasks", text)
        empty = [] if text else ["×任务清单还没有内容"]
        run = ["×任务清单有一串超过 200 个半角字符中间没有空白"] if count == 3 and text else []
        others = ["×成绩清单还没有内容", "×问题清单还没有内容"]
        expect(must(page)).to_have_text([*others, *empty, *run])
        expect(page.locator("#stands")).to_contain_text(f"还不能提交：{count} 处必须改")
    must(page).first.locator("a").click()
    expect(part(page, "achievements")).to_be_in_viewport()


def test_without_a_script_the_head_counts_what_the_list_names(
    site: Site, browser: Browser, address: str, unit: str
):
    with without_script(browser, address, site.review_of(unit).person) as visit:
        visit.open(report(site, unit))
        expect(must(visit.page)).to_have_count(3)
        expect(visit.page.locator("#stands")).to_contain_text("还不能提交：3 处必须改，1 处建议改")
        write(visit.page, "problems", "没有脚本也能写")
        visit.page.get_by_role("button", name="存为草稿").last.click()
        expect(must(visit.page)).to_have_text(["×成绩清单还没有内容", "×任务清单还没有内容"])
        expect(visit.page.locator("#stands")).to_contain_text("还不能提交：2 处必须改")


def test_the_page_counts_every_example_as_the_server_does(writer: Visit):
    examples = json.loads(COUNTED.read_text(encoding="utf-8"))
    texts = [text for text, _ in examples]
    counted = writer.page.evaluate("texts => texts.map(one => countCharacters(one).count)", texts)
    assert dict(zip(texts, counted, strict=True)) == dict(examples)


def test_a_run_without_end_is_told_while_it_is_typed_and_refused(writer: Visit):
    for name, text in zip(NAMES, ("一", "二", "a" * 201), strict=True):
        write(writer.page, name, text)
    expect(writer.page.locator('[data-part="tasks"] [data-run]')).to_be_visible()
    writer.page.click("#go")
    expect(part(writer.page, "tasks")).to_have_attribute("aria-invalid", "true")


def test_a_refusal_stands_at_its_field_has_the_focus_and_loses_nothing(
    site: Site, writer: Visit, unit: str
):
    for name, length in zip(NAMES, (1000, 1200, 1100), strict=True):
        write(writer.page, name, "实" * length)
    writer.page.click("#go")
    expect(writer.page.locator("[role=alert]").first).to_contain_text("没有提交，1 处要改")
    expect(part(writer.page, "problems")).to_be_focused()  # the longest: there is most to cut
    expect(part(writer.page, "problems")).to_have_attribute("aria-invalid", "true")
    expect(part(writer.page, "tasks")).to_have_value("实" * 1100)
    writer.open(writer.page.url.removeprefix(writer.base))
    expect(part(writer.page, "tasks")).to_have_value("实" * 1100)  # its address is the page again


def test_everything_is_written_and_handed_in_by_keyboard(site: Site, writer: Visit, unit: str):
    keyboard = writer.page.keyboard
    part(writer.page, "achievements").focus()
    for _ in NAMES:
        keyboard.type("抓实党建。")
        keyboard.press("Tab")
    areas = writer.page.locator(".areas input")
    expect(areas.first).to_be_focused()
    keyboard.press("Space")
    expect(writer.page.locator("#n-areas")).to_have_text("1")
    writer.page.locator("#go").focus()
    keyboard.press("Enter")
    expect(writer.page.locator("[role=status]")).to_contain_text("已办理：提交报告")


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_the_page_is_no_wider_than_its_screen(writer: Visit, size: dict[str, int]):
    writer.page.set_viewport_size(size)  # type: ignore[arg-type]
    write(writer.page, "tasks", "字" * 900 + "w" * 190)
    assert writer.page.evaluate("document.documentElement.scrollWidth") == size["width"]


def test_without_a_script_a_button_saves_and_a_refusal_is_told(
    site: Site, browser: Browser, address: str, unit: str
):
    with without_script(browser, address, site.review_of(unit).person) as visit:
        visit.open(report(site, unit))
        write(visit.page, "problems", "没有脚本也能写")
        visit.page.get_by_role("button", name="存为草稿").last.click()
        expect(visit.page.locator(".say.ok")).to_have_text("草稿已保存。")
        visit.open(report(site, unit))
        expect(part(visit.page, "problems")).to_have_value("没有脚本也能写")
        visit.page.click("#go")
        expect(part(visit.page, "achievements")).to_have_attribute("aria-invalid", "true")
        expect(part(visit.page, "problems")).to_have_value("没有脚本也能写")


def test_without_a_script_what_another_saved_stands_beside_what_was_typed(
    site: Site, browser: Browser, address: str, unit: str
):
    with without_script(browser, address, site.review_of(unit).person) as visit:
        visit.open(report(site, unit))
        other = visit.page.context.new_page()
        other.goto(visit.page.url)
        for page, text in ((other, "先存的"), (visit.page, "后写的")):
            write(page, "problems", text)
            page.get_by_role("button", name="存为草稿").last.click()
        expect(part(visit.page, "problems")).to_have_value("后写的")
        expect(visit.page.locator(".theirs textarea")).to_have_value("先存的")
        visit.page.get_by_role("button", name="存为草稿").last.click()
        expect(visit.page.locator(".say.ok")).to_have_text("草稿已保存。")
