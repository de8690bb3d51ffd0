"""The generated JSON Schemas say what the marshmallow schemas say, of everything canonical."""

from pathlib import Path
from random import Random
from typing import Any

import jsonschema_rs
import pytest
from marshmallow import fields

from schemas.canonical import NotCanonical, canonical_bytes
from schemas.envelope import UnreadableEvent, open_envelope
from schemas.facts import EVENTS
from schemas.facts.acts import Act
from schemas.fields import StrictSchema
from schemas.json_schema import FORMATS, event_schema
from schemas.registry import EventRegistry
from tests.unit.schemas import generated

REFERENCE = Path(__file__).parents[3] / "docs" / "reference" / "events.md"
EACH = 1000
LIKE = 100  # of what differs from `state_changed` in what it requires alone


def how_many(type_: str) -> int:
    is_act = isinstance(EVENTS.schema(type_), Act)
    return LIKE if is_act and type_ != EVENTS.latest("state_changed") else EACH


def opens(event: Any) -> bool:
    try:
        open_envelope(canonical_bytes(event))
    except (UnreadableEvent, NotCanonical):
        return False
    return True


def fits(validator: jsonschema_rs.Draft202012Validator, event: Any) -> bool:
    try:
        canonical_bytes(event)
    except NotCanonical:
        return False
    return validator.is_valid(event)


@pytest.mark.parametrize("type_", EVENTS.types())
def test_both_kinds_of_schema_agree_on_generated_events_right_and_wrong(type_: str):
    chance, n_right = Random(type_), 0  # noqa: S311 -- chance for a test
    validator = jsonschema_rs.Draft202012Validator(
        event_schema(type_), formats=dict(FORMATS), validate_formats=True
    )
    each = how_many(type_)
    for n in range(each):
        event = generated.event(type_, chance)
        assert opens(event)
        if n % 4:
            event = generated.spoiled(event, chance)
        is_right = opens(event)
        assert fits(validator, event) == is_right, event
        n_right += is_right
    assert each // 4 < n_right < each * 3 // 4


def test_a_field_nobody_has_described_is_not_passed_over():
    registry = EventRegistry()
    registry.register("x", 1, StrictSchema.from_dict({"x": fields.Float()})())
    with pytest.raises(TypeError, match="Float"):
        event_schema("workflow.x.v1", registry)


def test_every_format_is_in_the_reference():
    used = set[str]()

    def walk(value: Any) -> None:
        if isinstance(value, dict):
            used.update({value["format"]} if isinstance(value.get("format"), str) else ())
            value = list(value.values())
        for below in value if isinstance(value, list) else ():
            walk(below)

    walk([event_schema(type_) for type_ in EVENTS.types()])
    page = REFERENCE.read_text()
    assert used - {"date", "date-time"} == FORMATS.keys()
    assert [name for name in used if f"| `{name}` |" not in page] == []
