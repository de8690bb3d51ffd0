"""Papers as text documents (docx), set as the standard for official papers asks.

A4, the text 156 by 225 mm with 37 mm above and 28 mm on the left, 22 lines to a page and 28
characters to a line; the title in 小标宋 of 22 points, headings in 黑体, the text in 仿宋 of 16.
The fonts are named, not embedded: whoever opens it has them, or sees the suite's own.

Source: GB/T 9704-2012, 5.2, 6.1, 7.
"""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, time
from io import BytesIO
from typing import Any
from unicodedata import east_asian_width

from docx import Document
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt

from services.workflow.application.papers import SENTENCES, Paper, Section

TITLE, HEADING, TEXT, DIGITS = "方正小标宋简体", "黑体", "仿宋_GB2312", "Times New Roman"
_SECOND, _THIRD, _FOURTH, _SMALL_FOURTH = Pt(22), Pt(16), Pt(14), Pt(12)  # 二号 三号 四号 小四
_TEXT = 156.0  # mm that a line has
_SIDE = Mm(1)  # of a cell, on its left and right
_LEAST = 4  # half characters that any column has room for
_MOST_WIDE = 6  # columns, with letters as large as the text's
_LINE = Pt(28.95)  # 225 mm over 22 lines
_TITLE_LINE = Pt(35)
_INDENT = Pt(32)  # two characters
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def set_paper(paper: Paper) -> bytes:
    """Return a text document of an office suite."""
    document = Document()
    _set_page(document.sections[0])
    _set_style(document.styles["Normal"])
    if paper.reference:  # above the title, as the standard has it; the case's own is none
        _say(document, paper.reference, TEXT, _THIRD, centred=True)
        _say(document, "", TEXT, _THIRD)
    _say(document, paper.title, TITLE, _SECOND, line=_TITLE_LINE, centred=True)
    _say(document, "", TEXT, _THIRD)
    for section in paper.sections:
        _section(document, section)
    _sign(document, paper)
    core = document.core_properties
    core.author, core.comments, core.title = "", "", paper.title
    core.created = core.modified = datetime.combine(paper.day, time(), UTC)  # the same every time
    out = BytesIO()
    document.save(out)
    return out.getvalue()


def _set_page(page: Any) -> None:
    page.page_width, page.page_height = Mm(210), Mm(297)
    page.top_margin, page.bottom_margin = Mm(37), Mm(35)
    page.left_margin, page.right_margin = Mm(28), Mm(26)
    page.footer_distance = Mm(28)  # 7 mm below the text
    number = page.footer.paragraphs[0]
    number.alignment = WD_ALIGN_PARAGRAPH.CENTER
    for text, field in (("— ", ""), ("", "PAGE"), (" —", "")):
        run = number.add_run(text)
        _set_font(run, "宋体", _FOURTH)
        if field:
            _add_field(run, field)


def _add_field(run: Any, code: str) -> None:
    for kind in ("begin", "", "end"):
        one = OxmlElement("w:fldChar" if kind else "w:instrText")
        if kind:
            one.set(qn("w:fldCharType"), kind)
        else:
            one.text = code
        run._r.append(one)  # noqa: SLF001 - the library makes no fields


def _set_style(style: Any) -> None:
    style.font.name, style.font.size = DIGITS, _THIRD
    style.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), TEXT)
    style.paragraph_format.space_before = style.paragraph_format.space_after = Pt(0)


def _set_font(run: Any, font: str, size: Any) -> None:
    run.font.name, run.font.size = DIGITS, size
    fonts = run._r.get_or_add_rPr().get_or_add_rFonts()  # noqa: SLF001 - names no Chinese font
    fonts.set(qn("w:eastAsia"), font)


