"""What has to hold of the notifier's own work, and what is said where it does not.

Pure: rows go in, verdicts come out. A case in time is told of by a timer on each track; where one
is not armed there is a reason, or somebody would be forgotten without a sound. And what the morning
saw coming is in the evening's ledger, or has a reason not to be.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

ARMED, UNARMED, MISSING = "armed", "unarmed", "missing"
REASONS = ("suspended", "ladder_over", "set_aside", "no_policy", "no_ladder", "outside_calendar")
VERDICTS = ("kept", "moved", "put_off", "stands_still", "waits", MISSING)
MOST_NAMED = 20  # of each kind of trouble: who has more looks into the database


@dataclass(frozen=True, kw_only=True, slots=True)
class OnTrack:
    """One track of a case on one desk."""

    case: str  # its stream
    desk: str
    track: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Planned:
    """What the morning of a day saw coming on one track."""

    day: date
    on: OnTrack
    deadline: str
    passed: int
    at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Stands:
    """Where a timer stands now."""

    deadline: str
    passed: int
    at: datetime | None


def verdict(
    planned: Planned,
    stands: Stands | None,
    day_ends: datetime,
    *,
    in_ledger: bool,
    waits: bool,
) -> str:
    """Return one of VERDICTS on what was *planned*, where its timer *stands* after that day.

    A timer that went past its rung and left no line has forgotten somebody, and so has one that
    still stands before it with nothing to wait for.
    """
    if in_ledger:
        return "kept"
    if stands is None or stands.deadline != planned.deadline:
        return "moved"
    if waits:
        return "waits"
    if stands.passed != planned.passed:
        return MISSING
    if stands.at is None:
        return "stands_still"
    return "put_off" if stands.at >= day_ends else MISSING


@dataclass(frozen=True, kw_only=True, slots=True)
class Tracks:
    """How the tracks of cases in time were found, in one round over all of them."""

    at: datetime  # system time at which the round was over
    n: Mapping[str, int]  # ARMED, UNARMED and each of REASONS
    unarmed: tuple[OnTrack, ...]  # the first of them


@dataclass(frozen=True, kw_only=True, slots=True)
class DayHeld:
    """The plan of a day held against its ledger."""

    day: date
    n: Mapping[str, int]  # by verdict
    missing: tuple[OnTrack, ...]  # the first of them


@dataclass(frozen=True, kw_only=True, slots=True)
class Unreached:
    """A rung that found nobody to tell."""

    on: OnTrack
    rung: str
    reason: str
    at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Watch:
    """What the notifier sees of its own work."""

    at: datetime  # system time of the look
    tracks: Tracks | None  # None: the first round is not over yet
    n_sending: int  # between two passes nothing is on its way
    oldest_due: datetime | None  # of what is due and not decided, business time
    n_unreached: int  # within a day
    unreached: tuple[Unreached, ...] = field(default=())  # the newest of them
    yesterday: DayHeld | None = None  # the last day that was held against its plan

    @property
    def n_unarmed(self) -> int:
        """How many tracks are not armed, and nothing says why."""
        return self.tracks.n.get(UNARMED, 0) if self.tracks else 0

    @property
    def n_missing(self) -> int:
        """How much of the plan of the day before is nowhere."""
        return self.yesterday.n.get(MISSING, 0) if self.yesterday else 0

    @property
    def holds(self) -> bool:
        """Whether all that has to hold does."""
        return not (self.n_unarmed or self.n_missing or self.n_sending)
