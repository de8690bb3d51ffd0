"""A workbook over many items: its lines say which item each is, and its columns are called once."""

from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from services.workflow.application.workbooks import MEDIA
from tests.integration.http.aftermath import OFFICE, Aftermath, aftermath
from tests.integration.http.conftest import STORES
from tests.integration.http.test_clauses_of_items import OWNER, items, row, shown


@pytest.fixture(params=STORES)
def after(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Aftermath]:
    yield from aftermath(request.param, tmp_path, request)


def path(after: Aftermath, trigger: str) -> str:
    return f"/v1/cycles/{after.service.cycle}/workbook?kind=item&trigger={trigger}"


def book_of(after: Aftermath, trigger: str, person: str = OWNER) -> Any:
    answer = after.service.get(path(after, trigger), person)
    assert answer.status_code == 200, answer.text
    return load_workbook(BytesIO(answer.data))


def sent(after: Aftermath, trigger: str, change: Callable[[Any], object]) -> Any:
    book, out = book_of(after, trigger), BytesIO()
    change(book.active)
    book.save(out)
    headers = {"Content-Type": MEDIA}
    address = f"{path(after, trigger)}&dry_run=true"
    return after.service.call("POST", address, raw=out.getvalue(), person=OWNER, headers=headers)


def test_each_line_says_what_its_item_was_made_of(after: Aftermath) -> None:
    items(after, row("甲题", "2020-03-31"), row("乙题", "2020-04-30"))
    for trigger, person in (("report", OWNER), ("change_deadline", OFFICE)):
        for sheet in book_of(after, trigger, person):
            heads, *lines = sheet.iter_rows(values_only=True)
            assert heads[:4] == ("案号", "单位", "当事人", "问题")
            assert [line[3] for line in lines] == ["甲题", "乙题"]


def test_lines_and_what_they_were_made_of_that_came_apart_are_refused(after: Aftermath) -> None:
    items(after, row("甲题", "2020-03-31"), row("乙题", "2020-04-30"))

    def fill(sheet: Any, *problems: str) -> None:
        for nth, problem in enumerate(problems, 2):
            sheet.cell(nth, 4, problem)
            for head in sheet[1]:
                if head.value in ("申请延至", "理由"):
                    told = "2020-06-30" if head.value == "申请延至" else "设备未到"
                    sheet.cell(nth, head.column, told)

    wrong = sent(after, "ask_extension", lambda sheet: fill(sheet, "乙题", "甲题")).json["errors"]
    assert [(one["field"][-2:], one["code"]) for one in wrong] == [
        ("D2", "not_of_this_number"),
        ("D3", "not_of_this_number"),
    ]
    taken = sent(after, "ask_extension", lambda sheet: fill(sheet, " 甲题 ", ""))
    assert taken.status_code == 200, taken.text


def test_no_column_is_told_apart_from_one_that_is_not_there(after: Aftermath) -> None:
    items(after, row("甲题", "2020-03-31"))
    heads = [[cell.value for cell in sheet[1]] for sheet in book_of(after, "ask_extension")]
    assert any("理由" in one for one in heads)
    assert not any(str(one).endswith("2") for each in heads for one in each)


def test_what_is_somebody_else_s_to_do_is_not_offered_by_workbook(after: Aftermath) -> None:
    items(after, row("甲题", "2020-03-31"))
    offered = f"/cycles/{after.service.cycle}/workbooks"
    assert "trigger=report" in shown(after, offered, OWNER)
    office = shown(after, offered, OFFICE)
    assert "kind=item&amp;trigger=change_deadline" in office
    assert "trigger=report" not in office
