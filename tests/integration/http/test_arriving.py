"""What may arrive, how fast and how much of it: on either way, and nobody else is kept waiting."""

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from services.workflow.adapters.http import arriving
from services.workflow.adapters.http.arriving import Room
from services.workflow.adapters.http.bodies import BULK_BYTES, BULK_PATHS
from services.workflow.adapters.http.ways import LongWay, ShortWay
from services.workflow.application.asking import COMMAND_BYTES
from tests.end_to_end.world import until
from tests.integration.http.service import Service
from tests.integration.http.serving import Served, answer, serving


@pytest.fixture(params=[ShortWay, LongWay])
def served(service: Service, request: pytest.FixtureRequest) -> Iterator[Served]:
    with serving(service, request.param) as served:
        yield served


@pytest.fixture
def room(monkeypatch: pytest.MonkeyPatch) -> Room:
    """Room for little more than one command."""
    room = Room(100_000)
    monkeypatch.setattr(arriving.Bounded, "room", room)
    return room


@pytest.fixture
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arriving, "GRACE_S", 0.2)


def connected(served: Served) -> socket.socket:
    return socket.create_connection(("127.0.0.1", served.port), timeout=20)


def head(served: Served, path: str, *lines: str) -> bytes:
    named = ("Host: localhost", f"Authorization: Bearer {served.service.token}", *lines)
    return "\r\n".join([f"POST {path} HTTP/1.1", *named, "\r\n"]).encode()


LENGTHS = ["+2", "-2", "2 2", "2 ", "0x2", "", "two", str(2**63), str(2**64), "9" * 30, "2, 2"]
AMBIGUOUS = {
    "two hosts": (b"Host: localhost", b"Host: localhost\r\nHost: other"),
    "no host": (b"Host: localhost\r\n", b""),
    "two keys": (b"Idempotency-Key: ", b"Idempotency-Key: other\r\nIdempotency-Key: "),
    "two lengths": (b"Content-Length: ", b"Content-Length: 1\r\nContent-Length: "),
    "a length and chunks": (b"Content-Length", b"Transfer-Encoding: chunked\r\nContent-Length"),
}


@pytest.mark.parametrize("fault", AMBIGUOUS)
def test_a_head_that_says_two_things_is_refused(served: Served, fault: str):
    request = served.submit("c-h1-a").replace(*AMBIGUOUS[fault])
    [(status, body, headers)] = served.ask(request)
    assert (status, json.loads(body)["code"]) == (400, "malformed")
    assert headers["Connection"] == "close"
    assert [status for status, _, _ in served.ask(served.submit("c-h1-a"))] == [201]


@pytest.mark.parametrize("length", LENGTHS)
def test_a_length_that_is_no_number_of_bytes_is_refused(served: Served, length: str):
    for path in ("/v1/transitions", f"/v1/reviews/{served.service.reviews['c-b1']}/transitions"):
        [(status, body, _)] = served.ask(head(served, path, f"Content-Length: {length}"))
        assert (status, json.loads(body)["code"]) == (400, "malformed")


def test_a_refused_head_is_told_by_its_field_in_the_language_asked_for(served: Served):
    twice = b"Accept-Language: en\r\nX-Request-Id: r-1\r\nHost: a\r\nHost: b"
    [(_, body, headers)] = served.ask(served.submit("c-h1-a").replace(b"Host: localhost", twice))
    told = json.loads(body)["errors"][0]
    assert (told["field"], told["reason"]) == ("Host", "it is there more than once")
    assert headers["X-Request-Id"] == "r-1"


def test_the_old_protocol_needs_no_host(served: Served):
    [(status, _, _)] = served.ask(b"GET /docs HTTP/1.0\r\n\r\n")
    assert status == 200


@pytest.mark.parametrize("more", [(), ("Expect: 100-continue",)])
def test_what_is_too_long_is_refused_before_it_is_sent(served: Served, more: tuple[str, ...]):
    review = f"/v1/reviews/{served.service.reviews['c-b1']}/transitions"
    for path, most in [(review, COMMAND_BYTES), *((path, BULK_BYTES) for path in BULK_PATHS)]:
        [(status, body, _)] = served.ask(head(served, path, f"Content-Length: {most + 1}", *more))
        assert (status, json.loads(body)["code"]) == (413, "too_large")


def test_what_is_too_long_in_chunks_is_refused_as_soon_as_it_is(served: Served):
    path = f"/v1/reviews/{served.service.reviews['c-b1']}/transitions"
    endless = b"%x\r\n" % BULK_BYTES + b" " * (COMMAND_BYTES + 1)
    [(status, _, _)] = served.ask(head(served, path, "Transfer-Encoding: chunked") + endless)
    assert status == 413


@pytest.mark.parametrize("path", sorted(BULK_PATHS))
def test_many_at_once_may_be_longer_than_one(served: Served, path: str):
    length, body = f"Content-Length: {COMMAND_BYTES * 2}", b" " * COMMAND_BYTES * 2
    kind = "Content-Type: application/json"
    [(status, _, _)] = served.ask(head(served, path, length, kind) + body)
    assert status == 400


