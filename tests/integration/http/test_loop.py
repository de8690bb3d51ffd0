"""The short way of a trigger, on the event loop: it answers as the long way does, or hands over."""

import json
import socket
import struct
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from services.workflow.adapters.http.arriving import MOST_HEAD_BYTES
from services.workflow.adapters.http.ways import ShortWay
from services.workflow.application.rate import RateLimit
from tests.integration.http.service import Service
from tests.integration.http.serving import SUBMIT, Served, answer, serving


@pytest.fixture
def served(service: Service) -> Iterator[Served]:
    with serving(service, ShortWay) as served:
        yield served


def test_the_short_and_the_long_way_give_the_same_answers(served: Served):
    cases: list[tuple[bytes, dict[str, str]]] = [
        (json.dumps(SUBMIT).encode(), {"On_Behalf_Of": "c-h1-a.sec", "Idempotency_Key": "one"}),
        (json.dumps(SUBMIT).encode(), {"On_Behalf_Of": "c-h2.sec", "Idempotency_Key": "two"}),
        (b'{"trigger":"recall","x":1}', {"On_Behalf_Of": "c-h1-a.sec", "Idempotency_Key": "3"}),
        (b"[", {"Idempotency_Key": "four"}),
        (json.dumps(SUBMIT).encode(), {"If_Match": '"1"', "Idempotency_Key": "five"}),
        (json.dumps(SUBMIT).encode(), {"On_Behalf_Of": "no person", "Idempotency_Key": "six"}),
        (json.dumps(SUBMIT).encode(), {"Content_Type": "text/plain", "Idempotency_Key": "7"}),
    ]
    for body, named in cases:
        given = {"X_Request_Id": "r-1", **named}
        [(status, short, headers)] = served.ask(served.raw("c-h1-a", body, **given))
        sent = {name.replace("_", "-"): value for name, value in given.items()}
        path = f"/v1/reviews/{served.service.reviews['c-h1-a']}/transitions"
        long = served.service.call("POST", path, raw=body, headers=sent, key=None)
        assert (status, short) == (long.status_code, long.data)
        common = {"date", *(n.lower() for n, _ in long.headers)} - {"idempotent-replayed"}
        assert common == {n.lower() for n in headers}
    assert served.loop.n_long == 0


def test_a_refusal_leaves_its_key_free_and_a_repeat_says_so_the_short_way_too(served: Served):
    suspend, by = b'{"trigger":"suspend"}', {"On_Behalf_Of": "c-h1.off", "Idempotency_Key": "k"}
    good = b'{"trigger":"suspend","reason":"x"}'
    found = served.ask(*(served.raw("c-h1-a", body, **by) for body in (suspend, good, good)))
    statuses, bodies, headers = zip(*found, strict=True)
    assert statuses == (422, 201, 201)
    assert bodies[1] == bodies[2]
    assert [one.get("Idempotent-Replayed") for one in headers] == [None, None, "true"]


def test_triggers_that_arrive_together_are_all_fired(served: Served):
    units = ["c-h1-a", "c-h1-b", "c-b1", "c-h2"]
    with ThreadPoolExecutor(len(units)) as threads:
        found = list(threads.map(lambda unit: served.ask(served.submit(unit)), units))
    assert [status for [(status, _, _)] in found] == [201] * len(units)


def test_requests_sent_without_waiting_are_answered_in_their_order(served: Served):
    recall = served.raw("c-h1-a", b'{"trigger":"recall","reason":"x"}', On_Behalf_Of="c-h1-a.sec")
    live = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
    answers = served.ask(served.submit("c-h1-a"), live, recall, served.submit("c-h1-b"))
    assert [status for status, _, _ in answers] == [201, 200, 400, 201]


def test_a_body_too_long_is_refused_and_the_service_goes_on(served: Served):
    long = served.raw("c-h1-a", b" " * 70_000 + b"{}", Idempotency_Key="long")
    assert [status for status, _, _ in served.ask(long)] == [413]
    assert [status for status, _, _ in served.ask(served.submit("c-h1-a"))] == [201]


def in_chunks(request: bytes, trailers: bytes = b"") -> bytes:
    head, _, body = request.partition(b"\r\n\r\n")
    lines = [line for line in head.split(b"\r\n") if b"Content-Length" not in line]
    head = b"\r\n".join([*lines, b"Transfer-Encoding: chunked"])
    chunks = b"%x\r\n%s\r\n%x\r\n%s\r\n" % (9, body[:9], len(body) - 9, body[9:])
    return head + b"\r\n\r\n" + chunks + b"0\r\n" + trailers + b"\r\n"


