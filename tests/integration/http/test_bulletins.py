"""Feedback and bulletins, C5.3 and C7, over HTTP: acknowledged, and read by their range alone."""

import re
from collections.abc import Iterator
from datetime import timedelta
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from docx import Document

from services.workflow.adapters.files import scheme_file
from services.workflow.adapters.http import cursors
from tests.integration.http.aftermath import (
    AVERAGE,
    GOOD,
    OFFICE,
    SECRETARY,
    Aftermath,
    aftermath,
    figures,
)
from tests.integration.http.conftest import STORES
from tests.integration.http.forms import Browser
from tests.integration.http.service import SCHEME
from tests.integration.http.test_meetings import texts
from tests.unit.workflow.case.played import NOTICE, heard_at_any_time

PASSWORD = "correct horse 8 battery"


@pytest.fixture(params=STORES)
def after(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Aftermath]:
    yield from aftermath(request.param, tmp_path, request)


def fed_back(after: Aftermath, unit: str, figure: str) -> dict[str, Any]:
    review = after.scored(unit, figure)
    after.decided(review)
    told = texts("feedback", "findings", "demands")
    after.done(review, "give_feedback", OFFICE, data=told)
    return review


def published(after: Aftermath, kind: str, name: str, to: str) -> dict[str, Any]:
    body = {"kind": kind, "cycle": after.service.cycle, "unit": "c"}
    opened = after.service.call("POST", "/v1/cases", body, person=OFFICE)
    assert opened.status_code == 201, opened.text
    case: dict[str, Any] = opened.json["case"]
    after.done(case, "circulate", OFFICE, data={"bulletins": {name: {"range": to}}})
    return case


def read(after: Aftermath, case: dict[str, Any], by: str) -> Any:
    return after.service.get(f"/v1/bulletins/{case['id']}", by)


def test_among_tasks_what_leads_forward_comes_before_what_leads_back(after: Aftermath) -> None:
    review = after.scored("c-b1", GOOD)
    after.decided(review)
    after.service.parts.accounts.accept_invitation(
        after.service.parts.accounts.invite(OFFICE), PASSWORD
    )
    tasks = Browser(after.service.app).sign_in(OFFICE, PASSWORD).open("/tasks").text
    line = next(each for each in tasks.split("<tr>") if review["number"] in each)
    assert re.findall(r'class="btn small( main)?" href="[^"]+#act-(\w+)"', line) == [
        (" main", "give_feedback"),
        ("", "redo"),
    ]


def test_c5_3_feedback_lies_with_whom_it_is_about_until_they_acknowledge_it(
    after: Aftermath,
) -> None:
    review = fed_back(after, "c-b1", GOOD)
    assert after.now(review)["holder"]["person"] == "c-b1.sec"
    assert after.codes(review, "acknowledge", OFFICE) == ["no_post"]
    told = after.done(review, "acknowledge", "c-b1.sec")
    assert after.now(review)["state"] == "acknowledged"
    assert told["effective_at"].startswith("2020-01-08T")


def test_c5_3_feedback_comes_after_both_bodies_and_holds_what_was_found(after: Aftermath) -> None:
    review = fed_back(after, "c-b1", AVERAGE)
    items = after.service.get(f"/v1/cases/{review['id']}/events", "c-b1.sec").json["items"]
    fired = [one["event"]["data"].get("trigger") for one in items]
    assert fired[-3:] == ["give_opinion", "approve_opinion", "give_feedback"]
    assert "写明的内容" in items[-1]["texts"].values()


def test_c5_3_a_bulletin_shows_its_range_what_that_may_see(after: Aftermath) -> None:
    fed_back(after, "c-b1", AVERAGE)
    to_all = published(after, "bulletin", "results", "everybody_below")
    content = read(after, to_all, "c-h1-a.sec").json["content"]
    assert content["rows"] == [
        {"unit": "c-b1", "person": "c-b1.sec", "grade": {"person": "average"}, "listed": []}
    ]
    assert content["grades"] == {"person": {"average": 1}}
    above = published(after, "bulletin", "results", "superior")
    told = read(after, above, "w.sec").json["content"]["rows"]
    assert told == [{"unit": "c-b1", "grade": {"person": "average"}, "figure": {"person": AVERAGE}}]


