"""The log over HTTP: waiting for what comes, checkpoints, and proofs that hold."""

import threading

import pytest

from schemas.checkpoint import open_checkpoint
from tests.integration.http.service import Service


def test_positions_are_contiguous_over_pages(shared: Service):
    shared.sequence()
    positions, after = [], 0
    while len(positions) < shared.n_events():
        page = shared.get(f"/v1/log?after={after}&limit=3").json
        positions += [entry["position"] for entry in page["entries"]]
        after = page["next"]
    assert positions == list(range(1, shared.n_events() + 1))


def test_what_has_no_position_yet_is_pending(service: Service):
    page = service.get("/v1/log").json
    assert (page["entries"], page["next"], page["head"]) == ([], 0, 0)
    assert page["pending"] == service.n_events()
    service.sequence()
    positioned = service.get("/v1/log?limit=200").json
    assert page["pending_since"] == min(one["event"]["time"] for one in positioned["entries"])
    assert "pending_since" not in positioned


def test_who_waits_is_answered_when_an_event_comes(service: Service):
    service.sequence()
    head = service.get("/v1/log").json["head"]
    service.submit("c-h1-a")
    sequencing = threading.Timer(0.2, service.sequence)
    sequencing.start()
    page = service.get(f"/v1/log?after={head}&wait_s=30").json
    sequencing.join()
    assert [entry["position"] for entry in page["entries"]] == [head + 1]


def test_where_too_many_wait_the_next_is_answered_soon(service: Service):
    """Else those who wait for news would hold every thread there is."""
    reading = service.parts.log_reading
    while reading._waiting.acquire(blocking=False):
        pass
    assert service.get("/v1/log?wait_s=30").json["entries"] == []


def test_nobody_goes_on_waiting_when_the_service_stops(service: Service):
    service.parts.stopping.set()
    assert service.get("/v1/log?wait_s=30").json["entries"] == []


def test_the_checkpoint_is_signed_over_the_whole_log(shared: Service):
    shared.sequence()
    answer = shared.get("/v1/log/checkpoint")
    assert answer.content_type == "text/plain; charset=utf-8"
    key = shared.parts.key
    assert open_checkpoint(answer.text, key.public, key.verify).size == shared.n_events()


def test_a_proof_is_given_for_a_signed_size_only(shared: Service):
    shared.sequence()
    size = shared.get("/v1/log").json["head"]
    assert shared.get(f"/v1/log/proof?position=1&size={size}").text.startswith(
        "c2sp.org/tlog-proof@v1\n"
    )
    for query, code in [
        (f"position=1&size={size + 1}", "size_not_signed"),
        (f"position={size + 1}&size={size}", "position_beyond_size"),
    ]:
        answer = shared.get(f"/v1/log/proof?{query}")
        assert (answer.status_code, answer.json["code"]) == (422, code)


@pytest.mark.parametrize("path", ["/v1/log", "/v1/people?ids=c.off"])
def test_the_log_and_the_names_are_for_clients_with_the_scope(shared: Service, path: str):
    token = shared.parts.accounts.create_token("reader", frozenset({"read", "act-for"}), "w")
    assert shared.get(path, token=token).json["code"] == "client_scope"
    assert shared.get(path, "c.off").status_code == 403  # a person has no part in them
