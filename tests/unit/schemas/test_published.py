"""What was published before there were other kinds of case, and what readers make of each other."""

import json
from pathlib import Path
from typing import Any

import pytest

from schemas.facts import EVENTS
from schemas.json_schema import event_schema
from schemas.registry import EventRegistry, UnknownEvent, split_type
from tests.unit.schemas.facts import DATA, type_of

PUBLISHED: dict[str, Any] = json.loads(
    (Path(__file__).parents[2] / "histories" / "published.json").read_text()
)
WRITTEN = sorted(
    EVENTS.latest(fact)
    for fact in {split_type(type_)[0] for type_ in EVENTS.types()}
    if fact != "review_opened"  # it is `case_opened` now
)
DATA_OF = {type_of(name): data for name, data in DATA.items()}


@pytest.fixture
def reader_of_before() -> EventRegistry:
    """It knows what it published, and reads by the rule that has not changed since."""
    reader = EventRegistry()
    for type_ in PUBLISHED:
        reader.register(*split_type(type_), EVENTS.schema(type_))
    return reader


@pytest.mark.parametrize("type_", sorted(PUBLISHED))
def test_no_schema_that_was_released_is_widened_in_place(type_: str):
    assert event_schema(type_)["properties"]["data"] == PUBLISHED[type_]


@pytest.mark.parametrize("type_", WRITTEN)
def test_a_reader_of_before_stops_at_each_fact_and_says_why(
    type_: str, reader_of_before: EventRegistry
):
    with pytest.raises(UnknownEvent, match=rf"'{type_}'; is this program too old"):
        reader_of_before.check(type_, DATA_OF[type_])
    EVENTS.check(type_, DATA_OF[type_])


@pytest.mark.parametrize("type_", sorted(PUBLISHED))
def test_a_reader_of_today_reads_what_was_written_before(type_: str):
    EVENTS.check(type_, DATA_OF[type_])
