"""The notifier's PostgreSQL stopped, not killed: readiness says so while the engine waits."""

from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial

import pytest

from deploy.servers import PostgresServer
from services.notifier.adapters.database import Probe, connect
from services.notifier.adapters.http import create_app
from services.notifier.application.questions import Questions
from tests.contract.notifier.town import Town, never
from tests.end_to_end.world import until
from tests.servers import Databases, start_postgres

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.parametrize("database_url", ["postgres"], indirect=True),
]


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    """A server of these tests' own: the others' must not hang."""
    server = start_postgres()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def postgres_databases(server: PostgresServer) -> Databases:
    return Databases(server)


@pytest.fixture
def probe(database_url: str, server: PostgresServer) -> Iterator[Probe]:
    probe = Probe(connect(database_url))
    yield probe
    server.go_on()
    probe.close()


def test_a_stopped_server_is_down_at_once_and_well_when_it_goes_on(
    town: Town, server: PostgresServer, probe: Probe
) -> None:
    town.run()
    questions = Questions(store=town.store, book=town.engine.book, clock=town.clock)
    now = partial(datetime.now, UTC)
    app = create_app(questions, town.engine.status, "a-token", now, probe.require_answer, never)
    door = app.test_client()
    until(lambda: door.get("/readyz").json["parts"]["database"] == {"status": "ok"})
    server.pause()
    for answer in (door.get("/readyz"), door.get("/readyz")):
        told = {"status": "down", "what": "no answer in time"}
        assert (answer.status_code, answer.json["parts"]["database"]) == (503, told)
    server.go_on()
    until(lambda: door.get("/readyz").status_code == 200)
