"""What the notifier answers, asked what would be sent: its lines, or why there are none."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from schemas.instants import parse_instant

_LEAVES = frozenset({"sent", "unknown"})
# What `planned` reads of a line: of a province's year the rest would be most of the answer.
MEMBERS = (
    *("notice", "subject", "state", "rung", "kind", "channel", "status", "reason"),
    *("planned_at", "recipient", "due_at", "letter", "settled_at"),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Planned:
    """One notice that would be decided."""

    id: str
    case: str  # its stream
    state: str
    rung: str
    kind: str
    channel: str
    leaves: bool
    reason: str
    at: datetime
    person: str | None
    unit: str | None
    role: str | None
    due: datetime | None = None
    letter: str = ""  # of a day, that it leaves with; "": it leaves by itself
    gone_at: datetime | None = None  # when it leaves; None: a release of before does not say


@dataclass(frozen=True, kw_only=True, slots=True)
class Plans:
    """What the notifier plans, and what a change takes away from it and brings."""

    now: tuple[Planned, ...]
    gone: tuple[Planned, ...]
    come: tuple[Planned, ...]
    words: "Words | None" = None  # of the one that was asked for
    deadlines: "tuple[MovedDeadline, ...]" = ()  # that the change moves


@dataclass(frozen=True, kw_only=True, slots=True)
class MovedDeadline:
    """A deadline that a change moves: from when to when; None: never."""

    case: str  # its stream
    before: datetime | None
    after: datetime | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Said:
    """The words of a notice in one language."""

    language: str
    subject: str
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Words:
    """What a notice will say; where a letter of a day takes it, it is a line of that."""

    notice: str  # its id
    said: tuple[Said, ...]  # in the language of who is told, then in the others


@dataclass(frozen=True, kw_only=True, slots=True)
class NoPlans:
    """Why the notifier told none: its code, and what is wrong with which text, where it is that."""

    code: str
    faults: tuple["TextFault", ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class TextFault:
    """One thing that is wrong with a text that was brought."""

    field: str
    line: int  # 0: no line of it
    zh: str
    en: str


@dataclass(frozen=True, kw_only=True, slots=True)
class UnderWay:
    """The notifier still works it out; it is asked again by this id."""

    id: str


Simulates = Callable[[Mapping[str, object]], Plans | NoPlans | UnderWay]
Simulated = Callable[[str], Plans | NoPlans | UnderWay]


def no_notifier(_asked: Mapping[str, object] | str) -> NoPlans:
    """Answer for a notifier that is not there."""
    return NoPlans(code="unavailable")


def one_thread(_asked: Mapping[str, object]) -> NoPlans:
    """Answer where a single thread serves: it would wait for a notifier that asks it for people."""
    return NoPlans(code="one_thread")


def planned(row: Mapping[str, object]) -> Planned:
    """Return a line of the notifier's answer.

    Raises:
        KeyError, TypeError, AttributeError, ValueError: it is none.
    """
    to = row.get("recipient") or {}
    if not isinstance(to, Mapping):
        raise TypeError(type(to).__name__)
    return Planned(
        id=str(row["notice"]),
        case=str(row["subject"]),
        state=str(row["state"]),
        rung=str(row["rung"]),
        kind=str(row["kind"]),
        channel=str(row["channel"]),
        leaves=row["status"] in _LEAVES,
        reason=str(row["reason"]),
        at=parse_instant(str(row["planned_at"])),
        person=to.get("person"),
        unit=to.get("unit"),
        role=to.get("role"),
        due=parse_instant(str(row["due_at"])) if row.get("due_at") else None,
        letter=str(row.get("letter") or ""),
        gone_at=parse_instant(str(row["settled_at"])) if row.get("settled_at") else None,
    )
