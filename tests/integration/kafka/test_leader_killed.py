"""The story on three nodes: the leader of the topic dies in the middle of publishing."""

from kafka.admin import KafkaAdminClient

from deploy.servers import KafkaCluster
from services.workflow.adapters.kafka import TOPIC
from tests.integration.kafka.list_relay_log import ListRelayLog
from tests.integration.kafka.publishing import (
    Reader,
    lost,
    out_of_order,
    relay_of,
    running,
    until,
)

N = 4_000


def test_a_killed_leader_loses_nothing_and_reorders_nothing(three_nodes: KafkaCluster) -> None:
    log, reader = ListRelayLog(N), Reader(three_nodes.bootstrap)
    log.held_back_after = N // 2
    with running(relay_of(log, three_nodes.bootstrap)):
        until(lambda: log.cursor() > N // 4)
        victim = _leader(three_nodes)
        three_nodes.kill(victim)
        log.held_back_after = N
        until(lambda: log.cursor() == N)  # two of three go on by themselves
        three_nodes.up(victim)
    records = reader.records()
    assert lost(records, N) == set()
    assert out_of_order(records) == []
    assert log.saved == sorted(log.saved)


def _leader(cluster: KafkaCluster) -> int:
    admin = KafkaAdminClient(bootstrap_servers=cluster.bootstrap.split(","))
    leader = admin.describe_topics([TOPIC])[0]["partitions"][0]["leader_id"]
    admin.close()
    return int(leader)


def test_a_relay_without_most_of_its_brokers_does_not_say_that_all_is_well(
    three_nodes: KafkaCluster,
) -> None:
    log = ListRelayLog(20)
    log.held_back_after = 10
    relay = relay_of(log, three_nodes.bootstrap)
    with running(relay):
        until(lambda: relay.status.part()["status"] == "ok" and log.cursor() == 10)
        for node in (1, 2):
            three_nodes.kill(node)
        until(lambda: relay.status.part()["status"] == "degraded")  # with nothing to publish
        log.held_back_after = 20
        seen = relay.status.reopened
        said = {relay.status.ready}
        until(lambda: said.add(relay.status.ready) or relay.status.reopened > seen + 1)
        assert said == {False}
        for node in (1, 2):
            three_nodes.up(node)
        until(lambda: relay.status.ready and log.cursor() == 20)
    told = {figure.name: figure.value for figure in relay.status.figures()}
    assert (told["relay_position"], told["relay_published"]) == (20, 20)
    assert told["relay_reopened"] > 0
    assert told["relay_last_error_seconds"] > 0
