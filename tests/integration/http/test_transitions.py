"""POST …/transitions, singly and in bulk: order of checks, keys, versions, and what comes back."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.integration.http.service import REPORT, Service

SUBMIT = {"trigger": "submit", "data": {"report": REPORT}}
ABSENT = "0195a1f0-0000-7000-8000-000000000001"


def path(service: Service, unit: str) -> str:
    return f"/v1/reviews/{service.reviews[unit]}/transitions"


def test_an_accepted_trigger_answers_with_the_review_and_the_stored_event(service: Service):
    answer = service.submit("c-h1-a")
    assert answer.status_code == 201
    assert answer.headers["ETag"] == '"2"'
    assert (answer.json["review"]["state"], answer.json["review"]["version"]) == ("unit_audit", 2)
    stored = service.parts.database.reads.stream(f"review/{service.reviews['c-h1-a']}")
    assert stored[-1].body in answer.data  # to the byte


def test_commands_that_are_no_array_are_told_so(service: Service):
    answer = service.call("POST", "/v1/transitions", {"commands": 1}, person="c-h1-a.sec")
    (fault,) = answer.json["errors"]
    assert (answer.status_code, fault["field"], fault["code"]) == (400, "commands", "not_a_list")
    assert fault["reason"] == "应为数组"


def test_one_key_sent_a_hundred_times_is_one_event_and_one_answer(service: Service):
    before = service.n_events()
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: service.submit("c-h1-a", key="same"), range(100)))
    assert {(answer.status_code, answer.data) for answer in answers} == {(201, answers[0].data)}
    assert service.n_events() == before + 1


def test_a_stale_version_is_told_and_leaves_nothing(service: Service):
    service.submit("c-h1-a")
    before = service.n_events()
    answer = service.fire("c-h1-a", "recall", "c-h1-a.sec", headers={"If-Match": '"1"'})
    assert (answer.status_code, answer.json["code"]) == (412, "stale_version")
    assert answer.headers["ETag"] == '"2"'
    assert service.n_events() == before


def test_an_answer_that_was_not_recorded_does_not_use_its_key_up(service: Service):
    stale = service.submit("c-h1-a", key="k", headers={"If-Match": '"7"'})
    assert stale.status_code == 412
    assert service.submit("c-h1-a", key="k").status_code == 201


def test_a_state_that_does_not_fit_is_told_with_what_would(service: Service):
    answer = service.fire("c-h1-a", "present", "c-h1.off")
    assert (answer.status_code, answer.json["code"]) == (409, "wrong_state")
    assert (answer.json["state"], answer.json["version"]) == ("drafting", 1)
    assert "submit" in answer.json["allowed_triggers"]


def test_in_a_final_state_no_trigger_fits_and_the_problem_says_so(service: Service):
    for n in range(2):
        answer = service.fire("c-h1-a", "withdraw", "c-h1.off", reason="撤回", key=f"w{n}")
    assert (answer.status_code, answer.json["state"]) == (409, "withdrawn")
    assert answer.json["allowed_triggers"] == []
    again = service.fire("c-h1-a", "withdraw", "c-h1.off", reason="撤回", key="w1")
    assert again.data == answer.data


def test_all_that_is_wrong_with_the_data_is_told_at_once_and_not_recorded(service: Service):
    before = service.n_events()
    report = {"achievements": 7, "problems": "二\u0000", "more": "x"}
    answer = service.fire("c-h1-a", "submit", "c-h1-a.sec", data={"report": report})
    found = {(error["field"], error["code"]) for error in answer.json["errors"]}
    assert answer.status_code == 422
    assert found >= {
        ("data.report.achievements", "not_a_string"),
        ("data.report.problems", "control_character"),
        ("data.report.tasks", "required"),
        ("data.report.more", "unknown_field"),
    }
    assert service.n_events() == before


def test_a_rehearsal_runs_all_guards_and_leaves_nothing(service: Service):
    before = service.n_events()
    answer = service.submit("c-h1-a", dry_run=True, key=None)
    assert (answer.status_code, answer.json["review"]["state"]) == (200, "unit_audit")
    assert "event" not in answer.json
    refused = service.fire("c-h1-a", "present", "c-h1.off", dry_run=True)
    assert refused.status_code == 409
    assert service.n_events() == before


def test_absent_and_not_yours_are_the_same_answer(service: Service):
    absent = service.call("POST", f"/v1/reviews/{ABSENT}/transitions", SUBMIT, person="c-h2.sec")
    foreign = service.call("POST", path(service, "c-h1-a"), SUBMIT, person="c-h2.sec")
    assert absent.status_code == foreign.status_code == 404
    assert absent.data == foreign.data
    assert dict(absent.headers, **{"X-Request-Id": ""}) == dict(
        foreign.headers, **{"X-Request-Id": ""}
    )


def test_the_first_thing_wrong_in_the_contracts_order_is_told(service: Service):
    where, bad = path(service, "c-h1-a"), b"{"
    call = lambda **others: service.call("POST", where, **others).status_code  # noqa: E731
    assert call(raw=bad, token="x" * 20, key=None) == 401
    assert call(raw=bad, person="c-h2.sec") == 400  # before 404
    assert call(body=SUBMIT, person="c-h2.sec", headers={"If-Match": '"9"'}) == 404  # before 412
    recall = {"trigger": "pass_unit_audit"}
    assert call(body=recall, person="c-h1-a.sec", headers={"If-Match": '"9"'}) == 412  # before 403
    assert call(body=recall, person="c-h1-a.sec") == 403  # before 409
    assert call(body={**recall, "data": {"x": 1}}, person="c-h1.dep") == 409  # before 422
    assert call(body={"trigger": "submit"}, person="c-h1-a.sec") == 422


def test_a_client_in_its_own_name_needs_a_person(service: Service):
    answer = service.call("POST", path(service, "c-h1-a"), SUBMIT)
    assert (answer.status_code, answer.json["code"]) == (403, "person_required")


def test_both_names_are_kept(service: Service):
    event = service.submit("c-h1-a").json["event"]
    assert (event["client"], event["actor"]) == ("oa", "c-h1-a.sec")


def test_a_revoked_token_is_refused_at_the_next_request(service: Service):
    token = service.parts.accounts.create_token("other", frozenset({"read", "trigger"}), "w")
    where = path(service, "c-h1-a")
    assert service.call("POST", where, SUBMIT, token=token).status_code == 403
    service.parts.database.identity.revoke_token("other", service.clock())
    assert service.call("POST", where, SUBMIT, token=token).status_code == 401
    assert service.submit("c-h1-a").status_code == 201  # everybody else's still works


@pytest.mark.parametrize("language", ["zh", "en"])
def test_refusals_speak_the_language_asked_for(service: Service, language: str):
    headers = {"Accept-Language": language}
    answer = service.fire("c-h1-a", "pass_unit_audit", "c-h1-a.sec", headers=headers)
    assert answer.json["title"].isascii() == (language == "en")


# --- Bulk ---


def command(service: Service, unit: str, trigger: str, **others: Any) -> dict[str, Any]:
    service.n_keys += 1
    return {
        "review": service.reviews[unit],
        "trigger": trigger,
        "idempotency_key": f"bulk-{service.n_keys}",
        **others,
    }


def bulk(service: Service, *commands: Any, person: str = "c.off") -> Any:
    return service.call("POST", "/v1/transitions", {"commands": list(commands)}, person=person)


def test_each_command_of_many_is_answered_as_if_sent_alone_and_in_order(service: Service):
    answer = bulk(
        service,
        command(service, "c-h1-a", "suspend", reason="借调"),
        command(service, "c-b1", "suspend", reason="借调"),
        command(service, "c-b1", "resume", reason="回来"),
        {"review": ABSENT, "trigger": "suspend", "idempotency_key": "x"},
        {"trigger": 7},
        command(service, "c-h1", "suspend", reason="病", if_match=9),
        command(service, "c-h2", "withdraw"),
        "no object",
    )
    assert answer.status_code == 200
    statuses = [one["status"] for one in answer.json["results"]]
    assert statuses == [403, 201, 201, 404, 400, 412, 422, 400]
    assert answer.json["results"][2]["review"]["version"] == 3
    assert answer.json["results"][3]["problem"]["code"] == "not_found"


def test_a_command_of_many_and_the_same_one_alone_share_their_key(service: Service):
    one = command(service, "c-b1", "suspend", reason="借调")
    first = bulk(service, one).json["results"][0]
    alone = service.fire("c-b1", "suspend", "c.off", reason="借调", key=one["idempotency_key"])
    assert alone.status_code == 201
    assert alone.json["event"] == first["event"]


def test_a_thousand_commands_pass_and_one_more_does_not(service: Service):
    many = [{"trigger": "x"}] * 1000
    assert bulk(service, *many).status_code == 200
    assert bulk(service, *many, many[0]).json["errors"][0]["code"] == "too_many"
    assert bulk(service).json["errors"][0]["code"] == "too_few"
