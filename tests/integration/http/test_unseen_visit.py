"""A visit that is not fed back is told of in no way: each way is a row, and answers as without it.

What a way tells is compared with what it told before there was a visit; where the way names a case,
one that is none was named then. The same way tells who visits, else it would be no way.
"""

from collections.abc import Callable, Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests.integration.http.service import Service, start
from tests.integration.http.test_files import SHIPPED, document
from tests.integration.http.test_unannounced import (
    BELOW,
    FOUND,
    OFFICE,
    UNIT,
    UNKNOWN,
    Visit,
    give_post,
    hand_on,
)

STAFF = ("c-h1.dep", "c-h1.mem", "c-h1.off", "c-h1.clerk", "c-h1.insp")
NOTE = {"kind": "note", "text": "看看"}
PARTS = dict.fromkeys(("achievements", "problems", "tasks"), "一" * 900)
DRAFT = {"version": 2, "typed": {}}
REPORT = {"documents": {"report": {"parts": PARTS}}}
Ask = Callable[[Service, str, str], TestResponse]


def read(path: str) -> Ask:
    """Return a way that reads *path*, in which `{case}` and `{own}` stand for two ids."""

    def ask(service: Service, person: str, case: str) -> TestResponse:
        filled = path.format(case=case, own=service.reviews[UNIT], cycle=service.cycle)
        return service.get(filled, person)

    return ask


def send(method: str, path: str, body: Any = None, **more: Any) -> Ask:
    def ask(service: Service, person: str, case: str) -> TestResponse:
        return service.call(method, path.format(case=case), body, person=person, **more)

    return ask


def bulk(service: Service, person: str, case: str) -> TestResponse:
    one = {"case": case, "trigger": "feed_back", "on_behalf_of": person, "idempotency_key": "bulk"}
    return service.call("POST", "/v1/transitions", {"commands": [one | {"dry_run": True}]})


def part(service: Service, person: str, case: str) -> TestResponse:
    return service.call("POST", "/v1/cases", {"kind": "visit", "parent": case}, person=person)


def bring(service: Service, person: str, case: str) -> TestResponse:
    content = document()
    path = f"/v1/cases/{case}/files/{sha256(content).hexdigest()}?document=answer&name=a.docx"
    return service.call("PUT", path, raw=content, person=person)


def submit(service: Service, person: str, case: str) -> TestResponse:
    """Rehearse what every visit that was fed back has to be answered in."""
    answers = [{"case": f"visit/{case}", "row": 1, "text": "已补齐"}]
    told = {"parts": PARTS, "answers": answers}
    body = {"trigger": "submit", "dry_run": True, "data": {"documents": {"report": told}}}
    path = f"/v1/reviews/{service.reviews[UNIT]}/transitions"
    return service.call("POST", path, body, person=person)


def fire(trigger: str, **more: Any) -> Ask:
    headers, key = more.pop("headers", {}), more.pop("key", "fresh")
    body = {"trigger": trigger, **more}
    return send("POST", "/v1/cases/{case}/transitions", body, headers=headers, key=key)


LISTS: Mapping[str, Ask] = {
    "all cases": read("/v1/cases"),
    "cases of the kind": read("/v1/cases?kind=visit"),
    "cases of the unit": read(f"/v1/cases?unit={UNIT}"),
    "a number": read("/v1/cases?number=2019-visit-0001"),
    "a state": read("/v1/cases?state=visited"),
    "a holder": read("/v1/cases?holder=c&kind=visit"),
    "what is late": read("/v1/cases?overdue=false"),
    "the first of a page": read("/v1/cases?limit=1&sort=-entered_at"),
    "names beside ids": read("/v1/cases?expand=names&kind=visit"),
}
BY_ID: Mapping[str, Ask] = {
    "the case": read("/v1/cases/{case}"),
    "its history": read("/v1/cases/{case}/events"),
    "its refusals": read("/v1/cases/{case}/events?refused=true"),
    "what may be done": read("/v1/cases/{case}/transitions"),
    "its polls": read("/v1/cases/{case}/polls"),
    "a remark": send("POST", "/v1/cases/{case}/notes", NOTE),
    "a trigger of theirs": fire("answer", dry_run=True),
    "a trigger of others": fire("feed_back", dry_run=True),
    "a stale version": fire("feed_back", dry_run=True, headers={"If-Match": '"77"'}),
    "a key that was used": fire("record", key="recorded"),
    "many at once": bulk,
    "a part of it": part,
    "a draft of theirs": send("PUT", "/v1/cases/{case}/drafts/answer", DRAFT),
    "a draft of others": send("PUT", "/v1/cases/{case}/drafts/visit_record", DRAFT),
    "a draft let go of": send("DELETE", "/v1/cases/{case}/drafts/visit_report"),
    "a file": bring,
}
# What is there without it, and tells no more for it.
BESIDE: Mapping[str, Ask] = {
    "the review of the unit": read("/v1/reviews/{own}"),
    "its history too": read("/v1/reviews/{own}/events"),
    "what may be done with the review": read("/v1/reviews/{own}/transitions"),
    "what the report answers": submit,
    "the figures of the round": read("/v1/cycles/{cycle}"),
    "the rounds": read("/v1/cycles"),
    "the units": read("/v1/units"),
    "the log": read("/v1/log"),
    "the notices": read("/v1/inbox"),
    "the draw": read("/v1/cases/{case}/draw"),
    "the file of a draw": read("/v1/cases/{case}/draw/file"),
}
EVERY = LISTS | BY_ID | BESIDE


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    made = start(f"sqlite:///{tmp_path}/workflow.db", None, tmp_path, schemes=[SHIPPED])
    yield made
    made.parts.database.close()


