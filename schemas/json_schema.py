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


def object_schema(schema: Schema) -> Json:
    found = {name: each.data_key or name for name, each in schema.fields.items()}
    made: Json = {
        "type": "object",
        "properties": {found[name]: _field(each) for name, each in schema.fields.items()},
        "additionalProperties": False,
    }
    required = [found[name] for name, each in schema.fields.items() if each.required]
    return made | ({"required": required} if required else {})


@singledispatch
def _field(each: Any) -> Json:
    raise TypeError(f"{type(each).__name__} has no JSON Schema: say here what it takes")


@_field.register
def _(each: StrictInt) -> Json:
    return {"type": "integer", "minimum": each.least, "maximum": each.most}


@_field.register
def _(_each: StrictBool) -> Json:
    return {"type": "boolean"}


@_field.register
def _(each: Text) -> Json:
    return _text(each.least, each.most)


@_field.register
def _(each: Pattern) -> Json:
    return {"type": "string", "pattern": each.metadata["pattern"]}


@_field.register
def _(each: StreamName) -> Json:
    reserved = f"^({'|'.join(RESERVED)})/"
    if each.of_case:
        return {"type": "string", "pattern": f"^{CASE}$", "not": {"pattern": reserved}}
    # Only cases have sides.
    return {"type": "string", "pattern": f"^{NAME}$", "not": {"pattern": f"{reserved}[^/]*/"}}


@_field.register
def _(each: Choice) -> Json:
    return {"enum": list(each.choices)}


@_field.register
def _(_each: Uuid) -> Json:
    return {"type": "string", "pattern": _UUID}


@_field.register
def _(_each: Instant) -> Json:
    return {"type": "string", "pattern": _INSTANT, "format": "date-time"}


@_field.register
def _(_each: Day) -> Json:
    return {"type": "string", "pattern": _DAY, "format": "date"}


@_field.register
def _(_each: Score) -> Json:
    return {"type": "string", "pattern": _SCORE}


@_field.register
def _(_each: Plain) -> Json:
    return {"anyOf": [_field(StrictInt()), _text(1, PLAIN)]}


@_field.register
def _(each: AnyOf) -> Json:
    return {"anyOf": [_field(alternative) for alternative in each.alternatives]}


@_field.register
def _(each: ListOf) -> Json:
    bounds = {"minItems": each.least, "maxItems": each.most}
    return {"type": "array", "items": _field(each.inner), **bounds}


@_field.register
def _(each: ObjectOf) -> Json:
    return object_schema(each.schema)


@_field.register
def _(_each: fields.Dict) -> Json:
    return {"type": "object"}


@_field.register
def _(each: MapOf) -> Json:
    return _map(each, _field(each.value_field))


@_field.register
def _(each: Scores) -> Json:
    grade = {"properties": {"grade": _field(Code())}, "required": ["final", "grade"]}
    return _map(each, _field(Score(on_the_wire=True))) | grade


def _map(each: MapOf, value: Json) -> Json:
    return {
        "type": "object",
        "propertyNames": _field(each.key_field),
        "additionalProperties": value,
        "maxProperties": each.most,
    }


def _text(least: int, most: int) -> Json:
    """Return the schema of text on one line: no control character, and not blank throughout."""
    any_, seen = f"[^{FORBIDDEN}]*", f"[^{FORBIDDEN}{BLANK}]"
    return {
        "type": "string",
        "minLength": least,
        "maxLength": most,
        "pattern": f"^{any_}{seen}{any_}$",
        "format": "nfc",
    }
