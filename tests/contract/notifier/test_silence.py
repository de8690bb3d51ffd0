"""Asking a notifier that stands still, or that answers with what is no answer."""

import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import orjson
import pytest

from services.workflow.adapters.notifier import NotifierClient
from services.workflow.application.boards.plans import NoPlans, Plans
from services.workflow.application.channel_trials import AWAY, TURNED_AWAY, UNREACHED, Tried
from tests.builders import DAY

AT_ONCE = 16  # as many as there are worker threads


@contextmanager
def answering(body: bytes, status: int = 200, refuses: bytes = b"") -> Iterator[NotifierClient]:
    """A client of a notifier that answers everything with *body*, but a member it *refuses*."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer()

        def do_POST(self) -> None:
            self._answer()

        def _answer(self) -> None:
            asked = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            is_refused = bool(refuses) and b'"%s"' % refuses in asked
            fault = {"field": refuses.decode(), "code": "unknown_field"}
            refusal = orjson.dumps({"code": "unknown_field", "errors": [fault]})
            told = refusal if is_refused else body
            self.send_response(400 if is_refused else status)
            self.send_header("Content-Length", str(len(told)))
            self.end_headers()
            self.wfile.write(told)

        def log_message(self, *_told: object) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield NotifierClient(f"http://127.0.0.1:{server.server_port}", "token")
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_a_notifier_that_stands_still_holds_one_thread_and_no_more() -> None:
    days = {"from": DAY.isoformat(), "to": DAY.isoformat()}
    with socket.create_server(("127.0.0.1", 0)) as silent, ThreadPoolExecutor(AT_ONCE) as threads:
        client = NotifierClient(f"http://127.0.0.1:{silent.getsockname()[1]}", "token")
        first = threads.submit(client.simulate, days)
        held, _ = silent.accept()
        with held:
            assert held.recv(1)  # it has asked, and waits
            others = [threads.submit(client.simulate, days) for _ in range(AT_ONCE - 1)]
            told = [one.result(timeout=30) for one in others]
            assert not first.done()
    assert told == [NoPlans(code="busy")] * (AT_ONCE - 1)
    assert first.result() == NoPlans(code="unavailable")
    assert client.simulate(days) == NoPlans(code="unavailable")  # nothing is left locked


@pytest.mark.parametrize("body", [b"null", b"[]", b"{}", b"3", b'{"items": null}', b"<html>"])
def test_what_is_no_answer_is_none(body: bytes) -> None:
    with answering(body) as client:
        assert client.simulate({}) == NoPlans(code="unavailable")
        assert client.own_work() is None
        assert client.channels() is None
        assert client.try_channel("email", "a@example.org") == Tried(AWAY)
        assert client.next_notices(["review/one"]) is None


@pytest.mark.parametrize(
    ("status", "came"),
    [(401, TURNED_AWAY), (403, TURNED_AWAY), (413, TURNED_AWAY), (500, AWAY), (503, AWAY)],
)
@pytest.mark.parametrize("body", [b"<html>", b'{"code": "unavailable"}'])
def test_a_trial_may_have_left_only_where_it_was_taken_from_us(
    body: bytes, status: int, came: str
) -> None:
    with answering(body, status) as client:
        assert client.try_channel("email", "a@example.org") == Tried(came)


def test_a_trial_for_which_nobody_was_reached_has_not_left() -> None:
    """Refused at the door, which is no answer of anybody, and no silence after it was asked."""
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))  # held, so that no other server gets it; it does not listen
        client = NotifierClient(f"http://127.0.0.1:{nobody.getsockname()[1]}", "-")
        assert client.try_channel("email", "a@example.org") == Tried(UNREACHED)
        assert client.channels() is None
        assert client.simulate({}) == NoPlans(code="unavailable")


@pytest.mark.parametrize(("unknown", "told"), [(b"members", True), (b"from", False)])
def test_a_notifier_of_the_release_before_is_asked_without_what_it_does_not_know(
    unknown: bytes, told: bool
) -> None:
    days = {"from": DAY.isoformat(), "to": DAY.isoformat()}
    with answering(b'{"notices": []}', refuses=unknown) as client:
        plans = Plans(now=(), gone=(), come=(), words=None)
        assert client.simulate(days) == (plans if told else NoPlans(code="unknown_field"))
