"""Which streams are followed: every case, what is said beside it, the organisation, the texts.

The one idea: whether an event concerns us is told by its stream alone. What lies in any other
stream is stepped over unread, whatever its type and whatever is wrong with it, so that a new kind
of fact elsewhere, or a broken one, silences nobody. A case is followed whatever its kind is called.
"""

from dataclasses import dataclass
from typing import Any, Literal

from schemas.registry import UnknownEvent, split_type
from schemas.streams import NOTICES, NotAStream, Stream

# Of the notices beside a case; the others are our own reports, and that one was read.
_REMARKS = frozenset({"note_added", "notice_acknowledged", "notice_snoozed"})


@dataclass(frozen=True, slots=True)
class Followed:
    """A stream that is followed; *case* is the stream of the case it belongs to, if to one."""

    part: Literal["case", "notices", "organisation", "text"]
    case: str | None = None


def followed(subject: str, type_: Any) -> Followed | None:
    """Return what an event of *type_* in the stream *subject* belongs to; None: step over it."""
    try:
        stream = Stream.parse(subject)
    except NotAStream:
        return None
    if not stream.is_case:
        return _reserved(stream)
    if not stream.side:
        return Followed("case", stream.pair)
    remark = stream.side == NOTICES and _fact(type_) in _REMARKS
    return Followed("notices", stream.pair) if remark else None


def _reserved(stream: Stream) -> Followed | None:
    if stream.kind == "organisation":
        return Followed("organisation")
    return Followed("text") if stream.kind == "text" else None


def _fact(type_: Any) -> str | None:
    try:
        return split_type(type_)[0] if isinstance(type_, str) else None
    except UnknownEvent:
        return None
