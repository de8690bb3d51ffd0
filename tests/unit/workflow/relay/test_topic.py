"""The topic as a broker tells of it."""

from typing import Any

import pytest
from kafka.errors import TopicAlreadyExistsError, UnknownTopicOrPartitionError

from services.workflow.adapters.kafka import TOPIC, TopicDiffers, create_topics


class Admin:
    """Talks to a broker that has the topic, with *n* partitions as far as it has heard."""

    def __init__(self, n: int) -> None:
        self._n = n

    def describe_cluster(self) -> dict[str, Any]:
        return {"brokers": [{}]}

    def create_topics(self, *_: Any, **__: Any) -> None:
        raise TopicAlreadyExistsError(TOPIC)

    def describe_topics(self, _: list[str]) -> list[dict[str, Any]]:
        return [{"partitions": [{}] * self._n}]


def test_a_broker_that_has_not_heard_of_the_topic_yet_is_asked_again() -> None:
    with pytest.raises(UnknownTopicOrPartitionError):
        create_topics(Admin(0))  # type: ignore[arg-type]


def test_a_topic_with_other_partitions_is_none_of_ours() -> None:
    with pytest.raises(TopicDiffers, match="4 partitions, not 6"):
        create_topics(Admin(4))  # type: ignore[arg-type]
