"""The topic and what a record looks like: part of the contract, fixed for good.

The key decides the partition, so the number of partitions may never change: with another one
the later events of a case would overtake its earlier ones.
"""

from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient
from kafka.errors import TopicAlreadyExistsError, UnknownTopicOrPartitionError

from schemas.envelope import partition_key
from schemas.streams import Stream

TOPIC = "review.events.v1"
PARTITIONS = 6
CONTENT_TYPE = b"application/cloudevents+json"
_REPLICATION = 3
_FOR_EVER = "-1"


class TopicDiffers(Exception):
    """The topic exists, but not as the contract says; publishing there would break its readers."""


def key_of(stream: str, event: bytes) -> bytes:
    """Return the record's key: all of a family goes where its topmost case goes."""
    return (partition_key(event) or Stream.parse(stream).pair).encode()


def headers_of(position: int) -> list[tuple[str, bytes]]:
    """Return the record's headers; the position is not part of the event's bytes."""
    return [("content-type", CONTENT_TYPE), ("position", b"%d" % position)]


def create_topics(admin: KafkaAdminClient, replication: int | None = None) -> bool:
    """Make the topic, three-fold where there are three brokers; False if it was there already.

    Raises:
        TopicDiffers: it was there with other partitions, or forgets its records some day.
        KafkaError: no broker answered, or one that does not know the topic yet.
    """
    copies = replication or min(_REPLICATION, len(admin.describe_cluster()["brokers"]))
    wanted = {
        "num_partitions": PARTITIONS,
        "replication_factor": copies,
        "configs": {
            "cleanup.policy": "delete",  # compaction would keep a review's last event only
            "retention.ms": _FOR_EVER,
            "retention.bytes": _FOR_EVER,
            "min.insync.replicas": "2" if copies > 1 else "1",
        },
    }
    try:
        admin.create_topics({TOPIC: wanted}, wait_for_metadata=True)
    except TopicAlreadyExistsError:
        _check(admin)
        return False
    return True


def _check(admin: KafkaAdminClient) -> None:
    partitions = len(admin.describe_topics([TOPIC])[0]["partitions"])
    if partitions == 0:  # who was asked has not heard of it yet: it is asked again
        raise UnknownTopicOrPartitionError(TOPIC)
    if partitions != PARTITIONS:
        raise TopicDiffers(f"{TOPIC} has {partitions} partitions, not {PARTITIONS}")
    resource = ConfigResource(ConfigResourceType.TOPIC, TOPIC, ["cleanup.policy", "retention.ms"])
    settings = admin.describe_configs([resource])["topic"][TOPIC]
    for name, value in (("cleanup.policy", "delete"), ("retention.ms", _FOR_EVER)):
        found = settings.get(name, {}).get("value")
        if found != value:
            raise TopicDiffers(f"{TOPIC} has {name}={found}, not {value}")
