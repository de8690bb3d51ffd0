"""Opening a producer, and being sure that it is gone before the next one is opened.

Two live producers would be two writers: the older one's unsent records would land behind newer
ones, and the order within a review would be lost. kafka-python's `close(timeout=0)` does not
prevent that by itself: it flushes first, times out, and leaves its sender thread running.
"""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from kafka import KafkaProducer
from kafka.errors import KafkaError

_SENDER_ENDS_WITHIN_S = 5.0

# Tried against killed, frozen and restarted brokers; the library's defaults are made for calm
# seas (30 s until a frozen broker is given up, 30 s between attempts to reconnect).
_CONFIGURATION = {
    "acks": "all",
    "enable_idempotence": True,  # said aloud, so that an option in conflict raises
    "allow_auto_create_topics": False,
    "linger_ms": 5,
    "batch_size": 256 * 1024,  # one batch in flight per partition: make it count
    "max_block_ms": 5_000,
    "request_timeout_ms": 5_000,
    "delivery_timeout_ms": 12_000,
    "bootstrap_timeout_ms": 5_000,
    "metadata_max_age_ms": 10_000,
    "retry_backoff_ms": 100,
    "reconnect_backoff_ms": 50,
    "reconnect_backoff_max_ms": 1_000,
}


class SenderStillAlive(Exception):
    """A dropped producer still has its thread: only the end of the process stops its writing.

    Whoever catches this leaves by `os._exit`; a normal exit would first flush that very producer.
    """


def open_producer(brokers: Mapping[str, Any]) -> KafkaProducer:
    """Connect; takes up to 5 s when no broker answers.

    *brokers* are the library's words for where they are and how to get in.

    Raises:
        KafkaError: no broker answered.
    """
    return KafkaProducer(**brokers, **_CONFIGURATION)


def drop(producer: KafkaProducer) -> None:
    """End *producer* for certain; what it has not sent yet is never sent.

    Raises:
        SenderStillAlive: its thread did not end.
    """
    sender = producer._sender  # noqa: SLF001 (the public way does not end the thread)
    sender.force_close()
    sender.join(_SENDER_ENDS_WITHIN_S)
    with suppress(KafkaError):  # it complains about the records that were meant to be dropped
        producer.close(timeout=0)  # takes the exit handler off and closes the metrics
    if sender.is_alive():
        raise SenderStillAlive
