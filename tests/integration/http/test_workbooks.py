"""Workbooks over HTTP: the one to fill in, what one says, and every fault at its cell."""

import json
from collections.abc import Iterator
from datetime import datetime
from io import BytesIO
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook
from werkzeug.test import TestResponse

from services.workflow.application.workbooks import MEDIA, WORKBOOK_BYTES
from tests.integration.http.service import Service
from tests.integration.http.test_bad_input import require_problem
from tests.integration.http.test_polls import HOST, as_shipped

JSON = {"Content-Type": "application/json"}
INVITED = "先进模范和党员、群众代表"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    yield from as_shipped(tmp_path_factory.mktemp("workbooks"))


@pytest.fixture(scope="module")
def meeting(service: Service) -> str:
    items = service.get("/v1/cases?kind=meeting", HOST).json["items"]
    return next(f"/v1/cases/{one['id']}" for one in items if "commission" in one["number"])


def sheet(*rows: list[Any], title: str = "名册") -> bytes:
    book = Workbook()
    book.active.title = title
    for row in rows:
        book.active.append(row)
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def read(service: Service, meeting: str, content: bytes, **others: Any) -> TestResponse:
    path = f"{meeting}/workbook?trigger={others.pop('trigger', 'list_attendants')}"
    headers = {"Content-Type": MEDIA}
    person = others.pop("person", HOST)
    return service.call("POST", path, raw=content, person=person, headers=headers)


def filled(template: bytes, *rows: list[Any]) -> bytes:
    """Return a workbook as somebody fills it in who took it from us."""
    book = load_workbook(BytesIO(template))
    for row in rows:
        book.active.append(row)
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def test_the_template_filled_in_is_read_and_what_it_says_is_taken_whole(
    service: Service, meeting: str
):
    template = service.get(f"{meeting}/workbook?trigger=list_attendants", HOST)
    assert template.content_type == MEDIA
    content = filled(template.data, [INVITED, "来宾甲"], [INVITED, "c.sec"])
    told = read(service, meeting, content)
    assert (told.status_code, told.json["n_lines"]) == (200, 2)
    n_before = service.n_events()
    body = {"trigger": "list_attendants", "data": told.json["data"]}
    done = service.call("POST", f"{meeting}/transitions", body, person=HOST)
    assert done.status_code == 201, done.text
    assert service.n_events() == n_before + 1


def test_who_is_listed_by_mistake_is_struck_off_by_a_workbook_and_by_row(
    service: Service, meeting: str
):
    def done(trigger: str, data: dict[str, Any]) -> TestResponse:
        body = {"trigger": trigger, "data": data}
        return service.call("POST", f"{meeting}/transitions", body, person=HOST)

    lines = f"{INVITED},来宾甲\n{INVITED},来宾乙"
    assert done("list_attendants", {"rosters": {"attendance": {"file": lines}}}).status_code == 201
    template = service.get(f"{meeting}/workbook?trigger=strike_attendants", HOST)
    book = load_workbook(BytesIO(template.data))
    (first, row), (_, other) = (
        (n, line[0].value)
        for n, line in enumerate(book.active.iter_rows(), 1)
        if str(line[2].value).startswith("来宾")
    )
    book.active.cell(first, 4).value = "重复列入"
    book.save(out := BytesIO())
    told = read(service, meeting, out.getvalue(), trigger="strike_attendants")
    assert (told.status_code, told.json["n_lines"]) == (200, 1)
    struck = [{"row": row, "reason": "重复列入"}]
    assert told.json["data"] == {"rosters": {"attendance": {"struck": struck}}}
    assert done("strike_attendants", told.json["data"]).status_code == 201
    again = done("strike_attendants", told.json["data"])
    require_problem(again, 422)
    assert [one["code"] for one in again.json["errors"]] == ["row_struck"]
    both = {"rosters": {"attendance": {"struck": [{"row": other, "reason": "误列"}]}}}
    assert done("strike_attendants", both).status_code == 201
    nobody = read(service, meeting, template.data, trigger="strike_attendants")
    require_problem(nobody, 422)
    assert "strikes_nobody" in [one["code"] for one in nobody.json["errors"]]


