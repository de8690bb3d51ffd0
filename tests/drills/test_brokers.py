"""A broker dies in the middle of load, with the whole system upon three of them."""

import gc
import logging
import sys
from pathlib import Path

import pytest
from kafka.admin import KafkaAdminClient

from deploy.client import Client
from deploy.servers import KafkaCluster, SmtpSink
from deploy.servers.processes import ServerProcess
from services.workflow.adapters.kafka import TOPIC
from tests.end_to_end.systems import Prepared, production
from tests.end_to_end.world import World, until
from tests.faults.load import Load
from tests.integration.kafka.publishing import (
    Reader,
    delete_topic,
    lost,
    make_topic,
    out_of_order,
    send,
)
from tests.servers import Databases

UNITS = ("h1-1", "h1-2", "h1-3", "h1-4")


def leader(cluster: KafkaCluster, partition: int) -> int:
    admin = KafkaAdminClient(bootstrap_servers=cluster.bootstrap.split(","))
    found = admin.describe_topics([TOPIC])[0]["partitions"]
    admin.close()
    return int(next(p["leader_id"] for p in found if p["partition_index"] == partition))


@pytest.mark.postgres
def test_a_killed_leader_loses_nothing_and_the_notifier_catches_up(
    tmp_path: Path,
    prepared: Prepared,
    postgres_databases: Databases,
    kafka_three_nodes: KafkaCluster,
    smtp_sink: SmtpSink,
) -> None:
    logging.getLogger("kafka").setLevel(logging.CRITICAL)
    brokers = kafka_three_nodes
    with production(tmp_path, prepared, postgres_databases, brokers, smtp_sink) as world:
        with Load(world, UNITS) as load:
            victim = leader(brokers, 0)
            brokers.kill(victim)
            load.go_on()  # nobody who fires a trigger waits for a broker
            brokers.up(victim)
        assert load.faults() == []
        reader = Reader(brokers.bootstrap)
        reader.began = dict.fromkeys(reader.began, 0)
        records = reader.records()
        assert lost(records, len(world.log())) == set()
        assert out_of_order(records) == []
        assert all(process.alive for process in world.running.processes.values())
    gc.collect()


def relay_says(world: World) -> str:
    relay = Client(f"http://{world.running.environment['SHUPING_RELAY_BIND']}")
    try:
        return str(relay.get("/readyz").body["status"])
    except OSError:
        return "not there"


def publish_again(world: World) -> None:
    """End the relay that will not go on, and put one in its place as the page says."""
    processes = world.running.processes
    processes["relay"].stop(timeout_s=30)
    command = [sys.executable, "-m", "services.workflow", "relay", "--from", "1"]
    processes["relay"] = ServerProcess(command, world.running.folder / "again.log", "")
    world.running.launch("relay")


@pytest.mark.postgres
def test_foreign_records_and_a_topic_made_anew_cost_nobody_a_notice(
    tmp_path: Path,
    prepared: Prepared,
    postgres_databases: Databases,
    kafka_one_node: KafkaCluster,
) -> None:
    logging.getLogger("kafka").setLevel(logging.CRITICAL)
    bootstrap = kafka_one_node.bootstrap
    with production(tmp_path, prepared, postgres_databases, kafka_one_node) as world:
        world.running.settle()
        for value, position in ((b"garbage", b"abc"), (b"{}", b"1"), (None, b"9999999")):
            send(bootstrap, value, ("position", position))
        world.submit("h1-1")
        world.running.settle()
        seen = world.notifier().get("/readyz").body
        assert (seen["status"], seen["foreign"]["partition"]) == ("ok", 0)
        delete_topic(bootstrap)
        make_topic(bootstrap)
        until(lambda: relay_says(world) == "down")
        world.submit("h1-2")  # from here on everything comes by way of the log
        world.at("01-10 09:00")
        assert world.notifier().get("/readyz").body["parts"]["broker"]["status"] == "degraded"
        publish_again(world)
        until(lambda: relay_says(world) == "ok")
        reader = Reader(bootstrap)
        reader.began = dict.fromkeys(reader.began, 0)
        until(lambda: lost(reader.records(), len(world.log())) == set())
        until(lambda: world.notifier().get("/readyz").body["status"] == "ok")
        told = [one["notice"] for one in world.ledger(limit="200")]
        assert told
        assert len(told) == len(set(told))
    gc.collect()
