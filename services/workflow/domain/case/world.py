"""What a decision may look at besides the case itself, as of one instant.

Other cases come as heads that were read in one statement. `Looks` keeps which of them a decision
rested on: those are compared again in the write, so that no answer is given on what has moved
meanwhile.
"""

from collections import ChainMap
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import NamedTuple, TypeVar

from schemas.calendar import WorkingDays, local_day
from services.workflow.domain.case.ground import Ground
from services.workflow.domain.case.head import Case
from services.workflow.domain.case.listing import Listing
from services.workflow.domain.case.sights import WHOLE, Sight, Unread, sight_of_link
from services.workflow.domain.language.model.lives import Kind, Life
from services.workflow.domain.language.model.scheme import Scheme
from services.workflow.domain.organisation import Organisation

NOBODY = Listing()
SOON = timedelta(microseconds=1)  # an effect is recorded at least so much after its cause


class Place(NamedTuple):
    """Where cases of one kind stand in one round: the slot of a kind of which there is one."""

    cycle: str
    kind: str
    unit: str


Row = str | Place  # what a write may compare or count on: the stream of a case, or a place


@dataclass(frozen=True, kw_only=True, slots=True)
class Round:
    """The round a case belongs to."""

    id: str
    label: str
    unit: str  # everything below it is in the round
    begins: date
    ends: date | None = None
    root: str = ""  # the topmost unit: numbers are counted below it
    is_closed: bool = False  # nothing begins in it any more

    @property
    def first_day(self) -> date:
        """The first day that its label means."""
        return first_day(self.label)


def first_day(label: str) -> date:
    """Return the first day of the round of a *label*: a year, a quarter (2019-Q3) or a month."""
    year, _, part = label.partition("-")
    quarter = part.removeprefix("Q")
    month = int(part or 1) if quarter == part else 3 * int(quarter) - 2
    return date(int(year), month, 1)


class NamedCase(NamedTuple):
    """A case that data name, of whatever round."""

    case: Case
    round: Round


