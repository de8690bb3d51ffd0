"""Papers are set as the standard for official papers asks: GB/T 9704-2012."""

from dataclasses import replace
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


def test_short_columns_have_what_they_need_and_long_ones_share_the_rest():
    columns = ["类别", *["应立"] * 8, "等次"]
    rows = [["委机关党支部书记、委直属单位党委（支部）书记", *["119"] * 8, "好 7、较好 12、一般 6"]]
    (table,) = Document(
        BytesIO(set_paper(replace(PAPER, sections=[Section(columns=columns, rows=rows)])))
    ).tables
    first, *figures, last = [round(one.width.mm, 1) for one in table.columns]
    assert len(set(figures)) == 1
    assert figures[0] < 13
    assert min(first, last) > 25
    assert abs(first + sum(figures) + last - 156) < 1
    assert [round(one.width.mm, 1) for one in table.rows[1].cells] == [first, *figures, last]


def test_a_table_of_short_columns_is_as_wide_as_the_text(document: Any):
    (table,) = document.tables
    assert round(sum(one.width.mm for one in table.columns)) == 156


def test_the_offices_number_stands_above_the_title_and_that_of_the_case_at_the_end(document: Any):
    lines = [one.text for one in document.paragraphs if one.text]
    assert (lines[0], lines[-1]) == ("述评结果通报", "案号：2019-C-0417")
    told = set_paper(replace(PAPER, reference="吉直工委〔2020〕8号"))
    lines = [one.text for one in Document(BytesIO(told)).paragraphs if one.text]
    assert lines[:2] == ["吉直工委〔2020〕8号", "述评结果通报"]


def test_what_goes_out_would_be_taken_back_in_and_is_the_same_each_time():
    assert kind_of(set_paper(PAPER)) == "docx"
    assert Document(BytesIO(set_paper(PAPER))).element.xml == (
        Document(BytesIO(set_paper(PAPER))).element.xml
    )
