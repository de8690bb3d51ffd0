"""PostgreSQL stopped, not killed: it keeps every connection and says nothing, time-outs asleep.

The clock is the client's: readiness tells it at once, lists after five seconds, a transition whose
outcome nobody knows after twenty; and when the server goes on, so does the service, by itself.
"""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from deploy.servers import PostgresServer
from services.workflow.adapters.database import (
    connect,
    migrate,
    postgres_cases,
    prepared,
)
from services.workflow.adapters.http.ways import LongWay, ShortWay
from services.workflow.domain.refusals import StoreUnavailable
from tests.end_to_end.world import until
from tests.integration.http.service import start
from tests.integration.http.serving import Served, serving
from tests.servers import Databases, DatabaseUrls, start_postgres

pytestmark = pytest.mark.postgres
READY = b"GET /readyz HTTP/1.1\r\nHost: localhost\r\n\r\n"


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    """A server of these tests' own: the others' must not hang."""
    server = start_postgres()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def databases(server: PostgresServer) -> Databases:
    return Databases(server)


@pytest.fixture
def urls(server: PostgresServer, databases: Databases) -> Iterator[DatabaseUrls]:
    urls = databases.fresh()
    yield urls
    server.go_on()
    databases.drop(urls)


@pytest.fixture(params=[ShortWay, LongWay])
def served(urls: DatabaseUrls, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Served]:
    service = start(urls.owner, urls.app, tmp_path)
    with serving(service, request.param) as served:
        yield served
    service.parts.database.close()


def get(served: Served, path: str) -> bytes:
    token = f"Authorization: Bearer {served.service.token}"
    return f"GET {path} HTTP/1.1\r\nHost: localhost\r\n{token}\r\n\r\n".encode()


def statuses(served: Served, *requests: bytes) -> list[int]:
    """Ask for each on a connection of its own, with a patience of 20 seconds."""
    return [served.ask(request)[0][0] for request in requests]


def everything(served: Served) -> tuple[bytes, ...]:
    review = f"/v1/reviews/{served.service.reviews['c-b1']}"
    return (
        *(get(served, path) for path in ("/v1/reviews", "/v1/log", review, "/v1/inbox")),
        served.submit("c-h1-a"),
    )


def test_a_stopped_server_is_told_and_nobody_hangs(served: Served, server: PostgresServer):
    assert statuses(served, READY, *everything(served)[:3]) == [200] * 4
    server.pause()
    assert statuses(served, READY, READY, get(served, "/healthz")) == [503, 503, 200]
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda one: served.ask(one)[0], everything(served)))
    assert [status for status, _, _ in answers] == [503] * 5
    assert {headers["Retry-After"] for _, _, headers in answers} == {"1"}
    server.go_on()
    until(lambda: statuses(served, READY) == [200])
    until(lambda: statuses(served, *everything(served)[:3]) == [200] * 3)
    assert statuses(served, served.submit("c-h1-a")) == [201]


def test_no_reader_notices_a_database_that_was_restarted_between_requests(
    served: Served, server: PostgresServer
):
    requests = everything(served)[:3]
    with ThreadPoolExecutor(8) as threads:  # several connections are in the pools by then
        assert {*threads.map(lambda one: served.ask(one)[0][0], requests * 6)} == {200}
        for _ in range(3):
            server.kill()
            server.restart()
            assert {*threads.map(lambda one: served.ask(one)[0][0], requests * 6)} == {200}


def test_a_case_is_not_waited_for_either(
    server: PostgresServer, urls: DatabaseUrls, monkeypatch: pytest.MonkeyPatch
):
    migrate(urls.owner, urls.app)
    database = connect(urls.app)
    database.store.standing([])  # over a connection that is there when the server stops
    monkeypatch.setattr(postgres_cases, "READ_S", 0.2)
    server.pause()
    with pytest.raises(StoreUnavailable):
        database.store.standing([])
    database.close()


def test_a_transition_the_server_was_stopped_in_is_told_as_unknown(
    served: Served, server: PostgresServer, urls: DatabaseUrls, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(prepared, "ANSWER_S", 1)
    with psycopg.connect(urls.owner) as other, ThreadPoolExecutor(1) as thread:
        other.execute("SELECT FROM case_head FOR UPDATE")
        asked = thread.submit(served.ask, served.submit("c-h1-a"))
        until(lambda: waiting_for_locks(server))
        server.pause()
        [(status, body, headers)] = asked.result()
        assert (status, json.loads(body)["code"]) == (503, "outcome_unknown")
        assert headers["Retry-After"] == "1"
        server.go_on()
    until(lambda: statuses(served, served.submit("c-h1-a")) == [201])
    stream = f"review/{served.service.reviews['c-h1-a']}"
    assert len(served.service.parts.database.reads.stream(stream)) == 2


def waiting_for_locks(server: PostgresServer) -> bool:
    with psycopg.connect(server.superuser_url("postgres")) as connection:
        asked = "SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
        return connection.execute(asked).rowcount > 0
