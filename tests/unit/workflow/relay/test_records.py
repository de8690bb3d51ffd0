"""What a record looks like: part of the contract."""

import pytest

from schemas.envelope import seal
from services.workflow.adapters.kafka.status import RelayStatus
from services.workflow.adapters.kafka.topic import PARTITIONS, TOPIC, headers_of, key_of
from tests.unit.schemas.facts import envelope
from tests.unit.schemas.parts_of_facts import CYCLE
from tests.unit.schemas.parts_of_facts import REVIEW as ID


@pytest.mark.parametrize(
    ("stream", "key"),
    [
        (f"review/{ID}", f"review/{ID}"),
        (f"review/{ID}/refusals", f"review/{ID}"),
        (f"review/{ID}/notices", f"review/{ID}"),
        (f"cycle/{ID}", f"cycle/{ID}"),
        ("organisation/u-root", "organisation/u-root"),
    ],
)
def test_the_key_is_the_streams_first_two_parts(stream: str, key: str) -> None:
    assert key_of(stream, seal(envelope("note_added", subject=stream))) == key.encode()


def test_a_child_goes_where_its_topmost_case_goes() -> None:
    stream, topmost = f"item/{ID}/notices", f"review/{CYCLE}"
    body = seal(envelope("note_added", subject=stream, partitionkey=topmost))
    assert key_of(stream, body) == topmost.encode()


def test_nothing_in_the_data_passes_for_the_key() -> None:
    data = {"organisationversion": 1, "partitionkey": f"review/{CYCLE}"}
    body = seal(envelope("note_added", data=data))
    assert key_of(f"item/{ID}", body) == f"item/{ID}".encode()


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
