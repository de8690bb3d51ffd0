"""A roster read from a workbook on the page of its meeting: looked at first, then taken whole."""

import re
from io import BytesIO

import pytest
from openpyxl import Workbook, load_workbook
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse

from tests.end_to_end.pages.site import Shipped, china
from tests.unit.workflow.web.test_refused_at_meetings import LIAISON, UNIT, one
from tests.unit.workflow.web.visitor import Visitor

FIELD = "rosters.attendance.workbook"
INVITED = "先进模范和党员、群众代表"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Shipped:
    made = Shipped(tmp_path_factory.mktemp("sheet"), china("01-08", "08:30"))
    made.password(LIAISON)
    return made


def sent(site: Shipped, *rows: list[str], content: bytes = b"", **form: str) -> TestResponse:
    if not content:
        book = Workbook()
        book.active.title = "名册"
        for row in rows:
            book.active.append(row)
        book.save(out := BytesIO())
        content = out.getvalue()
    meeting = one(site, "meeting", UNIT)
    path = f"/cases/{meeting.id}"
    fields = {"trigger": "list_attendants", "back": "gathering", "next": meeting.id, **form}
    file = FileStorage(BytesIO(content), "名册.xlsx")
    visitor = Visitor(site).sign_in(LIAISON)
    return visitor.post(
        f"{path}/transitions",
        f"{path}/gathering",
        version=str(meeting.version),
        **fields,
        **{FIELD: file},
    )


def test_looked_at_it_stands_in_the_form_and_nothing_is_done(site: Shipped):
    before = one(site, "meeting", UNIT).version
    answer = sent(site, ["身份", "姓名"], [INVITED, "来宾甲"], look="1")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert f"{INVITED}\t来宾甲" in page
    assert "已读入，尚未办理" in page
    assert one(site, "meeting", UNIT).version == before


def test_looked_at_it_is_said_who_is_new_and_who_stands_there_already(site: Shipped):
    sent(site, [INVITED, "来宾寅"])
    name = site.parts.directory.names(["p-0040"])["p-0040"]
    page = sent(site, [INVITED, "来宾 寅"], [INVITED, "来宾卯"], [INVITED, "p-0040"], look="1")
    text = re.sub(r"\s+", " ", page.get_data(as_text=True))
    assert (
        f'新列入到会名册 2 人</b></p><ul class="small"><li>{INVITED}：来宾卯、{name}</li>' in text
    )
    assert (
        f'已在到会名册上 1 人，仍是一人一行</b></p><ul class="small"><li>{INVITED}：来宾寅' in text
    )


def test_a_guest_who_is_on_the_roster_already_is_told_with_the_name_and_the_capacity(site: Shipped):
    sent(site, [INVITED, "p-0035"])
    name = site.parts.directory.names(["p-0035"])["p-0035"]
    answer = sent(site, [INVITED, " ".join(name)], look="1")
    assert answer.status_code == 422
    text = answer.get_data(as_text=True)
    assert f"名册!B1：文件第1行的来宾与名册上的{name}（" in text


def test_every_fault_stands_at_the_file_with_its_cell(site: Shipped):
    answer = sent(site, ["嘉宾", "来宾甲"], [INVITED, "nobody.c.h1"])
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    for told in ("名册!A1：", "名册!B2：", f'href="#list_attendants-{FIELD}"'):
        assert told in page


def test_what_is_no_workbook_is_said_at_the_file(site: Shipped):
    answer = sent(site, content=b"<html>")
    assert answer.status_code == 422
    assert "不是 xlsx 工作簿" in answer.get_data(as_text=True)


def test_handed_in_it_is_taken_whole(site: Shipped):
    assert sent(site, [INVITED, "来宾甲"], [INVITED, "来宾乙"]).status_code == 303
    meeting = one(site, "meeting", UNIT)
    assert meeting.rosters["attendance"] >= 2


def test_the_workbook_to_fill_in_lists_the_capacities(site: Shipped):
    meeting = one(site, "meeting", UNIT)
    answer = (
        Visitor(site).sign_in(LIAISON).get(f"/cases/{meeting.id}/workbook?trigger=list_attendants")
    )
    sheet = load_workbook(BytesIO(answer.data)).active
    assert [cell.value for cell in sheet[1]] == ["身份", "人员编号或来宾姓名"]
    assert INVITED in sheet.data_validations.dataValidation[0].formula1


def test_the_words_that_a_page_in_english_asks_for_are_taken(site: Shipped):
    visitor, meeting = Visitor(site).sign_in(LIAISON), one(site, "meeting", UNIT)
    page = f"/cases/{meeting.id}/gathering"
    visitor.post("/language", "/cases", language="en", next="/cases")
    (told,) = re.findall(r"capacities: ([^<]*)", visitor.text(page))
    names = re.findall(r"(\w+) \(", told)
    fields = {"trigger": "list_attendants", "back": "gathering", "next": meeting.id}
    answer = visitor.post(
        f"/cases/{meeting.id}/transitions",
        page,
        **fields,
        **{"rosters.attendance.file": f"{names[-1]},来宾丁"},
    )
    assert answer.status_code == 303, answer.get_data(as_text=True)
