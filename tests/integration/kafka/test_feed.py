"""The notifier's feed on a real broker, fed by the real relay, and by others."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass

import pytest
from kafka import TopicPartition
from kafka.admin import KafkaAdminClient

from deploy.servers import KafkaCluster, free_port
from services.notifier.adapters.feed.gap import PATIENCE_S
from services.notifier.adapters.feed.kafka import AHEAD_AT_MOST, STUCK_AFTER_S, KafkaFeed
from services.notifier.adapters.feed.topic import AT_MOST, TOPIC
from services.notifier.application.ports import Delivery, Polled
from services.notifier.domain.errors import FeedUnavailable
from services.notifier.domain.reading import Head, Reading
from tests.end_to_end.systems import renew_topic
from tests.integration.kafka.list_relay_log import ListRelayLog
from tests.integration.kafka.publishing import relay_of, running, send, until

N = 1_200
OURS = ListRelayLog.body(1)
POSITION = ("position", b"%d" % (N + 1))
FOREIGN: list[tuple[bytes | None, list[tuple[str, bytes]], str]] = [
    (b"\xff\x00garbage", [POSITION], "no event of this log"),
    (b"{}", [POSITION], "no event of this log"),
    (b"[1]", [POSITION], "no event of this log"),
    (b'{"source":"urn:shuping:another"}', [("position", b"7")], "no event of this log"),
    (None, [POSITION], "no event of this log"),
    (OURS, [], "no position"),
    (OURS, [("position", b"abc")], "no position"),
    (OURS, [("position", b"0")], "no position"),
    (OURS, [("position", b"\xd9\xa7")], "no position"),
    (OURS, [POSITION, POSITION], "no position"),
    (OURS, [("position", b"9" * 40)], "no position"),
    (OURS, [("position", b"999999")], "a position beyond the end of the log"),
]


class Seconds:
    """A clock that the test moves."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s

    def run_out_of_patience(self) -> None:
        self.now_s += PATIENCE_S


@dataclass
class Published:
    """A topic that holds the first *n* events of a log, and a feed that reads both."""

    bootstrap: str
    log: ListRelayLog
    clock: Seconds
    feed: KafkaFeed

    def read_on(self, n: int) -> list[Delivery]:
        """Poll until *n* more events were handed over."""
        deliveries: list[Delivery] = []

        def enough() -> bool:
            deliveries.extend(self.feed.poll(0.2).deliveries)
            return len(deliveries) >= n

        until(enough)
        return deliveries

    def poll_until_it_says(self, detour: str) -> None:
        until(lambda: detour in self.feed.poll(0.1).detour)

    def publish(self, n: int, *, again_from: int | None = None) -> None:
        """Let the relay publish the log up to *n*; to a topic made anew only when told so."""
        self.log.held_back_after = n
        with running(relay_of(self.log, self.bootstrap, again_from=again_from)):
            until(lambda: self.log.cursor() == n)


def feed_of(bootstrap: str, log: ListRelayLog, clock: Seconds) -> KafkaFeed:
    return KafkaFeed({"bootstrap_servers": bootstrap}, log.over_http(), clock)


@pytest.fixture
def topic(one_node: KafkaCluster) -> Iterator[Published]:
    """A topic with *N* of *N* + 1 events, and a feed that has not been started."""
    renew_topic(one_node.bootstrap)
    log, clock = ListRelayLog(N + 1), Seconds()
    feed = feed_of(one_node.bootstrap, log, clock)
    published = Published(one_node.bootstrap, log, clock, feed)
    published.publish(N)
    yield published
    feed.close()


def positions(deliveries: list[Delivery]) -> list[int]:
    return sorted(one.position for one in deliveries)


def test_everything_is_handed_over_with_its_position(topic: Published) -> None:
    topic.feed.start({}, Reading())
    deliveries = topic.read_on(N)
    assert positions(deliveries) == list(range(1, N + 1))
    assert all(one.body == ListRelayLog.body(one.position) for one in deliveries)


