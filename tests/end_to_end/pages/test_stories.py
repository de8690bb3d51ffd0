"""What people do at the pages, in Chromium."""

from uuid import UUID

import pytest
from playwright.sync_api import expect

from tests.end_to_end.pages.conftest import HOSPITAL_OFFICE, Visit
from tests.end_to_end.pages.site import OFFICE, PASSWORD, Site

LATE = "u-hospital-1-01"


def case_of(site: Site, unit: str) -> str:
    return f"/cases/{UUID(site.review_of(unit).id)}"


def test_a_supervisor_sees_what_is_stuck_with_whom_and_for_how_long(site: Site, visit: Visit):
    visit.sign_in(OFFICE).open("/stuck?unit=u-hospital-1")
    row = visit.page.locator("tr", has=visit.page.locator(f'a[href="{case_of(site, LATE)}"]'))
    expect(row).to_contain_text("4")
    expect(row).to_contain_text("单位党委审核")
    expect(row).to_contain_text("第一示例医院党委办公室")


def test_a_filter_is_an_address_that_can_be_passed_on(visit: Visit):
    visit.sign_in(OFFICE).open("/stuck")
    visit.page.select_option("select[name=state]", "unit_audit")
    visit.page.click("text=应用")
    assert "state=unit_audit" in visit.page.url
    shown = visit.page.locator("tbody td:has(.pill)").all_inner_texts()
    assert shown
    assert all("单位党委审核" in text for text in shown)
    visit.page.click(".chip.on")
    assert "state=" not in visit.page.url


def test_a_figure_opens_the_list_that_it_counts(visit: Visit):
    visit.sign_in(OFFICE).open("/stuck")
    tile = visit.page.locator(".tile", has_text="进行中")
    count = tile.locator("b").inner_text()
    tile.click()
    expect(visit.page.locator(".head")).to_contain_text(f"共 {count} 件")


def test_a_case_shows_past_and_future_and_who_must_act(site: Site, visit: Visit):
    visit.sign_in(OFFICE).open(case_of(site, LATE))
    line = visit.page.locator("#line")
    expect(line).to_contain_text("述职报告第 1 稿")
    expect(line).to_contain_text("单位党委审核到期未办")
    expect(line.locator("li.future").first).to_be_visible()
    expect(visit.page.locator("#acts")).to_contain_text("第一示例医院党委办公室")
    expect(visit.page.locator("#acts button[disabled]").first).to_be_visible()


def test_an_audit_is_passed_where_it_is_read_and_the_next_follows(site: Site, visit: Visit):
    # All seven are due at once, so their ids order them: the first of two is not the last of all.
    pair = {case_of(site, unit): unit for unit in ("u-hospital-1-02", "u-hospital-1-06")}
    visit.sign_in(HOSPITAL_OFFICE).open("/tasks")
    first = visit.page.locator(", ".join(f'a[href="{case}/reading"]' for case in pair)).first
    unit = pair[str(first.get_attribute("href")).removesuffix("/reading")]
    first.click()
    expect(visit.page.locator(".paragraphs").first).to_contain_text("逐月调度")
    following = visit.page.locator("a[rel=next]").get_attribute("href")
    visit.page.locator("#act-pass_unit_audit > summary").click()
    visit.page.locator("#act-pass_unit_audit button").click()
    expect(visit.page.locator("[role=status]")).to_contain_text("已办理")
    assert visit.page.url.endswith(str(following))
    assert site.review_of(unit).state == "cleared"


def test_the_waiting_are_gone_through_by_keyboard(visit: Visit):
    visit.sign_in(HOSPITAL_OFFICE).open("/reading")
    first, where = visit.page.url, visit.page.locator(".turns")
    expect(where).to_contain_text("第 1 件")
    visit.page.keyboard.press("j")
    expect(where).to_contain_text("第 2 件")
    visit.page.keyboard.press("k")
    expect(where).to_contain_text("第 1 件")
    assert visit.page.url == first


def test_a_report_goes_back_with_findings(site: Site, visit: Visit):
    unit = "u-hospital-1-03"
    visit.sign_in(HOSPITAL_OFFICE).open(case_of(site, unit))
    visit.page.locator("#act-return_unit_audit > summary").click()
    visit.page.fill('[name="documents.findings.rows"]', "问题清单空泛。\n任务没有时限。")
    visit.page.locator("#act-return_unit_audit button").click()
    expect(visit.page.locator("#line .quote")).to_have_text(
        ["审核意见 1问题清单空泛。", "审核意见 2任务没有时限。"]
    )
    assert site.review_of(unit).state == "drafting"


def test_a_refused_act_says_what_is_wrong_first_and_leads_to_its_field(site: Site, visit: Visit):
    visit.sign_in(HOSPITAL_OFFICE).open(case_of(site, LATE))
    visit.page.locator("#act-withdraw > summary").click()
    visit.page.fill("#withdraw-reason", "重复开启")
    visit.page.fill("#withdraw-number", "2019-X")
    visit.page.locator("#act-withdraw button").click()
    number = visit.page.locator("#withdraw-number")
    expect(number).to_have_attribute("aria-invalid", "true")
    expect(number).to_be_focused()
    visit.page.locator("[role=alert] a").click()
    assert visit.page.url.endswith("#withdraw-number")
    expect(visit.page.locator("#withdraw-reason")).to_have_value("重复开启")
    visit.page.goto(visit.page.url.partition("#")[0])
    expect(visit.page.locator("h1")).to_be_visible()


