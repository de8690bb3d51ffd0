"""What the notifier knows of a review: a fold over the events of its own stream.

It keeps no history: where the review stands, on whose desk, due when, and when that became known.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from schemas.instants import instant, parse_instant


@dataclass(frozen=True, kw_only=True, slots=True)
class Holder:
    """The desk a review lies on; *person* only where the desk is a person's own."""

    unit: str
    role: str
    person: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Review:
    """One review as of its last event."""

    id: str
    number: str
    person: str  # the one appraised
    unit: str
    tier: str
    path: tuple[str, ...]  # unit ids, root first, *unit* last
    hearing_body: str
    state: str
    version: int
    holder: Holder | None  # None in a final state
    due_at: datetime | None
    suspended: bool
    armed_at: datetime  # recorded time of the last event: what was due before was not ours to say
    entered_version: int  # of the event by which *state* was entered

    @property
    def deadline(self) -> str:
        """Name the deadline that rungs are counted on: this stay in this state, due then.

        A suspension does not change it, so what was told before is not told again after it.
        """
        return f"{self.entered_version}/{instant(self.due_at) if self.due_at else '-'}"

    @property
    def is_late(self) -> bool:
        """Whether the deadline had passed when the last event made it known."""
        return self.due_at is not None and self.due_at <= self.armed_at

    @property
    def runs(self) -> bool:
        """Whether a deadline is running on somebody's desk."""
        return self.holder is not None and self.due_at is not None and not self.suspended


def evolve(
    review: Review | None, id_: str, version: int, fact: str, at: datetime, data: Mapping[str, Any]
) -> Review:
    """Return the review *id_* as it stands after one event of its own stream."""
    if fact == "review_opened":
        return _opened(id_, version, at, data)
    if review is None:
        raise ValueError(f"the stream of review {id_} does not begin with review_opened")
    moved = replace(review, version=version, armed_at=at)
    if fact == "state_changed":
        return replace(
            moved,
            state=data["to"],
            holder=_holder(data.get("holder")),
            due_at=_instant(data.get("due_at")),
            suspended=False,
            entered_version=version,
        )
    if fact == "suspended":
        return replace(moved, suspended=True)
    if fact == "resumed":
        # A fixed deadline did not move, and need not be repeated in the event.
        return replace(moved, suspended=False, due_at=_instant(data.get("due_at")) or review.due_at)
    if fact == "deadline_changed":
        return replace(moved, due_at=_instant(data["due_at"]))
    return moved


def _opened(review: str, version: int, at: datetime, data: Mapping[str, Any]) -> Review:
    return Review(
        id=review,
        number=data["number"],
        person=data["person"],
        unit=data["unit"],
        tier=data["tier"],
        path=_root_first(data["path"], data["unit"]),
        hearing_body=data["hearing_body"],
        state=data["state"],
        version=version,
        holder=_holder(data.get("holder")),
        due_at=_instant(data.get("due_at")),
        suspended=False,
        armed_at=at,
        entered_version=version,
    )


def _root_first(path: list[str], unit: str) -> tuple[str, ...]:
    return tuple(path if path[-1] == unit else reversed(path))


def _holder(data: Mapping[str, Any] | None) -> Holder | None:
    if data is None:
        return None
    return Holder(unit=data["unit"], role=data["role"], person=data.get("person"))


def _instant(text: str | None) -> datetime | None:
    return None if text is None else parse_instant(text)
