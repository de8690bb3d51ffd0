"""The events one by one: bytes, hash, envelope, and their order within the log and each stream.

The one idea: almost every event is in order, so one flat test decides that, and only an event
that fails it is taken apart to say everything that is wrong with it. The flat test is sound for
bytes and order: it re-hashes, parses, writes again and compares, so nothing that differs by a bit
from what was recorded passes. Of the data it checks that it is plain and has the members its
schema names, or, where the caller can tell quickly whether it fits all of it, that; *thorough* runs
every schema in full, at twenty times the price.
"""

from collections.abc import Callable, Iterator
from functools import lru_cache
from hashlib import sha256
from typing import Any, Literal

import orjson

from schemas.attributes import EXTENSION, Attributes
from schemas.canonical import (
    NotCanonical,
    canonical_bytes,
    holds_float,
    require_plain,
    write_plain,
)
from schemas.envelope import BrokenEvent, UnknownEvent, open_envelope
from schemas.facts import EVENTS
from schemas.registry import EventRegistry, data_schema
from schemas.streams import RESERVED, NotAStream, Stream, first_part
from services.workflow.audit.findings import Code, Finding
from services.workflow.audit.known import Known

Entry = tuple[int, str, int, bytes, bytes]  # position, stream, version, leaf hash, body

_Fault = tuple[Code, str]
_Names = tuple[str, ...]

STEPPED_OVER = RESERVED.keys() - {"cycle", "organisation", "text"}  # kinds of streams
Fits = Callable[[dict[str, Any]], bool]  # a parsed event -> whether it fits its schema

# A schema takes a whole number written as a float, and no other float: its end looks like this.
_ENDS_OF_FLOATS = (b".0,", b".0}", b".0]")
_INSTANT_CHARACTERS = len("2020-01-08T00:00:00.000000Z")
_TYPES = {"streamversion": int, "organisationversion": int, "data": dict}  # others are strings


def _members(schema: Any) -> tuple[frozenset[str], frozenset[str]]:
    """Return the members an object of *schema* must have, and those it may have."""
    names = {f.data_key or name: f.required for name, f in schema.fields.items()}
    return frozenset(name for name, required in names.items() if required), frozenset(names)