def test_c5_3_a_bulletin_is_absent_for_who_is_not_in_its_range(after: Aftermath) -> None:
    fed_back(after, "c-b1", GOOD)
    case = published(after, "bulletin", "results", "committee")
    assert read(after, case, "c.dis").status_code == 200
    outside = read(after, case, "c-h1.sec")
    absent = read(after, {"id": "0" * 8 + "-0000-4000-8000-" + "0" * 12}, "c-h1.sec")
    assert (outside.status_code, outside.json["code"]) == (404, absent.json["code"])
    assert read(after, case, "w.sec").status_code == 404
    listed = [
        len(after.service.get("/v1/bulletins", by).json["items"]) for by in ("c.dis", "c-h1.sec")
    ]
    assert listed == [1, 0]


def test_bulletins_are_listed_page_by_page_the_newest_first(after: Aftermath) -> None:
    fed_back(after, "c-b1", GOOD)
    older = published(after, "bulletin", "results", "committee")
    published(after, "bulletin", "results", "superior")  # not for them, and on the way
    after.service.clock.at += timedelta(minutes=1)
    newer = published(after, "bulletin", "results", "committee")
    pages, path = list[str](), "/v1/bulletins?limit=1"
    while path:
        told = after.service.get(path, "c.dis").json
        pages += [one["id"] for one in told["items"]]
        path = told["next"] and f"/v1/bulletins?limit=1&after={told['next']}"
    assert pages == [newer["id"], older["id"]]
    assert after.service.get("/v1/bulletins?after=12345678", "c.dis").json["code"] == "bad_cursor"


