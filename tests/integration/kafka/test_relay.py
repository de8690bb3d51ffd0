"""The relay on a real broker: everything arrives, in order, whatever happens in between."""

from contextlib import closing

import pytest
from kafka.admin import KafkaAdminClient

from deploy.servers import KafkaCluster, free_port
from services.workflow.adapters.kafka import TOPIC, Relay, TopicDiffers
from tests.integration.kafka.list_relay_log import ListRelayLog, system_time
from tests.integration.kafka.publishing import (
    Reader,
    at,
    delete_topic,
    first_sightings,
    lost,
    make_topic,
    out_of_order,
    relay_of,
    running,
    until,
)

N = 2_000


def test_everything_arrives_once_in_order_with_its_bytes(one_node: KafkaCluster) -> None:
    log, reader = ListRelayLog(N), Reader(one_node.bootstrap)
    relay = relay_of(log, one_node.bootstrap)
    with running(relay):
        until(lambda: log.cursor() == N)
    records = reader.records()
    assert sorted(position for _, position, _ in records) == list(range(1, N + 1))
    assert all(value == log.body(position) for _, position, value in records)
    assert out_of_order(records) == []
    assert (relay.status.published, relay.status.reopened) == (N, 0)


def test_a_review_and_its_notices_share_a_key(one_node: KafkaCluster) -> None:
    log, reader = ListRelayLog(6, n_reviews=1), Reader(one_node.bootstrap)
    with running(relay_of(log, one_node.bootstrap)):
        until(lambda: log.cursor() == 6)
    first = b"review/00000000-0000-7000-8000-000000000000"
    assert first_sightings(reader.records()) == {first: [1, 2, 3, 4, 5, 6]}


def test_a_broker_killed_in_between_loses_nothing(one_node: KafkaCluster) -> None:
    log, reader = ListRelayLog(N), Reader(one_node.bootstrap)
    log.held_back_after = N // 2
    relay = relay_of(log, one_node.bootstrap)
    with running(relay):
        until(lambda: log.cursor() > N // 4)
        one_node.kill(1)
        log.held_back_after = N
        until(lambda: relay.status.reopened > 0)
        one_node.up(1)
        until(lambda: log.cursor() == N)
    records = reader.records()
    assert lost(records, N) == set()
    assert out_of_order(records) == []
    assert log.saved == sorted(log.saved)


def test_a_broker_that_is_absent_at_start_is_waited_for(one_node: KafkaCluster) -> None:
    log, reader = ListRelayLog(100), Reader(one_node.bootstrap)
    one_node.kill(1)
    relay = relay_of(log, one_node.bootstrap)
    with running(relay):
        until(lambda: relay.status.reopened > 0)
        assert (relay.status.broker, relay.status.ready, relay.status.leading) == (
            False,
            False,
            True,
        )
        one_node.up(1)
        until(lambda: log.cursor() == 100)
        assert relay.status.ready
    assert lost(reader.records(), 100) == set()


def test_a_lost_lease_moves_no_cursor(one_node: KafkaCluster) -> None:
    log = ListRelayLog(N)
    log.held_back_after = 10
    relay = relay_of(log, one_node.bootstrap)
    with running(relay):
        until(lambda: log.cursor() == 10)
        log.taken_over_by("another")
        log.held_back_after = N
        until(lambda: not relay.status.leading)
    assert log.cursor() == 10
    assert relay.status.position == 10


def test_a_standby_takes_over_where_the_leader_ended(one_node: KafkaCluster) -> None:
    log, reader = ListRelayLog(N), Reader(one_node.bootstrap)
    log.held_back_after = N // 2
    leader = relay_of(log, one_node.bootstrap, "leader")
    standby = relay_of(log, one_node.bootstrap, "standby")
    with running(leader):
        until(lambda: log.cursor() == N // 2)
        with running(standby):
            until(lambda: standby.status.store)
            assert standby.status.ready
            assert not standby.status.leading
    assert log.expires <= system_time()  # given back, not left to run out
    log.held_back_after = N
    with running(standby):
        until(lambda: log.cursor() == N)
    assert sorted(position for _, position, _ in reader.records()) == list(range(1, N + 1))


def test_a_database_that_is_away_is_waited_for(one_node: KafkaCluster) -> None:
    log = ListRelayLog(20)
    log.available = False
    relay = relay_of(log, one_node.bootstrap)
    with running(relay):
        until(lambda: bool(relay.status.error))
        assert not relay.status.ready
        log.available = True
        until(lambda: log.cursor() == 20)


def test_stopping_without_a_broker_ends_the_process() -> None:
    relay = relay_of(ListRelayLog(20), f"127.0.0.1:{free_port()}")
    with running(relay):
        until(lambda: relay.status.reopened > 0)
    assert not relay.status.leading


def test_the_topic_is_made_by_the_relay_if_it_is_asked_to(one_node: KafkaCluster) -> None:
    delete_topic(one_node.bootstrap)
    log = ListRelayLog(20)
    relay = Relay(log, at(one_node.bootstrap), owner="one", now=system_time, make_topics=True)
    with running(relay):
        until(lambda: log.cursor() == 20)


def test_topics_are_made_once_and_checked_after(one_node: KafkaCluster) -> None:
    assert make_topic(one_node.bootstrap) is False


def test_a_topic_with_other_partitions_is_refused(one_node: KafkaCluster) -> None:
    delete_topic(one_node.bootstrap)
    with closing(KafkaAdminClient(bootstrap_servers=one_node.bootstrap)) as admin:
        admin.create_topics({TOPIC: {"num_partitions": 4, "replication_factor": 1}})
    with pytest.raises(TopicDiffers, match="4 partitions"):
        make_topic(one_node.bootstrap)
    delete_topic(one_node.bootstrap)
