"""A broker dies in the middle of load, with the whole system upon three of them."""

import gc
import logging
from pathlib import Path

import pytest
from kafka.admin import KafkaAdminClient

from deploy.servers import KafkaCluster, SmtpSink
from services.workflow.adapters.kafka import TOPIC
from tests.end_to_end.systems import Prepared, production
from tests.faults.load import Load
from tests.integration.kafka.publishing import Reader, lost, out_of_order
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
