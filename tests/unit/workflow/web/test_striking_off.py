"""Who was listed by mistake is struck off: by ticks, by lines, by a workbook; and shown so."""

from io import BytesIO
from typing import Any

import pytest
from openpyxl import load_workbook
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse

from services.workflow.adapters.web.minutes import who_came
from tests.end_to_end.pages.site import Shipped, china
from tests.unit.workflow.web.test_refused_at_meetings import LIAISON, UNIT, one
from tests.unit.workflow.web.visitor import Visitor

INVITED = "先进模范和党员、群众代表"
WHY = "重复列入"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Shipped:
    made = Shipped(tmp_path_factory.mktemp("struck"), china("01-08", "08:30"))
    made.password(LIAISON)
    return made


@pytest.fixture(scope="module")
def visitor(site: Shipped) -> Visitor:
    visitor = Visitor(site).sign_in(LIAISON)
    fields = {"rosters.attendance.file": "\n".join(f"{INVITED},来宾{n}" for n in "甲乙丙丁")}
    assert sent(site, visitor, "list_attendants", **fields).status_code == 303
    return visitor


def address(site: Shipped) -> str:
    return f"/cases/{one(site, 'meeting', UNIT).id}"


def sent(site: Shipped, visitor: Visitor, trigger: str, **fields: Any) -> TestResponse:
    case = one(site, "meeting", UNIT)
    form = {"trigger": trigger, "back": "gathering", "next": case.id, "version": str(case.version)}
    path = f"/cases/{case.id}"
    return visitor.post(f"{path}/transitions", f"{path}/gathering", **form, **fields)


def row(site: Shipped, visitor: Visitor, who: str) -> int:
    book = visitor.get(f"{address(site)}/roster.xlsx").data
    lines = load_workbook(BytesIO(book)).active.iter_rows(min_row=2, values_only=True)
    return next(int(line[0]) for line in lines if line[2] == who)


def ticked(site: Shipped, visitor: Visitor, number: int, **fields: str) -> TestResponse:
    at = f"{address(site)}/roster"
    form = {"trigger": "strike_attendants", f"row.{number}": "1", **fields}
    return visitor.post(at, at, **form)


def test_a_row_that_is_ticked_is_struck_off_and_says_why_and_by_whom(
    site: Shipped, visitor: Visitor
):
    number, before = row(site, visitor, "来宾甲"), one(site, "meeting", UNIT).rosters["attendance"]
    assert ticked(site, visitor, number, struck=WHY).status_code == 303
    assert one(site, "meeting", UNIT).rosters["attendance"] == before - 1
    page = visitor.text(f"{address(site)}/roster")
    assert "<s>来宾甲</s>" in page
    assert f"已划去：{WHY}" in page
    assert f'name="row.{number}"' not in page  # nothing more can be told of it
    assert "<s>来宾甲</s>" in visitor.text(f"{address(site)}/sheet")
    assert f"划去来宾甲：{WHY}" in visitor.text(address(site))
    look = site.parts.boards.look(site.actor(LIAISON), site.parts.now())
    board = site.parts.boards.gathering(look, one(site, "meeting", UNIT).id, "whole")
    came = who_came(board)
    assert f"误列后划去，不计应到：来宾甲（{WHY}）。" in came
    assert f"应到 {before - 1} 人" in came
    assert "来宾甲" not in came.partition("缺席：")[2].partition("\n")[0]
    book = load_workbook(BytesIO(visitor.get(f"{address(site)}/roster.xlsx").data)).active
    (line,) = (one for one in book.iter_rows(values_only=True) if one[2] == "来宾甲")
    assert line[3:5] == ("已划去", WHY)


def test_without_a_reason_nobody_is_struck_off_and_the_field_says_so_once(
    site: Shipped, visitor: Visitor
):
    number = row(site, visitor, "来宾乙")
    other = {f"row.{row(site, visitor, '来宾丙')}": "1"}
    answer = ticked(site, visitor, number, **other)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert page.count('href="#struck"') == 1
    assert f'name="row.{number}" value="1" checked' in page


def test_where_no_row_is_ticked_it_is_said_so(site: Shipped, visitor: Visitor):
    at = f"{address(site)}/roster"
    answer = visitor.post(at, at, trigger="strike_attendants", struck=WHY)
    assert answer.status_code == 422
    assert "没有写明划去谁" in answer.get_data(as_text=True)


def test_a_reason_that_is_no_reason_is_told_alone(site: Shipped, visitor: Visitor):
    answer = ticked(site, visitor, row(site, visitor, "来宾乙"), struck="长" * 201)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "没有写明划去谁" not in page
    assert page.count('href="#struck"') == 1


def test_a_workbook_lists_who_can_be_struck_off_and_is_read_as_lines(
    site: Shipped, visitor: Visitor
):
    workbook = f"{address(site)}/workbook?trigger=strike_attendants"
    book = load_workbook(BytesIO(visitor.get(workbook).data))
    sheet = book.active
    told = [[cell.value for cell in line] for line in sheet.iter_rows()]
    assert told[0] == ["行号", "身份", "人员编号或来宾姓名", "划去的原因"]
    assert "来宾甲" not in [line[2] for line in told]  # struck off already
    number, at = next((line[0], n) for n, line in enumerate(told, 1) if line[2] == "来宾乙")
    sheet.cell(at, 4).value = "误列，非代表"
    book.save(out := BytesIO())
    file = {"rosters.attendance.workbook": FileStorage(BytesIO(out.getvalue()), "划去.xlsx")}
    looked = sent(site, visitor, "strike_attendants", look="1", **file)
    assert f"{number}\t误列，非代表" in looked.get_data(as_text=True)
    file = {"rosters.attendance.workbook": FileStorage(BytesIO(out.getvalue()), "划去.xlsx")}
    done = sent(site, visitor, "strike_attendants", **file)
    assert done.status_code == 303, done.get_data(as_text=True)
    assert "<s>来宾乙</s>" in visitor.text(f"{address(site)}/roster")


def test_what_is_wrong_with_a_workbook_is_told_at_its_cell(site: Shipped, visitor: Visitor):
    workbook = f"{address(site)}/workbook?trigger=strike_attendants"
    book = load_workbook(BytesIO(visitor.get(workbook).data))
    sheet = book.active
    third = next(n for n, line in enumerate(sheet.iter_rows(), 1) if line[2].value == "来宾丙")
    sheet.cell(third, 3).value, sheet.cell(third, 4).value = "来宾丁", WHY  # lines came apart
    last = sheet.max_row + 1
    for column, value in enumerate((900, None, None, WHY), 1):
        sheet.cell(last, column).value = value
    sheet.cell(2, 4).value, sheet.cell(2, 1).value = "长" * 201, None
    book.save(out := BytesIO())
    file = {"rosters.attendance.workbook": FileStorage(BytesIO(out.getvalue()), "划去.xlsx")}
    answer = sent(site, visitor, "strike_attendants", **file)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    for cell in (f"C{third}：", f"A{last}：", "D2："):
        assert f"!{cell}" in page, cell
