"""What the use cases need of the notifier's own database, in one transaction each."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol

from services.notifier.domain.case import Case
from services.notifier.domain.notice import Notice
from services.notifier.domain.organisation import Organisation
from services.notifier.domain.reading import Pass, Reading
from services.notifier.domain.turns import Turn
from services.notifier.domain.urges import Urge
from services.notifier.domain.watch import DayHeld, Planned, Unreached


@dataclass(frozen=True, kw_only=True, slots=True)
class Parked:
    """An event that cannot be applied yet: what it needs has not been read."""

    subject: str
    version: int
    case: str | None  # stream of the case whose rungs wait for it
    position: int
    body: bytes


@dataclass(frozen=True, kw_only=True, slots=True)
class SetAside:
    """An event of a case that is not followed any further, to be read again by a newer program."""

    case: str  # its stream
    position: int
    version: int | None  # None: the event does not say it in a way that can be read
    reason: str  # why it cannot be read; empty for those that only come after such a one
    body: bytes


@dataclass(frozen=True, kw_only=True, slots=True)
class Timer:
    """Where a track of a case on one desk stands."""

    case: str  # its stream
    desk: str
    track: str
    deadline: str  # the one *passed* is counted on, see `Stay.deadline`
    passed: int  # rungs behind
    at: datetime | None  # of the next rung; None: the last one is behind, or the clock stands still


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """Which notices a caller wants to see; all given conditions hold together."""

    case: str | None = None  # its stream
    recipient: str | None = None
    status: str | None = None
    limit: int = 50
    after: tuple[str, str] | None = None  # (decided_at, id) of the last one of the page before


class Progress(Protocol):
    """How far the feed has been read, and what waits."""

    def reading(self, feed: str) -> Reading: ...
    def offsets(self, feed: str) -> Mapping[int, int]:
        """Return {partition: next offset}."""
        ...

    def save(self, feed: str, reading: Reading, offsets: Mapping[int, int]) -> None: ...
    def note(self, made: Pass) -> None: ...
    def passes(self) -> Iterator[Pass]:
        """Yield every pass that was noted, in their order."""
        ...

    def park(self, events: Sequence[Parked]) -> None: ...
    def parked(self) -> list[Parked]:
        """Return what waits, by subject and version."""
        ...

    def unpark(self, keys: Iterable[tuple[str, int]]) -> None:
        """Forget what waited under *keys*, (subject, version): it waits no more."""
        ...

    def put_aside(self, events: Sequence[SetAside]) -> None:
        """Keep *events* of cases that are set aside; one already kept is left as it is."""
        ...

    def set_aside(self, cases: Iterable[str] | None = None) -> list[SetAside]:
        """Return the event at which each case that is set aside was, by position.

        Of *cases* only, if given; in the log's order.
        """
        ...

    def take_back(self, case: str) -> list[SetAside]:
        """Return all that was kept of a case, in the log's order, and keep it no longer."""
        ...


class Facts(Protocol):
    """Cases and organisation, as far as the log has been read."""

    def cases(self, streams: Iterable[str]) -> Mapping[str, Case]: ...
    def save_cases(self, cases: Iterable[Case]) -> None: ...
    def running(self, after: str, limit: int) -> list[Case]:
        """Return cases on somebody's desk in streams above *after*, by stream."""
        ...

    def answered(self) -> set[str]:
        """Return the streams of cases on somebody's desk that something was answered to."""
        ...

    def lying_in(
        self, units: Collection[str], after: str, limit: int
    ) -> tuple[set[str], str | None]:
        """Return the streams of cases on a desk in *units*, and of those that wait for one.

        Of the first *limit* on any desk in streams above *after* alone; and the last of these,
        None: there are no more.
        """
        ...

    def serving(self, people: Collection[str]) -> Mapping[str, set[str]]:
        """Return the units in which each of *people* ever has a post, or stands in for others."""
        ...

    def schemes_running(self) -> set[str]:
        """Return what the cases on somebody's desk say of their scheme."""
        ...

    def organisation_version(self, source: str) -> int: ...
    def apply_organisation(self, source: str, version: int, data: Mapping[str, Any]) -> None: ...
    def delegate(self, source: str, version: int, data: Mapping[str, Any]) -> None: ...
    def leave(self, source: str, version: int, data: Mapping[str, Any]) -> None: ...
    def choose(self, source: str, version: int, data: Mapping[str, Any]) -> None: ...
    def below(self, units: Iterable[str]) -> Mapping[str, str]:
        """Return these units and all below them, each with that of *units* that it is below.

        The lowest come first, those of one level by their id: who has several posts is told in
        the first of them, whatever order a database has.
        """
        ...

    def organisation(self, units: Iterable[str]) -> Organisation:
        """Return an extract: these units, those above them, and the posts in all of them."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class KeptText:
    """A text by its hash; *id* is the scheme's, of a policy that of the scheme it is for."""

    hash: str
    kind: str  # scheme, policy, calendar
    id: str
    body: bytes


