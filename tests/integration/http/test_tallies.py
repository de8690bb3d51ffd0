"""What people voted is counted: on paper by two, by the tally once, and by the audit again."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import TestResponse

from schemas.tally import hash_of_codes
from services.workflow.adapters.database import tables
from services.workflow.adapters.http import documents
from services.workflow.application.ballots.counting import COUNTS
from services.workflow.audit import Code, Known, verify
from services.workflow.domain.refusals import StoreUnavailable
from services.workflow.inspection import inspect
from tests.databases import allow_everything
from tests.integration.http.service import Service
from tests.integration.http.test_bad_input import require_problem
from tests.integration.http.test_polls import (
    HOST,
    as_shipped,
    cast,
    read_sheet,
    require_code,
    room_of,
    slips,
)
from tests.integration.http.test_sights import signed_in


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    yield from as_shipped(tmp_path)


@pytest.fixture
def room(service: Service) -> str:
    return room_of(service)


def balloting(service: Service, room: str, state: str = "balloting") -> None:
    """Put the meeting where its ballots are taken, as if all before it had been done."""
    meeting = room.split("/")[3]
    with service.parts.database._connections.transaction() as connection:
        moved = tables.case_head.update().where(tables.case_head.c.case_id == meeting)
        connection.execute(moved.values(state=state))


def counted(service: Service, room: str) -> TestResponse:
    """Take the tally of a room in which eleven of twelve slips were cast."""
    made = slips(service, room, 6, rehearsal=False)
    made += slips(service, room, 6, rehearsal=False, electorate="invited")
    require_code(cast(service, made[0]["secret"]), 409, "poll_not_open")
    balloting(service, room)
    for one in made[:11]:
        assert cast(service, one["secret"]).status_code == 200
    require_code(service.call("POST", f"{room}/tally", {}, person=HOST), 409, "poll_not_closed")
    service.call("POST", f"{room}/closing", {}, person=HOST)
    return service.call("POST", f"{room}/tally", {}, person=HOST, key="told-once")


def test_what_the_room_said_becomes_one_event_and_everybodys_figure(service: Service, room: str):
    told = counted(service, room)
    assert told.status_code == 201, told.text
    event = told.json["event"]
    assert event["type"] == "workflow.tally_taken.v1"
    again = service.call("POST", f"{room}/tally", {}, person=HOST, key="told-once")
    assert again.json["event"] == event
    for left in ("counts", "rule", "codes"):  # beside the log, but no text that was published
        assert service.get(f"/v1/texts/{event['data'][left]}").status_code == 404
    covered = service.get("/v1/cases?kind=review", HOST).json["items"]
    figures = [
        one["event"]["data"]["components"]
        for case in covered
        for one in service.get(f"/v1/cases/{case['id']}/events", HOST).json["items"]
        if "components" in one["event"]["data"]
    ]
    assert [one["ballot"]["figure"] for one in figures] == ["95.00"] * event["data"]["n_covered"]


def sealed(service: Service, room: str, n: int = 6, n_paper: int = 3) -> list[str]:
    """Close the poll after *n* of its members voted; return the cases that were on the sheet."""
    made = slips(service, room, n + n_paper, rehearsal=False)
    invited = slips(service, room, 5, rehearsal=False, electorate="invited")
    balloting(service, room)
    sheet = read_sheet(service, made[0]["secret"]).json["lines"]
    for one in (*made[:n], *invited):
        assert cast(service, one["secret"]).status_code == 200
    body = {"codes": [one["check"] for one in made[n:]]}
    if n_paper:
        assert service.call("POST", f"{room}/paper-slips", body, person=HOST).status_code == 200
    assert service.call("POST", f"{room}/closing", {}, person=HOST).status_code == 200
    return [one["about"] for one in sheet]


def paper(cases: list[str], **more: Any) -> dict[str, Any]:
    """Return three sheets that say good of everybody; *more* is another kind of cell."""
    cell = {"question": "overall", "value": "good", "n": 3}
    counts = [cell | {"about": one} for one in cases]
    if more:
        counts.append(cell | {"about": cases[0], "n": 0} | more)
    return {"n_paper": 3, "n_void": 0, "n_returned": 0, "n_not_returned": 0, "counts": counts}


@pytest.mark.parametrize(
    ("box", "more", "code"),
    [
        ("martians", {}, "not_a_choice"),
        ("members", {"value": "wonderful"}, "not_a_choice"),
        ("members", {"value": "1000"}, "not_a_choice"),
        ("members", {"question": "mood"}, "not_on_the_sheet"),
        ("members", {"about": "review/0191f3a0-0000-7000-8000-000000000001"}, "not_on_the_sheet"),
        ("members", {"value": "wonderful", "n": 3}, "not_a_choice"),
    ],
)
def test_paper_says_nothing_that_no_sheet_asks(
    service: Service, room: str, box: str, more: dict, code: str
):
    cases = sealed(service, room)
    body = {"electorates": {box: paper(cases, **more)}}
    refused = service.call("PUT", f"{room}/paper-counts", body, person=HOST)
    require_problem(refused, 400)
    (fault, *_) = refused.json["errors"]
    assert fault["code"] == code
    assert fault["field"].startswith(f"electorates.{box}")
    assert fault["accepted"]
    assert service.get(room.rpartition("/")[0], HOST).json["items"][0]["counted_by"] == []


def test_of_a_counted_poll_all_that_was_before_is_refused_because_it_is_counted(
    service: Service, room: str
):
    counted(service, room)
    slips, codes = {"electorate": "members", "n": 2}, {"codes": ["22222-22222"]}
    for method, path, body in (
        ("POST", "slips", slips),
        ("POST", "slips", slips | {"anew": True}),
        ("POST", "paper-slips", codes),
        ("POST", "spoilt-slips", codes),
        ("PUT", "paper-counts", {"electorates": {}}),
    ):
        refused = service.call(method, f"{room}/{path}", body, person=HOST)
        require_code(refused, 409, "poll_counted")


def test_the_page_of_a_counted_poll_leads_to_everybodys_figures_and_to_the_places(
    service: Service, room: str
):
    n_covered = counted(service, room).json["event"]["data"]["n_covered"]
    polls = room.removeprefix("/v1").removesuffix("/hall")
    text = signed_in(service, HOST).open(polls).text
    assert f'href="{polls.removesuffix("/polls")}/ranking"' in text
    figures = re.findall('href="(/cases/[^/]+/figures)"', text)
    assert len(figures) == n_covered
    assert service.get(f"/v1{figures[0]}", HOST).status_code == 200
    assert '<a href="/gatherings" aria-current="page"' in text
    assert 'class="n" data-h="相差"' in text  # a card on a phone
    history = signed_in(service, HOST).open(figures[0].removesuffix("/figures")).text
    assert "现场评议得分" in history  # by what a case was told of it, in words
    assert not re.search(r"\bballot；", history)


def test_no_slips_are_made_once_no_trigger_leads_to_the_ballots_any_more(
    service: Service, room: str
):
    balloting(service, room, "held")
    body = {"electorate": "members", "n": 2}
    for rehearsal in (False, True):
        more = body | {"rehearsal": rehearsal}
        refused = service.call("POST", f"{room}/slips", more, person=HOST)
        require_code(refused, 409, "poll_closed")
    assert told_poll(service, room)["id"] is None


def test_the_audit_counts_a_tally_again(service: Service, room: str):
    tally = counted(service, room).json["event"]["data"]
    service.sequence()
    store, key = service.parts.database.audit, str(service.parts.key.public)
    kept = {one.hash: one.body for one in store.documents()}
    assert [*verify(store.entries(), None, [], key, documents=kept)][1:] == []  # nobody signed
    kept[tally["rule"]] = kept[tally["rule"]].replace(b'"95"', b'"94"')
    found = [*verify(store.entries(), None, [], key, documents=kept)]
    details = [one.detail for one in found if one.code is Code.TALLY_DIFFERS]
    assert details.count("the ballot is not what was counted") == tally["n_covered"]


def test_the_audit_finds_a_count_that_was_changed(service: Service, room: str):
    counted(service, room)
    service.sequence()
    parts, kept = service.parts, tables.document
    with parts.database._connections.transaction() as connection:
        allow_everything(connection)
        connection.execute(kept.update().where(kept.c.kind == COUNTS).values(body=b"{}"))
    report = inspect(parts, [], str(parts.key.public), Known())
    assert {one["code"] for one in report.findings} >= {"DOCUMENT_DIFFERS", "TALLY_DIFFERS"}


ENGLISH = {"Accept-Language": "en"}


def told_poll(service: Service, room: str) -> dict[str, Any]:
    listed = service.get(room.rpartition("/")[0], HOST).json
    documents.POLLS.load(listed)
    (poll,) = listed["items"]
    return poll


def tally(service: Service, room: str, reason: str | None = None) -> TestResponse:
    body = {"reason": reason}
    return service.call("POST", f"{room}/tally", body, person=HOST, key="told-once")


def test_slips_that_do_not_add_up_are_told_with_a_reason_that_stays(service: Service, room: str):
    body = {"electorates": {"members": paper(sealed(service, room)) | {"n_void": 1}}}
    for person in (HOST, "c.sec"):
        counted = service.call("PUT", f"{room}/paper-counts", body, person=person)
        assert counted.status_code == 200, counted.text
    refused = tally(service, room)
    require_code(refused, 422, "slips_differ")
    assert refused.json["errors"][0]["reason"] == "“参会人员”的票数相差 -1 张"
    in_english = service.call(
        "POST", f"{room}/tally", {}, person=HOST, key="told-once", headers=ENGLISH
    )
    assert in_english.json["errors"][0]["reason"] == "the slips of members differ by -1"
    data = tally(service, room, "多记一张废票").json["event"]["data"]
    assert [one["difference"] for one in data["reconciliation"]] == [-1, 0]
    sha256 = bytes.fromhex(data["reason"]["sha256"])
    kept = service.parts.database.reads.texts([sha256])[sha256]
    assert kept.content.decode() == "多记一张废票"


def test_where_two_counts_differ_is_told_by_labels_and_in_english_by_names(
    service: Service, room: str
):
    counted = paper(sealed(service, room))
    for person, n_void in ((HOST, 0), ("c.sec", 1)):
        body = {"electorates": {"members": counted | {"n_void": n_void}}}
        service.call("PUT", f"{room}/paper-counts", body, person=person)
    for headers, place in (({}, "参会人员.无效"), (ENGLISH, "members.n_void")):
        body: dict[str, Any] = {}
        refused = service.call(
            "POST", f"{room}/tally", body, person=HOST, key="differ", headers=headers
        )
        assert place in refused.json["errors"][0]["reason"]


def test_where_slips_add_up_no_reason_is_kept(service: Service, room: str):
    sealed(service, room, n_paper=0)
    assert "reason" not in tally(service, room, "没有问题").json["event"]["data"]


@pytest.mark.parametrize("step", ["_fire", "settle"])
def test_a_tally_that_is_cut_off_changes_nothing_and_is_told_by_who_asks_again(
    service: Service, room: str, monkeypatch: pytest.MonkeyPatch, step: str
):
    sealed(service, room, n_paper=0)
    poll = told_poll(service, room)
    codes = service.get(f"/v1/polls/{poll['id']}/codes").json

    def cut_off(*_: object) -> None:
        raise StoreUnavailable("cut off")

    with monkeypatch.context() as crash:
        of = service.parts.counting if step == "_fire" else service.parts.database.ballots.counts
        crash.setattr(of, step, cut_off)
        assert tally(service, room).status_code == 503
    body = {"codes": ["22222-22222"]}
    require_code(
        service.call("POST", f"{room}/paper-slips", body, person=HOST), 409, "poll_counted"
    )
    told = tally(service, room)
    assert told.status_code == 201, told.text
    after = told_poll(service, room)
    assert (after["state"], after["reconciliation"]) == (
        "counted",
        told.json["event"]["data"]["reconciliation"],
    )
    assert service.get(f"/v1/polls/{poll['id']}/codes").json == codes
    assert hash_of_codes(codes["codes"]) == told.json["event"]["data"]["codes"]
    assert service.parts.database.ballots.slips.states(poll["id"]) == {}


def test_who_holds_a_poll_is_told_beforehand_whether_two_could_count_its_paper(
    service: Service, room: str
):
    before = told_poll(service, room)
    assert before["counts_apart"]
    assert {HOST, "c.sec"} <= set(before["counters"])
    told = {"deputy": "c.sec", "person": HOST, "unit": "c", "roles": ["office"]}
    days = {"from": "2020-01-08", "until": "2020-01-10"}
    service.call("PUT", "/v1/deputies/delegations", told | days, person=HOST, key=None)
    after = told_poll(service, room)
    assert set(after["counters"]) == set(before["counters"])
    assert after["counts_apart"] == (set(before["counters"]) > {HOST, "c.sec"})


def test_a_deputy_and_whom_they_stand_in_for_count_the_paper_as_one(service: Service, room: str):
    told = {"deputy": "c.sec", "person": HOST, "unit": "c", "roles": ["office"]}
    days = {"from": "2020-01-08", "until": "2020-01-10"}
    handed = service.call("PUT", "/v1/deputies/delegations", told | days, person=HOST, key=None)
    assert handed.status_code == 200, handed.text
    body = {"electorates": {"members": paper(sealed(service, room))}}
    counts = f"{room}/paper-counts"
    assert service.call("PUT", counts, body, person=HOST).json == {"counted_by": [HOST]}
    require_code(service.call("PUT", counts, body, person="c.sec"), 403, "counted_by_the_same")
    (blocker,) = told_poll(service, room)["blockers"]
    assert blocker["code"] == "paper_counted_once"
    assert blocker["reason"]
    assert blocker["would_pass_if"]
