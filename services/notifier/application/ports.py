"""What the use cases need of the outside.

The one idea: effects and the position they were caused by are kept in one transaction. A feed only
reads; where to read on from is in the notifier's own database and is handed to the feed at start,
so a crash anywhere repeats reading and never an effect.
"""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from services.notifier.domain.case import Case
from services.notifier.domain.notice import Notice, Urge
from services.notifier.domain.organisation import Organisation
from services.notifier.domain.reading import Head, Reading


@dataclass(frozen=True, kw_only=True, slots=True)
class Delivery:
    """One event as the feed handed it over."""

    position: int  # in the log: 1, 2, 3 … without gaps
    body: bytes  # the event's stored bytes
    partition: int | None = 0  # None: not from the feed's own place, so no offset moves
    offset: int = 0  # within the partition; over HTTP it is the position


@dataclass(frozen=True, kw_only=True, slots=True)
class ForeignRecord:
    """A record in the feed that is none of ours, and where it lies."""

    partition: int
    offset: int
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Polled:
    """What one poll brought."""

    deliveries: tuple[Delivery, ...]  # in order within each partition
    # The log's end, observed after this poll began. None: not asked. The barrier rests on it: a
    # deadline may pass only once everything up to a head seen at or after that instant has been
    # accepted.
    head: Head | None
    foreign: tuple[ForeignRecord, ...] = ()  # passed over, each told once
    # Why events come another way than they should, and perhaps later; empty: they do not.
    detour: str = ""


class Feed(Protocol):
    """Where events come from; at least once each, in order within a partition."""

    @property
    def name(self) -> str:
        """The name under which offsets are kept: `http` or `kafka`."""
        ...

    def start(self, offsets: Mapping[int, int], reading: Reading) -> None:
        """Read on from *offsets*, {partition: next offset}; a missing partition from its start.

        *reading* says what has been accepted.
        Called before the first poll, and again after anything went wrong between polls.
        """
        ...

    def poll(self, wait_s: float) -> Polled:
        """Return what has arrived, waiting at most *wait_s* for a first event.

        Raises:
            FeedUnavailable: the feed, or the head, cannot be read; the caller starts it anew.
        """
        ...

    def close(self) -> None: ...


class Clock(Protocol):
    """Business time: deadlines, rungs, back-off."""

    @property
    def driven(self) -> bool:
        """Whether somebody else moves this clock, so that nothing may wait for it to tick."""
        ...

    def now(self) -> datetime: ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Person:
    """A name and addresses, fetched when a message is written and never stored here."""

    id: str
    name: str
    addresses: Mapping[str, str] = field(default_factory=dict)  # `email` and the like


@dataclass(frozen=True, kw_only=True, slots=True)
class Message:
    """A message ready to leave."""

    notice: str  # id of the notice, for a deterministic id of the message
    name: str  # whom it is for
    address: str  # of the kind that the channel takes; empty where there is none
    subject: str
    text: str
    sent_at: datetime


class Channel(Protocol):
    """A way out that cannot be asked afterwards whether a message arrived."""

    def send(self, message: Message) -> None:
        """Hand *message* over.

        Raises:
            TemporaryFailure, PermanentFailure: it was not delivered.
            OutcomeUnknown: it may have been delivered.
        """
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Way:
    """A channel that is open here, and which of a person's addresses it takes."""

    channel: Channel
    address: str  # `email` and the like; empty: it takes none
    must_have: bool = True  # whether nothing can be sent without that address


class Templates(Protocol):
    """The words of notices."""

    def render(self, name: str, fields: Mapping[str, str]) -> tuple[str, str]:
        """Return subject and text of template *name*."""
        ...


class Workflow(Protocol):
    """The calls to the workflow service, none on the planning path."""

    def text(self, hash_: str) -> bytes | None:
        """Return the canonical text of a scheme, policy or calendar; None: it is not to be had.

        Raises:
            WorkflowUnavailable, WorkflowRefused
        """
        ...

    def people(self, ids: Sequence[str]) -> Mapping[str, Person]:
        """Return the people known under *ids*; erased or unknown ones are missing.

        Raises:
            WorkflowUnavailable, WorkflowRefused
        """
        ...

    def record(self, notices: Sequence[Mapping[str, object]]) -> Mapping[str, int]:
        """Report up to 500 notices; return {notice id: status}.

        201 recorded now, 200 known before, 503 to be tried again, anything else refused for good.

        Raises:
            WorkflowUnavailable, WorkflowRefused
        """
        ...


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

    def schemes_running(self) -> set[str]:
        """Return what the cases on somebody's desk say of their scheme."""
        ...

    def organisation_version(self, source: str) -> int: ...
    def apply_organisation(self, source: str, version: int, data: Mapping[str, Any]) -> None: ...
    def pass_over(self, source: str, version: int) -> None:
        """Keep that the organisation's event of this *version* was read, and left nothing here."""
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

    def of(self, cases: Iterable[str]) -> Mapping[str, Mapping[tuple[str, str], Timer]]:
        """Return {case: {(desk, track): timer}}."""
        ...

    def urge(self, urges: Iterable[Urge]) -> None:
        """Add reminders by hand; one already known is left as it is."""
        ...

    def urges(self, limit: int) -> list[Urge]: ...
    def settle(self, urges: Iterable[Urge]) -> None: ...


class Ledger(Protocol):
    """Every notice decided, sent or not."""

    def add(self, notices: Iterable[Notice]) -> None:
        """Add decisions; one already taken is left as it is."""
        ...

    def open(self, now: datetime, limit: int) -> list[Notice]:
        """Return what is to be handed over at *now*, oldest decision first."""
        ...

    def save(self, notices: Iterable[Notice], epoch: int) -> None: ...
    def orphans(self, epoch: int) -> list[Notice]:
        """Return notices left in `sending` by an earlier epoch."""
        ...

    def unreported(self, limit: int) -> list[Notice]: ...
    def reported(self, statuses: Mapping[str, int]) -> None: ...
    def search(self, asked: Asked) -> list[Notice]:
        """Return one page, newest decision first."""
        ...

    def late_starts(self, cases: Iterable[str]) -> Mapping[str, list[Notice]]:
        """Return by case what was decided about telling holders of a late start."""
        ...

    def backlog(self) -> Mapping[str, int]:
        """Return {status: n} of everything not final, and `unreported`."""
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


class Store(Protocol):
    """The notifier's database, and the lease that makes one notifier the active one."""

    def claim(self, owner: str) -> int | None:
        """Return a new epoch, or None while the lease of another owner is alive."""
        ...

    def renew(self, epoch: int) -> bool:
        """Prolong the lease of *epoch*; False if it has gone."""
        ...

    def release(self, epoch: int) -> None: ...
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