def told(answer: TestResponse, case: str) -> tuple[Any, ...]:
    """Return all that an answer tells, but for the id that was asked about and of the request."""
    text, tag = answer.text.replace(case, "<case>"), answer.headers.get("ETag")
    trace = (answer.json or {}).get("trace_id") if answer.is_json else None
    return answer.status_code, tag, text.replace(trace, "") if trace else text


def asked(service: Service, person: str, case: str, ways: Mapping[str, Ask]) -> dict[str, Any]:
    return {name: told(way(service, person, case), case) for name, way in ways.items()}


def visit(service: Service) -> Visit:
    """Visit the unit, and keep it from it."""
    made = Visit(service)
    body = {"trigger": "record", "data": FOUND}
    path = f"/v1/cases/{made.id}/transitions"
    answer = service.call("POST", path, body, person=OFFICE, key="recorded")
    assert answer.status_code == 201, answer.text
    return made


def nothing_else(_service: Service, _folder: Path) -> None:
    """They hold the post that they hold, and no other."""


@pytest.mark.parametrize("besides", [nothing_else, give_post, hand_on])
def test_no_way_tells_the_secretary_of_a_visit_to_their_unit(
    service: Service, besides: Callable[[Service, Path], None], tmp_path: Path
):
    besides(service, tmp_path)
    before = asked(service, BELOW, UNKNOWN, EVERY)
    case = visit(service).id
    after = asked(service, BELOW, case, EVERY)
    assert {name for name in EVERY if before[name] != after[name]} == set()


@pytest.mark.parametrize("person", STAFF)
def test_no_way_tells_the_staff_of_a_visit_to_their_unit(service: Service, person: str):
    before = asked(service, person, UNKNOWN, EVERY)
    after = asked(service, person, visit(service).id, EVERY)
    assert {name for name in EVERY if before[name] != after[name]} == set()


def test_each_way_that_leads_to_a_case_tells_who_visits(service: Service):
    ways = LISTS | BY_ID
    before = asked(service, OFFICE, UNKNOWN, ways)
    after = asked(service, OFFICE, visit(service).id, ways)
    assert {name for name in ways if before[name] == after[name]} == set()


def test_a_report_handed_in_meanwhile_tells_nobody_of_the_visit(service: Service):
    case = visit(service)
    answer = service.fire(UNIT, "submit", BELOW, data=REPORT)
    assert answer.status_code == 201, answer.text
    history = service.get(f"/v1/reviews/{service.reviews[UNIT]}/events?refused=true", BELOW)
    assert case.id not in answer.text + history.text
    assert "left_out" not in answer.json["event"]["data"]


def test_once_it_is_fed_back_each_way_tells_the_unit(service: Service):
    ways = {name: LISTS[name] for name in ("all cases", "cases of the kind", "a number")}
    ways |= {name: BY_ID[name] for name in ("the case", "its history", "what may be done")}
    before = asked(service, BELOW, UNKNOWN, ways)
    case = visit(service)
    assert case.fire("feed_back", OFFICE).status_code == 201
    after = asked(service, BELOW, case.id, ways)
    assert {name for name in ways if before[name] == after[name]} == set()
