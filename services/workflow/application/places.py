"""Places in lists: where a page ended, as it comes back in a cursor or an address.

The one idea: a place says where to go on and never what may be seen, so anybody may make one up.
Hence each part is held against its field before a store sees it, whichever way it came in.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from marshmallow import ValidationError, fields

from schemas.fields import Code, Identifier, Instant, Pattern, StrictInt, Text, Uuid
from schemas.instants import BadInstant, parse_instant

MOST_VERSION = 2**31 - 1


class BadPlace(ValueError):
    """No place of this list."""


class _Due(fields.String):
    """An instant as the wire has it, or "": among those without a due date."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> Any:
        try:
            return "" if value == "" else parse_instant(value)
        except BadInstant as error:
            raise ValidationError(error.code) from error


class _Unit(Identifier):
    """A unit, or "": among those that nobody holds."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **more: Any) -> Any:
        return "" if value == "" else super()._deserialize(value, attr, data, **more)


Place = Sequence[fields.Field[Any]]
_CASE, _AT = Uuid(canonical=True), Instant(on_the_wire=True)
HISTORY: Place = (
    Pattern(r"[a-z]+/[0-9a-f-]{36}(/[a-z]+)?", "not_a_stream"),
    StrictInt(least=1, most=MOST_VERSION),
)
IDS: Place = (Identifier(),)
INBOX: Place = (_AT, _CASE)
DEADLINES: Place = (_AT, _CASE)
DEEDS: Place = (StrictInt(least=1, most=2**63 - 1),)
TOKENS: Place = (Text(most=200), Text(most=64))  # a client, and an id: "" where it has none

_SORTED: Mapping[str, fields.Field[Any]] = {
    "number": Text(most=64),
    "due_at": _Due(),
    "entered_at": _Due(),
    "state": Code(),
    "holder": _Unit(),
}


def of_cases(sort: str) -> Place:
    """Return what a place in a list of cases in the order *sort* is made of."""
    return (_SORTED[sort.removeprefix("-")], _CASE)


def require_place(place: Sequence[Any], made_of: Place) -> None:
    """Return if *place* could be one of such a list.

    Raises:
        BadPlace: it could not.
    """
    if len(place) != len(made_of):
        raise BadPlace
    try:
        for part, field in zip(place, made_of, strict=True):
            field.deserialize(part)
    except ValidationError as error:
        raise BadPlace from error
