"""Sheets as their XML lays them out: in order, seen, and read as what is shown."""

from typing import Any

import pytest

from schemas.fields import Day
from services.workflow.adapters.office import workbook
from services.workflow.application.attachments import UnfitFile
from services.workflow.application.cells import given
from services.workflow.application.workbooks import Value
from tests.unit.workflow.office.test_workbook import SHEET, edited, faults, made


def laid(rows: str, before: str = "") -> bytes:
    """Return a workbook whose sheet has these *rows*, as somebody wrote its XML."""
    return edited(SHEET, r"<sheetData>.*</sheetData>", f"{before}<sheetData>{rows}</sheetData>")


def cell(at: str, text: str) -> str:
    return f'<c r="{at}" t="inlineStr"><is><t>{text}</t></is></c>'


OUT_OF_PLACE = {
    "a line twice": f'<row r="2">{cell("A2", "甲")}</row><row r="2">{cell("A2", "乙")}</row>',
    "a line behind a later one": f'<row r="5">{cell("A5", "甲")}</row><row r="2"/>',
    "a line before the first": f'<row r="0">{cell("A0", "甲")}</row>',
    "a line that counts down": f'<row r="-1">{cell("A1", "甲")}</row>',
    "a cell twice": f'<row r="1">{cell("A1", "甲")}{cell("A1", "乙")}</row>',
    "a cell behind a later one": f'<row r="1">{cell("C1", "甲")}{cell("A1", "乙")}</row>',
    "a cell of another line": f'<row r="1">{cell("A7", "甲")}</row>',
    "a column that no suite has": f'<row r="1">{cell("XFE1", "甲")}</row>',
    "columns without end": f'<row r="1">{"<c/>" * 16_385}</row>',
    "a cell without a column": f'<row r="1">{cell("1", "甲")}</row>',
}


@pytest.mark.parametrize("name", OUT_OF_PLACE)
def test_nothing_of_a_sheet_is_left_out_because_of_where_it_stands(name: str):
    with pytest.raises(UnfitFile, match="file_broken"):
        workbook.read(laid(OUT_OF_PLACE[name]))


def test_lines_and_cells_that_do_not_say_where_they_are_follow_each_other():
    rows = f'<row><c/>{cell("C1", "甲")}</row><row r="4"><c><v>1</v></c></row>'
    rows += "<row><c><v>2</v></c></row>"
    (sheet,) = workbook.read(laid(rows)).sheets
    assert [*sheet.lines] == [(1, (None, None, "甲")), (4, (1,)), (5, (2,))]


@pytest.mark.parametrize(
    "how", ['hidden="1"', 'hidden="true"', 'ht="0"', 'ht="0.0" customHeight="1"']
)
def test_a_line_that_nobody_sees_is_told_if_it_says_something(how: str):
    rows = f'<row r="1" {how}><c r="A1"/></row><row r="2" {how}>{cell("B2", "甲")}</row>'
    assert faults(laid(f'{rows}<row r="3" hidden="0">{cell("A3", "乙")}</row>')) == [
        ("名册!A2", "row_hidden")
    ]


@pytest.mark.parametrize("how", ['hidden="1"', 'width="0" customWidth="1"'])
def test_columns_that_nobody_sees_are_told_once_if_they_say_something(how: str):
    columns = f'<cols><col min="2" max="3" {how}/><col min="5" max="16384" {how}/></cols>'
    rows = f'<row r="1">{cell("A1", "甲")}</row><row r="2">{cell("C2", "乙")}</row>'
    rows += f'<row r="3">{cell("C3", "丙")}</row>'
    assert faults(laid(rows, columns)) == [("名册!B2", "column_hidden")]


@pytest.mark.parametrize(
    ("number", "shape", "is_another"),
    [
        (0.85, "0%", True),
        (0.85, "0.00%", True),
        (85, '0"%"', False),
        (85, ";;;", True),
        (-85, "0;;", True),
        (85, '"很好"', True),
        (85_000, "0,", True),
        (85_000, "#,##0.00", False),
        (85, '"¥"#,##0.00_);[Red]-#,##0.00', False),
        (85, "G/通用格式", False),
        (85, "@", False),
        (0, '0;-0;""', True),
        (85, '0;-0;""', False),
    ],
)
def test_a_number_whose_format_shows_another_is_told(number: float, shape: str, is_another: bool):
    def fill(sheet: Any) -> None:
        sheet.append([number])
        sheet["A1"].number_format = shape

    content = made(fill)
    if is_another:
        assert faults(content) == [("名册!A1", "cell_shown_otherwise")]
    else:
        assert workbook.read(content).sheets[0].lines[0].cells == (number,)


def test_a_day_is_the_same_in_either_calendar_of_a_workbook():
    days = {'date1904="0"': 43_891, 'date1904="1"': 43_891 - 1_462}

    def read(calendar: str, serial: int) -> Value:
        def fill(sheet: Any) -> None:
            sheet["A1"], sheet["A1"].number_format = serial, "yyyy-mm-dd"

        told = f"<workbookPr {calendar}/>"
        content = edited("xl/workbook.xml", "<workbookPr[^/]*/>", told, made(fill))
        return workbook.read(content).sheets[0].lines[0].cells[0]

    told = [given(Day(), read(calendar, serial)) for calendar, serial in days.items()]
    assert told == ["2020-03-01"] * 2


def test_blanks_and_marks_without_width_around_a_text_are_none_of_it():
    texts = ["甲\u00a0", "\ufeff甲\u200b", "\u3000甲\u2003", "\u00a0", "\u200b"]
    assert workbook.read(made(lambda sheet: sheet.append(texts))).sheets[0].lines[0].cells == (
        "甲", "甲", "甲", None, None,
    )  # fmt: skip


def test_a_text_in_several_looks_is_one_and_how_it_is_read_aloud_is_none_of_it():
    looks = "<r><t>身</t></r><r><rPr><b/></rPr><t>份</t></r>"
    looks += '<rPh sb="0" eb="1"><t>shen</t></rPh>'
    rows = f'<row r="1"><c r="A1" t="inlineStr"><is>{looks}</is></c></row>'
    assert workbook.read(laid(rows)).sheets[0].lines[0].cells == ("身份",)


def test_a_formula_is_one_whatever_it_came_to_when_it_was_saved():
    rows = '<row r="1"><c r="A1"><f>1+1</f><v>2</v></c>'
    rows += '<c r="B1" t="str"><f>"a"</f><v>a</v></c></row>'
    rows += '<row r="2"><c r="A2"><f t="shared" si="0"/><v>2</v></c>'
    rows += '<c r="B2" t="e"><v>#SPILL!</v></c></row>'
    assert faults(laid(rows)) == [
        ("名册!A1", "cell_formula"),
        ("名册!B1", "cell_formula"),
        ("名册!A2", "cell_formula"),
        ("名册!B2", "cell_error"),
    ]
