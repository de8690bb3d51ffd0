"""Files chosen in forms, in Chromium: brought at once, told at their field, handed in by hash."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from services.workflow.application.reading_ports import ListQuery
from tests.end_to_end.pages.conftest import Visit, served, without_script
from tests.end_to_end.pages.site import Shipped, Site, china

PDF = {
    "name": "报告.pdf",
    "mimeType": "application/pdf",
    "buffer": b"%PDF-1.7\n<< /Type /Page >>\n%%EOF\n",
}
UNITS = iter(("u-cdc", "u-cdc-02", "u-school-02", "u-school-01"))
NAMES = ("achievements", "problems", "tasks")
TAKEN: set[str] = set()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    return Shipped(tmp_path_factory.mktemp("files"), china("01-08", "08:30"))


@pytest.fixture(scope="module")
def address(site: Site) -> Iterator[str]:
    with served(site.app) as there:
        yield there


@pytest.fixture
def unit(site: Site) -> str:
    """A unit whose report nobody has begun; each test takes another."""
    unit = next(UNITS)
    site.password(site.review_of(unit).person or "")
    return unit


@pytest.fixture
def writer(site: Site, visit: Visit, unit: str) -> Visit:
    """The secretary of that unit, at the report."""
    visit.sign_in(site.review_of(unit).person or "").open(report(site, unit))
    return visit


def report(site: Site, unit: str) -> str:
    return f"/cases/{site.review_of(unit).id}/documents/report"


def choose(visit: Visit, **of: object) -> None:
    chosen = visit.page.locator("input[type=file]").last
    chosen.set_input_files({**PDF, **of})  # type: ignore[arg-type]


def more(visit: Visit) -> None:
    with visit.page.expect_navigation():
        visit.page.get_by_role("button", name="再加一个文件").click()


@pytest.fixture
def plan(site: Site) -> tuple[str, str]:
    """The plan of a unit's meeting that nobody has begun, and who writes it."""
    query = ListQuery(states=("planning",), kinds=("meeting",), limit=200)
    begun = site.parts.database.reads.list_cases(query).cases
    found = next(one for one in begun if one.id not in TAKEN)
    TAKEN.add(found.id)
    person = site.review_of(found.unit).person or ""
    site.password(person)
    return f"/cases/{found.id}/documents/plan", person


def test_a_file_is_sent_when_it_is_chosen_and_handed_in_with_the_report(
    site: Site, writer: Visit, unit: str
):
    chosen, box = writer.page.locator("input[type=file]"), writer.page.locator(".file")
    choose(writer, name="旧.doc", buffer=b"\xd0\xcf\x11\xe0")
    expect(box.locator("[data-told]")).to_contain_text("不是 docx 或 pdf 文件")
    expect(chosen).to_have_attribute("aria-invalid", "true")
    choose(writer, buffer=b"%PDF-" * 1_100_000)
    expect(box.locator("[data-told]")).to_contain_text("至多 5 MiB")
    choose(writer)
    expect(box.locator("[data-kept]")).to_have_text("报告.pdf")
    expect(writer.page.locator("#saved")).to_contain_text("✓ 已保存")
    writer.open(report(site, unit))
    expect(box.locator(".brought")).to_be_visible()
    for name in NAMES:
        writer.page.fill(f'[name="documents.report.parts.{name}"]', "抓实党建。")
    writer.page.click("#go")
    expect(writer.page.locator("[role=status]")).to_contain_text("已办理")
    expect(writer.page.locator(".report")).to_contain_text("附件 1 个：报告.pdf（33 字节）")
    with writer.page.expect_download() as brought:
        writer.page.locator(".report").get_by_role("link", name="报告.pdf").click()
    assert brought.value.suggested_filename == "报告.pdf"


def test_a_file_is_taken_out_of_the_draft_again(site: Site, writer: Visit, unit: str):
    box = writer.page.locator(".file")
    choose(writer)
    expect(writer.page.locator("#saved")).to_contain_text("✓ 已保存")
    box.locator("[name=drop]").click()
    expect(box.locator(".brought")).to_be_hidden()
    expect(writer.page.locator("#saved")).to_contain_text("✓ 已保存")
    writer.open(report(site, unit))
    expect(box.locator(".brought")).to_be_hidden()


def test_without_a_script_a_file_goes_with_the_form(
    site: Site, browser: Browser, address: str, unit: str
):
    with without_script(browser, address, site.review_of(unit).person or "") as visit:
        visit.open(report(site, unit))
        choose(visit)
        visit.page.get_by_role("button", name="存为草稿").last.click()
        expect(visit.page.locator(".brought")).to_be_visible()
        visit.page.locator("[name=drop]").click()
        expect(visit.page.locator(".brought")).to_be_hidden()


def test_several_files_stand_for_the_texts_of_a_document_that_nobody_types(
    visit: Visit, plan: tuple[str, str]
):
    page, (path, person) = visit.page, plan
    visit.sign_in(person).open(path)
    lines = page.locator(".checks li:visible")
    expect(page.locator("#stands")).to_contain_text("还不能提交：1 处必须改")
    expect(lines).to_have_text(["×方案还没有内容"])
    choose(visit, name="方案.pdf")
    expect(page.locator("#stands")).to_be_hidden()
    expect(lines).to_have_count(0)
    expect(page.locator("#saved")).to_contain_text("✓ 已保存")
    more(visit)
    expect(page.locator("#stands")).to_be_hidden()
    choose(visit, name="安排.pdf", buffer=PDF["buffer"] + b"\n")
    expect(page.locator("[data-kept]:visible")).to_have_text(["方案.pdf", "安排.pdf"])
    page.click("#go")
    expect(page.locator(".report", has_text="附件 2 个").first).to_contain_text("安排.pdf")


def test_a_further_file_of_one_window_is_not_lost_by_another(visit: Visit, plan: tuple[str, str]):
    path, person = plan
    visit.sign_in(person).open(path)
    choose(visit, name="方案.pdf")
    expect(visit.page.locator("#saved")).to_contain_text("✓ 已保存")
    other = Visit(visit.page.context.new_page(), visit.base)
    other.open(path)
    more(visit)
    choose(visit, name="安排.pdf", buffer=PDF["buffer"] + b"\n")
    expect(visit.page.locator("#saved")).to_contain_text("✓ 已保存")
    other.page.fill("[name$='parts.plan']", "另一窗口写的。")
    expect(other.page.locator("[data-kept]:visible")).to_have_text(["方案.pdf", "安排.pdf"])
    expect(other.page.locator("#saved")).to_contain_text("✓ 已保存")
    other.open(path)
    expect(other.page.locator("[data-kept]:visible")).to_have_text(["方案.pdf", "安排.pdf"])
    expect(other.page.locator("[name$='parts.plan']")).to_have_value("另一窗口写的。")


def test_without_a_script_several_files_go_with_the_form(
    browser: Browser, address: str, plan: tuple[str, str]
):
    path, person = plan
    with without_script(browser, address, person) as visit:
        visit.open(path)
        expect(visit.page.locator("#stands")).to_contain_text("还不能提交：1 处必须改")
        expect(visit.page.locator(".checks li:visible")).to_have_text(["×方案还没有内容"])
        choose(visit, name="方案.pdf")
        more(visit)
        expect(visit.page.locator("#stands")).to_be_hidden()
        choose(visit, name="安排.pdf", buffer=PDF["buffer"] + b"\n")
        visit.page.click("#go")
        expect(visit.page.locator(".report", has_text="附件 2 个").first).to_contain_text(
            "安排.pdf"
        )
