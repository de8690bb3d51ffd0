"""Workbooks as office suites make them, and as somebody makes them who means harm."""

import re
import zipfile
from collections.abc import Callable
from datetime import date, datetime, timedelta
from io import BytesIO
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook

from schemas.fields import Figure, Identifier, StrictInt
from services.workflow.adapters.office import workbook
from services.workflow.application.attachments import UnfitFile
from services.workflow.application.cells import given
from services.workflow.application.workbooks import Table, UnfitWorkbook, as_text, at
from services.workflow.domain.refusals import Blocker

Made = Callable[[Any], object]


def made(fill: Made) -> bytes:
    """Return a workbook of one sheet that *fill* has written on."""
    book = Workbook()
    book.active.title = "名册"
    fill(book.active)
    out = BytesIO()
    book.save(out)
    return out.getvalue()


PLAIN = made(lambda sheet: sheet.append(["身份", "姓名"]))


def packed(changes: dict[str, bytes | None], of: bytes = PLAIN) -> bytes:
    """Return a workbook with members added, changed or (None) left out."""
    out = BytesIO()
    with zipfile.ZipFile(BytesIO(of)) as old, zipfile.ZipFile(out, "w", 8) as new:
        kept = {one: old.read(one) for one in old.namelist()} | changes
        for name, content in kept.items():
            if content is not None:
                new.writestr(name, content)
    return out.getvalue()


def edited(member: str, pattern: str, by: str, of: bytes = PLAIN) -> bytes:
    with zipfile.ZipFile(BytesIO(of)) as archive:
        content = archive.read(member).decode()
    return packed({member: re.sub(pattern, by, content, count=1).encode()}, of)


OUTSIDE = '<Relationship Id="x" Target="http://a.example" TargetMode="External" Type="y"/>'
NOT_THERE = '<sheetData><row r="9"><c r="A9" t="s"><v>99</v></c></row>'
SHEET, RELS = "xl/worksheets/sheet1.xml", "xl/_rels/workbook.xml.rels"
MANY = b"".join(b'<row r="%d" s="1" customFormat="1"/>' % n for n in range(1, 1_048_577))
EMPTY_ROWS = re.sub(
    rb"<sheetData>.*</sheetData>",
    b"<sheetData>" + MANY + b"</sheetData>",
    zipfile.ZipFile(BytesIO(PLAIN)).read(SHEET),
)
NAMES = zipfile.ZipFile(BytesIO(PLAIN)).namelist()
TYPES, STRINGS = "[Content_Types].xml", "xl/sharedStrings.xml"
TYPED = '<Override PartName="/{}" ContentType="application/x.sharedStrings+xml"/></Types>'
TEXTS = packed({STRINGS: b"<sst>" + b"<si/>" * 500_000 + b"</sst>"})


def many_sheets(sheet: Any) -> None:
    for _ in range(workbook.MOST_SHEETS):
        sheet.parent.create_sheet().cell(1_048_576, 1, "x")


WIDE = "".join(f'<c t="inlineStr"><is><t>{n}</t></is></c>' for n in range(20_000))
WIDE_ROWS = "".join(f'<row r="{n}">{WIDE}</row>' for n in range(1, 25))
OLD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
QUERY = "<DataMashup xmlns='http://schemas.microsoft.com/DataMashup'/>".encode("utf-16")
CONNECTED = {"xl/connections.xml": b"<x/>", "customXml/item1.xml": QUERY}
EXTERNAL = b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>'


def two_of_one_name(sheet: Any) -> None:
    sheet.parent.create_sheet("乙").append(["x"])


