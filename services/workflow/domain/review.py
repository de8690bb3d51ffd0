"""One review: where it stands, and what may move it.

Living and replaying take the same path: `decide` makes the event, `evolve` alone changes the
state. Everything an event needs to be understood later (whose desk, due when) is in the event,
so a review is rebuilt without asking the organisation, the calendar or the clock again.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Holder:
    """The desk a review lies on: waiting time is charged to it."""

    unit: str
    role: str
    person: str | None = None  # only where the desk is a person's own: the one appraised


@dataclass(frozen=True, kw_only=True, slots=True)
class Audit:
    """One audit this review passes, pinned when it was opened."""

    stage: str  # the state in which it happens: unit_audit, organ_audit
    body: str  # the unit that audits


@dataclass(frozen=True, kw_only=True, slots=True)
class Review:
    """The present state of one review: a fold over the events of its own stream."""

    id: str  # UUID, lower case
    number: str  # 2019-C-0417
    cycle: str
    scheme: str  # hash of the scheme it runs under
    person: str  # the one appraised
    unit: str
    kind: str
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
    suspended_at: datetime | None = None
    n_reports: int = 0  # submitted versions so far
    n_returns: int = 0
    submitted_by: str | None = None  # who submitted the report now under audit
    passed_by: Mapping[str, str] = field(default_factory=dict)  # audit stage -> person
    marks: Mapping[str, datetime] = field(default_factory=dict)  # state -> effective entry, last
    scores: Mapping[str, str] = field(default_factory=dict)  # ballot, superior, final, grade
