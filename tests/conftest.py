"""Fixtures for all tests, and rules: unit tests open no socket, markers follow fixtures.

A test may run in one of several processes: what a fixture starts for the session is that process's
own, on free ports and in folders of its own.
"""

import gc
from collections.abc import Generator, Iterator
from pathlib import Path

import hypothesis
import pytest
import structlog

from deploy.servers import KafkaCluster, PostgresServer, SmtpSink
from tests import quick_routes, quick_statements
from tests.servers import Databases, DatabaseUrls, start_kafka, start_postgres

# How long an example takes is the machine's affair: a busy one is no failure.
hypothesis.settings.register_profile("patient", deadline=None)
hypothesis.settings.load_profile("patient")
# Who asks only whether a test fails (`make mutants`) has no example of it made smaller.
hypothesis.settings.register_profile(
    "unshrunk",
    deadline=None,
    phases=[hypothesis.Phase.explicit, hypothesis.Phase.reuse, hypothesis.Phase.generate],
)
quick_routes.keep()
quick_statements.keep()


def _log_plainly() -> None:
    """Have the log tell no variable of a traceback: laid out that takes up to a minute."""
    *before, _ = structlog.get_config()["processors"]
    plain = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    structlog.configure(processors=[*before, plain])


_log_plainly()

UNIT = Path(__file__).parent / "unit"
# Who uses one of these needs the server, whether the author thought of the marker or not.
MARKER_OF_FIXTURE = {
    "postgres_server": "postgres",
    "kafka_one_node": "kafka",
    "kafka_three_nodes": "kafka",
    "browser": "browser",
}


@pytest.hookimpl(tryfirst=True)  # before `-m` chooses by markers
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        for fixture in getattr(item, "fixturenames", ()):
            if fixture in MARKER_OF_FIXTURE:
                item.add_marker(MARKER_OF_FIXTURE[fixture])
        if item.path.is_relative_to(UNIT):
            item.add_marker("disable_socket")


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Keep the collector of garbage from what lives as long as the run.

    It went through all collected tests again and again: for a fifth of the processor's time while
    they were collected, and for a seventh afterwards.
    """
    gc.disable()
    told = yield
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000)
    gc.enable()
    return told


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    server = start_postgres()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def postgres_databases(postgres_server: PostgresServer) -> Databases:
    return Databases(postgres_server)


@pytest.fixture
def postgres_database(postgres_databases: Databases) -> Iterator[DatabaseUrls]:
    """An empty database of this test's own."""
    urls = postgres_databases.fresh()
    yield urls
    postgres_databases.drop(urls)


@pytest.fixture
def postgres_url(postgres_database: DatabaseUrls) -> str:
    """The owner's address of `postgres_database`."""
    return postgres_database.owner


@pytest.fixture
def postgres_app_url(postgres_database: DatabaseUrls) -> str:
    """The address of `postgres_database` for the role of the services."""
    return postgres_database.app


@pytest.fixture(scope="session")
def kafka_one_node() -> Iterator[KafkaCluster]:
    """One broker for the session; who kills it brings it up again."""
    cluster = start_kafka(1)
    yield cluster
    cluster.stop()


@pytest.fixture(scope="module")
def kafka_three_nodes() -> Iterator[KafkaCluster]:
    """Three brokers for a file, few of which need them; who kills one brings it up again."""
    cluster = start_kafka(3)
    yield cluster
    cluster.stop()


@pytest.fixture
def smtp_sink() -> Iterator[SmtpSink]:
    sink = SmtpSink().start()
    yield sink
    sink.stop()
