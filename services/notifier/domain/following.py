"""Which streams are followed: cases, the reminders by hand beside them, and the organisation.

The one idea: whether an event concerns us is told by its stream alone. What lies in any other
stream is stepped over unread, whatever its type and whatever is wrong with it, so that a new kind
of fact elsewhere, or a broken one, silences nobody.
"""

import re
from dataclasses import dataclass
from typing import Any, Literal

from schemas.registry import UnknownEvent, split_type

_CASE = re.compile(r"review/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(/notices)?", re.ASCII)
_REMARK = "note_added"  # of the notices beside a case; the others are our own reports


@dataclass(frozen=True, slots=True)
class Followed:
    """A stream that is followed; *case* is None for the organisation."""

    part: Literal["case", "notices", "organisation"]
    case: str | None = None


def followed(subject: str, type_: Any) -> Followed | None:
    """Return what an event of *type_* in the stream *subject* belongs to; None: step over it."""
    if subject.startswith("organisation/"):
        return Followed("organisation")
    found = _CASE.fullmatch(subject)
    if found is None:
        return None
    if found[2] is None:
        return Followed("case", found[1])
    return Followed("notices", found[1]) if _fact(type_) == _REMARK else None


def _fact(type_: Any) -> str | None:
    try:
        return split_type(type_)[0] if isinstance(type_, str) else None
    except UnknownEvent:
        return None
