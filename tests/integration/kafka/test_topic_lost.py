"""A topic that does not hold any more what was published to it: nothing more is published there."""

from collections.abc import Iterator
from threading import Event

import pytest

from deploy.servers import KafkaCluster
from services.workflow.adapters.kafka import Relay, TopicLost
from tests.integration.kafka.list_relay_log import ListRelayLog, system_time
from tests.integration.kafka.publishing import (
    Reader,
    at,
    delete_topic,
    lost,
    make_topic,
    relay_of,
    running,
    until,
)

N = 300


@pytest.fixture
def log(one_node: KafkaCluster) -> Iterator[ListRelayLog]:
    """A log with *N* of *N* + 50 events, all of them published."""
    log = ListRelayLog(N + 50)
    log.held_back_after = N
    with running(relay_of(log, one_node.bootstrap)):
        until(lambda: log.cursor() == N)
    log.held_back_after = N + 50
    yield log
    make_topic(one_node.bootstrap)


def again(log: ListRelayLog, bootstrap: str, first: int) -> Relay:
    return Relay(
        log, at(bootstrap), owner="again", now=system_time, make_topics=True, again_from=first
    )


@pytest.mark.parametrize("made_anew", [True, False], ids=["made anew", "deleted"])
def test_a_relay_that_starts_on_another_topic_refuses(
    one_node: KafkaCluster, log: ListRelayLog, made_anew: bool
) -> None:
    delete_topic(one_node.bootstrap)
    if made_anew:
        make_topic(one_node.bootstrap)
    relay = relay_of(log, one_node.bootstrap)
    with pytest.raises(TopicLost, match="relay --from 1"):
        relay.run(Event())
    assert log.cursor() == N
    assert log.expires <= system_time()  # whoever publishes again need not wait


def test_a_topic_shorter_than_what_was_published_is_refused(
    one_node: KafkaCluster, log: ListRelayLog
) -> None:
    delete_topic(one_node.bootstrap)
    make_topic(one_node.bootstrap)
    log.topic = ""  # as the release before left it
    with pytest.raises(TopicLost, match=f"0 records, not {N}"):
        relay_of(log, one_node.bootstrap).run(Event())


def test_a_running_relay_notices_stops_and_says_so_until_another_publishes_again(
    one_node: KafkaCluster, log: ListRelayLog
) -> None:
    log.held_back_after = N
    relay = relay_of(log, one_node.bootstrap)
    with running(relay):
        until(lambda: relay.status.broker)
        delete_topic(one_node.bootstrap)
        make_topic(one_node.bootstrap)
        until(lambda: relay.status.part()["status"] == "down")
        log.held_back_after = N + 50
        reader = Reader(one_node.bootstrap)
        with running(again(log, one_node.bootstrap, 1)):
            until(lambda: log.cursor() == N + 50)
            until(lambda: relay.status.ready)
    assert lost(reader.records(), N + 50) == set()


def test_publishing_again_begins_where_it_is_told_to(
    one_node: KafkaCluster, log: ListRelayLog
) -> None:
    delete_topic(one_node.bootstrap)
    make_topic(one_node.bootstrap)
    reader = Reader(one_node.bootstrap)
    with running(again(log, one_node.bootstrap, 200)):
        until(lambda: log.cursor() == N + 50)
    with running(relay_of(log, one_node.bootstrap)):  # which finds all it expects
        until(lambda: log.cursor() == N + 50)
    assert lost(reader.records(), N + 50) == set(range(1, 200))


def test_what_was_published_again_twice_is_there(one_node: KafkaCluster, log: ListRelayLog) -> None:
    reader = Reader(one_node.bootstrap)
    with running(again(log, one_node.bootstrap, 1)):
        until(lambda: log.cursor() == N + 50)
    assert lost(reader.records(), N + 50) == set()
