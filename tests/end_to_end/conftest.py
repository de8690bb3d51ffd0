"""Stories run on both kinds of system: embedded, and as production would run it."""

import gc
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.servers import SmtpSink
from tests.end_to_end.systems import Prepared, embedded, prepared, production
from tests.end_to_end.world import World

__all__ = ["prepared"]
HERE = Path(__file__).parent
VARIANTS = [
    "embedded",
    pytest.param("production", marks=[pytest.mark.postgres, pytest.mark.kafka]),
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    # kafka-python leaves the socket of a refused connection to the garbage collector.
    for item in items:
        if item.path.parent == HERE:
            item.add_marker(pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning"))


@pytest.fixture(scope="module")
def mail() -> Iterator[SmtpSink]:
    sink = SmtpSink().start()
    yield sink
    sink.stop()


@pytest.fixture(scope="module", params=VARIANTS)
def world(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    prepared: Prepared,
    mail: SmtpSink,
) -> Iterator[World]:
    """One system for the stories of a module; each story has cases of its own."""
    folder = tmp_path_factory.mktemp("world")
    if request.param == "embedded":
        with embedded(folder, prepared, mail) as world:
            yield world
        return
    databases = request.getfixturevalue("postgres_databases")
    kafka = request.getfixturevalue("kafka_one_node")
    logging.getLogger("kafka").setLevel(logging.CRITICAL)
    with production(folder, prepared, databases, kafka, mail) as world:
        yield world
    gc.collect()
