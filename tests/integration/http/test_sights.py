"""What a scheme leaves to some is nowhere in what others are answered; what it opens, they see."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from services.workflow.adapters.files import scheme_file
from services.workflow.adapters.http import documents
from services.workflow.application.boards.audit import Happened
from services.workflow.domain.authority import PAGE_SCOPES, Actor
from tests.integration.http.conftest import STORES, started
from tests.integration.http.forms import Browser
from tests.integration.http.service import Service
from tests.integration.http.ways import Asker, is_api, readable, text_of
from tests.texts import publish_schemes

SCHEME = scheme_file.load(Path(__file__).with_name("sights.txt").read_text(), "sights.txt")
OFFICE, SECRETARY, BESIDE = "c.off", "c-h1.sec", "c-h2.sec"
PASSWORD = "correct horse 8 battery"
SECRET = "走廊堆满杂物"  # what the notes say
ANSWER = "已清理完毕"
MARK, GRADE = "87.65", "甲等"  # what the visit is given, and what follows


class Sights:
    """A round with an unannounced call at c-h1."""

    def __init__(self, service: Service) -> None:
        self.service = service
        body = {"scheme": SCHEME.id, "unit": "c", "round": "2019"}
        self.cycle = service.call("POST", "/v1/cycles", body, person=OFFICE).json["id"]
        opening = {"kind": "call", "cycle": self.cycle, "unit": "c-h1"}
        opened = service.call("POST", "/v1/cases", opening, person=OFFICE)
        assert opened.status_code == 201, opened.text
        self.call: dict[str, Any] = opened.json["case"]

    def get(self, path: str, person: str) -> Any:
        return self.service.get(path, person)

    def folder(self, unit: str = "c-h1") -> str:
        path = f"/v1/cases?cycle={self.cycle}&kind=folder&unit={unit}"
        return str(self.get(path, OFFICE).json["items"][0]["id"])

    def fire(self, case: str, trigger: str, person: str, document: str = "", **more: Any) -> Any:
        data = {"documents": {document: more}} if document else {}
        body = {"trigger": trigger, "data": data}
        return self.service.call("POST", f"/v1/cases/{case}/transitions", body, person=person)

    def tell(self) -> None:
        data = {"documents": {"notes": {"parts": {"body": SECRET}}}, "components": {"mark": MARK}}
        body = {"trigger": "tell", "data": data}
        path = f"/v1/cases/{self.call['id']}/transitions"
        told = self.service.call("POST", path, body, person=OFFICE)
        assert told.status_code == 201, told.text

    def send(self, *answers: Any) -> Any:
        more: Any = {"answers": list(answers)} if answers else {}
        return self.fire(self.folder(), "send", SECRETARY, "sheet", parts={"body": "一"}, **more)

    def answer(self, text: str = ANSWER) -> dict[str, Any]:
        return {"case": f"call/{self.call['id']}", "text": text}


@pytest.fixture(params=STORES)
def sights(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    for service in started(request.param, tmp_path, request):
        publish_schemes(service.parts.publishing, SCHEME)
        yield Sights(service)


def paths(sights: Sights) -> list[str]:
    call, folder = f"/v1/cases/{sights.call['id']}", f"/v1/cases/{sights.folder()}"
    lists = ("/v1/cases", f"/v1/cases?cycle={sights.cycle}&kind=call", "/v1/cases?unit=c-h1")
    more = (folder, f"{folder}/events", f"{folder}/transitions")
    return [*lists, *more, call, f"{call}/events", f"{call}/transitions"]


def test_an_unannounced_call_is_in_no_answer_to_who_is_called_on(sights: Sights):
    told = [sights.get(path, SECRETARY) for path in paths(sights)]
    assert [one.status_code for one in told[-3:]] == [404, 404, 404]
    for answer in told:
        assert sights.call["id"] not in answer.text
        assert sights.call["number"] not in answer.text
    assert told[1].json["total"] == 0
    assert told[3].json["links"][0]["n"] == 0


def test_whom_it_is_left_to_sees_it_everywhere(sights: Sights):
    told = [sights.get(path, OFFICE) for path in paths(sights)]
    assert {one.status_code for one in told} == {200}
    assert told[1].json["total"] == 1
    assert told[3].json["links"][0]["n"] == 1
    assert sights.get("/v1/cases?kind=call", "c.dep").json["total"] == 0  # another role there


def test_it_is_on_no_page_either(sights: Sights):
    secretary, office = (signed_in(sights.service, one) for one in (SECRETARY, OFFICE))
    for path in ("/tasks", "/cases", "/cases?kind=call", f"/cases/{sights.folder()}"):
        assert sights.call["number"] not in secretary.open(path).text, path
    assert secretary.open(f"/cases/{sights.call['id']}").status_code == 404
    assert sights.call["number"] in office.open(f"/cases/{sights.call['id']}").text
    assert sights.call["number"] in office.open("/cases?kind=call").text


def test_a_page_says_that_something_is_left_to_others_and_not_what(sights: Sights):
    sights.tell()
    secretary, office = (signed_in(sights.service, one) for one in (SECRETARY, OFFICE))
    path = f"/cases/{sights.call['id']}"
    assert "内容不对您公开" in secretary.open(path).text
    assert SECRET not in secretary.open(path).text
    assert SECRET in office.open(path).text


def test_the_newest_of_all_cases_say_no_more_than_each_case_does(sights: Sights):
    before = happened(sights, SECRETARY)
    assert all(one.row.case.id != sights.call["id"] for one in before)
    sights.tell()
    told, whole = happened(sights, SECRETARY), happened(sights, OFFICE)
    of_call = [one for one in told if one.row.case.id == sights.call["id"]]
    assert [(one.withheld, one.event is None) for one in of_call] == [(True, True), (False, False)]
    assert not any(one.withheld for one in whole)


def happened(sights: Sights, person: str) -> Sequence[Happened]:
    """Return the newest of the log, as whoever reads it would be told."""
    parts = sights.service.parts
    sights.service.sequence()
    root = parts.directory.current().root or ""
    actor = Actor(client="web", person=person, scopes=PAGE_SCOPES, scope_unit=root, token="session")
    return parts.boards.history(parts.boards.look(actor, parts.now()), "all", None).happened


def test_the_page_asks_for_an_answer_to_each(sights: Sights):
    sights.tell()
    path = f"/cases/{sights.folder()}/documents/sheet?trigger=send"
    page = signed_in(sights.service, SECRETARY).open(path).text
    assert f"对 {sights.call['number']} 的答复" in page
    assert f'value="call/{sights.call["id"]}"' in page


def signed_in(service: Service, person: str) -> Browser:
    accounts = service.parts.accounts
    accounts.accept_invitation(accounts.invite(person), PASSWORD)
    return Browser(service.app).sign_in(person, PASSWORD)


def test_once_it_was_told_of_they_see_it_and_still_not_the_notes(sights: Sights):
    sights.tell()
    assert sights.get("/v1/cases?kind=call", SECRETARY).json["total"] == 1
    history = sights.get(f"/v1/cases/{sights.call['id']}/events", SECRETARY)
    documents.HISTORY.load(history.json)
    opened, told = history.json["items"]
    assert "data" in opened["event"]
    assert "withheld" not in opened
    assert (told["withheld"], told["texts"], "data" in told["event"]) == (True, {}, False)
    assert SECRET not in history.text
    assert SECRET in sights.get(f"/v1/cases/{sights.call['id']}/events", OFFICE).text


def test_what_must_be_answered_is_asked_for_once_it_is_known(sights: Sights):
    assert sights.send(sights.answer()).json["errors"][0]["code"] == "not_to_answer"
    sights.tell()
    refused = sights.send()
    (error,) = refused.json["errors"]
    assert (refused.status_code, error["code"]) == (422, "not_answered")
    assert error["field"] == "data.documents.sheet.answers"
    assert sights.call["number"] in error["reason"]
    twice = sights.send(sights.answer(), sights.answer()).json["errors"]
    assert [one["code"] for one in twice] == ["answered_twice"]
    assert sights.send(sights.answer()).status_code == 201
    assert ANSWER in sights.get(f"/v1/cases/{sights.folder()}/events", OFFICE).text


def test_an_unknown_call_hinders_nobody(sights: Sights):
    assert sights.send().status_code == 201


def test_what_is_shown_is_all_that_somebody_beside_sees(sights: Sights):
    sights.tell()
    assert sights.send(sights.answer()).status_code == 201
    path = f"/v1/cases/{sights.folder()}"
    head = sights.get(path, BESIDE)
    whole = sights.get(path, OFFICE).json
    assert (head.status_code, head.json["number"]) == (200, whole["number"])
    assert whole["links"]
    assert whole["holders"]
    assert (head.json["links"], head.json["holders"], head.json["due_at"]) == ([], [], None)
    page = signed_in(sights.service, BESIDE).open(path.removeprefix("/v1"))
    assert page.status_code == 200
    assert whole["number"] in page.text
    assert sights.get(path, "c-h2.dep").status_code == 404
    opened, sent = sights.get(f"{path}/events", BESIDE).json["items"]
    assert opened["withheld"]
    assert ANSWER in str(sent["texts"])
    assert sights.get(f"{path}/transitions", BESIDE).status_code == 404
    assert sights.call["number"] not in sights.get(path, BESIDE).text


def test_what_is_opened_to_somebody_beside_is_so_until_the_rounds_end(sights: Sights):
    path = f"/v1/cases/{sights.folder()}"
    assert sights.get(path, BESIDE).status_code == 200
    closing = f"/v1/cycles/{sights.cycle}/close"
    closed = sights.service.call("POST", closing, {"reason": "本轮结束"}, person=OFFICE)
    assert closed.status_code == 201, closed.text
    assert sights.get(path, BESIDE).status_code == 200
    sights.service.clock.at += timedelta(days=1)
    assert sights.get(path, BESIDE).status_code == 404
    assert sights.get(path, OFFICE).status_code == 200


def found(sights: Sights, person: str, *, on_pages: bool = False) -> dict[str, set[str]]:
    """Return what of all that may be kept from *person* they are told, and where."""
    browser = signed_in(sights.service, person) if on_pages else None
    who = Asker(sights.service, person, sights.folder(), sights.cycle, browser)
    where: dict[str, set[str]] = {}
    for name, way in readable(sights.service.app, ("notes", "sheet")).items():
        text = text_of(way(who, sights.call["id"])) if on_pages or is_api(name) else ""
        for one in (SECRET, MARK, GRADE, ANSWER):
            if one in text:
                where.setdefault(one, set()).add(name)
    return where


@pytest.mark.parametrize("sights", ["sqlite"], indirect=True)
def test_documents_and_figures_are_told_nobody_else_by_whatever_way(sights: Sights):
    sights.tell()
    assert sights.send(sights.answer()).status_code == 201
    assert found(sights, OFFICE).keys() == {SECRET, MARK, GRADE, ANSWER}
    assert found(sights, SECRETARY, on_pages=True).keys() == {ANSWER}
    assert found(sights, BESIDE).keys() == {ANSWER}
    assert found(sights, "c-h2.dep") == {}
