"""One review: where it stands, and how its events move it.

Living and replaying take the same path: `decision.decide` makes the event, `evolve` alone changes
the state. Everything an event needs to be understood later (whose desk, due when) is in the event,
so a review is rebuilt without asking the organisation, the calendar or the clock again.
"""

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from datetime import datetime
from functools import lru_cache
from typing import Any

from schemas.instants import parse_instant
from schemas.streams import Stream

REVIEW = "review"  # the only kind of case that is opened today, and that `/v1/reviews` is about


@dataclass(frozen=True, kw_only=True, slots=True)
class Holder:
    """The desk a review lies on: waiting time is charged to it."""

    unit: str
    role: str
    person: str | None = None  # only where the desk is a person's own: the one appraised


@lru_cache(4096)  # many reviews lie on one desk, and every command meets two
def desk(unit: str, role: str, person: str | None) -> Holder:
    """Return the holder that is this desk."""
    return Holder(unit=unit, role=role, person=person)


@dataclass(frozen=True, kw_only=True, slots=True)
class Audit:
    """One audit this review passes, pinned when it was opened."""

    stage: str  # the state in which it happens: unit_audit, organ_audit
    body: str  # the unit that audits


@dataclass(frozen=True, kw_only=True)  # no slots: `restore` sets its dictionary as a whole
class Review:
    """The present state of one review: a fold over the events of its own stream."""

    id: str  # UUID, lower case
    kind: str  # of case: the first part of its streams
    of: str  # the case (`<kind>/<uuid>`) or the unit it belongs to, for good
    family: str  # the topmost case of that chain, `<kind>/<uuid>`
    number: str  # 2019-C-0417
    cycle: str
    scheme: str  # hash of the scheme it runs under
    person: str  # the one appraised
    unit: str
    unit_kind: str
    tier: str
    path: tuple[str, ...]  # unit ids from the root to *unit*, both included
    audits: tuple[Audit, ...]
    hearing_body: str
    state: str
    version: int
    holder: Holder | None  # None in a final state
    entered_at: datetime  # effective time at which *state* was entered
    due_at: datetime | None
    effective_at: datetime  # of the last event; never decreases
    recorded_at: datetime  # of the last event; never decreases
    opened_at: datetime
    initial: str  # the state in which it was opened, and to which it is sent back
    due_fixed: bool = False  # set by hand (redo, change_deadline): a suspension does not move it
    paused_days: int = 0  # working days suspended since *state* was entered
    suspended_at: datetime | None = None
    n_reports: int = 0  # submitted versions so far
    n_returns: int = 0
    submitted_by: str | None = None  # who submitted the report now under audit
    passed_by: Mapping[str, str] = field(default_factory=dict)  # audit stage -> person
    marks: Mapping[str, datetime] = field(default_factory=dict)  # state -> effective entry, last
    scores: Mapping[str, str] = field(default_factory=dict)  # ballot, superior, final, grade

    def stream(self, side: str = "") -> str:
        """Return the name of its own stream, or of one beside it."""
        return str(Stream(self.kind, self.id, side))


# What a review is opened with where nothing else is said: field -> default.
DEFAULTS: dict[str, Any] = {
    one.name: one.default if one.default_factory is MISSING else one.default_factory()
    for one in fields(Review)
    if one.default is not MISSING or one.default_factory is not MISSING
}

FIELDS = frozenset(one.name for one in fields(Review))


def restore(values: dict[str, Any]) -> Review:
    """Return the review of *values* by field, all of them, at a tenth of the constructor's price.

    Every command restores two: as it was read, and as it will stand.
    """
    made = object.__new__(Review)
    object.__setattr__(made, "__dict__", values)
    return made


def open_review(
    stream: Stream, data: Mapping[str, Any], scheme: str, recorded_at: datetime
) -> Review:
    """Return the case of *stream* as its `review_opened` event *data* begins it."""
    effective_at = parse_instant(data["effective_at"])
    return Review(
        id=stream.id,
        kind=stream.kind,
        of=data["unit"],
        family=stream.pair,
        number=data["number"],
        cycle=data["cycle"],
        scheme=scheme,
        person=data["person"],
        unit=data["unit"],
        unit_kind=data["kind"],
        tier=data["tier"],
        path=tuple(data["path"]),
        audits=tuple(Audit(stage=a["stage"], body=a["body"]) for a in data["audits"]),
        hearing_body=data["hearing_body"],
        state=data["state"],
        version=1,
        holder=_holder(data),
        entered_at=effective_at,
        due_at=_due(data),
        effective_at=effective_at,
        recorded_at=recorded_at,
        opened_at=effective_at,
        initial=data["state"],
        marks={"opened": effective_at, data["state"]: effective_at},
    )


def evolve(
    review: Review, fact: str, data: Mapping[str, Any], actor: str | None, recorded_at: datetime
) -> Review:
    """Return the review as it stands after its next event."""
    effective_at = parse_instant(data["effective_at"])
    changes: dict[str, Any] = {
        "version": review.version + 1,
        "effective_at": effective_at,
        "recorded_at": recorded_at,
    }
    match fact:
        case "state_changed":
            changes |= _moved(review, data, actor, effective_at)
        case "suspended":
            changes["suspended_at"] = effective_at
        case "resumed":
            changes |= {
                "suspended_at": None,
                "paused_days": review.paused_days + data["suspended_working_days"],
                "due_at": _due(data),
            }
        case "deadline_changed":
            changes |= {"due_at": _due(data), "due_fixed": True}
        case _:
            raise ValueError(f"a review's stream has no {fact}")
    return restore(vars(review) | changes)


def _moved(
    review: Review, data: Mapping[str, Any], actor: str | None, effective_at: datetime
) -> dict[str, Any]:
    trigger, source, target = data["trigger"], data["from"], data["to"]
    changes: dict[str, Any] = {
        "state": target,
        "holder": _holder(data),
        "due_at": _due(data),
        "due_fixed": trigger == "redo",
        "entered_at": effective_at,
        "paused_days": 0,
        "suspended_at": None,
        "marks": {**review.marks, target: effective_at},
    }
    if "report" in data:
        changes |= {"n_reports": data["report"]["version"], "submitted_by": actor}
    elif target == review.initial:  # whatever brought it back: the next report starts afresh
        changes |= {"submitted_by": None, "passed_by": {}, "scores": {}}
        if "findings" in data:
            changes["n_returns"] = review.n_returns + 1
    elif any(audit.stage == source for audit in review.audits) and actor:
        changes["passed_by"] = {**review.passed_by, source: actor}
    if "scores" in data:
        changes["scores"] = dict(data["scores"])
    return changes


def _holder(data: Mapping[str, Any]) -> Holder | None:
    holder = data.get("holder")
    return None if holder is None else desk(holder["unit"], holder["role"], holder.get("person"))


def _due(data: Mapping[str, Any]) -> datetime | None:
    due_at = data.get("due_at")
    return None if due_at is None else parse_instant(due_at)
