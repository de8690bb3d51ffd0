"""Clusters that have the topic."""

import gc
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.servers import KafkaCluster
from tests.integration.kafka.publishing import make_topic

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    # kafka-python leaves the socket of a refused connection to the garbage collector.
    for item in items:
        if item.path.is_relative_to(HERE):
            for kind in ("socket", "ssl"):
                ignored = f"ignore:unclosed <{kind}:ResourceWarning"
                item.add_marker(pytest.mark.filterwarnings(ignored))


@pytest.fixture(autouse=True)
def _left_sockets_are_collected_here() -> Iterator[None]:
    """Collect them in this test: a later one would be blamed for them."""
    # A log record kept for the report would keep the traceback in it, and the socket in that.
    logging.getLogger("kafka").setLevel(logging.CRITICAL)
    yield
    gc.collect()


@pytest.fixture
def one_node(kafka_one_node: KafkaCluster) -> KafkaCluster:
    make_topic(kafka_one_node.bootstrap)
    return kafka_one_node


@pytest.fixture
def three_nodes(kafka_three_nodes: KafkaCluster) -> KafkaCluster:
    make_topic(kafka_three_nodes.bootstrap)
    return kafka_three_nodes
