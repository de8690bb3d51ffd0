"""The envelope every fact travels in: CloudEvents 1.0, sealed into canonical bytes.

`data` stays in its wire shape (strings, integers, lists, objects) on both sides, in the version it
was written in, so that opening and sealing again gives the very bytes; `open_envelope` has then
checked it against the schema of its type. Attributes that this release does not know are kept as
they came: a newer writer's extensions stop no reader.

Source: https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md
"""

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson
from marshmallow import ValidationError

from schemas.attributes import Attributes
from schemas.canonical import require_plain, write_plain
from schemas.facts import EVENTS
from schemas.instants import BadInstant, instant, parse_instant
from schemas.registry import (
    BrokenEvent,
    EventRegistry,
    UnknownEvent,
    UnreadableEvent,
    data_schema,
    event_type,
    split_type,
)

__all__ = [
    "BrokenEvent",
    "Envelope",
    "UnknownEvent",
    "UnreadableEvent",
    "event_type",
    "open_envelope",
    "peek",
    "seal",
]

SPECVERSION = "1.0"
CONTENT_TYPE = "application/json"
_CHECK_ATTRIBUTES = Attributes()
_KNOWN = frozenset(_CHECK_ATTRIBUTES.fields)
_MAY_BE_ABSENT = ("causationid", "actor", "deputyfor", "tokenid", "schemehash", "partitionkey")
_PARTITION_KEY = re.compile(rb'"organisationversion":\d+,"partitionkey":"([^"]+)"')


@dataclass(kw_only=True, slots=True)
class Envelope:
    """One recorded fact."""

    id: str  # UUIDv7, lower case
    source: str  # urn:shuping:<root unit>
    type: str  # workflow.<fact>.v<version>
    subject: str  # the stream
    time: datetime  # recorded; aware UTC
    streamversion: int  # 1, 2, 3 … within the stream
    correlationid: str
    client: str  # "web" for pages, "cli" for commands
    organisationversion: int
    data: dict[str, Any]  # wire shape
    causationid: str | None = None
    actor: str | None = None  # person id
    deputyfor: str | None = None  # the person whose deputy the actor was in this act
    tokenid: str | None = None  # public id of the token or session; absent for the command line
    schemehash: str | None = None  # absent for organisation events
    partitionkey: str | None = None  # topmost case of the family, where not the subject's own
    extensions: dict[str, str] = field(default_factory=dict)  # attributes not known here

    @property
    def fact(self) -> str:
        """The past fact, such as `state_changed`."""
        return split_type(self.type)[0]

    @property
    def version(self) -> int:
        """The version of the fact's schema."""
        return split_type(self.type)[1]


def seal(envelope: Envelope) -> bytes:
    """Return the bytes of *envelope*: what is stored, hashed, served and published.

    The data is checked to be plain JSON. Against its schema it is held where it is written:
    the workflow's gate refuses what does not fit, on every path into the log.

    Raises:
        NotCanonical: the data holds a float, a datetime, a UUID object or the like.
    """
    attributes: dict[str, Any] = envelope.extensions | {
        "specversion": SPECVERSION,
        "id": envelope.id,
        "source": envelope.source,
        "type": envelope.type,
        "subject": envelope.subject,
        "time": instant(envelope.time),
        "datacontenttype": CONTENT_TYPE,
        "dataschema": data_schema(envelope.type),
        "streamversion": envelope.streamversion,
        "correlationid": envelope.correlationid,
        "client": envelope.client,
        "organisationversion": envelope.organisationversion,
        "data": envelope.data,
    }
    for name in _MAY_BE_ABSENT:
        value = getattr(envelope, name)
        if value is not None:
            attributes[name] = value
    data = write_plain(attributes)
    # Of the attributes the types are known; what the engine put into the data is not.
    require_plain(envelope.data)
    return data


def peek(body: bytes) -> Envelope:
    """Read the attributes of an event of our own log; its data is passed on unchecked.

    Raises:
        BrokenEvent: the bytes are no envelope.
    """
    try:
        return _from_attributes(orjson.loads(body))
    except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError, BadInstant) as error:
        raise BrokenEvent(f"no envelope: {error!r}") from error


def recall(body: bytes, registry: EventRegistry = EVENTS) -> Envelope:
    """Read an event of our own log, of a type we know; its data is passed on unchecked.

    For pages, which show fifty at a time: checking these took them a quarter of their time.

    Raises:
        UnknownEvent: nothing is registered for its type and version.
        BrokenEvent: the bytes are no envelope.
    """
    event = peek(body)
    registry.schema(event.type)
    return event


def open_envelope(body: bytes, registry: EventRegistry = EVENTS) -> Envelope:
    """Read an event and check all of it.

    Raises:
        UnknownEvent: nothing is registered for its type and version.
        BrokenEvent: attributes or data do not fit.
    """
    try:
        attributes = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise BrokenEvent("not JSON") from error
    try:
        _CHECK_ATTRIBUTES.load(attributes)
    except ValidationError as error:
        raise BrokenEvent(f"the envelope does not fit: {error.messages}") from error
    type_ = attributes["type"]
    registry.schema(type_)  # first of all: of an unknown type nothing else can be said
    if attributes["dataschema"] != data_schema(type_):
        raise BrokenEvent(f"dataschema {attributes['dataschema']!r} does not belong to {type_!r}")
    registry.check(type_, attributes["data"])
    return _from_attributes(attributes)


def event_id(event: bytes) -> str:
    """Return the id of an event from its bytes, without parsing them.

    Keys are sorted: the envelope's own id comes after `data`, and nothing like it after that.
    """
    start = event.rfind(b'"id":"') + len(b'"id":"')
    return event[start : start + 36].decode()


def partition_key(event: bytes) -> str | None:
    """Return the attribute `partitionkey` of an event from its bytes, without parsing them.

    Keys are sorted: it comes right after the last `organisationversion`, the envelope's own.
    """
    found = _PARTITION_KEY.match(event, event.rfind(b'"organisationversion":'))
    return found[1].decode() if found else None


def _from_attributes(attributes: dict[str, Any]) -> Envelope:
    return Envelope(
        id=attributes["id"],
        source=attributes["source"],
        type=attributes["type"],
        subject=attributes["subject"],
        time=parse_instant(attributes["time"]),
        streamversion=attributes["streamversion"],
        correlationid=attributes["correlationid"],
        client=attributes["client"],
        organisationversion=attributes["organisationversion"],
        data=attributes["data"],
        causationid=attributes.get("causationid"),
        actor=attributes.get("actor"),
        deputyfor=attributes.get("deputyfor"),
        tokenid=attributes.get("tokenid"),
        schemehash=attributes.get("schemehash"),
        partitionkey=attributes.get("partitionkey"),
        extensions={}
        if attributes.keys() <= _KNOWN
        else {name: attributes[name] for name in attributes.keys() - _KNOWN},
    )
