"""The policy: who is told what, when, how often it is tried. Data, checked as a whole at load.

A rung stands `before` or `over` the deadline by some working days and names a target; the ladder
is the rungs in order. Which ladders hold where a case is, `Policy.at` says. What nothing reads is
refused, so that no setting is silently without effect.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import TypeVar
from zoneinfo import ZoneInfo

KINDS = ("reminder", "escalation")
INAPP = "inapp"  # the only channel that delivers exactly once: each policy has it
BULLETIN = "bulletin"  # the track and kind of notices that something was published to somebody
URGE = "urge"  # the track, rung and kind of reminders by hand
Told = TypeVar("Told")
LATE_START = "late_start"  # the rung of a case that is late as it comes to its holder
DAYS_OF_REST = "days_of_rest"  # the days that may be quiet
ARRIVAL = "arrival"  # the track and rung of notices that work has come to somebody, or came back


@dataclass(frozen=True, slots=True)
class Place:
    """A kind of case, perhaps one state of it, and perhaps one tier of it."""

    kind: str
    state: str = ""  # empty: every one
    tier: str = ""  # likewise

    @property
    def around(self) -> "tuple[Place, ...]":
        """Itself and the places that it is a part of, the nearest first.

        What a case is in says more of what has to be done than which tier it is of.
        """
        states, tiers = dict.fromkeys((self.state, "")), dict.fromkeys((self.tier, ""))
        return tuple(Place(self.kind, state, tier) for state in states for tier in tiers)


@dataclass(frozen=True, kw_only=True, slots=True)
class Target:
    """Whom a rung is for: the holder's own desk, or roles of a unit, in order of preference."""

    nearest: tuple[str, ...] = ()  # kinds of units; none: the holder's own desk
    of_holder: bool = False  # from where one looks up: the holder's unit, else the case's
    roles: tuple[str, ...] = ()

    @property
    def is_holder(self) -> bool:
        """Whether it is the holder's own desk."""
        return not self.nearest


@dataclass(frozen=True, kw_only=True, slots=True)
class OwnText:
    """What a rung says in one language, in words of its own."""

    language: str
    subject: str
    lines: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Rung:
    """One step of a ladder."""

    name: str
    kind: str  # one of KINDS
    working_days: int  # negative or 0: that many before the due day; positive: that many over
    target: Target
    send_again: bool  # send once more when it is unknown whether the first attempt arrived
    is_repeat: bool = False  # a later time of the rung below it, with no line of its own
    # Of one that is repeated: until somebody whom it told has acted on the case.
    until_acted: bool = False
    asks: bool = False  # who is told is asked to acknowledge it
    texts: tuple[OwnText, ...] = ()  # in every language; none: what its kind says

    def text(self, language: str) -> OwnText | None:
        """Return what it says in *language* in words of its own; None: it has none."""
        return next((one for one in self.texts if one.language == language), None)


@dataclass(frozen=True, kw_only=True)
class Track:
    """One ladder on one deadline."""

    name: str
    # In the order in which they fall due; none: where it holds, nothing is told on this track.
    rungs: tuple[Rung, ...]
    # At once, to the holder, where the deadline has passed before it was known, or before anybody
    # was told of it; the rungs above wait until the holder has had a working day. None: there are
    # none above.
    late_start: Rung | None = None
    # Where it holds; none: wherever no ladder of its name has a place.
    places: tuple[Place, ...] = ()

    @cached_property
    def n_reminders(self) -> int:
        """How many rungs come before the first escalation."""
        return sum(rung.kind == "reminder" for rung in self.rungs)

    @cached_property
    def last_reminder(self) -> int | None:
        """Which rung is the last one before the first escalation; None: the holder has none."""
        last = self.n_reminders - 1
        return last if last >= 0 and self.rungs[last].target.is_holder else None

    @cached_property
    def until_acted(self) -> str:
        """Name the rung that is repeated until somebody whom it told has acted; empty: none is."""
        named = (one.name for one in self.rungs if one.until_acted and not one.is_repeat)
        return next(named, "")

    @cached_property
    def targets(self) -> tuple[tuple[Target, ...], ...]:
        """Where each rung goes, and where it climbs to from there."""
        found = []
        for index, rung in enumerate(self.rungs):
            above = (one.target for one in self.rungs[index + 1 :])
            # A rung that is repeated has one target, told once.
            climbs = dict.fromkeys((rung.target, *(one for one in above if not one.is_holder)))
            found.append(tuple(climbs))
        return tuple(found)


