"""The notice of 2019 with every word of it called otherwise: its life, and its pages, are the same.

Kinds of case, states, triggers, documents, components, grades, parties, roles, kinds of units and
their labels bear a random ending, in scheme, policy, organisation and vocabulary alike.
"""

import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
import yaml
from werkzeug.wrappers import Response

from services.workflow.adapters.files import scheme_file
from services.workflow.application.rehearsing.page import page
from services.workflow.application.rehearsing.scenes import play
from tests.builders import assessed, passed, superior
from tests.integration.http import test_meetings
from tests.integration.http.conftest import STORES
from tests.integration.http.forms import Browser
from tests.integration.http.service import ORGANISATION, REPORT, Service, begin
from tests.integration.http.test_draws import Drawing
from tests.unit.workflow.language.renamed import renamed
from tests.unit.workflow.language.renamed_notice import (
    ALONE,
    FILE,
    SUFFIX,
    TEXT,
    WORDS,
    organisation,
    said,
)
from tests.unit.workflow.rehearsing.test_rehearsal import stage

PASSWORD = "一个够长的口令-2020"
SECRETARY, DEPUTY, OFFICE = "c-h1-a.sec", "c-h1.dep", "c-h1.off"
ITEM = {"problem": "缺", "owner": SECRETARY, "measure": "补", "due": "2020-03-02"}
ITEM |= {"found_by": "judged", "pace": "at_once"}
EMPTY, ASSESSED = {"rows": [{"finding": "空"}]}, assessed()["documents"]
LIFE: tuple[tuple[str, str, dict[str, Any]], ...] = (  # who, what, with which data
    (SECRETARY, "submit", {"documents": {"report": {"parts": REPORT}}}),
    (DEPUTY, "return_unit_audit", {"documents": {"findings": EMPTY, **ASSESSED}}),
    (SECRETARY, "submit", {"documents": {"report": {"parts": REPORT}}}),
    (DEPUTY, "pass_unit_audit", passed(2)),
    (OFFICE, "present", {}),
    (OFFICE, "comment", {"documents": {"comment": {"parts": {"comment": "评"}}}}),
    (OFFICE, "score", {"components": {"ballot": "50.00", "superior": superior("50.00")}}),
    (OFFICE, "give_opinion", {"decisions": [{"date": "2020-01-08", "minutes": "1"}]}),
    (OFFICE, "give_feedback", {}),
    (SECRETARY, "start_rectification", {"documents": {"lists": {"rows": [ITEM]}}}),
)


@pytest.fixture(params=STORES)
def service(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Service]:
    yield from started(request, tmp_path, ALONE)


@pytest.fixture(params=STORES)
def whole(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Service]:
    yield from started(request, tmp_path, TEXT)


def started(request: pytest.FixtureRequest, tmp_path: Path, text: str) -> Iterator[Service]:
    file = tmp_path / "organisation.yaml"
    file.write_text(organisation(ORGANISATION))
    scheme = scheme_file.load(text, "other.yaml")
    made = begin(request.param, tmp_path, request, organisation=file, schemes=(scheme,))
    yield made
    made.parts.database.close()


@pytest.fixture
def interpreted(whole: Service) -> Service:
    """The service as it is where stories of the notice itself are told to it, word for word."""
    app: Any = whole.app.wsgi_app

    def interpret(environ: Any, start_response: Any) -> Any:
        body = renamed(environ["wsgi.input"].read().decode(), WORDS, SUFFIX).encode()
        environ |= {"wsgi.input": BytesIO(body), "CONTENT_LENGTH": str(len(body))}
        environ["QUERY_STRING"] = renamed(environ["QUERY_STRING"], WORDS, SUFFIX)
        environ["PATH_INFO"] = re.sub("(?<=/documents/)[^/]+", said_there, environ["PATH_INFO"])
        answer = Response.from_app(app, environ)
        answer.set_data(word_for_word(answer.get_data()))
        return answer(environ, start_response)

    whole.app.wsgi_app = interpret  # type: ignore[method-assign]
    return whole


def said_there(found: re.Match[str]) -> str:
    return renamed(found[0], WORDS, SUFFIX)


def word_for_word(answer: bytes) -> bytes:
    """Return an answer in the notice's own words; of a file of an office, what is packed in it."""
    if not answer.startswith(b"PK"):
        return answer.replace(SUFFIX.encode(), b"")
    packed = BytesIO()
    with ZipFile(BytesIO(answer)) as whole, ZipFile(packed, "w") as made:
        for name in whole.namelist():
            made.writestr(name, word_for_word(whole.read(name)))
    return packed.getvalue()


