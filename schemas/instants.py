"""Instants: one spelling on our wire, any RFC 3339 spelling from outside.

Ours is `2020-01-08T01:30:00.000000Z`, always: equal instants are then equal strings, and strings
sort as time does. What clients send may carry any offset; it is turned into UTC at the edge.

Source: https://www.rfc-editor.org/rfc/rfc3339
"""

import re
from datetime import UTC, date, datetime
from functools import lru_cache
from operator import itemgetter

FIRST = datetime(2000, 1, 1, tzinfo=UTC)
LAST = datetime(2100, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)

_RFC3339 = re.compile(
    r"\d{4}-\d\d-\d\d[Tt]([01]\d|2[0-3]):\d\d:[0-5]\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)", re.ASCII
)
_LENGTH = len("2020-01-08T01:30:00.000000Z")
_marks, _MARKS = itemgetter(4, 7, 10, 13, 16, 19, 26), tuple("--T::.Z")
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


class BadInstant(ValueError):
    """Not an instant, or not a day, as we take it; *code* is stable."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@lru_cache(4096)  # what happens at one moment is told of it again and again
def instant(at: datetime) -> str:
    """Return *at* as it stands on the wire.

    Raises:
        ValueError: *at* has no zone; a naive time has no place in a log.
    """
    if at.tzinfo is not UTC:
        if at.tzinfo is None:
            raise ValueError("a naive time is no instant")
        at = at.astimezone(UTC)
    return at.isoformat("T", "microseconds")[:26] + "Z"


def parse_instant(text: str) -> datetime:
    """Read an instant spelled as ours, six decimals and `Z`, and no other way.

    Raises:
        BadInstant: `not_an_instant` or `out_of_range` (2000–2100).
    """
    if type(text) is not str:
        raise BadInstant("not_an_instant")
    return _parsed(text)


@lru_cache(4096)
def _parsed(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise BadInstant("not_an_instant") from error
    # fromisoformat takes many spellings; of this length and with these marks there is one.
    if len(text) != _LENGTH or _marks(text) != _MARKS:
        raise BadInstant("not_an_instant")
    if not FIRST <= at <= LAST:
        raise BadInstant("out_of_range")
    return at


def parse_offset_instant(text: str) -> datetime:
    """Read an RFC 3339 instant with any offset; finer than a microsecond is cut off.

    Raises:
        BadInstant: `not_an_instant` (no zone, leap second, 24:00 and the like) or
            `out_of_range` (2000–2100).
    """
    if not isinstance(text, str) or _RFC3339.fullmatch(text) is None:
        raise BadInstant("not_an_instant")
    try:
        at = datetime.fromisoformat(text.upper()).astimezone(UTC)
    except ValueError as error:
        raise BadInstant("not_an_instant") from error
    except OverflowError as error:  # its offset carries it out of the years there are
        raise BadInstant("out_of_range") from error
    if not FIRST <= at <= LAST:
        raise BadInstant("out_of_range")
    return at


def parse_day(text: str) -> date:
    """Read `YYYY-MM-DD`.

    Raises:
        BadInstant: `not_a_day` or `out_of_range` (2000–2100).
    """
    if not isinstance(text, str) or _DAY.fullmatch(text) is None:
        raise BadInstant("not_a_day")
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise BadInstant("not_a_day") from error
    if not FIRST.date() <= day <= LAST.date():
        raise BadInstant("out_of_range")
    return day
