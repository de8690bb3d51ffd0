"""Which types and versions of events this program can read.

Nothing stored is ever rewritten, so every version that was ever written stays registered, and a
reader meets each event as it was written: `schemas.upcast` lifts older ones. A type or version
nobody registered stops the reader: to skip it would be to lose a fact in silence.
"""

from functools import lru_cache
from typing import Any

from marshmallow import Schema, ValidationError

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
        self._latest: dict[str, int] = {}

    def register(self, fact: str, version: int, schema: Schema) -> None:
        """Let *schema* check the data of *fact* in *version*."""
        if (fact, version) in self._schemas:
            raise ValueError(f"{event_type(fact, version)} is registered already")
        self._schemas[fact, version] = schema
        self._latest[fact] = max(version, self._latest.get(fact, 0))

    def types(self) -> list[str]:
        """Return every type that can be read, in alphabetical order."""
        return sorted(event_type(fact, version) for fact, version in self._schemas)

    def knows(self, type_: str) -> bool:
        """Tell whether *type_* can be read."""
        try:
            return split_type(type_) in self._schemas
        except UnknownEvent:
            return False

    def latest(self, fact: str) -> str:
        """Return the newest type of *fact*, the one to write."""
        return event_type(fact, self._latest[fact])

    def schema(self, type_: str) -> Schema:
        """Return the schema of *type_*.

        Raises:
            UnknownEvent: none is registered.
        """
        found = self._schemas.get(split_type(type_))
        if found is None:
            raise UnknownEvent(type_)
        return found

    def check(self, type_: str, data: Any) -> None:
        """Hold *data* against the schema of *type_*.

        Raises:
            UnknownEvent: the type or version is not registered.
            BrokenEvent: the data does not fit.
        """
        try:
            self.schema(type_).load(data)
        except ValidationError as error:
            raise BrokenEvent(f"{type_}: {error.messages}") from error


EVENTS = EventRegistry()  # of all facts there are: `schemas.facts` has filled it
