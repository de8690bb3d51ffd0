"""House fields: what marshmallow's own let through is what databases and logs choke on.

`fields.Int()` takes full-width digits, 1.9 and 10**400; `fields.Str()` takes NUL and lone
surrogates. Ours refuse them. Every message is a `Complaint`: a stable code, and what would be
accepted. Each field subclasses the stock field that OpenAPI knows.
"""

from schemas.fields.composed import AnyOf, ListOf, MapOf, ObjectOf, Plain, SomeOf, StrictSchema
from schemas.fields.single import (
    CANONICAL_UUID,
    Choice,
    Code,
    Day,
    Figure,
    HexHash,
    Identifier,
    Instant,
    Pattern,
    Score,
    StreamName,
    StrictBool,
    StrictInt,
    Text,
    Uuid,
)

__all__ = [
    "CANONICAL_UUID",
    "AnyOf",
    "Choice",
    "Code",
    "Day",
    "Figure",
    "HexHash",
    "Identifier",
    "Instant",
    "ListOf",
    "MapOf",
    "ObjectOf",
    "Pattern",
    "Plain",
    "Score",
    "SomeOf",
    "StreamName",
    "StrictBool",
    "StrictInt",
    "StrictSchema",
    "Text",
    "Uuid",
]