@dataclass(frozen=True, kw_only=True)
class Heads:
    """Cases of one round as they were read together, and the rows that count their moves.

    What was not read is not there to be looked at: `Unread` says what it is. Whoever has the whole
    round in hand says so by `seen=None`.
    """

    cases: Mapping[str, Case] = field(default_factory=dict)  # by stream
    current: Mapping[Place, str] = field(default_factory=dict)  # the newest not abandoned
    touched: Mapping[Row, int] = field(default_factory=dict)
    numbered: Mapping[str, int] = field(default_factory=dict)  # "<label>/<letter>" or a stream
    seen: frozenset[Sight] | None = None  # what was read; None: everything
    # Files that were brought: length, and when they are gone where nothing names them. None: where
    # cases are played in memory no files are kept, and any may be named.
    files: Mapping[Sight, tuple[int, datetime | None]] | None = None
    # Streams that were decided just now, and are not written.
    made: Mapping[str, bool] = field(default_factory=dict)
    # Streams by kind and anchor, and by kind and parent: pinned, so it holds while cases only move.
    # Heads that came of each other share it, so it may name a case that some of them have not.
    placed: dict[tuple[str, str | None], dict[str, None]] = field(
        default_factory=dict, repr=False, compare=False
    )

    def with_case(self, case: Case) -> "Heads":
        """Return the heads with *case* as it stands after something decided just now."""
        stream = case.stream
        cases = _over(self.cases, stream, case)
        if stream in self.cases:
            return _with(self, cases=cases)
        self._index()
        self._place(case)
        return _with(self, cases=cases, made=_over(self.made, stream, True))

    def with_current(self, place: Place, stream: str | None) -> "Heads":
        """Return the heads with the case of *stream* current at *place*; None: with none there."""
        if stream is not None:
            return _with(self, current=_over(self.current, place, stream))
        current = {at: one for at, one in self.current.items() if at != place}
        return _with(self, current=current)

    def linked(self, case: Case, name: str) -> tuple[Case, ...]:
        """Return the cases that a link leads to, in the order of their opening."""
        link = case.link(name)
        sight = None if link is None else sight_of_link(case, link)
        if sight is None:
            return ()
        found = (one for one in self.at(sight, case) if one.id != case.id)
        return tuple(sorted(found, key=_by_opening))

    def at(self, sight: Sight, case: Case | None = None) -> Iterable[Case]:
        """Return the cases at *sight*, which is looked at from *case*."""
        self._require(sight, case)
        match sight.way:
            case "of":
                return self._one(sight.of)
            case "slot":
                cycle = "" if case is None else case.cycle
                return self._one(self.current.get(Place(cycle, sight.kind, sight.unit)))
            case "anchor":
                return self._placed(sight.kind, sight.unit)
            case "children":
                return self._placed(sight.kind, sight.of)
        fits = _FITTING[sight.way]
        return [one for one in self.cases.values() if one.kind == sight.kind and fits(one, sight)]

    def _one(self, stream: str | None) -> Iterable[Case]:
        found = None if stream is None else self.cases.get(stream)
        return () if found is None else (found,)

    def _placed(self, kind: str, where: str) -> Iterable[Case]:
        # A wave holds a hundred cases, and each of its commands asks for a handful of them.
        self._index()
        streams = self.placed.get((kind, where), ())
        return [self.cases[stream] for stream in streams if stream in self.cases]

    def _index(self) -> None:
        if not self.placed:
            for one in self.cases.values():
                self._place(one)

    def _place(self, case: Case) -> None:
        for where in (case.unit, case.of):
            self.placed.setdefault((case.kind, where), {})[case.stream] = None

    def _require(self, sight: Sight, case: Case | None) -> None:
        if self.seen is None or sight in self.seen or sight.of in self.made:
            return
        if WHOLE in self.seen and sight.way not in ("counter", "file"):
            return
        if sight.way == "of" and sight.of in self.cases:
            return
        raise Unread(sight, case)

    def parent(self, case: Case) -> Case | None:
        """Return the case that *case* belongs to; None where it belongs to none."""
        if case.of is None:
            return None
        return next(iter(self.at(Sight("of", of=case.of), case)), None)

    def children(self, case: Case, kind: str) -> Iterable[Case]:
        """Return the cases of *kind* that belong to *case*."""
        return self.at(Sight("children", kind=kind, of=case.stream), case)

    def sharing(self, case: Case, party: str) -> Iterable[Case]:
        """Return the cases of the same kind that have the same unit as *party*, itself included."""
        unit = case.parties.get(party, case.unit)
        return self.at(Sight("sharing", kind=case.kind, unit=unit, name=party), case)

    def peers(self, case: Case) -> Iterable[Case]:
        """Return all cases of the same kind at the same unit, itself included."""
        return self.at(Sight("anchor", kind=case.kind, unit=case.unit), case)

    def alike(self, case: Case) -> Iterable[Case]:
        """Return all cases of the same kind, itself included."""
        return self.at(Sight("kind", kind=case.kind), case)

    def standing(self, place: Place, case: Case | None = None) -> Iterable[Case]:
        """Return the cases of one kind that stand at one unit, ended ones too."""
        return self.at(Sight("anchor", kind=place.kind, unit=place.unit), case)

    def current_at(self, place: Place, case: Case | None = None) -> str | None:
        """Return the stream of the case that is current at *place*."""
        self._require(Sight("slot", kind=place.kind, unit=place.unit), case)
        return self.current.get(place)

    def case(self, stream: str, by: Case | None = None) -> Case | None:
        """Return the case of *stream*, which is looked at from *by*."""
        return next(iter(self.at(Sight("of", of=stream), by)), None)

    def touched_at(self, row: Row, case: Case) -> int:
        """Return how often the moves of others were counted on *row*."""
        if not isinstance(row, str):
            self._require(Sight("slot", kind=row.kind, unit=row.unit), case)
        return self.touched.get(row, 0)

    def last_number(self, counter: str, root: str) -> int:
        """Return the last number a counter gave, below the topmost unit or of a parent."""
        if counter not in self.numbered and counter not in self.cases:
            self._require(Sight("counter", unit=root, name=counter), None)
        return self.numbered.get(counter, 0)

    def length_of(self, file: Sight, now: datetime) -> int | None:
        """Return how long a file is that was brought; None where none was, or it is gone."""
        self._require(file, None)
        length, gone_at = (self.files or {}).get(file, (None, None))
        return None if gone_at is not None and gone_at <= now else length


@dataclass(kw_only=True, slots=True)
class Looks:
    """What a decision has looked at so far."""

    last: datetime | None = None  # the latest recorded time of any of it
    versions: dict[str, int] = field(default_factory=dict)  # streams compared by version
    touched: dict[Row, int] = field(default_factory=dict)  # rows compared by `touched`

    def at(self, case: Case) -> None:
        """Note that *case* was looked at: nothing that rests on it is recorded before it."""
        if self.last is None or case.recorded_at > self.last:
            self.last = case.recorded_at

    def by_version(self, case: Case) -> None:
        """Note that the answer holds while *case* stands as it does."""
        self.at(case)
        self.versions[case.stream] = case.version

    def by_touch(self, row: Row, touched: int) -> None:
        """Note that the answer holds while nothing moves *row*'s count."""
        self.touched[row] = touched

    def join(self, later: "Looks") -> None:
        """Take in what was looked at *later*; what was looked at before holds as of then."""
        if later.last is not None:
            self.last = max(later.last, self.last or later.last)
        self.touched |= later.touched
        self.versions = later.versions | self.versions

    def recorded_at(self, now: datetime, last: datetime | None) -> datetime:
        """Return when what rests on all this is recorded, in a stream whose last is *last*."""
        return recorded_at(now, last, self.last)


def recorded_at(
    now: datetime, last: datetime | None, looked_at: datetime | None = None
) -> datetime:
    """Return when an event is recorded: not before the *last* of its stream, on another clock.

    *looked_at* is the latest event that it rests on: the log never shows it before that one.
    """
    times = [now]
    if last is not None:
        times.append(last)
    if looked_at is not None:
        times.append(looked_at + SOON)
    return max(times)


