"""Requests as upstream systems send them: raced, repeated, refused, rehearsed, dated back."""

import uuid
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from deploy.client import Answer
from tests.end_to_end.world import REPORT, World, codes

SUBMIT = {"trigger": "submit", "data": REPORT}


def at_once(n: int, ask: Callable[[int], Answer], threads: int = 8) -> list[Answer]:
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(ask, range(n)))


def path(world: World, unit: str) -> str:
    return f"/v1/reviews/{world.cases[unit]}/transitions"


def test_of_eight_who_decided_on_one_version_one_wins(world: World) -> None:
    answers = at_once(
        8, lambda _: world.api.post(path(world, "h1-1"), SUBMIT, "h1-1.sec", if_match='"1"')
    )
    assert Counter(answer.status for answer in answers) == {201: 1, 412: 7}
    assert world.case("h1-1")["version"] == 2
    assert world.events("h1-1", "trigger_refused") == []


def test_of_eight_without_a_version_one_wins_and_seven_see_where_it_stands(world: World) -> None:
    answers = at_once(8, lambda _: world.fire("h1-2", "submit", "h1-2.sec", data=REPORT))
    assert Counter(answer.status for answer in answers) == {201: 1, 409: 7}
    lost = next(answer.body for answer in answers if answer.status == 409)
    assert (lost["state"], lost["version"]) == ("unit_audit", 2)
    assert "recall" in lost["allowed_triggers"]
    assert world.case("h1-2")["version"] == 2


def test_one_key_sent_a_hundred_times_is_one_event_and_one_answer(world: World) -> None:
    key = str(uuid.uuid4())
    answers = at_once(
        100,
        lambda _: world.api.post(path(world, "h1-3"), SUBMIT, "h1-3.sec", idempotency_key=key),
        threads=32,
    )
    assert {answer.status for answer in answers} == {201}
    assert all(answer.body == answers[0].body for answer in answers)
    assert len(world.events("h1-3", "state_changed")) == 1


def test_a_key_keeps_its_answer_and_takes_no_other_request(world: World) -> None:
    key = str(uuid.uuid4())
    first = world.api.post(path(world, "h1-4"), SUBMIT, "h1-4.sec", idempotency_key=key)
    world.act("h1-4", "recall", "h1-4.sec")
    again = world.api.post(path(world, "h1-4"), SUBMIT, "h1-4.sec", idempotency_key=key)
    assert (again.status, again.body) == (201, first.body)
    other = {"trigger": "recall"}
    answer = world.api.post(path(world, "h1-4"), other, "h1-4.sec", idempotency_key=key)
    assert (answer.status, answer.body["code"]) == (422, "key_reused")


def test_a_refused_request_is_judged_anew_under_its_key(world: World) -> None:
    key = str(uuid.uuid4())
    body = {"trigger": "present"}
    refused = world.api.post(path(world, "h1-5"), body, "h1.off", idempotency_key=key)
    world.submit("h1-5")
    world.act("h1-5", "pass_unit_audit", "h1.off")
    again = world.api.post(path(world, "h1-5"), body, "h1.off", idempotency_key=key)
    assert (refused.status, again.status) == (409, 201)
    assert world.case("h1-5")["state"] == "presented"


def test_a_skipped_audit_is_refused_with_reasons_recorded_and_moves_nothing(world: World) -> None:
    world.submit("h1-6")
    by_secretary = world.fire("h1-6", "present", "h1-6.sec")
    by_office = world.fire("h1-6", "present", "h1.off")
    assert (by_secretary.status, by_office.status) == (403, 409)
    assert all(error["reason"] for error in by_office.body["errors"])
    refusals = world.events("h1-6", "trigger_refused")
    told = [(one["actor"], one["data"]["status"], one["data"]["trigger"]) for one in refusals]
    assert told == [("h1-6.sec", 403, "present"), ("h1.off", 409, "present")]
    assert world.case("h1-6")["version"] == 2


def test_the_same_refusal_again_is_answered_alike_and_recorded_once(world: World) -> None:
    answers = [world.fire("h1-7", "close", "h1.off") for _ in range(3)]
    assert [answer.status for answer in answers] == [409] * 3
    assert answers[0].body == answers[1].body == answers[2].body
    assert len(world.events("h1-7", "trigger_refused")) == 1


