"""Papers are set as the standard for official papers asks: GB/T 9704-2012."""

from datetime import date
from io import BytesIO
from typing import Any

import pytest
from docx import Document
from docx.oxml.ns import qn
from docx.shared import Pt

from services.workflow.adapters.office.kinds import kind_of
from services.workflow.adapters.office.paper import set_paper
from services.workflow.application.papers import Paper, Section

PAPER = Paper(
    title="述评结果通报",
    number="2019-C-0417",
    sections=[
        Section(heading="成绩", paragraphs=["一是抓思想。\x0c", "=1+1"]),
        Section(columns=["单位", "等次"], rows=[["示例委", "好"], ["医院", "较好"]]),
    ],
    signed="示例委",
    day=date(2020, 2, 3),
)


@pytest.fixture(scope="module")
def document() -> Any:
    return Document(BytesIO(set_paper(PAPER)))


def fonts(run: Any) -> tuple[Any, Any]:
    return run._r.rPr.rFonts.get(qn("w:eastAsia")), run.font.size


def test_the_page_is_that_of_the_standard(document: Any):
    page = document.sections[0]
    assert (round(page.page_width.mm), round(page.page_height.mm)) == (210, 297)
    text = (297 - page.top_margin.mm - page.bottom_margin.mm, page.left_margin.mm)
    assert [round(one) for one in (*text, page.top_margin.mm)] == [225, 28, 37]
    assert round(210 - page.left_margin.mm - page.right_margin.mm) == 156
    assert "PAGE" in page.footer._element.xml


def test_each_kind_of_line_has_its_font_size_and_pitch(document: Any):
    lines = {one.text: one for one in document.paragraphs}
    wanted = {
        "述评结果通报": ("方正小标宋简体", Pt(22)),
        "成绩": ("黑体", Pt(16)),
        "=1+1": ("仿宋_GB2312", Pt(16)),
        "2020年2月3日": ("仿宋_GB2312", Pt(16)),
    }
    assert {text: fonts(lines[text].runs[0]) for text in wanted} == wanted
    assert lines["=1+1"].paragraph_format.line_spacing == Pt(28.95)
    assert lines["=1+1"].paragraph_format.first_line_indent == Pt(32)


def test_all_of_it_is_there_and_what_no_file_can_hold_is_replaced(document: Any):
    assert "一是抓思想。\ufffd" in [one.text for one in document.paragraphs]
    (table,) = document.tables
    assert [[cell.text for cell in row.cells] for row in table.rows] == [
        ["单位", "等次"], ["示例委", "好"], ["医院", "较好"],
    ]  # fmt: skip


def test_what_goes_out_would_be_taken_back_in_and_is_the_same_each_time():
    assert kind_of(set_paper(PAPER)) == "docx"
    assert Document(BytesIO(set_paper(PAPER))).element.xml == (
        Document(BytesIO(set_paper(PAPER))).element.xml
    )