class EntryChecker:
    """Looks at entries in the order of their positions; remembers each stream's last event."""

    def __init__(
        self,
        *,
        thorough: bool = False,
        registry: EventRegistry = EVENTS,
        fits: Fits | None = None,
        known: Known | None = None,
    ) -> None:
        self._known_broken = Known() if known is None else known
        self._fits_schema = fits
        self.n_carried = 0
        self._thorough = thorough
        self._registry = registry
        self._required, self._known = _members(Attributes())
        self._types = {
            type_: (data_schema(type_), *_members(registry.schema(type_)))
            for type_ in registry.types()
        }
        # type, members, members of the data -> the members' types
        self._shapes: dict[tuple[str, _Names, _Names], tuple[type, ...]] = {}
        self._last: dict[str, tuple[int, str]] = {}  # stream -> version, time
        self._position = 0

    @property
    def n_streams(self) -> int:
        """How many streams had an event."""
        return len(self._last)

    def check(self, entry: Entry) -> tuple[bytes, list[Finding]]:
        """Return the leaf hash of the entry's bytes, and what is wrong with it."""
        position, stream, version, stored_leaf, body = entry
        leaf = sha256(b"\x00" + body).digest()
        in_place = position == self._position + 1
        try:
            event = orjson.loads(body)
            time = event["time"]
            fits = self._has_shape if self._fits_schema is None else self._fits_whole
            fine = in_place and leaf == stored_leaf and fits(event, body, stream, version)
            last, last_time = self._last.get(stream, (0, ""))
            fine = fine and version == last + 1 and time >= last_time
        except (ValueError, TypeError, KeyError, AttributeError):
            fine = False
        if fine and not self._thorough:
            self._position = position
            self._last[stream] = version, time
            return leaf, []
        return leaf, list(self._findings(entry, leaf))

    def _fits_whole(self, event: dict[str, Any], body: bytes, stream: str, version: int) -> bool:
        """Tell whether an event is canonical, what it is filed as, and fits its whole schema."""
        if write_plain(event) != body:
            return False
        if not body.isascii():
            require_plain(event)
        elif any(end in body for end in _ENDS_OF_FLOATS) and holds_float(event):
            return False
        return (
            event["subject"] == stream
            and _is_read(stream)
            and event["streamversion"] == version
            and self._registry.knows(event["type"])
            and self._fits_schema is not None
            and self._fits_schema(event)
        )

    def _has_shape(self, event: dict[str, Any], body: bytes, stream: str, version: int) -> bool:
        data, type_ = event["data"], event["type"]
        if write_plain(event) != body:
            return False
        if not body.isascii():
            require_plain(data)
        elif holds_float(data):
            return False
        # Once the bytes are canonical there are few shapes: the members are in order.
        shape = type_, tuple(event), tuple(data)
        if shape not in self._shapes:
            if not self._has_its_members(event):
                return False
            self._shapes[shape] = tuple(_TYPES.get(name, str) for name in event)
        return (
            event["subject"] == stream
            and _is_read(stream)
            and event["streamversion"] == version
            and event["dataschema"] == self._types[type_][0]
            and self._shapes[shape] == tuple(map(type, event.values()))
            and len(event["time"]) == _INSTANT_CHARACTERS
        )

    def _has_its_members(self, event: dict[str, Any]) -> bool:
        _, required, known = self._types[event["type"]]
        beyond = event.keys() - self._known
        return (
            self._required <= event.keys()
            and all(EXTENSION.fullmatch(name) for name in beyond)
            and required <= event["data"].keys() <= known
        )

    def _findings(self, entry: Entry, leaf: bytes) -> Iterator[Finding]:
        """Say everything that is wrong with an entry, and take note of it."""
        position, stream, version, stored_leaf, body = entry
        event, fault = self._read(body, stream, version)
        if fault and fault[0] is Code.SCHEMA_OLD:
            known = self._known_broken.meet(position, leaf)
            # With what a file of known ones names it by, for who has looked at it.
            fault = None if known else (fault[0], f"{fault[1]}; its leaf is {leaf.hex()}")
        named, numbered, time = _identity(event, stream, version)
        faults: list[_Fault | Literal[False] | None] = [
            self._misplaced(position),
            leaf != stored_leaf and (Code.LEAF_MISMATCH, f"the bytes hash to {leaf.hex()}"),
            fault,
            named != stream and (Code.SUBJECT_MISMATCH, f"the event says {named}"),
            numbered != version and (Code.VERSION_MISMATCH, f"the event says {numbered}"),
            # What the bytes say counts: they are what was hashed and signed.
            *self._out_of_order(named, numbered, time),
        ]
        for found in faults:
            if found:
                code, detail = found
                yield Finding(
                    code=code, detail=detail, position=position, stream=stream, version=version
                )

    def _misplaced(self, position: int) -> _Fault | None:
        expected = self._position + 1
        self._position = max(position, self._position)
        if position > expected:
            return Code.POSITION_GAP, f"position {expected} is missing"
        if position < expected:
            return Code.POSITION_REPEATED, f"position {expected} should come here"
        return None

    def _out_of_order(self, stream: str, version: int, time: str) -> Iterator[_Fault]:
        last, last_time = self._last.get(stream, (0, ""))
        self._last[stream] = max(version, last), max(time, last_time)
        if version > last + 1:
            yield Code.VERSION_GAP, f"version {last + 1} of {stream} is missing"
        elif version <= last:
            yield Code.VERSION_REPEATED, f"{stream} is at version {last} already"
        if time and time < last_time:
            yield Code.TIME_WENT_BACK, f"{time} comes after {last_time}"

    def _read(self, body: bytes, stream: str, version: int) -> tuple[Any, _Fault | None]:
        try:
            event = orjson.loads(body)
        except orjson.JSONDecodeError as error:
            return None, (Code.BODY_NOT_JSON, str(error))
        try:
            if canonical_bytes(event) != body:
                return event, (Code.BODY_NOT_CANONICAL, "written again, the bytes differ")
            if not _is_followed(event, stream):
                self.n_carried += 1
                return event, None
            open_envelope(body, self._registry)
        except NotCanonical as error:
            return event, (Code.BODY_NOT_CANONICAL, str(error))
        except UnknownEvent as error:
            return event, (Code.UNKNOWN_EVENT, str(error))
        except BrokenEvent as error:
            return event, (self._kind_of_break(event, body, stream, version), str(error))
        if self._fits_schema is not None and not self._fits_schema(event):
            return event, (Code.SCHEMA_OLD, "it does not fit its JSON Schema")
        return event, None

    def _kind_of_break(self, event: Any, body: bytes, stream: str, version: int) -> Code:
        """Tell what our own code could have written before it held events to schemas."""
        try:
            has_shape = self._has_shape(event, body, stream, version)
        except (ValueError, TypeError, KeyError, AttributeError):
            has_shape = False
        return Code.SCHEMA_OLD if has_shape else Code.EVENT_BROKEN


def _is_followed(event: Any, stream: str) -> bool:
    """Tell whether an event is of a kind of stream that is read here, by its name or its place."""
    subject = event.get("subject") if isinstance(event, dict) else None
    named = subject if type(subject) is str else ""
    return not named or not STEPPED_OVER.issuperset(map(first_part, (stream, named)))


@lru_cache(4096)  # the events of one stream mostly lie close together
def _is_read(stream: str) -> bool:
    """Tell whether *stream* is a name, and of a kind that is read here."""
    try:
        return Stream.parse(stream).kind not in STEPPED_OVER
    except NotAStream:
        return False


def _identity(event: Any, stream: str, version: int) -> tuple[str, int, str]:
    """Return what the event says of itself; where it does not, what it is filed under."""
    said = event if isinstance(event, dict) else {}
    subject, number, time = said.get("subject"), said.get("streamversion"), said.get("time")
    return (
        subject if type(subject) is str else stream,
        number if type(number) is int else version,
        time if type(time) is str and len(time) == _INSTANT_CHARACTERS else "",
    )
