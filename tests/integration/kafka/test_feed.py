"""The notifier's feed on a real broker, fed by the real relay."""

import pytest

from deploy.servers import KafkaCluster, free_port
from services.notifier.adapters.feed.kafka import KafkaFeed
from services.notifier.application.ports import Delivery
from services.notifier.domain.errors import FeedUnavailable
from services.notifier.domain.reading import Head
from tests.integration.kafka.list_relay_log import ListRelayLog
from tests.integration.kafka.publishing import end_offsets, relay_of, running, until

N = 1_200


@pytest.fixture
def published(one_node: KafkaCluster) -> tuple[str, dict[int, int]]:
    """Return the bootstrap list and the offsets before *N* events that were then published."""
    before = end_offsets(one_node.bootstrap)
    log = ListRelayLog(N)
    with running(relay_of(log, one_node.bootstrap)):
        until(lambda: log.cursor() == N)
    return one_node.bootstrap, before


def read(feed: KafkaFeed, count: int) -> list[Delivery]:
    deliveries: list[Delivery] = []

    def enough() -> bool:
        deliveries.extend(feed.poll(0.2).deliveries)
        return len(deliveries) >= count

    until(enough)
    return deliveries


def test_everything_is_handed_over_with_its_position(published: tuple[str, dict[int, int]]) -> None:
    bootstrap, before = published
    feed = KafkaFeed(bootstrap, lambda: Head(position=N))
    feed.start(before)
    deliveries = read(feed, N)
    assert sorted(d.position for d in deliveries) == list(range(1, N + 1))
    assert all(d.body == ListRelayLog.body(d.position) for d in deliveries)
    feed.close()


def test_reading_goes_on_from_stored_offsets(published: tuple[str, dict[int, int]]) -> None:
    bootstrap, before = published
    feed = KafkaFeed(bootstrap, lambda: Head(position=N))
    feed.start(before)
    first = read(feed, N // 3)
    stored = before | {d.partition: d.offset + 1 for d in first}
    feed.start(stored)
    rest = read(feed, N - len(first))
    assert sorted(d.position for d in first + rest) == list(range(1, N + 1))
    feed.close()


def test_the_head_is_asked_when_there_is_no_backlog(published: tuple[str, dict[int, int]]) -> None:
    bootstrap, before = published
    feed = KafkaFeed(bootstrap, lambda: Head(position=N))
    feed.start(before)
    polled = [feed.poll(0.2) for _ in range(30)]
    assert all(len(p.deliveries) == 500 for p in polled if p.head is None)
    assert polled[-1].head == Head(position=N)
    feed.close()


def test_an_offset_that_kafka_does_not_have_is_not_passed_over(
    published: tuple[str, dict[int, int]],
) -> None:
    bootstrap, before = published
    feed = KafkaFeed(bootstrap, lambda: Head(position=N))
    feed.start(before | {0: 10_000_000})
    with pytest.raises(FeedUnavailable):
        until(lambda: feed.poll(0.2) is None)
    feed.close()


def test_a_feed_without_a_broker_is_unavailable() -> None:
    with pytest.raises(FeedUnavailable):
        KafkaFeed(f"127.0.0.1:{free_port()}", lambda: Head(position=0)).start({})