BAD: dict[str, tuple[Callable[[], bytes], str]] = {
    "nothing": (lambda: b"", "workbook_kind_unknown"),
    "a page": (lambda: b"<html><table></table>", "workbook_kind_unknown"),
    "an older workbook": (lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" * 9, "workbook_kind_unknown"),
    "a zip of something": (lambda: packed({"xl/workbook.xml": None}), "workbook_kind_unknown"),
    "20,000 columns, again and again": (
        lambda: edited(SHEET, r"<sheetData>.*</sheetData>", f"<sheetData>{WIDE_ROWS}</sheetData>"),
        "workbook_too_large",
    ),
    "one under a password": (
        lambda: OLD + bytes(500) + "EncryptedPackage".encode("utf-16-le"),
        "file_encrypted",
    ),
    "a binary workbook": (
        lambda: packed({"xl/workbook.xml": None, "xl/workbook.bin": b"x"}),
        "workbook_kind_unknown",
    ),
    "one of another suite": (
        lambda: packed(dict.fromkeys(NAMES) | {"mimetype": b"x", "content.xml": b"<x/>"}),
        "workbook_kind_unknown",
    ),
    "a text": (lambda: "身份,姓名\n".encode("gb18030"), "workbook_kind_unknown"),
    "a member above the others": (lambda: packed({"xl/../../x.xml": b"<x/>"}), "file_broken"),
    "a member at the root": (lambda: packed({"/etc/passwd": b"x"}), "file_broken"),
    "two members of one name": (lambda: packed({SHEET.upper(): b"<x/>"}), "file_broken"),
    "two sheets of one name": (
        lambda: edited("xl/workbook.xml", "乙", "名册", made(two_of_one_name)),
        "file_broken",
    ),
    "entities beside its sheets": (
        lambda: packed({"customXml/item1.xml": EXTERNAL}),
        "file_broken",
    ),
    "macros told by its type alone": (
        lambda: edited(TYPES, r"spreadsheetml.sheet.main\+xml", "ms-excel.sheet.macroEnabled+xml"),
        "file_macros",
    ),
    "what asks a database": (lambda: packed(CONNECTED), "file_reaches_out"),
    "a table that is asked for": (
        lambda: packed({"xl/queryTables/queryTable1.xml": b"<x/>"}),
        "file_reaches_out",
    ),
    "an add-in": (
        lambda: packed({"xl/webextensions/webextension1.xml": b"<x/>"}),
        "file_acts",
    ),
    "half of it": (lambda: PLAIN[: len(PLAIN) // 2], "file_broken"),
    "cut off": (lambda: PLAIN[:-40], "file_broken"),
    "a member changed": (lambda: PLAIN.replace(b"PK\x01\x02", b"PK\x01\x03", 1), "file_broken"),
    "no XML": (lambda: packed({SHEET: b"\x00\x01"}), "file_broken"),
    "a string that is not there": (
        lambda: edited(SHEET, r"<sheetData>", NOT_THERE),
        "file_broken",
    ),
    "entities": (
        lambda: edited("xl/styles.xml", r"^", '<!DOCTYPE x [<!ENTITY a "b">]>'),
        "file_broken",
    ),
    "entities far down": (
        lambda: edited(SHEET, r"^", f"<!--{' ' * 2**20}--><!DOCTYPE x []>"),
        "file_broken",
    ),
    "a line that no suite has": (
        lambda: edited(SHEET, "</sheetData>", '<row r="99999999999"/></sheetData>'),
        "file_broken",
    ),
    "macros": (lambda: packed({"xl/vbaProject.bin": b"x"}), "file_macros"),
    "macros of before": (lambda: packed({"xl/macrosheets/sheet1.xml": b"<x/>"}), "file_macros"),
    "another workbook, or a program": (
        lambda: packed({"xl/externalLinks/externalLink1.xml": b"<ddeLink/>"}),
        "file_reaches_out",
    ),
    "a database": (lambda: packed({"xl/connections.xml": b"<x/>"}), "file_reaches_out"),
    "a link outside": (
        lambda: edited(RELS, "</Relationships>", f"{OUTSIDE}</Relationships>"),
        "file_reaches_out",
    ),
    "an object": (lambda: packed({"xl/embeddings/a.bin": b"x"}), "file_acts"),
    "a bomb": (lambda: packed({"xl/media/a.png": bytes(40 * 1024 * 1024)}), "workbook_too_large"),
    "a million empty rows": (lambda: packed({SHEET: EMPTY_ROWS}), "workbook_too_large"),
    "more sheets than are read": (lambda: made(many_sheets), "sheets_too_many"),
    "one sheet many times": (
        lambda: edited("xl/workbook.xml", r"(<sheet [^>]*>)", r"\1\1"),
        "file_broken",
    ),
    "lines far down in each of some sheets": (
        lambda: made(lambda sheet: [
            one.cell(1_048_576, 1, "x")
            for one in (sheet, *(sheet.parent.create_sheet() for _ in range(2)))
        ]),
        "workbook_too_large",
    ),
    "looks without end": (
        lambda: edited("xl/styles.xml", r"<cellXfs[^>]*>", "<cellXfs>" + "<xf/>" * 50_000),
        "workbook_overladen",
    ),
    "texts without end": (
        lambda: edited(TYPES, "</Types>", TYPED.format(STRINGS), TEXTS),
        "workbook_overladen",
    ),
    "texts that lie as a sheet": (
        lambda: edited(TYPES, "</Types>", TYPED.format(SHEET)),
        "file_broken",
    ),
    "cells far out": (
        lambda: made(lambda sheet: [sheet.cell(row, 16_384, 1) for row in range(1, 40)]),
        "workbook_too_large",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_workbook_or_does_not_come_alone_is_refused(name: str):
    make, code = BAD[name]
    with pytest.raises(UnfitFile) as refused:
        workbook.read(make())
    assert [one.code for one in refused.value.blockers] == [code]


def test_too_many_cells_are_told_before_any_of_them_is_read(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delattr(workbook, "load_workbook")
    with pytest.raises(UnfitFile, match="workbook_too_large"):
        workbook.read(BAD["20,000 columns, again and again"][0]())


def test_more_lines_than_are_read_are_refused(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(workbook, "MOST_LINES", 2)
    with pytest.raises(UnfitFile, match="sheet_too_long"):
        workbook.read(workbook.write([Table(name="a", headings=["b"], lines=[["c"], ["d"]])]))


PICTURES = {"xl/media/image1.png": b"\x89PNG\r\n\x1a\n", "xl/media/image1.emf": b"\x01\0\0\0"}


def test_what_only_stands_beside_the_sheets_is_not_read():
    beside = PICTURES | {"customXml/item1.xml": b"<a/>", "xl/threadedComments/t1.xml": b"<a/>"}
    assert workbook.read(packed(beside)) == workbook.read(PLAIN)


def test_an_address_that_was_typed_is_a_link_that_somebody_clicks():
    def fill(sheet: Any) -> None:
        sheet.append(["a@b.cn", "http://a.cn"])
        sheet["A1"].hyperlink, sheet["B1"].hyperlink = "mailto:a@b.cn", "http://a.cn/?b=1&c=2"

    content = made(fill)
    assert [*workbook.read(content).sheets[0].lines] == [(1, ("a@b.cn", "http://a.cn"))]
    with pytest.raises(UnfitFile, match="file_reaches_out"):
        workbook.read(edited("xl/worksheets/_rels/sheet1.xml.rels", "mailto:", "file:", content))


def test_a_row_far_down_costs_nothing():
    assert workbook.read(made(lambda sheet: sheet.cell(1_048_576, 1, "x"))).sheets[0].lines[
        0
    ].number == (1_048_576)


def test_what_only_looks_like_merged_cells_is_looked_through_once():
    aside = f"<!--{'<mergeCell ' * 100_000}--><sheetData>"
    assert len(workbook.read(edited(SHEET, "<sheetData>", aside)).sheets[0].lines) == 1


def faults(content: bytes) -> list[tuple[str, str]]:
    with pytest.raises(UnfitWorkbook) as refused, workbook.read(content).whole():
        pass
    return [(one.field, one.code) for one in refused.value.blockers]


def test_every_cell_that_is_no_value_is_told_at_once_by_its_place():
    def fill(sheet: Any) -> None:
        sheet["A1"], sheet["C2"], sheet["AA3"] = "=1+1", "=cmd|'/c calc'!A0", "#N/A"
        sheet["B4"] = timedelta(hours=30)
        sheet.merge_cells("A6:B7")

    assert faults(made(fill)) == [
        ("名册!A1", "cell_formula"),
        ("名册!C2", "cell_formula"),
        ("名册!AA3", "cell_error"),
        ("名册!B4", "cell_duration"),
        ("名册!A6", "cell_merged"),
    ]


def test_what_a_reader_says_stands_between_them_and_of_the_same_cells_is_left_out():
    def fill(sheet: Any) -> None:
        sheet["B2"] = "=1+1"
        sheet.merge_cells("A6:B7")

    told = ["名册!B3", "名册!B7", "名册!C6", "名册!B2", "名册!A2", ""]
    book = workbook.read(made(fill))
    assert book.sheets[0].lines == []
    with pytest.raises(UnfitWorkbook) as refused, book.whole():
        raise UnfitWorkbook(Blocker(code="sheet_lacking", field=one) for one in told)
    places = [one.field for one in refused.value.blockers]
    assert places == ["", "名册!A2", "名册!B2", "名册!B3", "名册!A6", "名册!C6"]


def test_of_faults_without_end_a_screenful_is_told_and_no_more_is_read(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(workbook, "MOST_LINES", 250)
    told = faults(made(lambda sheet: [sheet.append(["=1"]) for _ in range(300)]))
    assert told[199:] == [("名册!A200", "cell_formula"), ("", "more_faults")]


@pytest.mark.parametrize("state", ["hidden", "veryHidden"])
def test_a_hidden_sheet_is_refused(state: str):
    def fill(sheet: Any) -> None:
        sheet.parent.create_sheet("底稿").sheet_state = state

    assert faults(made(fill)) == [("底稿!A1", "sheet_hidden")]


def test_values_come_by_their_type_and_lines_by_their_number():
    def fill(sheet: Any) -> None:
        sheet["A2"], sheet["B2"], sheet["C2"] = "  甲\u3000", 12.5, True
        sheet["A5"], sheet["B5"] = date(2020, 1, 9), 7

    (sheet,) = workbook.read(made(fill)).sheets
    assert [*sheet.lines] == [
        (2, ("甲", 12.5, True)),
        (5, (datetime(2020, 1, 9), 7)),  # noqa: DTZ001 - workbooks have no zones
    ]
    assert [as_text(one) for one in (12.0, 12.5, date(2020, 1, 9), None)] == [
        "12", "12.5", "2020-01-09", "",
    ]  # fmt: skip


BEGINS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "＝1", "=cmd|'/c calc'!A0", "_x0041_", "'a", ""]


@pytest.mark.parametrize(
    ("number", "shape", "text"),
    [
        (12, "0000", "0012"),
        (12345, "0000", "12345"),
        (12, "0000;-0000", "0012"),
        (12, "0000_ ", "0012"),
        (0, "000", "000"),
        (12, "0", "12"),
        (12, "General", "12"),
        (12, "0.00", "12"),
        (-12, "0000", "-12"),
    ],
)
def test_a_number_that_is_shown_with_zeros_is_an_id_with_them_and_counts_as_the_number(
    number: int, shape: str, text: str
):
    def fill(sheet: Any) -> None:
        sheet.append([number])
        sheet["A1"].number_format = shape

    ((line,),) = (sheet.lines for sheet in workbook.read(made(fill)).sheets)
    (value,) = line.cells
    assert as_text(value) == text
    assert given(Identifier(), value) == text
    assert (given(StrictInt(), value), type(given(StrictInt(), value))) == (number, int)
    assert given(Figure(), value) == str(number)


def test_a_text_is_a_text_whatever_it_begins_with():
    lines = [[one] for one in BEGINS]
    content = workbook.write([Table(name="a/b:c", headings=["=h"], lines=lines)])
    cells = [row[0] for row in load_workbook(BytesIO(content)).active.iter_rows()]
    assert {cell.data_type for cell in cells} <= {
        "s",
        "inlineStr",
        "n",
    }  # an empty text is an empty cell
    assert [cell.value for cell in cells][1:6] == BEGINS[:5]
    (sheet,) = workbook.read(content).sheets
    assert [line.cells[0] for line in sheet.lines] == ["=h", *(one.strip() for one in BEGINS[:-1])]


@pytest.mark.parametrize(("column", "letters"), [(0, "A"), (25, "Z"), (26, "AA"), (16_383, "XFD")])
def test_columns_are_called_as_office_suites_call_them(column: int, letters: str):
    assert at("s", 3, column) == f"s!{letters}3"
