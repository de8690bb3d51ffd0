"""Opaque cursors: where a page ended. They carry no authority and no filter, only a place.

A cursor is base64url of four check bytes and a JSON list. The check bytes are no secret: they
turn a cursor that was cut off or altered on its way into a clear 400 instead of a wrong page.
"""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import sha256
from typing import Any

import orjson

_SHAPE = re.compile(r"[A-Za-z0-9_-]{8,512}", re.ASCII)
_CHECK_BYTES = 4


class BadCursor(ValueError):
    """No cursor of ours, or one of another list."""


def encode(kind: str, *place: str | int) -> str:
    """Return the cursor of *place* in lists of *kind*."""
    payload = orjson.dumps([kind, *place])
    return urlsafe_b64encode(_check(payload) + payload).rstrip(b"=").decode()


def decode(kind: str, cursor: str) -> tuple[Any, ...]:
    """Return the place a cursor of *kind* was made of; what its parts are worth is not asked.

    Raises:
        BadCursor: malformed, altered, or of another kind.
    """
    if _SHAPE.fullmatch(cursor) is None:
        raise BadCursor(cursor[:64])
    try:
        raw = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        found, *place = orjson.loads(raw[_CHECK_BYTES:])
    except (ValueError, TypeError) as error:
        raise BadCursor(cursor[:64]) from error
    # Made again, it must be the same to the letter: that holds the check bytes to the place, and
    # refuses other spellings of the same base64.
    if found != kind or encode(kind, *place) != cursor:
        raise BadCursor(cursor[:64])
    return tuple(place)


def _check(payload: bytes) -> bytes:
    return sha256(payload).digest()[:_CHECK_BYTES]