@dataclass(frozen=True, kw_only=True, slots=True)
class Retry:
    """How a temporary failure is tried again: doubling from *first* up to *cap*."""

    first: timedelta
    cap: timedelta
    attempts: int

    def delay(self, attempts: int) -> timedelta | None:
        """Return how long to wait after *attempts* failed ones; None: give up."""
        if attempts >= self.attempts:
            return None
        doubled: timedelta = self.first * 2 ** (attempts - 1)
        return min(doubled, self.cap)


@dataclass(frozen=True, kw_only=True, slots=True)
class Digest:
    """What is told in one letter a day to each person."""

    hour: int  # local hour in which the letters of a day leave
    channels: tuple[str, ...]
    at_once: tuple[str, ...]  # rungs that leave by themselves

    def takes(self, channel: str, rung: str) -> bool:
        """Tell whether what *rung* says by *channel* waits for the letter."""
        # A later time of a rung that is repeated is as urgent as the first.
        return channel in self.channels and not {rung, rung.rpartition("/")[0]} & {*self.at_once}


@dataclass(frozen=True, slots=True)
class Window:
    """Whole local hours of a day in which messages leave."""

    start: int
    end: int  # the first hour after it

    def has(self, hour: int) -> bool:
        """Tell whether it is open in *hour*."""
        return self.start <= hour < self.end


@dataclass(frozen=True, kw_only=True, slots=True)
class Fallback:
    """By which channel somebody is told whom another one could not tell for good."""

    channel: str  # the one that failed
    to: str
    in_doubt: bool  # whether also where nobody can say if the first one arrived
    rungs: tuple[str, ...] = ()  # of which; none: of all

    def holds(self, channel: str, rung: str) -> bool:
        """Tell whether it says anything of what *rung* told by *channel*."""
        named = not self.rungs or bool({rung, rung.rpartition("/")[0]} & {*self.rungs})
        return channel == self.channel and named


@dataclass(frozen=True, kw_only=True, slots=True)
class Choosable:
    """Among which channels a person may choose, beside the inbox, which always keeps its copy."""

    channels: tuple[str, ...]
    rungs: tuple[str, ...] = ()  # for what; none: for all

    def holds(self, rung: str) -> bool:
        """Tell whether what *rung* says may be had otherwise."""
        return not self.rungs or bool({rung, rung.rpartition("/")[0]} & {*self.rungs})


# Why somebody is, or is not, told by a channel, where they chose; the policy's own has no word.
CHOSEN = "chosen"
NOT_CHOSEN = "not_chosen"
NOT_LET = "choice_not_let"  # the policy does not let them have it otherwise


def ways(
    channels: Sequence[str], choosable: Sequence[Choosable], rung: str, wanted: Sequence[str] | None
) -> Mapping[str, str]:
    """Return by which channels *rung* tells who *wanted* some, and why; None: they chose nothing.

    What they did without is there too, as `NOT_CHOSEN`. A choice of which nothing is let falls
    back to *channels*, the policy's own.
    """
    if wanted is None:
        return dict.fromkeys(channels, "")
    among = next((one.channels for one in choosable if one.holds(rung)), ())
    let = [name for name in wanted if name in among]
    if not among or (wanted and not let):
        return {name: "" if name in {INAPP, *wanted} else NOT_LET for name in channels}
    own = {name: NOT_CHOSEN if name in among else "" for name in channels}
    return own | dict.fromkeys(let, CHOSEN)