def test_reading_goes_on_from_stored_offsets(topic: Published) -> None:
    topic.feed.start({}, Reading())
    first = topic.read_on(N // 3)
    stored = {one.partition: one.offset + 1 for one in first if one.partition is not None}
    topic.feed.start(stored, Reading().having(positions(first)))
    rest = topic.read_on(N - len(first))
    assert positions(first + rest) == list(range(1, N + 1))


def test_the_head_is_asked_when_there_is_no_backlog(topic: Published) -> None:
    topic.feed.start({}, Reading())
    polled: list[Polled] = [topic.feed.poll(0.2) for _ in range(30)]
    assert all(len(one.deliveries) == AT_MOST for one in polled if one.head is None)
    assert polled[-1].head == Head(position=N)


def test_what_is_not_ours_is_passed_over_and_told_once(topic: Published) -> None:
    for value, headers, _ in FOREIGN:
        send(topic.bootstrap, value, *headers)
    topic.feed.start({}, Reading())
    foreign = [one for _ in range(20) for one in topic.feed.poll(0.1).foreign]
    assert [one.reason for one in foreign] == [reason for _, _, reason in FOREIGN]
    first = foreign[0].offset
    assert [(one.partition, one.offset - first) for one in foreign] == [(0, n) for n in range(12)]
    topic.feed.start({}, Reading(N))
    assert [one for _ in range(20) for one in topic.feed.poll(0.1).foreign] == []
    topic.publish(N + 1)
    assert positions(topic.read_on(1)) == [N + 1]


def test_a_position_that_was_read_is_not_read_again(topic: Published) -> None:
    topic.feed.start({}, Reading())
    topic.read_on(N)
    send(topic.bootstrap, OURS.replace(b'"number":1', b'"number":2'), ("position", b"1"))
    topic.publish(N + 1)
    assert positions(topic.read_on(1)) == [N + 1]


def test_what_the_topic_lost_is_read_from_the_log(topic: Published) -> None:
    with closing(KafkaAdminClient(bootstrap_servers=topic.bootstrap)) as admin:
        admin.delete_records({TopicPartition(TOPIC, number): 60 for number in range(6)})
    topic.feed.start({}, Reading())
    arrived = topic.read_on(1)
    topic.clock.run_out_of_patience()
    assert positions(arrived + topic.read_on(N - len(arrived))) == list(range(1, N + 1))


def test_what_kafka_never_brings_is_read_from_the_log_and_said(topic: Published) -> None:
    topic.feed.start({}, Reading())
    topic.read_on(N)
    topic.log.held_back_after = N + 1
    assert topic.feed.poll(0.1).deliveries == ()
    topic.clock.run_out_of_patience()
    (filled,) = topic.read_on(1)
    assert (filled.position, filled.partition) == (N + 1, None)
    topic.poll_until_it_says("read from the log")
    topic.publish(N + 1)
    until(lambda: topic.feed.poll(0.1).detour == "")


def test_a_gap_that_the_log_does_not_fill_is_told_until_it_is_filled(topic: Published) -> None:
    missing = N + 1
    topic.feed.start({}, Reading())
    topic.read_on(N)
    topic.log.held_back_after, topic.log.lacks = missing, missing
    topic.feed.poll(0.1)
    topic.clock.run_out_of_patience()
    for _ in range(3):
        with pytest.raises(FeedUnavailable, match=str(missing)):
            topic.feed.poll(0.1)
        topic.feed.start({}, Reading(N))
    topic.log.lacks = 0
    assert positions(topic.read_on(1)) == [missing]


@pytest.mark.parametrize("offset", [10_000_000, 0], ids=["beyond the end", "behind retention"])
def test_an_offset_that_kafka_does_not_have_needs_no_hand(topic: Published, offset: int) -> None:
    with closing(KafkaAdminClient(bootstrap_servers=topic.bootstrap)) as admin:
        admin.delete_records({TopicPartition(TOPIC, 0): 20})
    topic.feed.start({0: offset}, Reading())
    arrived = topic.read_on(N // 2)
    topic.clock.run_out_of_patience()
    assert positions(arrived + topic.read_on(N - len(arrived))) == list(range(1, N + 1))


def test_a_topic_made_anew_is_read_from_its_beginning(topic: Published) -> None:
    topic.feed.start({}, Reading())
    topic.read_on(N)
    renew_topic(topic.bootstrap)
    topic.publish(N + 1, again_from=N + 1)
    topic.feed.poll(0.1)
    topic.clock.run_out_of_patience()
    assert positions(topic.read_on(1)) == [N + 1]
    topic.clock.now_s += STUCK_AFTER_S  # the consumer waits for a topic that is gone

    def well_again() -> bool:
        topic.clock.run_out_of_patience()
        return topic.feed.poll(0.1).detour == ""

    until(well_again)


def test_no_partition_is_read_far_ahead_of_a_gap(one_node: KafkaCluster) -> None:
    renew_topic(one_node.bootstrap)
    n = AHEAD_AT_MOST + 6 * AT_MOST
    log, clock = ListRelayLog(n, n_reviews=1), Seconds()
    with running(relay_of(log, one_node.bootstrap)):
        until(lambda: log.cursor() == n)
    feed = feed_of(one_node.bootstrap, log, clock)
    topic = Published(one_node.bootstrap, log, clock, feed)
    everywhere_but_the_first = dict.fromkeys(range(6), 1)
    feed.start(everywhere_but_the_first, Reading())
    ahead = topic.read_on(AHEAD_AT_MOST)
    ahead += [one for _ in range(20) for one in feed.poll(0.05).deliveries]
    assert len(ahead) <= AHEAD_AT_MOST + AT_MOST
    clock.run_out_of_patience()
    assert positions(ahead + topic.read_on(n - len(ahead))) == list(range(1, n + 1))
    feed.close()


def test_without_a_broker_everything_comes_from_the_log() -> None:
    log, clock = ListRelayLog(300), Seconds()
    bootstrap = f"127.0.0.1:{free_port()}"
    topic = Published(bootstrap, log, clock, feed_of(bootstrap, log, clock))
    topic.feed.start({}, Reading())
    topic.poll_until_it_says("no broker answers")
    clock.run_out_of_patience()
    assert positions(topic.read_on(300)) == list(range(1, 301))
