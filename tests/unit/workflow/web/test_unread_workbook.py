"""A workbook on a page passes no text that was not opened, however its lines are filled in."""

from io import BytesIO

import pytest
from openpyxl import load_workbook
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse

from services.workflow.application.reading_ports import ListQuery
from tests.end_to_end.pages.whole import AUDITOR, Whole
from tests.unit.workflow.web.visitor import Visitor

NOT_OPENED = "还没有打开过所要通过的文件"


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Whole:
    return Whole(tmp_path_factory.mktemp("unread"))


def brought(whole: Whole, auditor: Visitor) -> tuple[TestResponse, list[str]]:
    """Bring the workbook of all that wait for an audit, all met; return the answer and whose."""
    page = f"/cycles/{whole.cycle}/workbook?kind=review&trigger=pass_unit_audit"
    book = load_workbook(BytesIO(auditor.get(page.replace("book?", "book.xlsx?")).get_data()))
    first, *rows = book.active.iter_rows()
    for row in rows:
        for head, cell in zip(first, row, strict=True):
            if "评定" in str(head.value):
                cell.value = "符合"
    book.save(out := BytesIO())
    file = FileStorage(BytesIO(out.getvalue()), "通过.xlsx")
    return auditor.post(page, page, workbook=file), [row[0].value for row in rows]


def test_those_whose_text_was_not_opened_are_named_and_none_is_passed(whole: Whole):
    auditor = Visitor(whole).sign_in(AUDITOR)
    answer, numbers = brought(whole, auditor)
    text = answer.get_data(as_text=True)
    assert (answer.status_code, text.count(NOT_OPENED)) == (422, len(numbers)), text
    assert all(f"A{row}：{NOT_OPENED}" in text for row, _ in enumerate(numbers, 2))
    page = whole.parts.database.reads.list_cases(ListQuery(cycle=whole.cycle, limit=200))
    for one in page.cases:
        if one.number in numbers[1:]:
            auditor.get(f"/cases/{one.id}/reading")
    answer, _ = brought(whole, auditor)
    assert answer.get_data(as_text=True).count(NOT_OPENED) == 1
    for one in page.cases:
        if one.number == numbers[0]:
            auditor.get(f"/cases/{one.id}/reading")
    answer, again = brought(whole, auditor)
    assert (answer.status_code, again) == (200, numbers)
    assert f"{len(numbers)} 件，都能办理" in answer.get_data(as_text=True)