def test_where_others_bulletins_stand_is_told_to_nobody(
    after: Aftermath, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.workflow.application.bulletins.FIRST_ASKED", 1)
    monkeypatch.setattr("services.workflow.application.bulletins.MOST_ASKED", 1)
    fed_back(after, "c-b1", GOOD)
    older = published(after, "bulletin", "results", "committee")
    for _ in range(3):  # not for them, and newer than theirs
        after.service.clock.at += timedelta(minutes=1)
        published(after, "bulletin", "results", "superior")
    after.service.clock.at += timedelta(minutes=1)
    newer = published(after, "bulletin", "results", "committee")
    told = after.service.get("/v1/bulletins?limit=1", "c.dis").json
    assert [one["id"] for one in told["items"]] == [newer["id"]]
    assert cursors.decode("-entered_at", told["next"])[1] == newer["id"]
    told = after.service.get(f"/v1/bulletins?after={told['next']}", "c.dis").json
    assert [one["id"] for one in told["items"]] == [older["id"]]
    assert told["next"] is None
    assert after.service.get("/v1/bulletins", "c-h1.sec").json == {"items": [], "next": None}


def test_c5_3_what_a_bulletin_says_lies_beside_the_log_under_its_hash(after: Aftermath) -> None:
    fed_back(after, "c-b1", GOOD)
    case = published(after, "bulletin", "results", "committee")
    after.service.sequence()
    told = read(after, case, OFFICE).json
    (text,) = after.service.parts.database.reads.texts([bytes.fromhex(told["sha256"])]).values()
    assert sha256(text.salt + text.content).hexdigest() == told["sha256"]
    assert told["published_by"] == OFFICE
    entry = after.service.get(f"/v1/log?after={told['position'] - 1}&limit=1").json["entries"][0]
    assert (
        entry["event"]["data"]["given"]["bulletin"]["results"]["content"]["sha256"]
        == told["sha256"]
    )


CANCEL = "      cancel:\n        label: 不再通报"
TOTALS = """      tell_totals:
        label: 发布总体情况
        from: [preparing]
        by: [{party: own_unit, roles: [office]}]
        takes:
          - bulletin: totals
            label: 总体情况
            about: review
            in: [feedback]
            ranges: [{name: all, label: 全体, readers: [{party: cadres}]}]
"""


@pytest.fixture
def of_two(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Aftermath]:
    text = heard_at_any_time(NOTICE.read_text(encoding="utf-8"))
    scheme = scheme_file.load(text.replace(CANCEL, TOTALS + CANCEL, 1), SCHEME)
    yield from aftermath("sqlite", tmp_path, request, scheme)


def told_twice(after: Aftermath) -> dict[str, Any]:
    body = {"kind": "bulletin", "cycle": after.service.cycle, "unit": "c"}
    case: dict[str, Any] = after.service.call("POST", "/v1/cases", body, person=OFFICE).json["case"]
    for trigger, name, to in (
        ("tell_totals", "totals", "all"),
        ("circulate", "results", "everybody_below"),
    ):
        after.done(case, trigger, OFFICE, data={"bulletins": {name: {"range": to}}})
    after.service.sequence()
    return case


def test_each_bulletin_of_a_case_is_listed_and_read_with_its_own_event(of_two: Aftermath) -> None:
    fed_back(of_two, "c-b1", AVERAGE)
    case = told_twice(of_two)
    listed = of_two.service.get("/v1/bulletins", "c-h1.sec").json["items"]
    assert sorted(one["name"] for one in listed) == ["results", "totals"]
    path = f"/v1/bulletins/{case['id']}?name="
    totals, results = (
        of_two.service.get(path + name, "c-h1.sec").json for name in ("totals", "results")
    )
    assert totals["position"] < results["position"]
    assert totals["content"] == {
        "about": "review",
        "n": 1,
        "rows": [],
        "grades": {"person": {"average": 1}},
    }
    assert of_two.service.get(path + "none", "c-h1.sec").status_code == 404


def test_a_range_that_sees_sums_alone_learns_that_one_was_corrected(of_two: Aftermath) -> None:
    told = fed_back(of_two, "c-b1", AVERAGE)
    later = of_two.scored("c-h1", AVERAGE)  # no bulletin tells of it
    case = told_twice(of_two)
    of_two.service.clock.at += timedelta(minutes=1)
    for review in (later, told):
        of_two.done(review, "correct_score", SECRETARY, data=figures(GOOD), reason="登记有误")
    of_two.service.sequence()
    found = of_two.service.get(f"/v1/bulletins/{case['id']}?name=totals", "c-h1.sec").json
    ((row, position),) = [(one["row"], one["position"]) for one in found["corrected"]]
    entry = of_two.service.get(f"/v1/log?after={position - 1}&limit=1").json["entries"][0]["event"]
    assert (row, entry["subject"]) == (None, f"review/{told['id']}")
    assert "其中一件的等次已更正" in page_and_file(of_two, case, "totals")[0]


def test_c7_progress_is_bulletined_and_the_next_one_is_due(after: Aftermath) -> None:
    review = fed_back(after, "c-b1", GOOD)
    row = {"problem": "记录不全", "owner": "c-b1.sec", "measure": "补齐", "due": "2020-03-02"}
    row |= {"found_by": "oneself", "pace": "by_stages"}
    lists = {"documents": {"lists": {"rows": [row]}}}
    after.done(review, "start_rectification", "c-b1.sec", data=lists)
    case = published(after, "progress_bulletin", "progress", "everybody_below")
    rows = read(after, case, "c-h2.sec").json["content"]["rows"]
    assert rows == [{"unit": "c-b1", "state": "rectification", "progress": {"n": 1, "n_done": 0}}]
    following = after.case("progress_bulletin", "c")
    assert (following["state"], following["due_on"]) == ("preparing", "2020-02-12")


def test_nothing_is_published_while_there_is_nothing_to_tell(after: Aftermath) -> None:
    body = {"kind": "bulletin", "cycle": after.service.cycle, "unit": "c"}
    case = after.service.call("POST", "/v1/cases", body, person=OFFICE).json["case"]
    data = {"bulletins": {"results": {"range": "committee"}}}
    assert after.codes(case, "circulate", OFFICE, data=data) == ["nothing_to_publish"]


def test_a_bulletin_says_what_was_corrected_since_where_its_range_sees_grades(
    after: Aftermath,
) -> None:
    review = fed_back(after, "c-b1", AVERAGE)
    case = published(after, "bulletin", "results", "everybody_below")
    before = read(after, case, "c-h1.sec").json
    progress = published(after, "progress_bulletin", "progress", "everybody_below")
    after.service.clock.at += timedelta(minutes=1)
    after.done(review, "correct_score", SECRETARY, data=figures(GOOD), reason="登记有误")
    after.service.sequence()
    told = read(after, case, "c-h1.sec").json
    assert (before["corrected"], told["content"]) == ([], before["content"])
    ((row, position),) = [(one["row"], one["position"]) for one in told["corrected"]]
    entry = after.service.get(f"/v1/log?after={position - 1}&limit=1").json["entries"][0]["event"]
    assert (row, entry["subject"]) == (1, f"review/{review['id']}")
    assert entry["type"].startswith("workflow.corrected.")
    assert read(after, progress, "c-h1.sec").json["corrected"] == []
    text = page_and_file(after, case)
    assert all(f'更正，日志第 <span class="num">{position}</span> 号' in one for one in text)


def page_and_file(after: Aftermath, case: dict[str, Any], name: str = "results") -> list[str]:
    accounts = after.service.parts.accounts
    accounts.accept_invitation(accounts.invite("c-h1.sec"), PASSWORD)
    browser = Browser(after.service.app).sign_in("c-h1.sec", PASSWORD)
    paths = (f"/bulletins/{case['id']}{end}?name={name}" for end in ("", ".html"))
    return [browser.open(path).get_data(as_text=True) for path in paths]


def test_the_page_and_the_file_of_a_bulletin_say_the_same(after: Aftermath) -> None:
    fed_back(after, "c-b1", GOOD)
    case = published(after, "bulletin", "results", "everybody_below")
    accounts = after.service.parts.accounts
    accounts.accept_invitation(accounts.invite("c-h1.sec"), PASSWORD)
    browser = Browser(after.service.app).sign_in("c-h1.sec", PASSWORD)
    assert "述评结果通报" in browser.open("/bulletins").get_data(as_text=True)
    assert browser.open(f"/cases/{case['id']}").location == f"/bulletins/{case['id']}"
    for path in (f"/bulletins/{case['id']}", f"/bulletins/{case['id']}.html"):
        text = browser.open(path).get_data(as_text=True)
        assert "演示037" in text
        assert "95.00" not in text
    by_page = browser.open(f"/bulletins/{case['id']}.docx")
    by_call = after.service.get(f"/v1/bulletins/{case['id']}.docx", "c-h1.sec")
    saved_as = [one.headers["Content-Disposition"] for one in (by_page, by_call)]
    called = quote(f"{case['number']}-述评结果通报.docx", safe="")
    plain = f'attachment; filename="{case["number"]}-results.docx"'
    assert saved_as == [f"{plain}; filename*=UTF-8''{called}"] * 2
    for paper in (by_page, by_call):
        said = said_on(paper.data)
        assert "演示037" in said
        assert "95.00" not in said


def test_the_paper_of_a_bulletin_says_how_each_was_heard_where_that_was_settled(
    after: Aftermath,
) -> None:
    mode = {"mode": "on_site"}
    after.done(after.case("review", "c-b1"), "set_mode", OFFICE, data=mode)
    for unit in ("c-b1", "c-h1"):
        fed_back(after, unit, GOOD)
    case = published(after, "bulletin", "results", "committee")
    answer = after.service.get(f"/v1/bulletins/{case['id']}.docx", OFFICE)
    (table,) = Document(BytesIO(answer.data)).tables
    assert sorted(row.cells[3].text for row in table.rows[1:]) == ["", "现场述职"]


LETTERS = ("/letter.docx", "/letter.pdf")


def said_on(paper: bytes) -> str:
    document = Document(BytesIO(paper))
    cells = (cell.text for table in document.tables for cell in table._cells)
    return "\n".join([*(one.text for one in document.paragraphs), *cells])


def test_there_is_one_letter_of_a_result_and_none_before_there_is_one(after: Aftermath) -> None:
    review = after.scored("c-b1", AVERAGE)
    accounts = after.service.parts.accounts
    accounts.accept_invitation(accounts.invite(OFFICE), PASSWORD)
    office = Browser(after.service.app).sign_in(OFFICE, PASSWORD)
    page = office.open(f"/cases/{review['id']}").text
    assert re.findall(r'href="([^"]+/letter.docx)"', page) == [f"/cases/{review['id']}/letter.docx"]
    said = said_on(office.open(f"/cases/{review['id']}/letter.docx").data)
    assert "（述职评议等次为“一般”）" in said  # and no number of a clause
    (ungraded,) = after.service.get("/v1/cases?kind=review&unit=c-h1&limit=1", OFFICE).json["items"]
    assert office.open(f"/cases/{ungraded['id']}/letter.docx").status_code == 404


def test_what_is_said_of_a_report_that_is_sent_back_is_no_part_of_the_result(
    after: Aftermath,
) -> None:
    review = fed_back(after, "c-b1", GOOD)
    after.done(review, "start_rectification", "c-b1.sec")
    after.done(review, "report_rectification", "c-b1.sec")
    after.done(
        review,
        "return_rectification",
        OFFICE,
        data={"documents": {"remarks": {"parts": {"remark": "缺照片"}}}},
    )
    accounts = after.service.parts.accounts
    accounts.accept_invitation(accounts.invite(OFFICE), PASSWORD)
    office = Browser(after.service.app).sign_in(OFFICE, PASSWORD)
    said = said_on(office.open(f"/cases/{review['id']}/letter.docx").data)
    assert said.count("写明的内容") == 2
    assert "缺照片" not in said


def test_feedback_is_saved_as_a_letter_by_whom_it_is_about_and_by_nobody_outside(
    after: Aftermath,
) -> None:
    review = fed_back(after, "c-b1", GOOD)
    after.service.clock.at += timedelta(days=31)
    path, accounts = (
        f"/cases/{review['id']}/documents/feedback/1.docx",
        after.service.parts.accounts,
    )
    for person, status in (("c-b1.sec", 200), ("c-h1.sec", 404)):
        accounts.accept_invitation(accounts.invite(person), PASSWORD)
        answer = Browser(after.service.app).sign_in(person, PASSWORD).open(path)
        assert answer.status_code == status
        if status == 200:
            assert said_on(answer.data).count("写明的内容") == 2
        told = Browser(after.service.app).sign_in(person, PASSWORD)
        letter, printed = (told.open(f"/cases/{review['id']}{one}") for one in LETTERS)
        assert (letter.status_code, printed.status_code) == (status, status)
        if status == 200:
            said = said_on(letter.data)
            assert said.count("写明的内容") == 2
            assert "结果通知" in said
            set_in = {
                one.text: one.paragraph_format.first_line_indent
                for one in Document(BytesIO(letter.data)).paragraphs
            }
            (whom,) = (text for text in set_in if text.endswith("："))
            assert set_in[whom] is None  # to whom it is stands flush
            assert all(set_in[text] for text in set_in if "写明的内容" in text)
            assert "95.00" in said  # whom the figures are about has been told of them by then
            assert "2020年2月8日" in said  # what is so on the day on which it is taken
            assert printed.data.startswith(b"%PDF-")
        assert told.open(path.replace(".docx", ".pdf")).status_code == status