def test_every_fault_is_told_at_its_cell_and_nothing_is_done(service: Service, meeting: str):
    n_before = service.n_events()
    content = sheet(
        ["姓名", "身份"], ["来宾甲", "嘉宾"], [], ["nobody.c.h1", INVITED], ["来宾乙"],
        ["来宾丙", INVITED], ["来宾丙", INVITED], ["=A2", INVITED], [None, INVITED],
        ["长" * 41, INVITED],
    )  # fmt: skip
    answer = read(service, meeting, content)
    require_problem(answer, 422)
    assert [(one["field"], one["code"]) for one in answer.json["errors"]] == [
        ("名册!B2", "roster_line_capacity"),
        ("名册!A4", "roster_line_unknown"),
        ("名册!B5", "roster_line_capacity"),
        ("名册!A7", "roster_line_repeated"),
        ("名册!A8", "cell_formula"),
        ("名册!A9", "roster_line_nameless"),
        ("名册!A10", "roster_line_name_long"),
    ]
    assert service.n_events() == n_before


def test_a_guest_who_bears_the_name_of_somebody_on_the_roster_is_to_be_told_apart(
    service: Service, meeting: str
):
    of_post = service.parts.directory.names(["c.sec"])["c.sec"]
    aligned = f"{of_post[0]} {of_post[1:]}"
    content = sheet(["姓名", "身份"], [f"{of_post}（一院）", INVITED], ["c.sec", INVITED])
    told = read(service, meeting, content)
    assert told.status_code == 200, told.text
    content = sheet(["姓名", "身份"], ["来宾丁", INVITED], [aligned, INVITED], ["c.sec", INVITED])
    (wrong,) = read(service, meeting, content).json["errors"]
    assert (wrong["field"], wrong["code"]) == ("名册!A3", "roster_line_namesake")
    assert "在姓名后注明单位" in wrong["accepted"]
    rows = [{"capacity": "invited", "guest": aligned}, {"capacity": "invited", "person": "c.sec"}]
    for given, field, code in (
        ({"rows": rows}, "rows[0].guest", "guest_is_namesake"),
        ({"file": f"invited,c.sec\ninvited,{aligned}"}, "file", "roster_line_namesake"),
    ):
        answer = rehearsed(service, meeting, given)
        (wrong,) = answer.json["errors"]
        told = (answer.status_code, wrong["field"], wrong["code"])
        assert told == (422, f"data.rosters.attendance.{field}", code)


def test_a_rehearsal_says_who_is_new_on_the_roster_and_who_was_there(
    service: Service, meeting: str
):
    body = {
        "trigger": "list_attendants",
        "data": {"rosters": {"attendance": {"file": "invited,来宾戊"}}},
    }
    done = service.call("POST", f"{meeting}/transitions", body, person=HOST)
    assert done.status_code == 201, done.text
    assert "rosters" not in done.json
    answer = rehearsed(service, meeting, {"file": "invited,来宾 戊\ninvited,来宾己"})
    assert answer.status_code == 200, answer.text
    assert answer.json["rosters"] == {
        "attendance": {
            "new": [{"capacity": "invited", "guest": "来宾己"}],
            "there": [{"capacity": "invited", "guest": "来宾戊"}],
        }
    }


def rehearsed(service: Service, meeting: str, given: dict[str, Any]) -> TestResponse:
    data = {"rosters": {"attendance": given}}
    body = {"trigger": "list_attendants", "data": data, "dry_run": True}
    return service.call("POST", f"{meeting}/transitions", body, person=HOST)


@pytest.mark.parametrize(
    ("first", "wrong"),
    [
        (["身份", "姓名", "备注"], ("C1", "heading_unknown")),
        (["身份", "姓名", "姓名"], ("C1", "heading_repeated")),
        (["身份"], ("B1", "heading_lacking")),
    ],
)
def test_a_wrong_heading_of_a_roster_is_told_once_at_its_cell(
    service: Service, meeting: str, first: list[Any], wrong: tuple[str, str]
):
    answer = read(service, meeting, sheet(first, [INVITED, "来宾甲", "晚到"]))
    told = [(one["field"].partition("!")[2], one["code"]) for one in answer.json["errors"]]
    assert told == [wrong]