def test_all_that_is_wrong_with_a_report_is_told_at_once(world: World) -> None:
    lists = {"achievements": "一" * 3001, "problems": "二", "tasks": "三"}
    tomorrow = "2020-01-09T09:00:00+08:00"
    data = {"report": lists}
    refused = world.fire("h1-8", "submit", "h1-8.sec", data=data, effective_at=tomorrow)
    assert refused.status == 422
    assert set(codes(refused)) == {"document_too_long", "effective_in_future"}
    assert world.case("h1-8")["version"] == 1


def test_a_rehearsal_says_what_would_happen_and_leaves_no_event(world: World) -> None:
    n_before = len(world.log())
    would = world.fire("h1-9", "submit", "h1-9.sec", data=REPORT, dry_run=True)
    would_not = world.fire("h1-9", "present", "h1.off", dry_run=True)
    assert (would.status, would.body["review"]["state"]) == (200, "unit_audit")
    assert would_not.status == 409
    assert world.case("h1-9")["version"] == 1
    assert len(world.log()) == n_before


def test_of_a_bulk_each_is_answered_as_if_sent_alone(world: World) -> None:
    def command(unit: str, trigger: str, **rest: Any) -> dict[str, Any]:
        key = str(uuid.uuid4())
        return {"review": world.cases[unit], "trigger": trigger, "idempotency_key": key, **rest}

    commands = [
        command("b1", "suspend", reason="借调"),
        command("b2", "present"),
        command("b1", "resume", reason="回来"),
        command("b3", "withdraw"),
        {**command("b3", "suspend", reason="借调"), "if_match": 7},
        command("h1-10", "present"),
    ]
    results = world.api.post("/v1/transitions", {"commands": commands}, "c.off").body["results"]
    assert [one["status"] for one in results] == [201, 409, 201, 422, 412, 403]
    assert (world.case("b1")["version"], world.case("b3")["version"]) == (3, 1)
    again = world.api.post("/v1/transitions", {"commands": commands}, "c.off").body["results"]
    assert [one["status"] for one in again] == [201, 409, 201, 422, 412, 403]
    assert world.case("b1")["version"] == 3


def test_an_act_is_dated_back_as_far_as_the_scheme_lets_and_no_further(world: World) -> None:
    world.at("02-10 09:00")
    now_and_then = ["2020-02-10T10:00:00+08:00", "2020-01-20T09:00:00+08:00"]
    refused = [
        codes(world.fire("b4", "submit", "b4.sec", data=REPORT, effective_at=at))
        for at in now_and_then
    ]
    assert refused == [["effective_in_future"], ["effective_too_old"]]
    world.act("b4", "submit", "b4.sec", data=REPORT, effective_at="2020-02-05T15:00:00+08:00")
    assert world.case("b4")["entered_at"] == "2020-02-05T07:00:00.000000Z"
    (moved,) = world.events("b4", "state_changed")
    assert moved["time"] == "2020-02-10T01:00:00.000000Z"


def test_within_a_case_no_act_takes_effect_before_the_last_one(world: World) -> None:
    world.act("b5", "submit", "b5.sec", data=REPORT, effective_at="2020-02-07T09:00:00+08:00")
    early = "2020-02-06T09:00:00+08:00"
    refused = world.fire("b5", "pass_organ_audit", "c.off", effective_at=early)
    assert codes(refused) == ["effective_before_last"]
    world.act("b5", "pass_organ_audit", "c.off", effective_at="2020-02-07T09:00:00+08:00")


def test_a_case_of_a_foreign_unit_is_answered_like_one_that_does_not_exist(world: World) -> None:
    foreign = world.fire("h2-1", "submit", "h1-1.sec", data=REPORT)
    body = {"trigger": "submit", "data": REPORT}
    absent = world.api.post(f"/v1/reviews/{uuid.uuid4()}/transitions", body, "h1-1.sec")
    assert (foreign.status, foreign.body) == (absent.status, absent.body)
    assert len(world.events("h2-1", "trigger_refused")) == 1


def test_afterwards_the_log_is_whole(world: World) -> None:
    world.require_whole()
