"""The short way of a ballot, on the event loop: it answers as the long way does, or hands over."""

import json
import secrets
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from services.workflow.adapters.http.ways import ShortWay
from services.workflow.application.rate import RateLimit
from tests.integration.http.conftest import started
from tests.integration.http.serving import Served, serving
from tests.integration.http.test_rooms import Room

pytestmark = pytest.mark.postgres
NONCE = "n" * 22


@pytest.fixture
def room(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Room]:
    for service in started("postgres", tmp_path, request):
        yield Room(service)


@pytest.fixture
def served(room: Room) -> Iterator[Served]:
    with serving(room.service, ShortWay) as served:
        yield served


def sheet_of(room: Room, slip: str, value: str = "50", **more: Any) -> dict[str, Any]:
    lines = room.sheet(slip)["lines"]
    answers = [{"about": one["about"], "question": "overall", "value": value} for one in lines]
    return {"secret": slip, "nonce": NONCE, "sheet": answers} | more


def request(body: Any, query: str = "", **headers: str) -> bytes:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    sent = {"Host": "h", "Content-Type": "application/json", "Content-Length": str(len(data))}
    lines = "".join(f"{name}: {value}\r\n" for name, value in (sent | headers).items())
    return f"POST /v1/ballots{query} HTTP/1.1\r\n{lines}\r\n".encode() + data


def test_a_ballot_is_taken_the_short_way_and_told_as_the_long_way_tells_it(
    room: Room, served: Served
):
    slip, other = room.issue("figures", "deputies", 2)
    room.start()
    [(status, told, headers)] = served.ask(request(sheet_of(room, slip)))
    assert (status, served.loop.n_long) == (200, 0)
    long = room.send(other, sheet_of(room, other)["sheet"])
    assert json.loads(told).keys() == long.json.keys()
    assert json.loads(told)["poll"] == long.json["poll"]
    assert {name.lower() for name, _ in long.headers} | {"date"} == {one.lower() for one in headers}
    again = served.ask(request(sheet_of_again(room, slip)))
    assert [(status, body) for status, body, _ in again] == [(200, told)]  # its phone is told so
    room.close("figures")
    assert room.host("/polls/figures/tally").json["event"]["data"]["n_codes"] == 2


def sheet_of_again(room: Room, slip: str) -> dict[str, Any]:
    lines = [{"about": f"talk/{one}", "question": "overall", "value": "50"} for one in room.talks]
    return {"secret": slip, "nonce": NONCE, "sheet": lines}


@pytest.mark.parametrize(
    "spoilt",
    [
        {"secret": "A" * 26},
        {"secret": ""},
        {"nonce": "short"},
        {"nonce": None},
        {"sheet": []},
        {"sheet": [{"about": "talk/x", "question": "overall", "value": "50"}]},
        {"sheet": [{"about": 1}]},
        {"sheet": "x"},
        {"comments": [{"about": "talk/x", "text": "y"}]},
        {"more": 1},
    ],
    ids=str,
)
def test_what_is_refused_is_refused_in_the_words_of_the_long_way(
    room: Room, served: Served, spoilt: Mapping[str, Any]
):
    (slip,) = room.issue("figures", "deputies", 1)
    room.start()
    body = sheet_of(room, slip) | spoilt
    [(status, short, _)] = served.ask(request(body))
    long = room.service.app.test_client().post("/v1/ballots", json=body)
    assert (status, short) == (long.status_code, long.data)
    assert 400 <= status < 500
    assert room.send(slip, sheet_of(room, slip)["sheet"]).status_code == 200


@pytest.mark.parametrize(
    "asked",
    [
        request(b"["),
        request(b'{"secret":"a","secret":"b","nonce":"","sheet":[]}'),
        request({}, "?x=1"),
        request({}, **{"Content-Type": "text/plain"}),
        request({}, **{"Content-Encoding": "gzip"}),
        request(b" " * 70_000),
    ],
    ids=range(6),
)
def test_what_cannot_be_read_is_refused(served: Served, asked: bytes):
    [(status, _, _)] = served.ask(asked)
    assert 400 <= status < 500