def test_rows_of_a_document_are_held_to_the_shape_of_the_data(service: Service, meeting: str):
    template = service.get(f"{meeting}/workbook?trigger=hear", HOST).data
    (title,) = load_workbook(BytesIO(template)).sheetnames
    content = filled(template, [12, "述职"], ["review/x", None])
    answer = read(service, meeting, content, trigger="hear")
    assert [(one["field"], one["code"]) for one in answer.json["errors"]] == [
        (f"{title}!A2", "number_unknown"),
        (f"{title}!A3", "number_unknown"),
    ]


def test_a_roster_that_is_read_is_taken_however_it_is_spelled_and_one_too_long_says_where(
    service: Service, meeting: str
):
    guests = [[INVITED, f"来宾{one}"] for one in range(2_001)]
    (told,) = read(service, meeting, sheet(["身份", "姓名"], *guests)).json["errors"]
    cell = told["field"].partition("!")[2]
    most = int(cell[1:]) - 2  # the heading, and the line itself
    assert (told["code"], cell[0]) == ("lines_too_many", "A")
    assert f"至多 {most} 行" in told["reason"]
    found = read(service, meeting, sheet(["身份", "姓名"], *guests[:most])).json
    assert found["n_lines"] == most
    body = {"trigger": "list_attendants", "dry_run": True, "reason": "长" * 2_000}
    escaped = json.dumps(body | {"data": found["data"]}).encode()  # every letter by its number
    path = f"{meeting}/transitions"
    done = service.call("POST", path, raw=escaped, person=HOST, headers=JSON)
    assert done.status_code == 200, done.text


@pytest.mark.parametrize(
    ("more", "status"),
    [({"person": "c-h1.sec"}, 404), ({"trigger": "nothing"}, 422), ({"trigger": "schedule"}, 422)],
)
def test_a_workbook_is_read_for_who_may_do_what_it_is_for(
    service: Service, meeting: str, more: dict[str, str], status: int
):
    require_problem(read(service, meeting, sheet(["a"]), **more), status)


def test_what_is_too_large_is_refused_before_it_is_read(service: Service, meeting: str):
    require_problem(read(service, meeting, b"PK" * WORKBOOK_BYTES), 413)


def numbers(answer: TestResponse) -> list[Any]:
    (_, *rows) = load_workbook(BytesIO(answer.data)).active.iter_rows(values_only=True)
    return [row[0] for row in rows]


