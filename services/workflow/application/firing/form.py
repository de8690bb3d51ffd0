"""The data of a trigger as JSON Schema, for who fills them in: with labels, as they are typed.

What events hold is in one spelling; what is sent may be in any that is understood (an instant with
its offset, a score without places, lines of text), and a form has to know what people call it.
"""

from functools import singledispatch
from typing import Any

from schemas.fields import Choice, Instant, ListOf, ObjectOf, Score, SomeOf, Text
from schemas.json_schema import Json, field_schema, object_schema
from services.workflow.domain.data.datum import Field, Schema

_LINES = r"^[^\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]*$"
# Annotations that schemas of the data have, some without a word in JSON Schema: `characters`, as
# office suites count them over all parts of a document, and whether `over` that is refused or
# warned of; `from` and `to` of a decimal; as `format` whose id it is: of a person, unit, case.
_TOLD = ("title", "format", "characters", "over", "from", "to")


def form(schema: Schema) -> Json:
    """Return what to fill in for *schema*."""
    told = object_schema(schema, _told)
    if isinstance(schema, SomeOf):
        said = (
            {"properties": {one: {"minProperties": 1}}, "required": [one]} for one in schema.fields
        )
        told["anyOf"] = list(said)
    return told


def _told(field: Field) -> Json:
    told = {name: field.metadata[name] for name in _TOLD if name in field.metadata}
    return {**_typed(field), **told}


@singledispatch
def _typed(field: Any) -> Json:
    return field_schema(field)


@_typed.register
def _(field: ObjectOf) -> Json:
    return form(field.schema)


@_typed.register
def _(field: ListOf) -> Json:
    return {**field_schema(field), "items": _told(field.inner)}


@_typed.register
def _(field: Choice) -> Json:
    labels = field.metadata.get("labels")
    if labels is None:
        return field_schema(field)
    return {"oneOf": [{"const": name, "title": label} for name, label in labels.items()]}


@_typed.register
def _(field: Text) -> Json:
    if not field.multiline:
        return field_schema(field)
    return {
        "type": "string",
        "minLength": field.least,
        "maxLength": field.most,
        "pattern": _LINES,
    }


@_typed.register
def _(_field: Instant) -> Json:
    return {"type": "string", "format": "date-time"}


@_typed.register
def _(field: Score) -> Json:
    return {"type": "string", "pattern": f"^{field.metadata['pattern']}$"}