def test_a_value_off_the_scale_and_a_used_slip_are_told_and_use_nothing_up(
    room: Room, served: Served
):
    (slip,) = room.issue("figures", "deputies", 1)
    room.start()
    good = sheet_of(room, slip)
    statuses = [
        served.ask(request(body))[0][0]
        for body in (sheet_of(room, slip, "101"), good, good | {"nonce": "m" * 22})
    ]
    assert statuses == [400, 200, 409]


def test_a_poll_opens_with_the_first_ballot_and_closes_for_good(room: Room, served: Served):
    slip, late = room.issue("figures", "deputies", 2)
    body, too_late = sheet_of_again(room, slip), sheet_of_again(room, late)
    assert served.ask(request(body))[0][0] == 409  # nobody has started yet
    room.start()
    assert served.ask(request(body))[0][0] == 200
    room.close("figures")
    assert served.ask(request(too_late))[0][0] == 409


def test_fifty_phones_with_one_slip_and_a_hundred_with_their_own_all_at_once(
    room: Room, served: Served
):
    (shared,) = room.issue("figures", "deputies", 1)
    slips = room.issue("figures", "deputies", 100)
    room.start()
    sheet = sheet_of(room, shared)

    def send(slip: str) -> int:
        status, _, _ = served.ask(
            request(sheet | {"secret": slip, "nonce": secrets.token_urlsafe(24)})
        )[0]
        return int(status)

    with ThreadPoolExecutor(30) as phones:
        one_slip = [phones.submit(send, shared) for _ in range(50)]
        own = [phones.submit(send, slip) for slip in slips]
        assert {one.result() for one in own} == {200}
        assert sorted({one.result() for one in one_slip}) == [200, 409]
    assert [one.result() for one in one_slip].count(200) == 1
    room.close("figures")
    told = room.host("/polls/figures/tally").json["event"]["data"]
    assert told["groups"] == [{"electorates": ["deputies"], "n_valid": 101}]


def test_nothing_of_a_ballot_is_logged_or_counted_the_short_way_either(
    room: Room, served: Served, capfd: pytest.CaptureFixture[str]
):
    (slip,) = room.issue("figures", "deputies", 1)
    room.start()
    body = sheet_of(room, slip)
    capfd.readouterr()
    before = room.service.get("/metrics").data
    assert served.ask(request(body))[0][0] == 200
    out, err = capfd.readouterr()
    assert "/v1/ballots" not in out + err
    assert slip not in out + err
    assert b"ballots" not in before + room.service.get("/metrics").data


def test_who_floods_is_answered_before_anything_is_read_and_who_sends_a_ballot_pays_once(
    room: Room, served: Served, monkeypatch: pytest.MonkeyPatch
):
    slip, other = room.issue("figures", "deputies", 2)
    room.start()
    good, late = sheet_of(room, slip), sheet_of(room, other)
    few = RateLimit(per_s=0.001, burst=2)
    monkeypatch.setattr(room.service.parts.casting, "_reads", few)
    monkeypatch.setattr(served.casts.__self__, "_reads", few)
    sent = [good, good | {"nonce": "m" * 22}, late]  # the second goes both ways, and pays for one
    assert [served.ask(request(one))[0][0] for one in sent] == [200, 409, 429]


def test_what_goes_wrong_on_the_loop_is_done_the_long_way(
    room: Room, served: Served, monkeypatch: pytest.MonkeyPatch
):
    (slip,) = room.issue("figures", "deputies", 1)
    room.start()
    body = sheet_of(room, slip)

    async def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError("nobody thought of it")

    monkeypatch.setattr(served.casts.__self__._rounds, "cast", fail)
    assert served.ask(request(body))[0][0] == 200
    assert served.loop.n_long == 1
