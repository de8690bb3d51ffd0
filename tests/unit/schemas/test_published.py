"""What was published before there were other kinds of case, and what readers make of each other.

`histories/released.json` freezes what each release published: `python -m
tests.unit.schemas.test_published VERSION` adds one, and is run when its heading comes into the
changelog.
"""

import json
import re
import sys
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from schemas.canonical import canonical_bytes
from schemas.facts import EVENTS
from schemas.json_schema import event_schema
from schemas.registry import EventRegistry, UnknownEvent, split_type
from tests.unit.schemas.facts import DATA, type_of

PUBLISHED: dict[str, Any] = json.loads(
    (Path(__file__).parents[2] / "histories" / "published.json").read_text()
)
RELEASED = Path(__file__).parents[2] / "histories" / "released.json"
ROOT = Path(__file__).parents[3]
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


# --- What a release froze ---


def frozen() -> dict[str, dict[str, str]]:
    """Return the hashes of the data's schemas, by type, of every release."""
    told: dict[str, dict[str, str]] = json.loads(RELEASED.read_text())
    return told


def published() -> dict[str, str]:
    """Return those that `docs/reference/events` publishes now."""
    files = (ROOT / "docs" / "reference" / "events").glob("*.json")
    schemas = {file.stem: json.loads(file.read_text())["properties"]["data"] for file in files}
    return {type_: sha256(canonical_bytes(told)).hexdigest() for type_, told in schemas.items()}


def widened(frozen: dict[str, dict[str, str]], published: dict[str, str]) -> list[tuple[str, str]]:
    """Return the releases, and types, whose schema is another now or is gone."""
    return [
        (version, type_)
        for version, types in frozen.items()
        for type_, told in types.items()
        if published.get(type_) != told
    ]


def versions(changelog: str) -> set[str]:
    return set(re.findall(r"^## (\S+)", changelog, re.MULTILINE)) - {"Unreleased"}


def test_every_release_froze_what_it_published():
    assert set(frozen()) == versions((ROOT / "CHANGELOG.md").read_text())
    assert widened(frozen(), published()) == []


def test_a_member_added_to_a_released_schema_is_noticed():
    told = published()
    changed = told | {"workflow.state_changed.v2": sha256(b"one member more").hexdigest()}
    assert widened({"1.0.0": told}, changed) == [("1.0.0", "workflow.state_changed.v2")]
    assert versions("## Unreleased\n\n## 1.0.0 (2020-01-08)\n") == {"1.0.0"}


def test_what_is_published_is_what_is_checked():
    now = {type_: event_schema(type_)["properties"]["data"] for type_ in EVENTS.types()}
    assert published() == {
        type_: sha256(canonical_bytes(told)).hexdigest() for type_, told in now.items()
    }


if __name__ == "__main__":
    RELEASED.write_text(json.dumps(frozen() | {sys.argv[1]: published()}, indent=1, sort_keys=True))
