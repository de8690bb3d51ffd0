"""The topic's partitions, read side by side by one consumer that is opened anew when it fails.

Offsets that Kafka does not have any more, or not yet, need nobody's hand: the partition is read
from its beginning. What is repeated so is known by its position.
"""

from collections.abc import Callable, Mapping
from typing import Any

import structlog
from kafka import KafkaConsumer, TopicPartition
from kafka.errors import KafkaError, OffsetOutOfRangeError

from services.notifier.adapters.feed.explained import NotLetIn, explained

_logger = structlog.get_logger(__name__)

TOPIC = "review.events.v1"
PARTITIONS = tuple(TopicPartition(TOPIC, number) for number in range(6))
AT_MOST = 500  # records per fetch: about what one transaction should accept
_OPEN_ANEW_AFTER_S = 5.0  # an attempt may take as long

_CONFIGURATION = {
    "group_id": None,
    "enable_auto_commit": False,
    # An offset of ours that Kafka does not have means that records are gone, or that another
    # topic is there. Where to go on is decided here, and told.
    "auto_offset_reset": "none",
    "allow_auto_create_topics": False,
    "max_poll_records": AT_MOST,
    "bootstrap_timeout_ms": 5_000,
    "request_timeout_ms": 7_000,
    "metadata_max_age_ms": 5_000,
    "reconnect_backoff_max_ms": 1_000,
}


class Topic:
    """Reads `review.events.v1`; not for several threads at once."""

    def __init__(self, brokers: Mapping[str, Any], now_s: Callable[[], float]) -> None:
        """*brokers* are the library's words for where they are and how to get in."""
        self.trouble = ""  # why nothing can be read; empty: it can
        self._brokers = brokers
        self._now_s = now_s
        self._consumer: KafkaConsumer | None = None
        self._open_at_s = 0.0
        self._offsets: dict[int, int] = {}  # by partition, where to read on

    def start(self, offsets: Mapping[int, int]) -> None:
        """Read on from *offsets*; a missing partition from its start."""
        self._offsets = dict(offsets)
        if self._consumer is not None:
            self._seek(self._consumer)

    def fetch(self, wait_s: float) -> list[Any]:
        """Return the records that have arrived, waiting at most *wait_s* for a first one."""
        consumer = self._consumer or self._open()
        if consumer is None:
            return []
        try:
            batches = consumer.poll(int(wait_s * 1000))
        except OffsetOutOfRangeError as error:
            self._begin_anew(consumer, error.args[0])
            return []
        except (KafkaError, OSError) as error:
            self.give_up(f"Kafka refuses: {error or type(error).__name__}")
            return []
        for partition, records in batches.items():
            self._offsets[partition.partition] = records[-1].offset + 1
        return [record for records in batches.values() for record in records]

    def hold_back(self, numbers: set[int]) -> None:
        """Read nothing more from the partitions *numbers* for now, and from all others again."""
        if self._consumer is not None:
            held = [partition for partition in PARTITIONS if partition.partition in numbers]
            self._consumer.pause(*held)
            self._consumer.resume(*(set(PARTITIONS) - set(held)))

    def give_up(self, trouble: str) -> None:
        """Drop the consumer; a fetch some seconds later opens another one."""
        self.close()
        self.trouble, self._open_at_s = trouble, self._now_s() + _OPEN_ANEW_AFTER_S

    def close(self) -> None:
        """Let go of the connections."""
        if self._consumer is not None:
            consumer, self._consumer = self._consumer, None
            consumer.close()

    def _open(self) -> KafkaConsumer | None:
        if self._now_s() < self._open_at_s:
            return None
        try:
            with explained():
                consumer = KafkaConsumer(**self._brokers, **_CONFIGURATION)
        except NotLetIn as error:
            self.give_up(f"no broker answers: {error}")
            return None
        consumer.assign(PARTITIONS)
        self._seek(consumer)
        self._consumer, self.trouble = consumer, ""
        return consumer

    def _seek(self, consumer: KafkaConsumer) -> None:
        for partition in PARTITIONS:
            consumer.seek(partition, self._offsets.get(partition.partition, 0))

    def _begin_anew(self, consumer: KafkaConsumer, gone: Mapping[TopicPartition, int]) -> None:
        try:
            beginnings = consumer.beginning_offsets(list(gone))
        except (KafkaError, OSError) as error:
            self.give_up(f"Kafka refuses: {error}")
            return
        for partition, offset in beginnings.items():
            number = partition.partition
            _logger.warning("offset_is_gone", partition=number, was=gone[partition], now=offset)
            self._offsets[number] = offset
            consumer.seek(partition, offset)
