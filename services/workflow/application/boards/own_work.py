"""How the notifier finds its own work, as it tells: counts, and the ids of what is in trouble."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Track:
    """One track of a case on one desk that is in trouble."""

    case: str  # its stream
    desk: str
    track: str
    reason: str = ""
    at: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class DayHeld:
    """The plan of a day held against the ledger."""

    day: date
    counts: Mapping[str, int]  # by what became of it
    missing: tuple[Track, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class OwnWork:
    """What the notifier saw of its own work when it looked last."""

    at: datetime | None  # None: this one is a standby, or has only begun
    holds: bool = True
    tracks: Mapping[str, int] | None = None  # None: the first round is not over
    unarmed: tuple[Track, ...] = ()
    sending: int = 0
    oldest_due: datetime | None = None
    n_unreached: int = 0
    unreached: tuple[Track, ...] = ()
    yesterday: DayHeld | None = None


def nobody_there() -> OwnWork | None:
    """Answer for a notifier that is not there."""
    return None
