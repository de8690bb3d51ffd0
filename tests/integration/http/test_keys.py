"""Idempotency keys on every way in: acceptance alone uses one up, and absence is told before it."""

from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests.integration.http.service import REPORT, SCHEME, Service

ABSENT = "0195a1f0-0000-7000-8000-000000000001"
REPLAYED = "Idempotent-Replayed"


def bulk(service: Service, *commands: Any, person: str = "c.off") -> Any:
    answer = service.call("POST", "/v1/transitions", {"commands": list(commands)}, person=person)
    return answer.json["results"]


def note(
    service: Service, unit: str, person: str, key: str, text: str = "请核", kind: str = "note"
) -> TestResponse:
    path = f"/v1/reviews/{service.reviews[unit]}/notes"
    return service.call("POST", path, {"kind": kind, "text": text}, person=person, key=key)


def told(answer: TestResponse) -> tuple[int, bytes, str | None]:
    return answer.status_code, answer.data, answer.headers.get(REPLAYED)


def test_a_refusal_leaves_its_key_free(service: Service):
    early = service.fire("c-h1-a", "pass_unit_audit", "c-h1.dep", key="early")
    service.submit("c-h1-a")
    again = service.fire("c-h1-a", "pass_unit_audit", "c-h1.dep", key="early")
    assert (early.status_code, again.status_code) == (409, 201)
    assert REPLAYED not in again.headers


def test_a_refused_or_malformed_request_may_come_again_with_another_body(service: Service):
    assert service.submit("c-h1-a", key="k", reason=7).status_code == 400
    assert service.fire("c-h1-a", "submit", "c-h1-a.sec", key="k").status_code == 422
    assert service.submit("c-h1-a", key="k").status_code == 201


def test_the_same_refusal_within_ten_minutes_is_recorded_once_under_any_key(service: Service):
    service.fire("c-h1-a", "pass_unit_audit", "c-h1.dep", key="one")
    before = service.n_events()
    for key in ("one", "two"):
        service.fire("c-h1-a", "pass_unit_audit", "c-h1.dep", key=key)
    assert service.n_events() == before
    service.clock.pass_by(minutes=11)
    service.fire("c-h1-a", "pass_unit_audit", "c-h1.dep", key="one")
    assert service.n_events() == before + 1


def test_the_same_request_gets_its_answer_again_and_is_told_so(service: Service):
    first = service.submit("c-h1-a", key="k")
    service.fire("c-h1-a", "recall", "c-h1-a.sec")
    before = service.n_events()
    again = service.submit("c-h1-a", key="k")
    assert told(first)[2] is None
    assert told(again) == (201, first.data, "true")
    assert (again.headers["ETag"], service.n_events()) == ('"2"', before)


def test_a_key_with_another_body_or_person_is_refused(service: Service):
    assert service.submit("c-h1-a", key="k").status_code == 201
    other = service.fire("c-h1-a", "recall", "c-h1-a.sec", key="k")
    somebody = service.fire("c-h1-a", "submit", "c-h1.dep", key="k", data={"report": REPORT})
    assert [(one.status_code, one.json["code"]) for one in (other, somebody)] == [
        (422, "key_reused")
    ] * 2


def test_a_used_key_at_a_case_out_of_sight_is_answered_as_at_an_absent_one(service: Service):
    service.reviews["absent"] = ABSENT
    assert note(service, "c-h2", "c-h2.sec", "k").status_code == 201
    by = {"person": "c-h2.sec", "key": "k"}
    told_of = {
        (answer.status_code, answer.data)
        for unit in ("c-h1-a", "absent")
        for answer in (service.fire(unit, "recall", **by), note(service, unit, "c-h2.sec", "k"))
    }
    ((status, _),) = told_of
    assert status == 404


def test_who_no_longer_sees_the_case_gets_no_answer_again(service: Service):
    """Also not under the key of their own act."""
    assert service.fire("c-h1-a", "suspend", "c-h1.off", reason="借调", key="k").status_code == 201
    service.clock.pass_by(days=3000)
    again = service.fire("c-h1-a", "suspend", "c-h1.off", reason="借调", key="k")
    assert (again.status_code, again.headers.get(REPLAYED)) == (404, None)


def test_in_bulk_a_refusal_leaves_its_key_free_and_a_repeat_says_so(service: Service):
    one = {"review": service.reviews["c-b1"], "trigger": "resume", "idempotency_key": "k"}
    (refused,) = bulk(service, one)
    good = one | {"trigger": "suspend", "reason": "借调"}
    first, again, other = bulk(service, good, good, one)
    assert (refused["status"], first["status"], other["status"]) == (409, 201, 422)
    assert again == first | {"idempotent_replayed": True}
    alone = service.fire("c-b1", "suspend", "c.off", reason="借调", key="k")
    assert (alone.json["event"], alone.headers[REPLAYED]) == (first["event"], "true")


def test_a_note_sent_again_is_the_answer_it_had_whatever_happened_since(service: Service):
    refused = note(service, "c-h1-a", "c-h1-a.sec", "k", kind="urge")  # themselves
    first = note(service, "c-h1-a", "c-h1.off", "k")
    service.clock.pass_by(minutes=1)
    service.submit("c-h1-a")
    again, other = (note(service, "c-h1-a", "c-h1.off", "k", text) for text in ("请核", "另"))
    assert (refused.status_code, first.status_code) == (403, 201)
    assert told(again) == (201, first.data, "true")
    assert (other.status_code, other.json["code"]) == (422, "key_reused")


def test_a_cycle_opened_under_a_key_is_answered_again_and_without_it_is_a_conflict(
    service: Service,
):
    body = {"scheme": SCHEME, "unit": "c", "year": 2019}

    def opening(key: str | None, **changes: Any) -> TestResponse:
        return service.call("POST", "/v1/cycles", body | changes, person="c.off", key=key)

    again = opening("key-1")
    assert (again.status_code, again.json["id"]) == (201, service.cycle)
    assert again.headers[REPLAYED] == "true"
    assert opening("key-1", year=2020).json["code"] == "key_reused"
    assert [opening(key).status_code for key in (None, "another")] == [409, 409]


@pytest.mark.parametrize("key", ["", "a b", "x" * 201])
def test_what_is_no_key_is_malformed_everywhere(shared: Service, key: str):
    body = {"scheme": SCHEME, "unit": "c", "year": 2019}
    found = [
        shared.submit("c-h1-a", key=key),
        note(shared, "c-h1-a", "c-h1.off", key),
        shared.call("POST", "/v1/cycles", body, person="c.off", key=key),
    ]
    assert {(one.status_code, one.json["code"]) for one in found} == {(400, "malformed")}
