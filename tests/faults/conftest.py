"""Systems to be killed: the production one on servers of its own, because those are killed too."""

import gc
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from deploy.servers import PostgresServer, SmtpSink
from tests.end_to_end.systems import Prepared, embedded, prepared, production
from tests.end_to_end.world import World
from tests.servers import Databases, start_postgres

__all__ = ["prepared"]
HERE = Path(__file__).parent
ON_SERVERS = [pytest.mark.postgres, pytest.mark.kafka]


@dataclass(frozen=True)
class Victim:
    """A running system that will suffer, and what it stands on."""

    world: World
    mail: SmtpSink
    postgres: PostgresServer | None = None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    # kafka-python leaves the socket of a refused connection to the garbage collector.
    for item in items:
        if item.path.parent == HERE:
            item.add_marker(pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning"))


@pytest.fixture(scope="session")
def own_databases() -> Iterator[Databases]:
    """Databases on a server that may be killed."""
    server = start_postgres()
    yield Databases(server)
    server.stop()


@pytest.fixture
def system(
    request: pytest.FixtureRequest, tmp_path: Path, prepared: Prepared, smtp_sink: SmtpSink
) -> Iterator[Victim]:
    """A system of the kind that the test's parameter names."""
    if request.param == "embedded":
        with embedded(tmp_path, prepared, smtp_sink) as world:
            yield Victim(world, smtp_sink)
        return
    databases = request.getfixturevalue("own_databases")
    kafka = request.getfixturevalue("kafka_one_node")
    logging.getLogger("kafka").setLevel(logging.CRITICAL)
    with production(tmp_path, prepared, databases, kafka, smtp_sink) as world:
        yield Victim(world, smtp_sink, databases.server)
    gc.collect()