@dataclass(frozen=True, kw_only=True, slots=True)
class TextIndex:
    """Which texts are kept, without them."""

    schemes: Mapping[str, str]  # id by hash, of every text
    latest: Mapping[tuple[str, str], str]  # hash of the one published last, by kind and id
    policies: Mapping[str, Sequence["Issue"]]  # by the scheme's id, each publication in order


@dataclass(frozen=True, kw_only=True, slots=True)
class Issue:
    """One publication of a policy."""

    version: int  # of the stream of policies
    hash: str
    position: int  # in the log; 0: a release of before did not keep it
    moves: bool  # cases that ran by then go by it, too

    def governs(self, opened: int) -> bool:
        """Tell whether a case goes by it, or by a later one, that was *opened* at a position."""
        return self.moves or self.position < opened


class KeptTexts(Protocol):
    """The texts that events name by their hash."""

    def index(self) -> TextIndex: ...
    def hashes(self, wanted: Iterable[str]) -> set[str]:
        """Return which of *wanted* are kept."""
        ...

    def body(self, hash_: str) -> bytes:
        """Return the text; LookupError if it is not kept."""
        ...

    def keep(self, text: KeptText) -> None:
        """Keep *text*; one already kept is left as it is."""
        ...

    def publish(self, hash_: str, version: int) -> None:
        """Take note that version *version* of its stream published the text *hash_*."""
        ...

    def issue(self, one: Issue) -> None:
        """Take note that a policy was published; timers of its scheme are to be set anew."""
        ...

    def timers_set_by(self) -> Mapping[str, tuple[str, str]]:
        """Return by scheme the hashes of policy and calendar under which timers were set."""
        ...

    def save_timers_set_by(self, hashes: Mapping[str, tuple[str, str]]) -> None: ...
    def doubt_timers(self, scheme: str) -> None:
        """Let the timers of *scheme* be set anew: whose they are may have been a guess."""
        ...


class Timers(Protocol):
    """What falls due when."""

    def replace(self, cases: Iterable[str], timers: Iterable[Timer]) -> None:
        """Drop every timer of *cases* and set *timers*."""
        ...

    def move(self, timers: Iterable[Timer]) -> None: ...
    def due(self, now: datetime, limit: int) -> list[Timer]:
        """Return timers due at *now*, oldest first, without cases that have parked events."""
        ...

    def coming(self, until: datetime, limit: int) -> list[tuple[str, datetime]]:
        """Return the first *limit* cases with a timer up to *until*, each with its first one."""
        ...

    def of(self, cases: Iterable[str]) -> Mapping[str, Mapping[tuple[str, str], Timer]]:
        """Return {case: {(desk, track): timer}}."""
        ...

    def urge(self, urges: Iterable[Urge]) -> None:
        """Add reminders by hand; one already known is left as it is."""
        ...

    def urges(self, limit: int) -> list[Urge]: ...
    def settle(self, urges: Iterable[Urge]) -> None: ...
    def turn(self, turns: Iterable[Turn]) -> None:
        """Add turns; one already known is left as it is."""
        ...

    def turns(self, now: datetime) -> list[Turn]:
        """Return the turns up to *now*, oldest first."""
        ...

    def drop_turns(self, now: datetime) -> None:
        """Keep the turns up to *now* no longer."""
        ...


