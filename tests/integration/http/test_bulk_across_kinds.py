"""Commands in bulk for cases of several kinds: those of one family are done in their order."""

from pathlib import Path
from typing import Any

import pytest

from tests.integration.http.conftest import STORES
from tests.integration.http.ledgers import Ledgers, opened

TWO_STEPS = ("look", "finish")


@pytest.fixture(params=STORES)
def ledgers(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    yield from opened(request.param, tmp_path, request)


def statuses(results: list[dict[str, Any]]) -> list[int]:
    return [one["status"] for one in results]


def test_a_case_ends_after_what_comes_before_it_in_its_part(ledgers: Ledgers):
    slip, whole = ledgers.slip(), ledgers.of["c-h1"]
    results = ledgers.many(*((slip, step) for step in TWO_STEPS), (whole, "shut_up"))
    assert statuses(results) == [201, 201, 201]
    assert [one["case"]["kind"] for one in results] == ["slip", "slip", "ledger"]


def test_what_comes_first_is_judged_by_what_stood_before_the_rest(ledgers: Ledgers):
    slip, whole = ledgers.slip(), ledgers.of["c-h1"]
    results = ledgers.many((slip, "look"), (whole, "shut_up"), (slip, "finish"))
    assert statuses(results) == [201, 422, 201]
    assert [one["code"] for one in results[1]["problem"]["errors"]] == ["link_not_all_ended"]


def test_the_order_of_a_family_holds_however_many_stand_between(ledgers: Ledgers):
    slips, whole = [ledgers.slip() for _ in range(3)], ledgers.of["c-h1"]
    far = [(one["id"], "suspend") for one in reviews(ledgers)] * 40
    commands = [(slip, step) for slip in slips for step in TWO_STEPS]
    results = ledgers.many(*commands[:5], *far, commands[5], *far, (whole, "shut_up"))
    acted = [one for one in results if one.get("case", {}).get("kind") in ("slip", "ledger")]
    assert (len(acted), set(statuses(acted))) == (7, {201})


def reviews(ledgers: Ledgers) -> list[dict[str, Any]]:
    return list(ledgers.service.get("/v1/reviews", "c-h1.sec").json["items"])


def test_five_hundred_lines_of_two_kinds_are_each_answered_in_their_place(ledgers: Ledgers):
    slips = [ledgers.slip() for _ in range(5)]
    commands = [(slip, trigger) for slip in slips for trigger in ("look", "look")] * 49
    commands += [(slip, "finish") for slip in slips] + [(ledgers.of["c-h1"], "shut_up")] * 5
    results = ledgers.many(*commands)
    assert len(results) == 500
    assert [one["case"]["id"] for one in results if one["status"] == 201] == [
        *slips, *slips, ledgers.of["c-h1"],
    ]  # fmt: skip
    assert set(statuses(results)) == {201, 409}


def test_of_a_case_out_of_sight_nothing_is_told_and_the_rest_is_done(ledgers: Ledgers):
    mine, other = ledgers.slip(), ledgers.slip("c-h2")
    absent = f"{other[:-12]}{'0' * 12}"
    results = ledgers.many((mine, "look"), (other, "look"), (absent, "look"), (mine, "finish"))
    assert statuses(results) == [201, 404, 404, 201]
    assert results[1]["problem"] == results[2]["problem"]


def test_a_case_named_as_a_review_is_none(ledgers: Ledgers):
    slip = ledgers.slip()
    body = {"commands": [{"review": slip, "trigger": "look", "idempotency_key": "k"}]}
    answer = ledgers.service.call("POST", "/v1/transitions", body, person="c-h1.sec")
    assert statuses(answer.json["results"]) == [404]