def test_a_body_in_chunks_is_read_on_either_way(served: Served):
    assert [status for status, _, _ in served.ask(in_chunks(served.submit("c-h1-a")))] == [201]
    served.service.parts.accounts._tokens.clear()
    assert [status for status, _, _ in served.ask(in_chunks(served.submit("c-h1-b")))] == [201]
    assert served.loop.n_long == 1


def test_what_stands_behind_a_body_is_no_header(served: Served):
    """A proxy that checks headers does not look there."""
    request = served.submit("c-h1-a").replace(b"On-Behalf-Of: c-h1-a.sec\r\n", b"")
    trailed = in_chunks(request, b"On-Behalf-Of: c-h1-a.sec\r\n")
    assert [status for status, _, _ in served.ask(trailed)] == [403]


def test_trailers_that_never_end_are_refused(served: Served):
    endless = in_chunks(served.submit("c-h1-a"), b"X: " + b"a" * (3 * MOST_HEAD_BYTES))
    assert [status for status, _, _ in served.ask(endless[:-4])] == [400]


def test_a_name_that_wsgi_would_take_for_another_is_not_heard(served: Served):
    request = served.submit("c-h1-a").replace(b"On-Behalf-Of", b"On_Behalf_Of")
    served.service.parts.accounts._tokens.clear()
    assert [status for status, _, _ in served.ask(request)] == [403]


OFFER = {"Connection": "Upgrade, HTTP2-Settings", "Upgrade": "h2c", "HTTP2-Settings": "AAMAAABk"}


@pytest.mark.parametrize("cut", [None, 0, 9], ids=["one packet", "head first", "cut in the body"])
def test_an_offer_of_another_protocol_is_declined_and_the_request_answered(
    served: Served, cut: int | None
):
    request = served.submit("c-h1-a", **OFFER)
    at = len(request) if cut is None else request.index(b"\r\n\r\n") + 4 + cut
    with socket.create_connection(("127.0.0.1", served.port), timeout=20) as connection:
        connection.sendall(request[:at])
        if request[at:]:
            threading.Event().wait(0.05)  # so that the two do not arrive as one
            connection.sendall(request[at:])
        assert answer(connection)[0] == 201
        connection.sendall(served.submit("c-h1-b"))
        assert answer(connection)[0] == 201


def test_a_tunnel_is_not_opened(served: Served):
    [(status, _, headers)] = served.ask(b"CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n")
    assert (status, headers["Connection"]) == (400, "close")


def test_what_was_asked_before_the_nonsense_is_answered_and_nothing_else(served: Served):
    [(status, _, headers)] = served.ask(served.submit("c-h1-a") + b"\x00nonsense", answers=1)
    assert (status, headers["Connection"]) == (201, "close")


def test_nobody_pays_for_the_nonsense_of_another(served: Served):
    broken = in_chunks(served.submit("c-h1-b"))[:-20] + b"zz\r\n"
    with ThreadPoolExecutor(2) as threads:
        bad = threads.submit(served.ask, served.submit("c-h1-a") + broken, answers=1)
        good = threads.submit(served.ask, served.submit("c-b1"))
        assert [one.result()[0][0] for one in (bad, good)] == [201, 201]


def test_a_client_that_asks_first_is_told_to_go_on(served: Served):
    head, _, body = served.submit("c-h1-a", Expect="100-continue").partition(b"\r\n\r\n")
    with socket.create_connection(("127.0.0.1", served.port), timeout=20) as connection:
        connection.sendall(head + b"\r\n\r\n")
        assert connection.recv(100).startswith(b"HTTP/1.1 100")
        connection.sendall(body)
        assert answer(connection)[0] == 201


def test_a_client_of_the_old_protocol_sees_the_connection_close(served: Served):
    body = json.dumps(SUBMIT).encode()
    old = served.raw("c-h1-a", body, "1.0", On_Behalf_Of="c-h1-a.sec", Idempotency_Key="old")
    [(status, _, headers)] = served.ask(old)
    assert (status, headers["Connection"]) == (201, "close")


