"""Publishing the log to Kafka: a process of its own, which the API never waits for."""

from services.workflow.adapters.kafka.continuity import TopicLost
from services.workflow.adapters.kafka.process import run_as_process
from services.workflow.adapters.kafka.producer import SenderStillAlive
from services.workflow.adapters.kafka.relay import Relay
from services.workflow.adapters.kafka.status import RelayStatus
from services.workflow.adapters.kafka.topic import PARTITIONS, TOPIC, TopicDiffers, create_topics

__all__ = [
    "PARTITIONS",
    "TOPIC",
    "Relay",
    "RelayStatus",
    "SenderStillAlive",
    "TopicDiffers",
    "TopicLost",
    "create_topics",
    "run_as_process",
]
