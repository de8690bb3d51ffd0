"""What a list says as an answer its workbook says too, value by value, and a text stays a text."""

from datetime import date
from io import BytesIO
from typing import Any

from openpyxl import load_workbook

from tests.integration.http.administrators import BOOK, PEOPLE, brought, sheet_with
from tests.integration.http.service import Service

BEGINS = "=+-@"  # what an office suite would take for a formula


def renamed(book: Any) -> None:
    """Call each unit and each person by their id, behind the beginning of a formula."""
    for sheet, column in ((book["单位"], 3), (book["人员"], 2)):
        for row in range(2, sheet.max_row + 1):
            cell = sheet.cell(row, column)
            cell.value, cell.data_type = called(sheet.cell(row, 1).value), "s"


def called(id_: str) -> str:
    return f"{BEGINS[len(id_) % len(BEGINS)]}cmd|'/C calc'!{id_}"


def test_cases_are_told_in_a_workbook_as_in_the_answer(service: Service):
    done = brought(service, sheet_with(service, renamed))
    assert (done.status_code, done.json["changed"]) == (200, True), done.text
    items = service.get("/v1/cases?limit=200", "c.off").json["items"]
    sheet = load_workbook(BytesIO(service.get("/v1/cases.xlsx", "c.off").data)).active
    first, *rows = sheet.iter_rows()
    at = {cell.value: index for index, cell in enumerate(first)}
    assert len(rows) == len(items) > 5
    for row, item in zip(rows, items, strict=True):
        told = {heading: row[index].value for heading, index in at.items()}
        assert told["案号"] == item["number"]
        assert told["单位"] == called(item["unit"])
        assert told["当事人"] == (called(item["person"]) if item["person"] else None)
        due = None if told["截止日"] is None else told["截止日"].date()
        assert due == (date.fromisoformat(item["due_on"]) if item["due_on"] else None)
        assert all(cell.data_type != "f" for cell in row)


def test_the_organisation_comes_back_as_it_was_taken_whatever_names_begin_with(service: Service):
    brought(service, sheet_with(service, renamed))
    again = service.get(BOOK, PEOPLE).data
    sheets = load_workbook(BytesIO(again))
    cells = [cell for sheet in sheets for row in sheet.iter_rows() for cell in row]
    assert sum(str(cell.value)[:1] in BEGINS for cell in cells if cell.value) > 20
    assert all(cell.data_type != "f" for cell in cells)
    told = brought(service, again, "?dry_run=true")
    assert (told.status_code, told.json["changed"]) == (200, False), told.text
