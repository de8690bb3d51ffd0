"""The schemas of the facts as JSON Schema 2020-12: generated, never written by hand.

One document describes one type of event whole, its envelope and its data. It says what the
marshmallow schemas say, for everything that has canonical bytes: that a number has no fraction
is a rule of those (`schemas/canonical.py`), and JSON Schema takes `1.0` for an integer.

Patterns keep to what every dialect of regular expressions reads alike. What no pattern can tell
is a `format`, and has to be held: `date` and `date-time` (such a day exists) are the standard's,
`nfc` is ours, and `FORMATS` has it. docs/reference/events.md lists them for readers.

Source: https://json-schema.org/draft/2020-12/json-schema-validation
"""

import unicodedata
from collections.abc import Callable, Mapping
from functools import singledispatch
from typing import Any

from marshmallow import Schema, fields

from schemas.attributes import EXTENSION, MAX_EXTENSION, Attributes
from schemas.facts import EVENTS
from schemas.facts.first import Scores
from schemas.fields import (
    AnyOf,
    Choice,
    Code,
    Day,
    Instant,
    ListOf,
    MapOf,
    ObjectOf,
    Pattern,
    Plain,
    Score,
    StreamName,
    StrictBool,
    StrictInt,
    Text,
    Uuid,
)
from schemas.limits import BLANK, FORBIDDEN, PLAIN
from schemas.registry import EventRegistry, data_schema
from schemas.streams import CASE, NAME, RESERVED

Json = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_UUID = "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"
_YEAR = "(20[0-9]{2}|2100)"
_DAY = f"^{_YEAR}-[0-9]{{2}}-[0-9]{{2}}$"
_INSTANT = (
    f"^{_YEAR}-[0-9]{{2}}-[0-9]{{2}}T[0-9]{{2}}:[0-9]{{2}}:[0-5][0-9]\\.[0-9]{{6}}Z$"  # no 60th
)
_SCORE = "^((0|[1-9][0-9]?)\\.[0-9]{2}|100\\.00)$"


def is_nfc(text: str) -> bool:
    """Tell whether *text* is in Unicode's normal form C."""
    return unicodedata.is_normalized("NFC", text)


FORMATS: Mapping[str, Callable[[str], bool]] = {"nfc": is_nfc}


def event_schema(type_: str, registry: EventRegistry = EVENTS) -> Json:
    """Return the JSON Schema of events of *type_*, from the first attribute to the data.

    Raises:
        UnknownEvent: nothing is registered for it.
    """
    made = object_schema(Attributes())
    made["properties"] |= {
        "type": {"const": type_},
        "dataschema": {"const": data_schema(type_)},
        "data": {"$id": data_schema(type_), **object_schema(registry.schema(type_))},
    }
    made["propertyNames"] = {"pattern": f"^{EXTENSION.pattern}$"}
    made["additionalProperties"] = {"type": "string", "maxLength": MAX_EXTENSION}
    return {"$schema": DIALECT, "title": type_, **made}


def object_schema(schema: Schema, told: Callable[[Any], Json] | None = None) -> Json:
    """Return what objects of *schema* are; *told* tells of a field what `field_schema` does."""
    told = told or field_schema
    found = {name: each.data_key or name for name, each in schema.fields.items()}
    made: Json = {
        "type": "object",
        "properties": {found[name]: told(each) for name, each in schema.fields.items()},
        "additionalProperties": False,
    }
    required = [found[name] for name, each in schema.fields.items() if each.required]
    return made | ({"required": required} if required else {})


@singledispatch
def field_schema(each: Any) -> Json:
    """Return what a field takes on the wire."""
    raise TypeError(f"{type(each).__name__} has no JSON Schema: say here what it takes")


@field_schema.register
def _(each: StrictInt) -> Json:
    return {"type": "integer", "minimum": each.least, "maximum": each.most}


@field_schema.register
def _(_each: StrictBool) -> Json:
    return {"type": "boolean"}


@field_schema.register
def _(each: Text) -> Json:
    return one_line(each.least, each.most)


@field_schema.register
def _(each: Pattern) -> Json:
    return {"type": "string", "pattern": each.metadata["pattern"]}


@field_schema.register
def _(each: StreamName) -> Json:
    reserved = f"^({'|'.join(RESERVED)})/"
    if each.of_case:
        return {"type": "string", "pattern": f"^{CASE}$", "not": {"pattern": reserved}}
    # Only cases have sides.
    return {"type": "string", "pattern": f"^{NAME}$", "not": {"pattern": f"{reserved}[^/]*/"}}


@field_schema.register
def _(each: Choice) -> Json:
    return {"enum": list(each.choices)}


@field_schema.register
def _(_each: Uuid) -> Json:
    return {"type": "string", "pattern": _UUID}


@field_schema.register
def _(_each: Instant) -> Json:
    return {"type": "string", "pattern": _INSTANT, "format": "date-time"}


@field_schema.register
def _(_each: Day) -> Json:
    return {"type": "string", "pattern": _DAY, "format": "date"}


@field_schema.register
def _(_each: Score) -> Json:
    return {"type": "string", "pattern": _SCORE}


@field_schema.register
def _(_each: Plain) -> Json:
    return {"anyOf": [field_schema(StrictInt()), one_line(1, PLAIN)]}


@field_schema.register
def _(each: AnyOf) -> Json:
    return {"anyOf": [field_schema(alternative) for alternative in each.alternatives]}


@field_schema.register
def _(each: ListOf) -> Json:
    bounds = {"minItems": each.least, "maxItems": each.most}
    return {"type": "array", "items": field_schema(each.inner), **bounds}


@field_schema.register
def _(each: ObjectOf) -> Json:
    return object_schema(each.schema)


@field_schema.register
def _(_each: fields.Dict) -> Json:
    return {"type": "object"}


@field_schema.register
def _(each: MapOf) -> Json:
    return _map(each, field_schema(each.value_field))


@field_schema.register
def _(each: Scores) -> Json:
    grade = {"properties": {"grade": field_schema(Code())}, "required": ["final", "grade"]}
    return _map(each, field_schema(Score(on_the_wire=True))) | grade


def _map(each: MapOf, value: Json) -> Json:
    return {
        "type": "object",
        "propertyNames": field_schema(each.key_field),
        "additionalProperties": value,
        "maxProperties": each.most,
    }


def one_line(least: int, most: int) -> Json:
    """Return the schema of text on one line: no control character, and not blank throughout."""
    any_, seen = f"[^{FORBIDDEN}]*", f"[^{FORBIDDEN}{BLANK}]"
    return {
        "type": "string",
        "minLength": least,
        "maxLength": most,
        "pattern": f"^{any_}{seen}{any_}$",
        "format": "nfc",
    }