def words_in_the_log(service: Service) -> str:
    """Return all that lies in the log, as it is."""
    service.sequence()
    return "".join(body.decode() for *_, body in service.parts.database.audit.entries())


def cases(service: Service, kind: str, unit: str = "c-h1-a") -> list[dict[str, Any]]:
    query = f"/v1/cases?kind={said(kind)}&unit={unit}&limit=200"
    answer = service.get(query, OFFICE)
    assert answer.status_code == 200, answer.text
    return list(answer.json["items"])


def fire(service: Service, case: str, person: str, trigger: str, data: Any) -> Any:
    body = {"trigger": said(trigger), "data": said(data)}
    answer = service.call("POST", f"/v1/cases/{case}/transitions", body, person=person)
    assert answer.status_code == 201, (trigger, answer.text)
    return answer.json["case"]


def test_a_review_is_led_to_its_end_and_its_pages_speak_the_other_words(service: Service):
    accounts = service.parts.accounts
    accounts.accept_invitation(accounts.invite(OFFICE), PASSWORD)
    browser = Browser(service.app).sign_in(OFFICE, PASSWORD)
    (review,) = cases(service, "review")
    labels = {
        one["name"]: one["label"]
        for one in yaml.safe_load(FILE.read_text())["cases"]["review"]["states"]
    }
    for person, trigger, data in LIFE:
        now = fire(service, review["id"], person, trigger, data)
        answer = browser.open(f"/cases/{review['id']}")
        state = labels[str(now["state"]).removesuffix(SUFFIX)]
        assert answer.status_code == 200
        assert f"{state}{SUFFIX}" in answer.text
    (item,) = cases(service, "item")
    (interview,) = cases(service, "interview")
    evidence = {"documents": {"evidence": {"parts": {"done": "毕"}}}}
    row = {"day": "2020-01-08", "interviewer": OFFICE, "record": "谈"}
    record = {"documents": {"interview_record": {"rows": [row]}}}
    fire(service, item["id"], SECRETARY, "report", evidence)
    looked = {"documents": {"verification": {"rows": [{"how": "papers"}]}}}
    fire(service, item["id"], OFFICE, "verify", looked)
    fire(service, interview["id"], OFFICE, "hold", record)
    fire(service, review["id"], SECRETARY, "report_rectification", {})
    ended = fire(service, review["id"], OFFICE, "close", {})
    assert ended["state"] == said("closed")
    for path in ("/tasks", "/cases", "/stuck", f"/cases/{review['id']}"):
        assert browser.open(path).status_code == 200


def test_the_meetings_of_a_year_are_held_in_the_other_words(interpreted: Service):
    year = test_meetings.Year(interpreted)
    year.on("01-09")
    year.pass_reports("c", "c-b1", "c-h1", "c-h2", "c-h1-a", "c-h1-b", "c-h2-a")
    year.schedule("w", "01-20")
    year.schedule("c", "01-21")
    test_meetings.test_the_year_goes_through_its_meetings(year)
    assert f'"balloting{SUFFIX}"' in words_in_the_log(interpreted)


def test_who_presents_on_site_is_drawn_in_the_other_words(interpreted: Service):
    drawing = Drawing(interpreted)
    drawing.signed()
    drawing.run()
    result, year = drawing.view()["result"], test_meetings.Year(interpreted)
    told = {}
    for unit in (*result["drawn"], *result["reserves"]):
        path = f"/v1/cases/{year.case('review', unit)['id']}/events"
        answer = interpreted.get(path)
        assert answer.status_code == 200, answer.text
        data = [one["event"]["data"] for one in answer.json["items"]]
        (told[unit],) = (one["sets"]["mode"] for one in data if one.get("trigger") == "set_mode")
    assert {told[unit] for unit in result["drawn"]} == {"on_site"}
    assert {told[unit] for unit in result["reserves"]} == {"written"}
    assert f'"set_mode{SUFFIX}"' in words_in_the_log(interpreted)


def test_every_end_and_every_loss_of_it_is_played_in_the_other_words():
    set_up = stage(TEXT)
    played = play(set_up)
    assert [(one.what, one.kind, one.name) for one in played.lacking] == []
    shown = page(played, set_up, made_up=True)
    assert f"更正得分{SUFFIX}" in shown
    assert f"待述职{SUFFIX}" in shown
