"""The organisation file as JSON Schema, for editors: keys, types, choices, bounds.

Words of the organisation's own are names here; whether anything bears them, whether the units
make one tree and no desk is held twice, the import tells.
"""

from schemas.file_schemas import DAY, FLAG, ID, Json, entry, file_schema, line, several, whole
from schemas.limits import CHOICES, LABEL, UNIT_NAME, WORDS
from schemas.vocabulary import POWERS, TYPES
from services.workflow.domain.organisation.declaring import PLAIN_TYPES, UNIT_WORDS
from services.workflow.domain.organisation.entry import ADDRESSES, MAX_NUMBER, NAME

_NAME: Json = {"type": "string", "pattern": f"^{NAME}$"}
_VALUE: Json = {"anyOf": [FLAG, whole(0, MAX_NUMBER), DAY, _NAME]}
_ADDRESS: Json = {"type": "string", "pattern": "^[!-~]{1,254}$"}
_WORD = {"name": _NAME, "label": line(LABEL), "label_en": line(LABEL)}
_HELD = {"person": ID, "unit": ID}
_SPAN = {"from": DAY, "until": DAY}


def json_schema() -> Json:
    """Return the JSON Schema of an organisation file."""
    person = {"id": ID, "name": line(UNIT_NAME)} | dict.fromkeys(ADDRESSES, _ADDRESS)
    relation = {**_HELD, "relation": _NAME, **_SPAN}
    members = {
        "vocabulary": _vocabulary(),
        "units": several(_unit(), 1),
        "people": several(entry(person, *ADDRESSES)),
        "posts": several(entry({**_HELD, "role": _NAME, **_SPAN}, "until")),
        "relations": several(entry(relation, "until")),
    }
    return file_schema("organisation", members, "vocabulary", "relations")


def _unit() -> Json:
    """Return the schema of a unit; what is told of it stands among its words, or apart."""
    words = {"id": ID, "parent": ID, "name": line(UNIT_NAME), "kind": _NAME}
    told: Json = {"type": "object", "propertyNames": _NAME, "additionalProperties": _VALUE}
    unit = entry({**words, "attributes": told}, "parent", "attributes")
    assert {*unit["properties"]} == {*UNIT_WORDS}  # noqa: S101 - the reader's own list
    return {**unit, "propertyNames": _NAME, "additionalProperties": _VALUE}


def _vocabulary() -> Json:
    role = {
        **_WORD,
        "powers": {**several({"enum": [*POWERS]}), "uniqueItems": True},
        "one": FLAG,
        "stand_in": _NAME,
    }
    attribute = {
        "type": {"enum": [*TYPES]},
        "label": line(LABEL),
        "label_en": line(LABEL),
        "choices": {**several(_NAME, most=CHOICES), "uniqueItems": True},
        "default": _VALUE,
    }
    told = entry(attribute, "label", "label_en", "choices", "default")
    attributes: Json = {
        "type": "object",
        "propertyNames": _NAME,
        "additionalProperties": {"anyOf": [{"enum": [*PLAIN_TYPES]}, told]},
    }
    words = entry(_WORD, "label_en")
    sorts = {
        "kinds": several(words, 1, WORDS),
        "attributes": attributes,
        "roles": several(entry(role, "label_en", "powers", "one", "stand_in"), 1, WORDS),
        "relations": several(words, most=WORDS),
    }
    return entry(sorts, "attributes", "relations")
