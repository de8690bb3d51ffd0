"""Which types and versions of events this program can read, and how old ones become new.

Nothing stored is ever rewritten. A reader asks `load`: the data is checked against the schema of
the version it was written in, then lifted version by version to the latest, so that code above
knows one shape only. A type or version nobody registered stops the reader: to skip it would be to
lose a fact in silence.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from marshmallow import Schema, ValidationError

Data = dict[str, Any]

_N_TYPE_PARTS = 3  # workflow . fact . vN


class UnreadableEvent(ValueError):
    """The root of what stops a reader."""


class UnknownEvent(UnreadableEvent):
    """No schema is registered for this type and version: the reader is older than the writer."""

    def __init__(self, type_: str) -> None:
        super().__init__(f"unknown event type or version: {type_!r}; is this program too old?")
        self.type = type_


class BrokenEvent(UnreadableEvent):
    """The bytes are no envelope, or the data does not fit the schema of its type."""


def event_type(fact: str, version: int = 1) -> str:
    """Return the CloudEvents type of *fact*."""
    return f"workflow.{fact}.v{version}"


@lru_cache(maxsize=256)
def split_type(type_: str) -> tuple[str, int]:
    """Return fact and version of a CloudEvents type.

    Raises:
        UnknownEvent: the type is not spelled as ours are.
    """
    parts = type_.split(".")
    if len(parts) != _N_TYPE_PARTS or parts[0] != "workflow" or not parts[2].startswith("v"):
        raise UnknownEvent(type_)
    digits = parts[2][1:]
    if not (digits.isascii() and digits.isdigit()) or digits.startswith("0"):
        raise UnknownEvent(type_)
    return parts[1], int(digits)


@lru_cache(maxsize=256)
def data_schema(type_: str) -> str:
    """Return the name of the schema that the data of *type_* follows."""
    fact, version = split_type(type_)
    return f"urn:shuping:schema:{fact}:v{version}"


class EventRegistry:
    """The schemas of all known events; filled at import, read-only afterwards."""

    def __init__(self) -> None:
        self._schemas: dict[tuple[str, int], Schema] = {}
        self._upcasters: dict[tuple[str, int], Callable[[Data], Data]] = {}
        self._latest: dict[str, int] = {}

    def register(self, fact: str, version: int, schema: Schema) -> None:
        """Let *schema* check the data of *fact* in *version*."""
        if (fact, version) in self._schemas:
            raise ValueError(f"{event_type(fact, version)} is registered already")
        self._schemas[fact, version] = schema
        self._latest[fact] = max(version, self._latest.get(fact, 0))

    def upcaster(self, fact: str, from_version: int, lift: Callable[[Data], Data]) -> None:
        """Let *lift* make data of the next version; it must not change its argument."""
        self._upcasters[fact, from_version] = lift

    def types(self) -> list[str]:
        """Return every type that can be read, in alphabetical order."""
        return sorted(event_type(fact, version) for fact, version in self._schemas)

    def knows(self, type_: str) -> bool:
        """Tell whether *type_* can be read."""
        try:
            return split_type(type_) in self._schemas
        except UnknownEvent:
            return False

    def is_latest(self, type_: str) -> bool:
        """Tell whether data of *type_* needs no step up; raises `UnknownEvent`."""
        fact, version = split_type(type_)
        if (fact, version) not in self._schemas:
            raise UnknownEvent(type_)
        return version == self._latest[fact]

    def schema(self, type_: str) -> Schema:
        """Return the schema of *type_*.

        Raises:
            UnknownEvent: none is registered.
        """
        found = self._schemas.get(split_type(type_))
        if found is None:
            raise UnknownEvent(type_)
        return found

    def load(self, type_: str, data: Any) -> tuple[str, Data]:
        """Return the latest type of the fact, and *data* in its shape.

        Raises:
            UnknownEvent: the type or version is not registered, or a step up is missing.
            BrokenEvent: the data, as written or as lifted, does not fit its schema.
        """
        self._check(type_, data)
        fact, version = split_type(type_)
        for lower in range(version, self._latest[fact]):
            lift = self._upcasters.get((fact, lower))
            if lift is None:
                raise UnknownEvent(type_)
            data = lift(data)
            self._check(event_type(fact, lower + 1), data)
        return event_type(fact, self._latest[fact]), data

    def _check(self, type_: str, data: Any) -> None:
        try:
            self.schema(type_).load(data)
        except ValidationError as error:
            raise BrokenEvent(f"{type_}: {error.messages}") from error