def _say(
    into: Any,
    text: str,
    font: str,
    size: Any,
    *,
    line: Any = _LINE,
    centred: bool = False,
    indent: Any = None,
) -> Any:
    paragraph = into.add_paragraph()
    paragraph.paragraph_format.line_spacing_rule = WD_LINE_SPACING.EXACTLY
    paragraph.paragraph_format.line_spacing = line
    paragraph.paragraph_format.first_line_indent = indent
    if centred:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    _set_font(paragraph.add_run(_plain(text)), font, size)
    return paragraph


def _plain(text: str) -> str:
    return _FORBIDDEN.sub("\N{REPLACEMENT CHARACTER}", text)


def _section(document: Any, section: Section) -> None:
    if section.heading:
        _say(document, section.heading, HEADING, _THIRD, indent=_INDENT)
    for text in section.paragraphs:
        _say(document, text, TEXT, _THIRD, indent=None if section.to_whom else _INDENT)
    if section.columns:
        _table(document, section.columns, section.rows)


def _table(document: Any, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    table = document.add_table(rows=0, cols=len(columns), style="Table Grid")
    table.alignment, table.autofit = WD_TABLE_ALIGNMENT.CENTER, False
    size = _FOURTH if len(columns) <= _MOST_WIDE else _SMALL_FOURTH
    across = widths(columns, rows, size)
    for column, width in zip(table.columns, across, strict=True):
        column.width = width
    _set_sides(table)
    for font, values in ((HEADING, columns), *((TEXT, row) for row in rows)):
        for cell, value, width in zip(table.add_row().cells, values, across, strict=True):
            cell.width = width
            _set_font(cell.paragraphs[0].add_run(_plain(value)), font, size)
    repeated = table.rows[0]._tr.get_or_add_trPr()  # noqa: SLF001 - of the first line on each page
    repeated.append(OxmlElement("w:tblHeader"))


def _set_sides(table: Any) -> None:
    """Leave as much free on the left and right of each cell as `widths` counts on."""
    sides = OxmlElement("w:tblCellMar")
    for name in ("left", "right"):
        side = OxmlElement(f"w:{name}")
        side.set(qn("w:w"), str(round(_SIDE.twips)))
        side.set(qn("w:type"), "dxa")
        sides.append(side)
    table._tbl.tblPr.append(sides)  # noqa: SLF001 - the library has no margins of cells


def widths(columns: Sequence[str], rows: Sequence[Sequence[str]], size: Pt) -> list[Mm]:
    """Return how wide each column is, the text's 156 mm in all.

    What is short has what it needs, its heading on two lines; the long ones share what is left.
    """
    wanted = [
        _across(max((-(-_wide(name) // 2), *(_wide(row[n]) for row in rows))), size)
        for n, name in enumerate(columns)
    ]
    given, left = dict[int, float](), _TEXT
    for n in sorted(range(len(wanted)), key=wanted.__getitem__):  # the shortest first
        given[n] = min(wanted[n], left / (len(wanted) - len(given)))
        left -= given[n]
    more = left / sum(wanted)  # where all have what they need it is spread
    return [Mm(given[n] + more * one) for n, one in enumerate(wanted)]


def _wide(text: str) -> int:
    """Return how many half characters *text* takes; a Chinese one is two."""
    return sum(2 if east_asian_width(one) in "WFA" else 1 for one in text)


def _across(halves: int, size: Pt) -> float:
    """Return what so many half characters of *size* take, in mm, with the sides of their cell."""
    return float(max(halves, _LEAST) / 2 * size.mm + 2 * _SIDE.mm)


def _sign(document: Any, paper: Paper) -> None:
    _say(document, "", TEXT, _THIRD)
    day = f"{paper.day.year}年{paper.day.month}月{paper.day.day}日"
    for text in (paper.signed, day):
        signed = _say(document, text, TEXT, _THIRD)
        signed.alignment = WD_ALIGN_PARAGRAPH.RIGHT
        signed.paragraph_format.right_indent = _INDENT * 2  # four characters
    if paper.number:
        _say(document, "", TEXT, _THIRD)
        _say(document, f"{SENTENCES['number']}：{paper.number}", TEXT, _FOURTH)
