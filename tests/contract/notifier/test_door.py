"""The notifier's HTTP door: who may ask, what they get, and what is refused."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from threading import Thread
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.serving import make_server

from services.notifier.adapters.http import create_app
from services.notifier.adapters.http.shapes import ready
from services.notifier.application.ports import ForeignRecord
from services.notifier.application.questions import Questions
from services.workflow.adapters.notifier import NotifierClient
from services.workflow.application.boards import Answered, Coming, NextNotice
from services.workflow.domain.refusals import NotifierAway
from tests.contract.notifier.conftest import HEADERS, TOKEN
from tests.contract.notifier.test_promises import WARD, answer, change_posts
from tests.contract.notifier.town import Town, never
from tests.unit.notifier.world import BRANCH_REVIEW, POLICY, at

UNKNOWN = "00000000-0000-7000-8000-00000000ffff"


@pytest.mark.parametrize(
    "headers", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": f"Basic {TOKEN}"}]
)
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/notices"),
        ("POST", "/v1/next-notices"),
        ("POST", "/v1/coming"),
        ("POST", "/v1/simulations"),
        ("GET", "/v1/policies/0"),
        ("GET", "/v1/channels"),
        ("POST", "/v1/channels/email/trials"),
        ("GET", "/v1/watch"),
    ],
)
def test_what_tells_about_people_needs_the_token(
    door: FlaskClient, headers: dict[str, str], method: str, path: str
) -> None:
    answer = door.open(path, method=method, headers=headers)
    assert (answer.status_code, answer.json["code"]) == (401, "unauthenticated")


def test_of_a_case_that_is_set_aside_it_is_told_where_it_cannot_be_read(
    town: Town, door: FlaskClient
) -> None:
    position = town.log.append(f"review/{BRANCH_REVIEW}", "state_changed", at(1, 8, 8), {})
    town.run()
    body = {"reviews": [BRANCH_REVIEW]}
    items = door.post("/v1/next-notices", json=body, headers=HEADERS).json["items"]
    assert items[BRANCH_REVIEW] == {"set_aside": {"position": position, "version": 2}}


def test_next_notices_are_what_will_be_sent(town: Town, door: FlaskClient) -> None:
    town.run()
    body = {"reviews": [BRANCH_REVIEW, UNKNOWN]}
    items = door.post("/v1/next-notices", json=body, headers=HEADERS).json["items"]
    to = {"unit": "ward", "role": "secretary", "person": "ws"}
    foretold = items[BRANCH_REVIEW]
    assert (foretold["rung"], foretold["kind"], foretold["to"]) == ("before", "reminder", to)
    assert items[UNKNOWN] is None
    town.run(at(1, 8, 10))
    sent = door.get("/v1/notices", headers=HEADERS).json["items"][0]
    assert (sent["planned_at"], sent["rung"]) == (foretold["at"], "before")


def test_what_was_promised_is_told_beside_what_comes_next_until_its_post_ends(
    town: Town, door: FlaskClient
) -> None:
    answer(town, at(1, 8, 8, 1), "2020-01-09")
    town.run(at(1, 8, 8, 2))
    asked = {"reviews": [BRANCH_REVIEW, UNKNOWN]}

    def told() -> Any:
        return door.post("/v1/next-notices", json=asked, headers=HEADERS).json["promises"]

    promise = {"desk": "", "until": "2020-01-09", "reason": "promised", "person": "ws"}
    assert told() == {BRANCH_REVIEW: [promise]}
    change_posts(town, at(1, 8, 9), {**WARD, "until": "2020-01-08"})
    town.run(at(1, 8, 9, 1))
    assert told() == {}


def test_what_may_be_told_today_is_found_without_naming_a_case(
    town: Town, door: FlaskClient
) -> None:
    town.run()
    body = {"reviews": [BRANCH_REVIEW]}
    next_one = door.post("/v1/next-notices", json=body, headers=HEADERS).json["items"]
    day = next_one[BRANCH_REVIEW]["at"]
    told = door.post("/v1/coming", json={"until": day}, headers=HEADERS).json
    assert (f"review/{BRANCH_REVIEW}" in told["items"], told["more"]) == (True, False)
    before = {"until": "2019-12-01T00:00:00.000000Z"}
    assert door.post("/v1/coming", json=before, headers=HEADERS).json["items"] == []


def test_of_more_than_an_answer_holds_it_says_that_there_are(
    town: Town, door: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    town.run()
    monkeypatch.setattr("services.notifier.application.questions.MOST_COMING", 0)
    until = {"until": "2021-01-01T00:00:00.000000Z"}
    told = door.post("/v1/coming", json=until, headers=HEADERS).json
    assert told == {"items": [], "more": True}


@pytest.mark.parametrize(
    "body", [b"[]", b"{", b"{}", b'{"until": 1}', b'{"until": "today"}', b'{"to": ""}', b"null"]
)
def test_a_time_that_makes_no_sense_is_refused(door: FlaskClient, body: bytes) -> None:
    answer = door.post("/v1/coming", data=body, content_type="application/json", headers=HEADERS)
    assert (answer.status_code, answer.mimetype) == (400, "application/problem+json")


def test_the_workflow_reads_what_the_notifier_answers(town: Town) -> None:
    answer(town, at(1, 8, 8, 1), "2020-01-09")
    town.run()
    questions = Questions(store=town.store, book=town.engine.book, clock=town.clock)
    now = partial(datetime.now, UTC)
    app = create_app(questions, town.engine.status, TOKEN, now, town.store.require_answer, never)
    server = make_server("127.0.0.1", 0, app)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        client = NotifierClient(f"http://127.0.0.1:{server.port}", TOKEN)
        stream = f"review/{BRANCH_REVIEW}"
        told = client.next_notices([stream])
        assert told is not None
        planned = told[stream]
        assert isinstance(planned, NextNotice)
        assert (planned.kind, planned.person) == ("reminder", "ws")
        assert planned.policy == POLICY.hash
        promise = Answered(desk="", until=date(2020, 1, 9), reason="promised", person="ws")
        assert planned.answered == (promise,)
        assert client.coming(planned.at) == Coming(cases=(stream,))
        assert client.policy(POLICY.hash) == POLICY.canonical
        assert client.policy("0" * 64) is None, "it answers that it has none"
        stranger = NotifierClient(f"http://127.0.0.1:{server.port}", "another")
        with pytest.raises(NotifierAway):
            stranger.policy(POLICY.hash)
        assert (stranger.coming(planned.at), stranger.next_notices([stream])) == (None, None)
    finally:
        server.shutdown()
        server.server_close()


def test_after_the_last_rung_there_is_no_next_notice(town: Town, door: FlaskClient) -> None:
    for day in (at(1, 8, 10), at(1, 10, 10), at(5, 8)):
        town.run(day)
    answer = door.post("/v1/next-notices", json={"reviews": [BRANCH_REVIEW]}, headers=HEADERS)
    assert answer.json["items"] == {BRANCH_REVIEW: None}


def test_notices_are_filtered_and_paged_without_gap_or_repeat(
    town: Town, door: FlaskClient
) -> None:
    for day in (8, 10, 14):
        town.run(at(1, day, 10))
    seen: list[str] = []
    query: dict[str, Any] = {"limit": 1, "review": BRANCH_REVIEW, "recipient": "ws"}
    while True:
        page = door.get("/v1/notices", query_string=query, headers=HEADERS).json
        seen += [item["notice"] for item in page["items"]]
        if page["next"] is None:
            break
        query["after"] = page["next"]
    assert len(seen) == len(set(seen)) == 4
    nothing = door.get("/v1/notices?status=failed", headers=HEADERS).json
    assert nothing == {"items": [], "next": None}


@pytest.mark.parametrize(
    "query",
    [
        "review=x",
        "recipient=%00",
        "status=lost",
        "limit=0",
        "limit=201",
        "limit=１",
        "limit=-1",
        "after=x",
        "after=MjAyMA==",
        "sort=1",
    ],
)
def test_a_query_that_makes_no_sense_is_refused(door: FlaskClient, query: str) -> None:
    answer = door.get(f"/v1/notices?{query}", headers=HEADERS)
    assert answer.status_code == 400
    assert answer.mimetype == "application/problem+json"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{",
        b'{"reviews": 1}',
        b'{"reviews": ["x"]}',
        b'{"reviews": [1]}',
        b'{"reviews": [], "more": 1}',
        b'{"reviews": [], "reviews": []}',
        b'{"reviews": [NaN]}',
        b"[" * 1000,
        b'{"reviews": ["\\ud800"]}',
        b'{"reviews": [' + b",".join([f'"{UNKNOWN}"'.encode()] * 201) + b"]}",
    ],
)
def test_a_body_that_makes_no_sense_is_refused(door: FlaskClient, body: bytes) -> None:
    answer = door.post(
        "/v1/next-notices", data=body, content_type="application/json", headers=HEADERS
    )
    assert answer.status_code == 400


def test_a_body_that_is_too_large_or_of_another_type_is_refused(door: FlaskClient) -> None:
    path = "/v1/next-notices"
    large = door.post(path, data=b" " * 65537, content_type="application/json", headers=HEADERS)
    assert large.status_code == 413
    assert door.post(path, data={"reviews": "x"}, headers=HEADERS).status_code == 415
    allowed = door.put(path, headers=HEADERS).headers["Allow"]
    assert set(allowed.split(", ")) == {"OPTIONS", "POST"}


def test_readiness_shows_clock_position_and_sweep_as_the_wire_spells_them(
    town: Town, door: FlaskClient
) -> None:
    assert door.get("/readyz").status_code == 503
    town.run(at(1, 8, 10))
    answer = door.get("/readyz")
    assert answer.status_code == 200
    assert answer.json["clock"] == answer.json["swept_through"] == "2020-01-08T02:00:00.000000Z"
    assert answer.json["feed_position"] == answer.json["head"] == 2


def test_trouble_shows_in_readiness_and_in_the_figures(town: Town, door: FlaskClient) -> None:
    town.run()
    town.feed.away = True
    town.run(n_passes=1)
    answer = door.get("/readyz")
    assert (answer.status_code, answer.json["status"]) == (503, "down")
    assert answer.json["parts"]["feed"] == {"status": "down", "lag": 0, "what": "cut off"}
    assert b'shuping_notifier_problem{part="feed"} 1.0' in door.get("/metrics").data
    assert door.get("/healthz").status_code == 200


def test_a_foreign_record_is_counted_and_shown_with_its_place(
    town: Town, door: FlaskClient
) -> None:
    town.feed.foreign = (ForeignRecord(partition=3, offset=17, reason="no position"),)
    town.run()
    answer = door.get("/readyz")
    assert answer.status_code == 200
    assert answer.json["foreign"] == {"partition": 3, "offset": 17, "reason": "no position"}
    assert b"shuping_notifier_foreign_records_total 1.0" in door.get("/metrics").data


def test_a_feed_that_goes_another_way_is_shown_and_sends_nobody_elsewhere(
    town: Town, door: FlaskClient
) -> None:
    town.feed.detour = "no broker answers"
    town.run()
    answer = door.get("/readyz")
    assert (answer.status_code, answer.json["status"]) == (200, "degraded")
    assert answer.json["parts"]["broker"] == {"status": "degraded", "what": "no broker answers"}
    assert b'shuping_notifier_problem{part="broker"} 1.0' in door.get("/metrics").data


def test_reading_that_has_stopped_sends_requests_elsewhere(town: Town, door: FlaskClient) -> None:
    town.log.append("organisation/work", "organisation_changed", at(1, 8, 8), {})
    town.run(n_passes=2)
    answer = door.get("/readyz")
    assert (answer.status_code, answer.json["status"]) == (503, "down")
    assert "position 3" in answer.json["parts"]["events"]["what"]


def test_a_case_set_aside_and_the_lag_of_the_feed_show(town: Town, door: FlaskClient) -> None:
    town.log.append(f"review/{BRANCH_REVIEW}", "state_changed", at(1, 8, 8), {})
    town.feed.hidden = 1
    town.run(n_passes=1)
    assert door.get("/readyz").json["parts"]["feed"] == {"status": "ok", "lag": 1}
    assert b"shuping_notifier_feed_lag 1.0" in door.get("/metrics").data
    town.feed.hidden = 0
    town.run()
    answer = door.get("/readyz")
    assert (answer.status_code, answer.json["status"]) == (200, "degraded")
    assert answer.json["parts"]["cases"] == {"status": "degraded", "set_aside": 1, "in_vain": 0}
    assert b"shuping_notifier_cases_set_aside 1.0" in door.get("/metrics").data


@pytest.mark.parametrize(("seconds", "stands"), [(60, "ok"), (61, "degraded")])
def test_a_sweep_that_does_not_come_for_a_minute_is_late(
    town: Town, seconds: int, stands: str
) -> None:
    town.run()
    status = town.engine.status
    assert status.swept_at is not None
    code, body = ready(
        replace(status, last_pass_at=(now := status.swept_at + timedelta(seconds=seconds))), now
    )
    assert (code, body["status"], body["parts"]["sweep"]["status"]) == (200, stands, stands)


def test_a_standby_is_well_though_it_sweeps_nothing(town: Town) -> None:
    town.run()
    standby = town.another_engine("elsewhere")
    standby.step(0)
    code, body = ready(standby.status, datetime.now(UTC) + timedelta(seconds=50))
    assert (code, body["status"], body["parts"]["engine"]["active"]) == (200, "ok", False)


def test_what_health_and_figures_say_names_nobody(town: Town, door: FlaskClient) -> None:
    town.run(at(1, 14, 10))
    shown = door.get("/metrics").data + door.get("/readyz").data
    assert not [person for person in (b"ws", b"hs", "示例".encode()) if b'"' + person in shown]