class Signed(NamedTuple):
    """A checkpoint that the log's key signed: its root, and the hash of its note; hex."""

    root: str
    checkpoint: str


@dataclass(frozen=True, kw_only=True, slots=True)
class DrawnFrom:
    """What draws rest on that stands in no head."""

    log: str = ""  # the origin of its checkpoints; "": none was signed yet
    texts: Mapping[str, str] = field(default_factory=dict)  # rosters and numbers, by hash
    signed: Mapping[int, Signed] = field(default_factory=dict)  # by size


NOTHING = DrawnFrom()


@dataclass(frozen=True, kw_only=True)
class World:
    """Everything a decision may look at; shared by all decisions of one wave."""

    scheme: Scheme
    organisation: Organisation
    calendar: WorkingDays
    round: Round
    heads: Heads
    now: datetime
    new_id: Callable[[], str]
    listings: Mapping[str, Listing] = field(default_factory=dict)  # rosters, by hash
    spent: frozenset[tuple[str, str]] = frozenset()  # case and person: no more codes for now
    draws: DrawnFrom = NOTHING
    # By stream, of cases in whose state ballots are taken: which of their polls are "open" with
    # slips out, or "sealed"; what is in neither was never handed out. Others were not asked about.
    polls: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    # By stream, of the cases that the data of an act name, and of what could have been named there:
    # those that who acts sees. None: where cases are played in memory any may be named.
    named: Mapping[str, NamedCase] | None = None
    # By their names, as rosters tell them apart: the people that are called as guests are whom the
    # data of an act bring. Where cases are played in memory nobody has a name.
    bearers: Mapping[str, frozenset[str]] = field(default_factory=dict)
    # Its scheme, organisation and calendar once more, with what follows from them alone: that of
    # other worlds where it is of the same three, else one of its own.
    ground: Ground = field(default=None, repr=False, compare=False)  # type: ignore[assignment]

    def __post_init__(self) -> None:
        mine = (self.scheme, self.organisation, self.calendar)
        if self.ground is None or not self.ground.is_of(*mine):
            object.__setattr__(self, "ground", Ground(*mine))

    def kind(self, case: Case) -> Kind:
        return self.scheme.kinds[case.kind]

    def life(self, case: Case) -> Life:
        """Return what cases like this one go through."""
        return self.ground.answer(life_of, case.kind, case.tier or "")

    def listing(self, case: Case, roster: str) -> Listing:
        """Return who stands on a roster of *case*; nobody where there is none, or it is erased."""
        told = case.listed.get(roster)
        return self.listings.get(told.get("sha256", ""), NOBODY) if told else NOBODY

    def day(self, at: datetime) -> date:
        """Return the local day of *at*."""
        return local_day(at, self.scheme.zone)

    def knows(self, day: date) -> bool:
        """Tell whether *day* lies in a year of the calendar: of others nobody knows who works."""
        return self.calendar.first <= day <= self.calendar.last

    def with_case(self, case: Case) -> "World":
        """Return the world in which *case* has come to stand as it does."""
        return _with(self, heads=self.heads.with_case(case))


def life_of(ground: Ground, kind: str, tier: str) -> Life:
    """Return what cases of a kind and tier go through."""
    return ground.scheme.kinds[kind].life(tier)


def stages(case: Case) -> tuple[str, ...]:
    """Return the audits that *case* passes, in order."""
    return tuple(audit.stage for audit in case.audits)


_MOST_OVER = 64
K = TypeVar("K")
T = TypeVar("T")


def _over(under: Mapping[K, T], key: K, value: T) -> Mapping[K, T]:
    """Return *under* with *value* at *key*.

    A round opens thousands of cases one after the other, and the world is another after each: what
    is new is laid over the rest, which is copied only once for several of them.
    """
    if not isinstance(under, ChainMap):
        few = len(under) < _MOST_OVER
        return {**under, key: value} if few else ChainMap({key: value}, dict(under))
    over, rest = under.maps
    over = {**over, key: value}
    return ChainMap(over, rest) if len(over) < _MOST_OVER else {**rest, **over}


V = TypeVar("V", "Heads", "World")


def _with(value: V, **new: object) -> V:
    """Return *value* with *new* in place of what it had; every decision asks for several."""
    made = object.__new__(type(value))
    object.__setattr__(made, "__dict__", {**vars(value), **new})
    return made


def _leads_to(one: Case, sight: Sight) -> bool:
    """Tell whether a link of *one* leads to cases at the unit from which it is looked at."""
    link = one.link(sight.name)
    if link is None or link.kind != sight.to:
        return False
    return link.way in ("slot", "anchor") and link.unit == sight.unit


def _by_opening(case: Case) -> tuple[datetime, str]:
    return (case.opened_at, case.id)


_FITTING: Mapping[str, Callable[[Case, Sight], bool]] = {
    "kind": lambda _, __: True,
    "sharing": lambda one, sight: one.parties.get(sight.name, one.unit) == sight.unit,
    "back": _leads_to,
}
