"""Which records of the topic are ours: by the source of our log, and a place that it has."""

from typing import Any, NamedTuple

from services.notifier.adapters.feed.records import ROOTLESS, Ours


class Record(NamedTuple):
    value: bytes
    position: bytes = b"1"
    partition: int = 0
    offset: int = 0

    @property
    def headers(self) -> list[tuple[str, bytes]]:
        return [("position", self.position)]


def event(source: str) -> bytes:
    return b'{"source":"' + source.encode() + b'"}'


OURS = Ours(source="urn:shuping:w", end=9)


def sort(*records: Any) -> tuple[int, int]:
    deliveries, foreign = OURS.sort(records)
    return len(deliveries), len(foreign)


def test_a_log_is_known_by_the_first_event_that_names_its_root() -> None:
    bodies = [event(ROOTLESS), event(ROOTLESS), event("urn:shuping:w")]
    assert Ours.of(bodies, 9) == OURS
    assert Ours.of(bodies[:2], 9).source == ""


def test_what_names_no_root_is_left_to_the_log_and_told_of_as_nothing() -> None:
    assert sort(Record(event(ROOTLESS)), Record(event("urn:shuping:w"))) == (1, 0)


def test_what_another_log_wrote_is_foreign() -> None:
    assert sort(Record(event("urn:shuping:x")), Record(event("urn:shuping:w"), b"10")) == (0, 2)
