"""Files chosen in forms, in Chromium: brought at once, told at their field, handed in by hash."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.end_to_end.pages.conftest import Visit, served, without_script
from tests.end_to_end.pages.site import Shipped, Site, china

PDF = {
    "name": "报告.pdf",
    "mimeType": "application/pdf",
    "buffer": b"%PDF-1.7\n<< /Type /Page >>\n%%EOF\n",
}
UNITS = iter(("u-cdc", "u-cdc-02", "u-school-02", "u-school-01"))
NAMES = ("achievements", "problems", "tasks")


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
    visit.page.locator("input[type=file]").set_input_files({**PDF, **of})  # type: ignore[arg-type]


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