class Ledger(Protocol):
    """Every notice decided, sent or not."""

    def add(self, notices: Iterable[Notice]) -> None:
        """Add decisions; one already taken is left as it is."""
        ...

    def open(self, now: datetime, limit: int, letters_at: datetime | None) -> list[Notice]:
        """Return what is to be handed over at *now*, oldest decision first.

        Of letters those due at *letters_at*, and each whole, however many that makes.
        """
        ...

    def save(self, notices: Iterable[Notice], epoch: int) -> None: ...
    def orphans(self, epoch: int) -> list[Notice]:
        """Return notices left in `sending` by an earlier epoch."""
        ...

    def called(self, ids: Iterable[str]) -> list[Notice]:
        """Return the notices with these ids, as far as they are known."""
        ...

    def unreported(self, limit: int) -> list[Notice]: ...
    def reported(self, statuses: Mapping[str, int]) -> None: ...
    def search(self, asked: Asked) -> list[Notice]:
        """Return one page, newest decision first."""
        ...

    def of_cases(self, cases: Iterable[str]) -> list[Notice]:
        """Return every notice to somebody about one of *cases*, but for what was published."""
        ...

    def late_starts(self, cases: Iterable[str]) -> Mapping[str, list[Notice]]:
        """Return by case what was decided about telling holders of a late start."""
        ...

    def backlog(self) -> Mapping[str, int]:
        """Return {status: n} of everything not final, and `unreported`."""
        ...


class OwnWork(Protocol):
    """What the notifier has to know to watch itself; each asked of an index."""

    def plan(self, day: date, ends: datetime) -> None:
        """Keep every timer armed for before *ends* as planned for *day*; a repeat adds nothing."""
        ...

    def unjudged(self, today: date, limit: int) -> list[tuple[Planned, bool]]:
        """Return lines of plans before *today* without a verdict, and whether the ledger has them.

        The oldest day first.
        """
        ...

    def judge(self, verdicts: Mapping[Planned, str], today: date) -> None:
        """Keep what became of each line, as it was found *today*."""
        ...

    def held(self, today: date, limit: int) -> DayHeld | None:
        """Return the last day before *today* that was planned, with up to *limit* of the missing.

        Where it was over and judged before yesterday was: yesterday, of which nothing was planned.

        None: no day was.
        """
        ...

    def forget(self, before: date) -> None:
        """Forget the plans of days before *before*."""
        ...

    def waiting(self, cases: Iterable[str]) -> set[str]:
        """Return those of *cases* that an event waits in."""
        ...

    def n_sending(self) -> int: ...
    def n_unreached(self, since: datetime) -> int:
        """Count the rungs since *since* that found nobody to tell."""
        ...

    def unreached(self, since: datetime, limit: int) -> list[Unreached]:
        """Return the newest of them."""
        ...


class Transaction(Protocol):
    """One transaction on the notifier's database: all of it, or nothing."""

    @property
    def progress(self) -> Progress: ...
    @property
    def facts(self) -> Facts: ...
    @property
    def texts(self) -> KeptTexts: ...
    @property
    def timers(self) -> Timers: ...
    @property
    def ledger(self) -> Ledger: ...
    @property
    def watch(self) -> OwnWork: ...


class Store(Protocol):
    """The notifier's database, and the lease that makes one notifier the active one."""

    def claim(self, owner: str) -> int | None:
        """Return a new epoch, or None while the lease of another owner is alive."""
        ...

    def renew(self, epoch: int) -> bool:
        """Prolong the lease of *epoch*; False if it has gone."""
        ...

    def release(self, epoch: int) -> None: ...
    def is_anything_due(self, epoch: int, now: datetime) -> bool:
        """Tell whether anything is to be decided at *now*; asked of who leads, and costs little.

        Raises:
            LeaseLost, StoreUnavailable
        """
        ...

    def writing(self, epoch: int) -> AbstractContextManager[Transaction]:
        """Open a transaction that only the holder of *epoch* can commit; renews the lease.

        Raises:
            LeaseLost, StoreUnavailable
        """
        ...

    def seeing(self) -> AbstractContextManager[Transaction]:
        """Open a transaction that writes nothing.

        Raises:
            StoreUnavailable
        """
        ...
