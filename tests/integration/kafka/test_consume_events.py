"""The consumer on the page for programs of others, as it stands there."""

import re
import subprocess
import sys
from pathlib import Path

import orjson
import pytest

from deploy.running import ROOT
from deploy.servers import KafkaCluster
from services.workflow.adapters.kafka import Relay
from tests.end_to_end.systems import renew_topic
from tests.integration.kafka.list_relay_log import ListRelayLog, system_time
from tests.integration.kafka.publishing import at, running, send, until
from tests.unit.notifier import world

PAGE = ROOT / "docs" / "how-to" / "consume-events.md"


class LogOfEvents(ListRelayLog):
    """Events as the workflow seals them."""

    def __init__(self) -> None:
        log = world.Log()
        log.organise()
        log.open()
        for day in range(9, 20):
            log.urge(world.at(1, day))
        self.bodies = log.bodies
        super().__init__(len(log.bodies))
        self.streams = [orjson.loads(body)["subject"] for body in log.bodies]

    def body(self, position: int) -> bytes:  # type: ignore[override]
        return self.bodies[position - 1]


@pytest.fixture
def consumer(tmp_path: Path, one_node: KafkaCluster) -> list[str]:
    """Return the command that runs what the page shows."""
    (code,) = re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    file = tmp_path / "consumer.py"
    file.write_text(code, encoding="utf-8")
    renew_topic(one_node.bootstrap)
    return [sys.executable, "-W", "ignore", str(file), one_node.bootstrap, "urn:shuping:work"]


def publish(log: ListRelayLog, bootstrap: str, first: int | None = None) -> None:
    relay = Relay(log, at(bootstrap), owner="one", now=system_time, again_from=first)
    with running(relay):
        until(lambda: relay.status.position == len(log.streams))


def test_each_event_is_told_once_in_order_and_what_is_not_ours_apart(
    one_node: KafkaCluster, consumer: list[str]
) -> None:
    log = LogOfEvents()
    publish(log, one_node.bootstrap)
    send(one_node.bootstrap, b"garbage")
    publish(log, one_node.bootstrap, first=1)
    with subprocess.Popen(consumer, stdout=-1, stderr=-1, text=True) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        told = [process.stdout.readline().split() for _ in log.streams]
        assert process.stderr.readline().split()[:2] == ["not", "ours:"]
        process.terminate()
        assert process.stdout.read() == ""
    assert sorted((int(one[0]), one[1]) for one in told) == list(enumerate(log.streams, 1))
    for stream in set(log.streams):
        versions = [int(one[2]) for one in told if one[1] == stream]
        assert versions == list(range(1, len(versions) + 1))


def test_a_gap_ends_it_with_the_place_to_read_on(
    one_node: KafkaCluster, consumer: list[str]
) -> None:
    log = LogOfEvents()
    header = ("position", b"%d" % len(log.bodies))
    send(one_node.bootstrap, log.bodies[-1], header)
    done = subprocess.run(consumer, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert f"at {len(log.bodies)}" in done.stderr
