"""How an event is read before anything is done about it: whose it is, and what cannot be read.

The one idea: what is looked at first is the stream alone. An event that is stepped over may hold
whatever it likes; of one that is followed it is told apart what this program is too old for, and
what is broken.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from schemas.envelope import BrokenEvent, Envelope, UnknownEvent, UnreadableEvent, open_envelope
from schemas.facts import EVENTS
from services.notifier.application.ports import Delivery
from services.notifier.application.store_ports import SetAside
from services.notifier.domain.case import Case
from services.notifier.domain.following import Followed, followed

_LONGEST_REASON = 500


@dataclass(frozen=True, slots=True)
class Arrived:
    """An event of a followed stream, and what is known of it before its data is looked at."""

    stream: Followed
    subject: str
    type: Any
    version: int | None  # None: not a number that a stream counts in
    position: int
    body: bytes


def arrived_again(event: SetAside) -> Arrived:
    """Return what had been set aside as it arrived."""
    arrived = arrived_as(event.body, event.position)
    if arrived is None:
        raise LookupError(f"set aside without having been followed: position {event.position}")
    return arrived


def peek(
    deliveries: Sequence[Delivery],
) -> tuple[list[Arrived | None], UnreadableEvent | None]:
    """Return what has arrived, None where it is stepped over, up to the first without a stream."""
    arrived: list[Arrived | None] = []
    for delivery in deliveries:
        try:
            arrived.append(arrived_as(delivery.body, delivery.position))
        except BrokenEvent as error:
            return arrived, error
    return arrived, None


def arrived_as(body: bytes, position: int) -> Arrived | None:
    """Return an event as it arrived; None: it is stepped over.

    Raises:
        BrokenEvent: it does not say whose it is.
    """
    try:
        attributes = orjson.loads(body)
        subject = attributes["subject"]
    except (orjson.JSONDecodeError, KeyError, TypeError) as error:
        raise BrokenEvent(f"no envelope: {type(error).__name__}") from error
    if not isinstance(subject, str):
        raise BrokenEvent("no envelope: its subject is no text")
    type_, version = attributes.get("type"), attributes.get("streamversion")
    stream = followed(subject, type_)
    if stream is None:
        return None
    counts = type(version) is int and version > 0
    return Arrived(stream, subject, type_, version if counts else None, position, body)


def open_arrived(event: Arrived) -> Envelope:
    """Return the event whole.

    Raises:
        UnknownEvent, BrokenEvent
    """
    _require_known_type(event)
    return open_envelope(event.body)


def _require_known_type(event: Arrived) -> None:
    # Of a type that is not known nothing else can be said, not even that it is broken.
    if isinstance(event.type, str) and not EVENTS.knows(event.type):
        raise UnknownEvent(event.type)


def is_known_to(case: Case, event: Arrived) -> bool:
    """Tell whether *event* has been applied to *case*. Raises `UnknownEvent`."""
    _require_known_type(event)
    return event.version is not None and event.version <= case.version


def put_aside(event: Arrived, case: str, reason: str) -> SetAside:
    """Return *event* as it is kept until a newer program reads it."""
    return SetAside(
        case=case,
        position=event.position,
        version=event.version,
        reason=_printable(reason)[:_LONGEST_REASON],
        body=event.body,
    )


def _printable(text: str) -> str:
    return "".join(one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in text)