@dataclass(frozen=True, kw_only=True)
class Ladders:
    """What is told at one place: one ladder of each track, and perhaps that work came."""

    tracks: tuple[Track, ...]
    arrival: Rung | None

    def track(self, name: str) -> Track | None:
        """Return the track called *name*."""
        return next((track for track in self.tracks if track.name == name), None)

    def rung(self, track: str, name: str) -> Rung | None:
        """Return one rung of *track*."""
        if track == ARRIVAL:
            return self.arrival
        found = self.track(track)
        if found is None:
            return None
        rungs = (*found.rungs, found.late_start)
        return next((rung for rung in rungs if rung and rung.name == name), None)

    def behind(self, track: str, rung: str) -> int:
        """Return how many rungs of *track* are behind once the one called *rung* is."""
        return self._behind.get((track, rung), 0)

    @cached_property
    def _behind(self) -> Mapping[tuple[str, str], int]:
        # Asked of every notice of a case, whenever one more leaves.
        late = {(one.name, LATE_START): one.n_reminders for one in self.tracks}
        return late | {
            (track.name, rung.name): n
            for track in self.tracks
            for n, rung in enumerate(track.rungs, start=1)
            if rung.name != LATE_START
        }


@dataclass(frozen=True, kw_only=True)
class Policy:
    """One policy; immutable, known by the hash of its canonical text."""

    id: str
    scheme: str  # id of the scheme whose cases it is for
    zone: ZoneInfo
    hour: int  # local hour in which rungs fall due
    channels: tuple[str, ...]
    retry: Retry
    tracks: tuple[Track, ...]  # in the order of the file; several may have one name
    urge_again: bool
    digest: Digest | None = None  # one letter a day; None: each leaves by itself
    windows: tuple[Window, ...] = ()  # in order; none: messages leave at any hour
    rests: bool = False  # whether no message leaves on a day of rest
    fallbacks: tuple[Fallback, ...] = ()
    choices: tuple[Choosable, ...] = ()  # what people may choose; none: nothing
    arrival: Rung | None = None  # at once, to whom work comes; None: they are not told
    arrival_places: tuple[Place, ...] = ()  # where they are; none: everywhere
    acts: Mapping[Place, str]  # what the holder has to do
    labels: Mapping[Place, str]  # of states, in format 1 only: the scheme has them
    hash: str
    canonical: bytes

    @property
    def every_channel(self) -> tuple[str, ...]:
        """By which anything leaves first, if somebody chooses so."""
        more = (name for one in self.choices for name in one.channels)
        return tuple(dict.fromkeys((*self.channels, *more)))

    def at(self, place: Place) -> Ladders:
        """Return what is told at *place*: of each track its nearest ladder, if that has rungs."""
        found = self._at.get(place)
        if found is None:  # several threads ask, and find the same
            found = self._at[place] = self._ladders(place)
        return found

    @cached_property
    def _at(self) -> dict[Place, Ladders]:
        return {}  # a scheme has few places, and each is asked for with every event of a case

    def _ladders(self, place: Place) -> Ladders:
        names = dict.fromkeys(track.name for track in self.tracks)
        nearest = (nearest_track(self.tracks, name, place) for name in names)
        tells = not self.arrival_places or any(one in self.arrival_places for one in place.around)
        return Ladders(
            tracks=tuple(track for track in nearest if track and track.rungs),
            arrival=self.arrival if tells else None,
        )


def nearest_track(tracks: Sequence[Track], name: str, place: Place) -> Track | None:
    """Return the one of *tracks* called *name* that holds at *place*; None: none does."""
    named = [track for track in tracks if track.name == name]
    for one in place.around:
        for track in named:
            if one in track.places:
                return track
    return next((track for track in named if not track.places), None)


def at_place(told: Mapping[Place, Told], place: Place) -> Told | None:
    """Return what is *told* of *place*: of its tier, or else of the state in all tiers."""
    return told.get(place) or told.get(Place(place.kind, place.state))
