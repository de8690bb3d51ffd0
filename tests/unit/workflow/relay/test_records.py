"""What a record looks like: part of the contract."""

import pytest

from services.workflow.adapters.kafka.status import RelayStatus
from services.workflow.adapters.kafka.topic import PARTITIONS, TOPIC, headers_of, key_of


@pytest.mark.parametrize(
    ("stream", "key"),
    [
        ("review/0192", b"review/0192"),
        ("review/0192/refusals", b"review/0192"),
        ("review/0192/notices", b"review/0192"),
        ("cycle/0193", b"cycle/0193"),
        ("organisation/u-root", b"organisation/u-root"),
    ],
)
def test_the_key_is_the_streams_first_two_parts(stream: str, key: bytes) -> None:
    assert key_of(stream) == key


def test_the_position_travels_in_a_header() -> None:
    assert dict(headers_of(417)) == {
        "content-type": b"application/cloudevents+json",
        "position": b"417",
    }


def test_the_topic_is_fixed_for_good() -> None:
    assert (TOPIC, PARTITIONS) == ("review.events.v1", 6)


@pytest.mark.parametrize(
    ("leading", "store", "broker", "ready"),
    [
        (True, True, True, True),
        (True, True, False, False),
        (False, True, False, True),
        (False, False, True, False),
    ],
)
def test_a_standby_is_ready_without_a_broker_a_leader_is_not(
    leading: bool, store: bool, broker: bool, ready: bool
) -> None:
    assert RelayStatus(leading=leading, store=store, broker=broker).ready is ready
