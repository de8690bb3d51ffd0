"""The feed from Kafka: all partitions of the topic, from the offsets in the notifier's database.

No consumer group: one leased notifier reads everything, so there is nothing to share out, no
rebalance to survive, and no second truth about how far it has read. Kafka alone cannot say
whether the log goes on (the relay may be down while its topic looks read to the end), so the
barrier's head comes from the workflow, asked once per poll, but not while there is a backlog.
"""

import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from kafka import KafkaConsumer, TopicPartition
from kafka.errors import KafkaError

from services.notifier.application.ports import Delivery, Polled
from services.notifier.domain.errors import FeedUnavailable
from services.notifier.domain.reading import Head

TOPIC = "review.events.v1"
PARTITIONS = 6
_AT_MOST = 500  # records per poll: about what one transaction should accept
_STALLED_AFTER_S = 30.0

_CONFIGURATION = {
    "group_id": None,
    "enable_auto_commit": False,
    # An offset of ours that Kafka does not have means that records are gone. Starting anywhere
    # else would pass over them without a word.
    "auto_offset_reset": "none",
    "allow_auto_create_topics": False,
    "max_poll_records": _AT_MOST,
    "bootstrap_timeout_ms": 5_000,
    "request_timeout_ms": 7_000,
    "metadata_max_age_ms": 5_000,
    "reconnect_backoff_max_ms": 1_000,
}


class KafkaFeed:
    """Reads `review.events.v1`; not for several threads at once."""

    name = "kafka"

    def __init__(self, bootstrap: str, head: Callable[[], Head]) -> None:
        """*head* asks the workflow where the log ends."""
        self._bootstrap = bootstrap.split(",")
        self._head = head
        self._consumer: KafkaConsumer | None = None
        self._known = 0  # the position beyond which something has to arrive; 0: not known yet
        self._moved_at = 0.0

    def start(self, offsets: Mapping[int, int]) -> None:
        """Read on from *offsets*, {partition: next offset}; a missing partition from its start.

        Raises:
            FeedUnavailable: no broker answered.
        """
        self.close()
        partitions = [TopicPartition(TOPIC, number) for number in range(PARTITIONS)]
        try:
            consumer = KafkaConsumer(bootstrap_servers=self._bootstrap, **_CONFIGURATION)
        except (KafkaError, OSError) as error:
            raise FeedUnavailable("no broker answers") from error
        consumer.assign(partitions)
        for partition in partitions:
            consumer.seek(partition, offsets.get(partition.partition, 0))
        self._consumer = consumer
        self._known = 0
        self._moved_at = time.monotonic()

    def poll(self, wait_s: float) -> Polled:
        """Return what has arrived, waiting at most *wait_s* for a first event.

        Raises:
            FeedUnavailable: Kafka cannot be read; start anew.
        """
        if self._consumer is None:
            raise FeedUnavailable("the feed was not started")
        try:
            batches = self._consumer.poll(0)
            # Before any waiting, so that the head is as old as the poll. A full poll says that
            # there is more to catch up with: no need to bother the workflow yet.
            full = sum(map(len, batches.values())) >= _AT_MOST
            head = None if full else self._head()
            if not batches and wait_s > 0:
                batches = self._consumer.poll(int(wait_s * 1000))
        except (KafkaError, OSError) as error:
            raise FeedUnavailable(type(error).__name__) from error
        deliveries = tuple(_delivery(record) for batch in batches.values() for record in batch)
        self._watch_for_a_stall(deliveries, head)
        return Polled(deliveries=deliveries, head=head)

    def close(self) -> None:
        """Let go of the connections; `start` opens new ones."""
        if self._consumer is not None:
            self._consumer.close()
            self._consumer = None

    def _watch_for_a_stall(self, deliveries: tuple[Delivery, ...], head: Head | None) -> None:
        """Give a consumer up that brings nothing although the log is known to go on.

        kafka-python raises nothing when its brokers are away; a rebuilt consumer is the cure for
        whatever it may be stuck in.
        """
        if deliveries:
            self._known = max(self._known, *(delivery.position for delivery in deliveries))
        elif head is not None and self._known == 0:
            self._known = head.position  # all of it may have been read before this start
        if deliveries or head is None or head.position <= self._known:
            self._moved_at = time.monotonic()
        elif time.monotonic() - self._moved_at > _STALLED_AFTER_S:
            raise FeedUnavailable("nothing arrives although the log goes on")


def _delivery(record: Any) -> Delivery:
    return Delivery(
        position=_position(record.headers),
        body=record.value,
        partition=record.partition,
        offset=record.offset,
    )


def _position(headers: Iterable[tuple[str, bytes]]) -> int:
    for name, value in headers:
        if name == "position":
            return int(value)
    # Somebody else writes to our topic: reading on would turn their records into notices.
    raise FeedUnavailable("a record without a position")
