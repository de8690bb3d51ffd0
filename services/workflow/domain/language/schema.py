"""The file as JSON Schema, for editors: made of what reads it, so that neither can drift.

It knows keys, types, choices and how names look. Whether a name is borne by anything, whether
weights add up, whether a case comes to its end, only the check of the whole file tells.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from services.workflow.domain.language.reading.scheme import SCHEME
from services.workflow.domain.language.shapes import Definitions, Schema

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def json_schema() -> Schema:
    """Return the JSON Schema of a scheme file."""
    known: Definitions = {}
    made = SCHEME.schema(known)
    return {"$schema": DIALECT, "title": "scheme", **made, "$defs": known}


def own_words() -> frozenset[str]:
    """Return the language's own words: every key and every choice that a scheme does not name."""
    return frozenset(_words(json_schema()))


def _words(schema: Any) -> Iterator[str]:
    if isinstance(schema, Mapping):
        yield from schema.get("properties", ())
        choices = (*schema.get("enum", ()), schema.get("const"))
        yield from (word for word in choices if isinstance(word, str))
        for key, member in schema.items():
            if key not in ("not", "required", "enum"):
                yield from _words(member)
    elif isinstance(schema, list):
        for member in schema:
            yield from _words(member)