def test_a_head_that_never_ends_is_refused(served: Served):
    with socket.create_connection(("127.0.0.1", served.port), timeout=20) as connection:
        connection.sendall(b"POST /v1/reviews HTTP/1.1\r\nX: " + b"a" * (2 * MOST_HEAD_BYTES))
        status, body, headers = answer(connection)
    assert (status, headers["Connection"]) == (400, "close")
    assert (headers["Content-Type"], json.loads(body)["code"]) == (
        "application/problem+json",
        "malformed",
    )


def test_what_is_no_http_is_told_so(served: Served):
    [(status, body, headers)] = served.ask(b"GET /\x00 HTTP/1.1\r\n\r\n")
    assert (status, json.loads(body)["code"]) == (400, "malformed")
    assert headers["Connection"] == "close"


def test_who_sends_no_more_but_waits_is_answered(served: Served):
    live = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
    for requests in ([served.submit("c-h1-a")], [live], [live, served.submit("c-h1-b"), live]):
        with socket.create_connection(("127.0.0.1", served.port), timeout=20) as connection:
            connection.sendall(b"".join(requests))
            connection.shutdown(socket.SHUT_WR)
            answers = [answer(connection)[0] for _ in requests]
            assert set(answers) <= {200, 201}
            assert connection.recv(1) == b""


def test_who_resets_the_connection_leaves_no_trace_in_the_log(
    served: Served, caplog: pytest.LogCaptureFixture
):
    slow = (
        "GET /v1/log?after=9999&wait_s=1 HTTP/1.1\r\nHost: localhost\r\n"
        f"Authorization: Bearer {served.service.token}"
    )
    for _ in range(3):
        connection = socket.create_connection(("127.0.0.1", served.port), timeout=20)
        connection.sendall(f"{slow}\r\n\r\n".encode() * 2)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()
    assert [status for status, _, _ in served.ask(served.submit("c-h1-a"))] == [201]
    until = time.monotonic() + 10
    while served.loop.n_long > served.loop.n_done and time.monotonic() < until:
        time.sleep(0.05)
    assert served.loop.n_long == served.loop.n_done
    assert caplog.text == ""


def test_who_hangs_up_before_the_answer_loses_nothing(served: Served):
    with socket.create_connection(("127.0.0.1", served.port), timeout=20) as connection:
        connection.sendall(served.submit("c-h1-a"))
    # The same request again: either it is done now, or this is what does it.
    assert [status for status, _, _ in served.ask(served.submit("c-h1-a"))] == [201]
    stream = f"review/{served.service.reviews['c-h1-a']}"
    assert len(served.service.parts.database.reads.stream(stream)) == 2


def test_tokens_that_moved_are_looked_up_again(served: Served):
    accounts = served.service.parts.accounts
    accounts.create_token("other", frozenset({"read"}), "w")
    assert [status for status, _, _ in served.ask(served.submit("c-h1-a"))] == [201]
    assert served.loop.n_long == 1
    accounts.revoke_token("oa")
    assert [status for status, _, _ in served.ask(served.submit("c-h1-b"))] == [401]


def test_a_request_whose_token_was_looked_up_again_is_counted_once(served: Served):
    accounts, door = served.service.parts.accounts, served.loop._parts.door
    door._rate = RateLimit(0.001, 5)
    accounts.create_token("other", frozenset({"read"}), "w")
    served.ask(served.submit("c-h1-a"))
    assert served.loop.n_long == 1
    assert round(door._rate._left["oa"][0]) == 4


def test_a_person_of_an_organisation_that_moved_is_known(served: Served):
    """What memory lacks is read by the way, once, and does not hold up the loop."""
    served.service.parts.directory._organisation = type(
        served.service.parts.directory._organisation
    ).empty()
    assert [status for status, _, _ in served.ask(served.submit("c-h1-a"))] == [201]


@pytest.mark.postgres
@pytest.mark.parametrize("service", [pytest.param("postgres")], indirect=True)
def test_a_database_that_dropped_its_connections_is_reached_again(served: Served):
    assert [status for status, _, _ in served.ask(served.submit("c-h1-a"))] == [201]
    with served.service.parts.database._connections.reading() as connection:
        connection.exec_driver_sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE pid <> pg_backend_pid() AND datname = current_database()"
        )
    assert [status for status, _, _ in served.ask(served.submit("c-h1-b"))] == [201]