def test_what_was_typed_into_any_form_is_there_after_leaving_and_after_the_session(
    site: Site, visit: Visit
):
    visit.sign_in(OFFICE).open(case_of(site, LATE))
    visit.page.locator("summary", has_text="写批注").click()
    visit.page.fill("#text", "写到一半的批注")
    visit.open("/tasks")
    visit.open(case_of(site, LATE))
    expect(visit.page.locator("#text")).to_have_value("写到一半的批注")
    cookie = next(one for one in visit.page.context.cookies() if one["name"] == "shuping_session")
    site.parts.accounts.sign_out(cookie["value"])
    visit.page.get_by_role("button", name="记为批注").click()
    expect(visit.page.locator("[role=alert]")).to_contain_text("会放回原来的表单")
    visit.page.fill("#person", OFFICE)
    visit.page.fill("#password", PASSWORD)
    visit.page.press("#password", "Enter")
    expect(visit.page.locator("#text")).to_have_value("写到一半的批注")
    visit.page.get_by_role("button", name="记为批注").click()
    expect(visit.page.locator("[role=status]")).to_contain_text("已记下批注")
    expect(visit.page.locator("#text")).to_have_value("")


def test_who_comes_second_is_told_that_the_case_has_moved(site: Site, visit: Visit):
    unit = "u-hospital-1-04"
    visit.sign_in(HOSPITAL_OFFICE).open(f"{case_of(site, unit)}/reading")
    site.fire(unit, "return_unit_audit", HOSPITAL_OFFICE, data={"findings": ["先到一步。"]})
    visit.page.locator("#act-pass_unit_audit > summary").click()
    visit.page.locator("#act-pass_unit_audit button").click()
    expect(visit.page.locator("[role=alert]")).to_contain_text("刚才的操作没有执行")
    expect(visit.page.locator("[role=alert]")).to_be_focused()
    expect(visit.page.locator(".head .pill")).to_contain_text("起草")


def test_a_reminder_by_hand_is_on_the_line(site: Site, visit: Visit):
    visit.sign_in(OFFICE).open(case_of(site, LATE))
    visit.page.fill("#urge-text", "<b>请</b>今天办理。")
    visit.page.click("text=发出催办")
    expect(visit.page.locator("#line")).to_contain_text("催办：<b>请</b>今天办理。")


def test_a_form_of_a_session_that_ended_is_refused(visit: Visit, site: Site):
    visit.sign_in(OFFICE).open(case_of(site, LATE))
    visit.page.locator("#urge input[name=csrf]").evaluate("field => field.value = 'forged'")
    visit.page.click("text=发出催办")
    expect(visit.page.locator("h1")).to_have_text("没有通过核验")


def test_everything_can_be_done_without_a_mouse(site: Site, visit: Visit):
    unit = "u-hospital-1-05"
    visit.sign_in(HOSPITAL_OFFICE).open(f"{case_of(site, unit)}/reading")  # read before
    visit.open("/stuck")
    visit.page.keyboard.press("Tab")
    expect(visit.page.locator(".skip")).to_be_focused()
    visit.page.keyboard.press("/")
    expect(visit.page.locator("#q")).to_be_focused()
    visit.page.keyboard.type(site.review_of(unit).number)
    visit.page.keyboard.press("Enter")
    visit.page.wait_for_url("**/search?q=*")
    visit.page.locator(f'a[href="{case_of(site, unit)}"]').focus()
    visit.page.keyboard.press("Enter")
    visit.page.wait_for_url(f"**{case_of(site, unit)}")
    summary = visit.page.locator("#act-pass_unit_audit > summary")
    summary.focus()
    outline = summary.evaluate("element => getComputedStyle(element).outlineStyle")
    assert outline == "solid"
    visit.page.keyboard.press("Enter")
    visit.page.locator("#act-pass_unit_audit form button").focus()
    visit.page.keyboard.press("Enter")
    expect(visit.page.locator("[role=status]")).to_contain_text("已办理")
    expect(visit.page.locator("[role=status]")).to_be_focused()


@pytest.mark.parametrize("path", ["/stuck", "/cases", "/tasks", "/inbox", "/cycles", "case"])
def test_no_page_is_wider_than_its_screen(
    site: Site, visit: Visit, screen: dict[str, int], path: str
):
    visit.sign_in(HOSPITAL_OFFICE)
    visit.page.set_viewport_size(screen)  # type: ignore[arg-type]
    visit.open(case_of(site, LATE) if path == "case" else path)
    assert visit.page.evaluate("document.documentElement.scrollWidth") == screen["width"]


def test_a_list_can_be_printed_without_the_rail(visit: Visit):
    visit.sign_in(OFFICE).open("/stuck")
    visit.page.emulate_media(media="print")
    expect(visit.page.locator(".rooms")).to_be_hidden()
    expect(visit.page.locator("table.cards-on-phone")).to_be_visible()
