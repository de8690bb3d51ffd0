"""A visit that is not fed back is told of in no way: each way is a row, and answers as without it.

What a way tells is compared with what it told before there was a visit; where the way names a case,
one that is none was named then. Whatever can be read of this service, page or not, is a way, and so
is every address that a case is written to. The same way tells who visits, else it would be no way.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import generate_latest
from werkzeug.test import TestResponse

from services.workflow.adapters.http.figures import registry
from tests.integration.http.service import Service, start
from tests.integration.http.test_files import SHIPPED
from tests.integration.http.test_sights import signed_in as at_browser
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
from tests.integration.http.ways import Ask, Asker, read, readable, send, text_of, type_in, writable
from tests.made_files import document

STAFF = ("c-h1.dep", "c-h1.mem", "c-h1.off", "c-h1.clerk", "c-h1.insp")
NOTE = {"kind": "note", "text": "看看"}
PARTS = dict.fromkeys(("achievements", "problems", "tasks"), "一" * 900)
DRAFT = {"version": 2, "typed": {}}
REPORT = {"documents": {"report": {"parts": PARTS}}}
LATE = timedelta(days=14)  # what was opened is overdue by then
DOCUMENTS = ("visit_record", "visit_report", "answer", "report")


def bulk(who: Asker, case: str) -> TestResponse:
    one = {
        "case": case,
        "trigger": "feed_back",
        "on_behalf_of": who.person,
        "idempotency_key": "bulk",
    }
    return who.service.call("POST", "/v1/transitions", {"commands": [one | {"dry_run": True}]})


def part(who: Asker, case: str) -> TestResponse:
    return who.service.call(
        "POST", "/v1/cases", {"kind": "visit", "parent": case}, person=who.person
    )


def bring(who: Asker, case: str) -> TestResponse:
    content = document()
    path = f"/v1/cases/{case}/files/{sha256(content).hexdigest()}?document=answer&name=a.docx"
    return who.service.call("PUT", path, raw=content, person=who.person)


def submit(who: Asker, case: str) -> TestResponse:
    """Rehearse what every visit that was fed back has to be answered in."""
    answers = [{"case": f"visit/{case}", "row": 1, "text": "已补齐"}]
    told = {"parts": PARTS, "answers": answers}
    body = {"trigger": "submit", "dry_run": True, "data": {"documents": {"report": told}}}
    path = f"/v1/reviews/{who.service.reviews[UNIT]}/transitions"
    return who.service.call("POST", path, body, person=who.person)


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
# What is asked for by other names than a case's.
ASKED: Mapping[str, Ask] = {
    path: read(path)
    for path in (
        f"/stuck?unit={UNIT}",
        "/cases?kind=visit",
        f"/cases?unit={UNIT}&sort=-entered_at",
        "/cases?state=visited",
        "/search?q=visit",
        "/search?q=2019-visit-0001",
        "/open?kind=visit",
        "/gatherings?kind=visit",
        "/tasks?kind=visit",
    )
}
POLL = "/v1/cases/{case}/polls/hall"
WRITTEN: Mapping[str, Ask] = {
    "slips": send("POST", f"{POLL}/slips", {"electorate": "members", "n": 1}),
    "spoilt slips": send("POST", f"{POLL}/spoilt-slips", {"codes": ["AAAA-AAAA"]}),
    "paper slips": send("POST", f"{POLL}/paper-slips", {"codes": ["AAAA-AAAA"]}),
    "the end of a poll": send("POST", f"{POLL}/closing", {}),
    "a tally": send("POST", f"{POLL}/tally", {}),
    "counts of paper": send("PUT", f"{POLL}/paper-counts", {"counts": []}),
    "the end of a rehearsal": send("DELETE", f"{POLL}/rehearsal"),
    "a remark on a page": type_in("/cases/{case}/notes", kind="note", text="看看"),
    "a reminder on a page": type_in("/cases/{case}/notes", kind="urge", text="看看"),
    "an act on a page": type_in("/cases/{case}/transitions", trigger="feed_back", version="2"),
    "an answer on a page": type_in("/cases/{case}/documents/answer", trigger="answer"),
    "a record on a page": type_in("/cases/{case}/documents/visit_record", trigger="record"),
    "a file on a page": type_in("/cases/{case}/documents/answer/files"),
    "the door": type_in("/cases/{case}/door", code="0000"),
    "a roster on a page": type_in("/cases/{case}/roster", trigger="record"),
    "a part on a page": type_in("/open", cycle="", kind="visit", unit=UNIT),
} | {
    f"{one} of a poll on a page": type_in("/cases/{case}/polls/" + one, poll="hall")
    for one in ("slips", "sealing", "codes", "paper", "tally", "discard")
}
SENT = LISTS | BY_ID | BESIDE
EVERY = SENT | ASKED | WRITTEN


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    made = start(f"sqlite:///{tmp_path}/workflow.db", None, tmp_path, schemes=[SHIPPED])
    yield made
    made.parts.database.close()


def asker(service: Service, person: str = BELOW, *, signed_in: bool = False) -> Asker:
    browser = at_browser(service, person) if signed_in else None
    return Asker(service, person, service.reviews[UNIT], service.cycle, browser)


def told(answer: TestResponse, case: str) -> tuple[Any, ...]:
    """Return all that an answer tells, but for the id that was asked about and of the request."""
    text, tag = text_of(answer).replace(case, "<case>"), answer.headers.get("ETag")
    text = re.sub('name="(csrf|key)" value="[^"]*"', "", text)
    text = re.sub('name="next" value="[^"]*"', "", text)  # the address that was asked for
    trace = (answer.json or {}).get("trace_id") if answer.is_json else None
    headers = {answer.headers.get(name) for name in ("Location", "Allow", "Retry-After")}
    text = text.replace(trace, "") if trace else text
    return answer.status_code, tag, text, {str(one).replace(case, "<case>") for one in headers}


def asked(who: Asker, case: str, ways: Mapping[str, Ask]) -> dict[str, Any]:
    return {name: told(way(who, case), case) for name, way in ways.items()}


def late(service: Service, who: Asker, case: str, ways: Mapping[str, Ask]) -> dict[str, Any]:
    """Return what is told on a day on which whatever was opened is overdue."""
    service.clock.at += LATE
    found = asked(who, case, ways)
    service.clock.at -= LATE
    return found


def differing(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    return {name: (before[name], after[name]) for name in before if before[name] != after[name]}


def visit(service: Service) -> Visit:
    """Visit the unit, and keep it from it."""
    made = Visit(service)
    body = {"trigger": "record", "data": FOUND}
    path = f"/v1/cases/{made.id}/transitions"
    answer = service.call("POST", path, body, person=OFFICE, key="recorded")
    assert answer.status_code == 201, answer.text
    return made


def test_no_way_tells_the_secretary_of_a_visit_to_their_unit(service: Service, tmp_path: Path):
    """Not even one who is of the office above as well: they are shown all that it is shown."""
    give_post(service, tmp_path)
    who = asker(service, signed_in=True)
    every = writable(service.app) | EVERY | readable(service.app, DOCUMENTS)
    before = late(service, who, UNKNOWN, every)
    case = visit(service).id
    assert differing(before, late(service, who, case, every)) == {}


def test_no_way_tells_staff_or_a_deputy_of_a_visit_to_their_unit(service: Service, tmp_path: Path):
    hand_on(service, tmp_path)
    staff = [asker(service, one) for one in (BELOW, *STAFF)]
    before = [late(service, one, UNKNOWN, SENT) for one in staff]
    case = visit(service).id
    for one, was in zip(staff, before, strict=True):
        assert differing(was, late(service, one, case, SENT)) == {}, one.person


def test_what_is_measured_names_no_case_unit_or_person(service: Service):
    case = visit(service)
    told = generate_latest(registry(service.parts.watching.figures)).decode()
    told += generate_latest(service.app.extensions["shuping.http"].observer.registry).decode()
    number = service.get(f"/v1/cases/{case.id}", OFFICE).json["number"]
    assert 'trigger="record"' in told
    assert not [one for one in (case.id, number, UNIT, OFFICE, BELOW) if one in told]


def test_each_way_that_leads_to_a_case_tells_who_visits(service: Service):
    ways, who = LISTS | BY_ID, asker(service, OFFICE)
    before = asked(who, UNKNOWN, ways)
    after = asked(who, visit(service).id, ways)
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
    who = asker(service)
    before = asked(who, UNKNOWN, ways)
    case = visit(service)
    assert case.fire("feed_back", OFFICE).status_code == 201
    after = asked(who, case.id, ways)
    assert {name for name in ways if before[name] == after[name]} == set()