def test_who_goes_on_sending_what_is_refused_sees_why(served: Served):
    body = b" " * 30_000_000  # more than the kernel keeps for us
    request = head(served, "/v1/cycles", f"Content-Length: {len(body)}")
    [(status, _, headers)] = served.ask(request + body)
    assert (status, headers["Connection"]) == (413, "close")


def test_a_path_of_two_slashes_is_absent(served: Served):
    request = served.submit("c-h1-a").replace(b"POST /v1", b"POST //v1")
    reading = head(served, "//v1/reviews").replace(b"POST", b"GET")
    assert [status for status, _, _ in served.ask(request, reading)] == [404, 404]


def test_slow_bodies_keep_nobody_waiting(served: Served):
    with ExitStack() as stack:
        for _ in range(20):
            slow = stack.enter_context(connected(served))
            slow.sendall(head(served, "/v1/cycles", "Content-Length: 100") + b"12345")
        reading = head(served, "/v1/reviews").replace(b"POST", b"GET")
        assert [status for status, _, _ in served.ask(reading)] == [200]
        assert served.loop.n_long == 1


@pytest.mark.usefixtures("hurry")
@pytest.mark.parametrize("sent", [b"POST /v1/cycles HT", b"", b"12345"], ids=["head", "", "body"])
def test_what_arrives_too_slowly_is_given_up(served: Served, sent: bytes):
    begun = sent if b"HT" in sent else head(served, "/v1/cycles", "Content-Length: 9") + sent
    [(status, body, _)] = served.ask(begun)
    assert (status, json.loads(body)["code"]) == (408, "too_slow")


def test_bodies_for_which_there_is_no_room_are_refused(served: Served, room: Room):
    large = head(served, "/v1/transitions", "Content-Length: 90000") + b" " * 80_000
    with connected(served) as slow:
        slow.sendall(large)
        until(lambda: room.taken == 80_000)
        [(status, body, headers)] = served.ask(large)
        assert (status, json.loads(body)["code"]) == (503, "overloaded")
        assert headers["Retry-After"] == "1"
        assert room.taken == 80_000
    until(lambda: room.taken == 0)
    assert [status for status, _, _ in served.ask(served.submit("c-h1-a"))] == [201]


def test_room_is_given_back_however_a_request_ends(served: Served, room: Room):
    broken = head(served, "/v1/cycles", "Transfer-Encoding: chunked") + b"5\r\n12345\r\nzz\r\n"
    requests = (served.submit("c-h1-a"), head(served, "/v1/cycles", "Content-Length: 2") + b"{}")
    served.ask(*requests, served.submit("c-h1-b"))
    served.ask(broken)
    with connected(served) as gone:
        gone.sendall(served.submit("c-b1") + served.submit("c-h2")[:-9])
    until(lambda: room.taken == 0)


@pytest.mark.usefixtures("hurry")
def test_who_does_not_read_is_given_up(served: Served):
    description = b"GET /openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n"
    with socket.socket() as deaf:
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        deaf.settimeout(20)
        deaf.connect(("127.0.0.1", served.port))
        deaf.sendall(description * 200)
        until(lambda: served.loop.n_long and not served.connections)
    assert served.loop.n_long < 200
    others = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
    assert [status for status, _, _ in served.ask(others)] == [200]


def asked(connection: socket.socket) -> bool:
    """Tell whether the connection is still answered."""
    try:
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        return answer(connection)[0] == 200
    except (ConnectionError, OSError):
        return False


def test_of_too_many_connections_an_idle_one_goes(served: Served, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(arriving.Bounded, "most_connections", 3)
    with ExitStack() as stack:
        idle = [stack.enter_context(connected(served)) for _ in range(3)]
        # The others once more: an answer may be here before its connection counts as idle.
        assert all(map(asked, (*idle, *idle[1:])))
        newcomer = stack.enter_context(connected(served))
        assert asked(newcomer)
        assert [asked(one) for one in idle] == [False, True, True]


def test_where_no_connection_is_idle_a_new_one_is_told_to_come_later(
    served: Served, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(arriving.Bounded, "most_connections", 1)
    with connected(served) as busy:
        busy.sendall(head(served, "/v1/cycles", "Content-Length: 2", "Expect: 100-continue"))
        assert busy.recv(100).startswith(b"HTTP/1.1 100")
        [(status, body, headers)] = served.ask(answers=1)
        assert (status, json.loads(body)["code"]) == (503, "overloaded")
        assert headers["Retry-After"] == "1"


def test_probes_wait_for_no_worker(served: Served, monkeypatch: pytest.MonkeyPatch):
    begun, go_on = threading.Semaphore(0), threading.Event()

    def busy(*_: Any) -> Any:
        begun.release()
        go_on.wait()
        raise LookupError

    monkeypatch.setattr(served.service.parts.reading, "case", busy)
    path = f"/v1/reviews/{served.service.reviews['c-b1']}"
    with ExitStack() as stack:
        stack.callback(go_on.set)
        for _ in range(4):  # as many as there are threads
            asking = stack.enter_context(connected(served))
            asking.sendall(head(served, path).replace(b"POST", b"GET"))
            assert begun.acquire(timeout=20)
        probes = (
            f"GET {path} HTTP/1.1\r\nHost: a\r\n\r\n".encode() for path in ("/healthz", "/readyz")
        )
        assert [status for status, _, _ in served.ask(*probes)] == [200, 200]
