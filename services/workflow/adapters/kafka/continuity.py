"""Whether the topic is still the one that holds what was published.

A topic that was deleted and made anew has the same name, takes every record, and lacks all that
was published before: whoever reads it from the beginning meets a hole for good. So its id is kept
beside the cursor, and what it took since is counted against it.
"""

from typing import NamedTuple

from kafka import TopicPartition
from kafka.admin import KafkaAdminClient, OffsetSpec
from kafka.errors import UnknownTopicOrPartitionError

from services.workflow.adapters.kafka.lease import LeaseLost
from services.workflow.adapters.kafka.topic import PARTITIONS, TOPIC
from services.workflow.application.relay_ports import PublishedTo, RelayLog

_NOBODY_LOOKED = ""


class TopicLost(Exception):
    """The topic does not hold what was published to it: somebody has to say what is to be done."""


class Seen(NamedTuple):
    """A topic as the brokers describe it."""

    id: str
    n_records: int  # that it has taken since it was made, whether it still has them or not


def look(admin: KafkaAdminClient) -> Seen | None:
    """Return the topic as it is; None if there is none.

    Raises:
        KafkaError: not every partition has a leader that answers.
    """
    (found,) = admin.describe_topics([TOPIC])
    if found["error_code"] == UnknownTopicOrPartitionError.errno:
        return None
    partitions = [TopicPartition(TOPIC, number) for number in range(PARTITIONS)]
    ends = admin.list_partition_offsets(dict.fromkeys(partitions, OffsetSpec.LATEST))
    return Seen(str(found["topic_id"]), sum(end.offset for end in ends.values()))


def require_continuity(admin: KafkaAdminClient, log: RelayLog, epoch: int) -> None:
    """Hold the topic against what was published to it; take note of it at the first look.

    Raises:
        TopicLost: it is another one, or lacks records.
        LeaseLost, KafkaError
    """
    published, seen = log.published_to(), look(admin)
    if seen is None:
        if published.cursor > 0:
            raise TopicLost(f"{TOPIC} is gone{_way_out(published)}")
        raise UnknownTopicOrPartitionError(f"{TOPIC} has not been made yet")
    if published.topic not in {_NOBODY_LOOKED, seen.id}:
        raise TopicLost(f"{TOPIC} was deleted and made anew{_way_out(published)}")
    n_expected = published.cursor - published.after
    if seen.n_records < n_expected:
        lacks = f"{TOPIC} has taken {seen.n_records} records, not {n_expected}"
        raise TopicLost(f"{lacks}{_way_out(published)}")
    if published.topic == _NOBODY_LOOKED:
        _note(log, epoch, published._replace(topic=seen.id))


def publish_again(admin: KafkaAdminClient, log: RelayLog, epoch: int, first: int) -> None:
    """Let the topic that is there now have everything from position *first* on.

    Raises:
        TopicLost: there is none.
        LeaseLost, KafkaError
    """
    seen = look(admin)
    if seen is None:
        raise TopicLost(f"{TOPIC} is gone; --create-topics makes it")
    _note(log, epoch, PublishedTo(topic=seen.id, after=first - 1, cursor=first - 1))


def _note(log: RelayLog, epoch: int, to: PublishedTo) -> None:
    if not log.publish_to(epoch, to):
        raise LeaseLost


def _way_out(published: PublishedTo) -> str:
    return (
        f"; positions up to {published.cursor} were published."
        " Nothing more is, until `relay --from 1` publishes them again"
    )
