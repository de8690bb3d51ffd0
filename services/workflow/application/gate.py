"""The gate into the log: what does not fit its schema, or is too long, is never written.

Whatever lies in the log lies there for good, and readers stop at what they cannot read. So every
store holds each event here before it writes anything of it, on every path: commands, notes and
notices, openings, imports. What a client can cause has been refused long before, with field and
reason; what fails here is a bug of ours.
"""

from functools import cache
from typing import Any

import jsonschema_rs
import orjson

from schemas.canonical import write_plain
from schemas.instants import instant
from schemas.json_schema import FORMATS, event_schema
from schemas.limits import EVENT_BYTES
from schemas.registry import UnknownEvent
from services.workflow.application.firing.port import Event
from services.workflow.application.ports import Append


class UnfitEvent(Exception):
    """A bug of ours made an event that must not be stored; nothing of it was."""


def hold(append: Append | Event) -> None:
    """Hold an event against its size, its schema, and what it is filed under.

    Raises:
        UnfitEvent: it does not fit. The message says where, and quotes nothing: what stands in
            an event by mistake may be somebody's name.
    """
    wrong = _wrong(append)
    if wrong:
        raise UnfitEvent(f"{append.type} of {append.stream}, version {append.version}: {wrong}")


def fits(event: dict[str, Any]) -> bool:
    """Tell whether a parsed event of a type we know fits its schema."""
    return _schema(event["type"]).is_valid(event)


def _wrong(append: Append | Event) -> str:
    if len(append.body) > EVENT_BYTES:
        return f"{len(append.body)} bytes, {EVENT_BYTES} at most"
    try:
        event, schema = orjson.loads(append.body), _schema(append.type)
    except (orjson.JSONDecodeError, UnknownEvent) as error:
        return type(error).__name__
    if not schema.is_valid(event):
        found = next(schema.iter_errors(event))
        return f"{'/'.join(map(str, found.instance_path)) or 'it'} breaks {found.kind.name}"
    if write_plain(event) != append.body:
        return "its bytes are not canonical"
    filed = (append.stream, append.version, instant(append.recorded_at))
    if (event["subject"], event["streamversion"], event["time"]) != filed:
        return "it is filed under another stream, version or time than it says"
    return ""


@cache
def _schema(type_: str) -> jsonschema_rs.Draft202012Validator:
    """Return the compiled schema of *type_*; made once, at the first event of a process."""
    return jsonschema_rs.Draft202012Validator(
        event_schema(type_),
        formats=dict(FORMATS),
        validate_formats=True,
        ignore_unknown_formats=False,
    )