@pytest.mark.parametrize("query", ["", "?kind=review&sort=-due_at", "?state=drafting&tier=C"])
@pytest.mark.parametrize("person", [HOST, "c-h1.sec", None])
def test_a_list_is_taken_whole_with_the_filters_and_the_sight_of_the_answer(
    service: Service, query: str, person: str | None, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("services.workflow.adapters.http.cases.AT_ONCE", 3)  # several pages
    listed = service.get(f"/v1/cases{query}", person).json
    assert listed["next"] is None
    told = service.get(f"/v1/cases.xlsx{query}", person)
    assert (told.status_code, told.content_type) == (200, MEDIA)
    assert numbers(told) == [one["number"] for one in listed["items"]]


def test_a_list_that_is_cut_says_so_in_its_last_line(
    service: Service, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("services.workflow.adapters.http.cases.AT_ONCE", 1)
    monkeypatch.setattr("services.workflow.application.exports.MOST_LINES", 2)
    total = service.get("/v1/cases", HOST).json["total"]
    *rows, last = numbers(service.get("/v1/cases.xlsx", HOST))
    assert len(rows) == 2
    assert last.startswith(f"共 {total} 件，以上只是前 2 件")


def test_a_list_by_words_that_nothing_has_is_refused_as_a_workbook_too(service: Service):
    require_problem(service.get("/v1/cases.xlsx?state=nowhere", HOST), 400)


def test_a_line_says_what_a_case_is_called_and_on_whose_desk_it_lies_until_when(service: Service):
    """Of a tier as the tier calls it, with a person by their name and an office by its unit."""
    content = service.get("/v1/cases.xlsx", HOST).data
    (_, *rows) = load_workbook(BytesIO(content)).active.iter_rows(values_only=True)
    lines = {row[0]: row[1:] for row in rows}
    opened, organ = datetime.fromisoformat("2020-01-08"), "示例委直属机关党委"
    days = (opened, datetime.fromisoformat("2020-01-14"), None, 4, None)
    tier = "委直属机关党委书记"
    assert lines["2019-A-0001"] == (tier, organ, "演示010", "起草", "演示010", *days)
    days = (opened, datetime.fromisoformat("2020-01-17"), None, 7, None)
    desk = f"{organ}办公室"
    assert lines["2019-commission-0001"] == ("委述评会议", organ, None, "待定会期", desk, *days)


def test_in_a_list_a_case_of_a_kind_without_tiers_is_called_by_its_kind(service: Service):
    cycle = service.get("/v1/cases?limit=1", HOST).json["items"][0]["cycle"]
    body = {"kind": "draw", "cycle": cycle, "unit": "c"}
    opened = service.call("POST", "/v1/cases", body, person=HOST)
    assert opened.status_code == 201, opened.text
    content = service.get("/v1/cases.xlsx?kind=draw", HOST).data
    (_, (_, label, *_)) = load_workbook(BytesIO(content)).active.iter_rows(values_only=True)
    assert label == "现场述职抽签"


def test_who_may_see_no_names_takes_ids(service: Service):
    token = service.parts.accounts.create_token("reader", frozenset({"read"}), "w")
    people = {one["person"] for one in service.get("/v1/reviews?limit=200").json["items"]}
    for reader, same in ((token, True), (None, False)):
        content = service.get("/v1/reviews.xlsx", token=reader).data
        (_, *rows) = load_workbook(BytesIO(content)).active.iter_rows(values_only=True)
        assert ({row[3] for row in rows} == people) is same


def test_an_id_in_letters_of_full_width_is_the_person_and_no_guest(service: Service, meeting: str):
    content = sheet(["身份", "姓名"], [INVITED, "ｃ．ｓｅｃ"])
    told = read(service, meeting, content)
    assert told.status_code == 200, told.text
    ((roster, listed),) = told.json["data"]["rosters"].items()
    assert listed["file"].split("\t")[1].strip() == "c.sec"
    answer = read(service, meeting, sheet(["身份", "姓名"], [INVITED, "ｎｏ．ｂｏｄｙ"]))
    assert [one["code"] for one in answer.json["errors"]] == ["roster_line_unknown"]
    body = {"trigger": "list_attendants", "dry_run": True}
    body["data"] = {"rosters": {roster: {"file": f"{INVITED}\tｎｏ．ｂｏｄｙ\n"}}}
    refused = service.call("POST", f"{meeting}/transitions", body, person=HOST)
    assert "roster_line_unknown" in refused.text


def test_a_guest_on_the_roster_whose_name_somebody_bears_who_comes_is_told_beforehand(
    service: Service, meeting: str
):
    other = "w.mem"  # of no post there
    name = service.parts.directory.names([other])[other]
    rows = [{"capacity": "invited", "guest": f"{name[0]} {name[1:]}"}]
    body = {"trigger": "list_attendants", "data": {"rosters": {"attendance": {"rows": rows}}}}
    done = service.call("POST", f"{meeting}/transitions", body, person=HOST)
    assert done.status_code == 201, done.text
    answer = rehearsed(service, meeting, {"file": f"invited,{other}"})
    assert answer.status_code == 200, answer.text
    (warned,) = (one for one in answer.json["warnings"] if one["code"] == "roster_guest_before")
    assert warned["reason"].startswith(other)
