"""A running relay, and a reader of what was published since it was made."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import KafkaAdminClient
from kafka.errors import UnknownBrokerIdError, UnknownTopicOrPartitionError

from services.workflow.adapters.kafka import PARTITIONS, TOPIC, Relay, create_topics
from tests.integration.kafka.list_relay_log import ListRelayLog, system_time

Record = tuple[bytes, int, bytes]  # key, position, value


class Reader:
    """Reads the topic from where it ended when the reader was made."""

    def __init__(self, bootstrap: str) -> None:
        self._bootstrap = bootstrap
        with self._consumer() as consumer:
            self.began = consumer.end_offsets(self._partitions)

    @property
    def _partitions(self) -> list[TopicPartition]:
        return [TopicPartition(TOPIC, number) for number in range(PARTITIONS)]

    @contextmanager
    def _consumer(self) -> Iterator[KafkaConsumer]:
        consumer = KafkaConsumer(bootstrap_servers=self._bootstrap.split(","))
        consumer.assign(self._partitions)
        yield consumer
        consumer.close()

    def records(self) -> list[Record]:
        """Return (key, position, value) of everything there is now, in order within a key."""
        found: list[Record] = []
        with self._consumer() as consumer:
            ends = consumer.end_offsets(self._partitions)
            for partition in self._partitions:
                consumer.seek(partition, self.began[partition])
            while any(consumer.position(p) < ends[p] for p in self._partitions):
                for batch in consumer.poll(500).values():
                    found += [(r.key, int(dict(r.headers)["position"]), r.value) for r in batch]
        return found


def first_sightings(records: list[Record]) -> dict[bytes, list[int]]:
    """Return the positions of each key in the order a reader that drops repeats sees them."""
    seen: dict[bytes, list[int]] = {}
    for key, position, _ in records:
        positions = seen.setdefault(key, [])
        if position not in positions:
            positions.append(position)
    return seen


def lost(records: list[Record], n_events: int) -> set[int]:
    """Return the positions that never arrived."""
    return set(range(1, n_events + 1)) - {position for _, position, _ in records}


def out_of_order(records: list[Record]) -> list[bytes]:
    """Return the keys whose first sightings are not in order of position."""
    return [key for key, found in first_sightings(records).items() if found != sorted(found)]


def end_offsets(bootstrap: str) -> dict[int, int]:
    """Return {partition: offset of the next record}."""
    return {partition.partition: offset for partition, offset in Reader(bootstrap).began.items()}


def until(condition: Callable[[], bool], timeout_s: float = 180) -> None:
    """Poll until *condition* holds; fail if it does not in time."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, "did not happen in time"
        time.sleep(0.02)


@contextmanager
def running(relay: Relay) -> Iterator[threading.Event]:
    """Run *relay* in a thread; drain and end it on leaving."""
    stop = threading.Event()
    thread = threading.Thread(target=relay.run, args=(stop,))
    thread.start()
    yield stop
    stop.set()
    thread.join(180)
    assert not thread.is_alive()


def at(bootstrap: str) -> dict[str, str]:
    """Return where brokers are, as the library takes it."""
    return {"bootstrap_servers": bootstrap}


def make_topic(bootstrap: str) -> bool:
    """Make the topic as the relay does, which tries again; False if it was there."""
    for _ in range(30):
        with closing(KafkaAdminClient(**at(bootstrap))) as admin:
            try:
                return create_topics(admin)
            except (UnknownBrokerIdError, UnknownTopicOrPartitionError):
                # A broker that has just begun knows not all others yet, nor their topics.
                time.sleep(1)
    raise AssertionError("brokers do not know each other")


def send(bootstrap: str, value: bytes | None, *headers: tuple[str, bytes]) -> None:
    """Put a record into partition 0, as anybody could."""
    with closing(KafkaProducer(bootstrap_servers=bootstrap)) as producer:
        producer.send(TOPIC, value, b"key", partition=0, headers=list(headers)).get(60)


def delete_topic(bootstrap: str) -> None:
    """Delete the topic, and wait until it is gone."""
    with closing(KafkaAdminClient(**at(bootstrap))) as admin:
        admin.delete_topics([TOPIC])
        until(lambda: TOPIC not in admin.list_topics())


def relay_of(
    log: ListRelayLog,
    bootstrap: str,
    owner: str = "one",
    ttl_s: float = 15,
    again_from: int | None = None,
) -> Relay:
    return Relay(
        log, at(bootstrap), owner=owner, now=system_time, ttl_s=ttl_s, again_from=again_from
    )
