"""What the use cases need of the outside.

The one idea: effects and the position they were caused by are kept in one transaction. A feed only
reads; where to read on from is in the notifier's own database and is handed to the feed at start,
so a crash anywhere repeats reading and never an effect.
"""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from services.notifier.domain.notice import Notice, Urge
from services.notifier.domain.organisation import Organisation
from services.notifier.domain.reading import Head, Reading
from services.notifier.domain.review import Review


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
    """A name and an address, fetched when a message is written and never stored here."""

    id: str
    name: str
    email: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Message:
    """A message ready to leave."""

    notice: str  # id of the notice, for a deterministic Message-ID
    to: Person
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


class Texts(Protocol):
    """The templates of notices."""

    def render(self, name: str, fields: Mapping[str, str]) -> tuple[str, str]:
        """Return subject and text of template *name*."""
        ...


class Workflow(Protocol):
    """The two calls to the workflow service, neither on the planning path."""

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
    review: str | None  # whose rungs wait for it
    position: int
    body: bytes


@dataclass(frozen=True, kw_only=True, slots=True)
class SetAside:
    """An event of a case that is not followed any further, to be read again by a newer program."""

    review: str
    position: int
    version: int | None  # None: the event does not say it in a way that can be read
    reason: str  # why it cannot be read; empty for those that only come after such a one
    body: bytes


@dataclass(frozen=True, kw_only=True, slots=True)
class Timer:
    """Where a track of a review stands."""

    review: str
    track: str
    deadline: str  # the one *passed* is counted on, see `Review.deadline`
    passed: int  # rungs behind
    at: datetime | None  # of the next rung; None: the last one is behind, or the clock stands still


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """Which notices a caller wants to see; all given conditions hold together."""

    review: str | None = None
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

    def set_aside(self, reviews: Iterable[str] | None = None) -> list[SetAside]:
        """Return the event at which each case that is set aside was, by position.

        Of *reviews* only, if given; in the log's order.
        """
        ...

    def take_back(self, review: str) -> list[SetAside]:
        """Return all that was kept of a case, in the log's order, and keep it no longer."""
        ...


class Facts(Protocol):
    """Reviews and organisation, as far as the log has been read."""

    def reviews(self, ids: Iterable[str]) -> Mapping[str, Review]: ...
    def save_reviews(self, reviews: Iterable[Review]) -> None: ...
    def running(self, after: str, limit: int) -> list[Review]:
        """Return reviews on somebody's desk with an id above *after*, by id."""
        ...

    def organisation_version(self, source: str) -> int: ...
    def apply_organisation(self, source: str, version: int, data: Mapping[str, Any]) -> None: ...
    def organisation(self, units: Iterable[str]) -> Organisation:
        """Return an extract: these units and their posts."""
        ...

    def rules(self) -> tuple[str, str] | None:
        """Return the hashes of policy and calendar under which the timers were set."""
        ...

    def save_rules(self, policy: tuple[str, bytes], calendar: tuple[str, bytes]) -> None: ...


class Timers(Protocol):
    """What falls due when."""

    def replace(self, reviews: Iterable[str], timers: Iterable[Timer]) -> None:
        """Drop every timer of *reviews* and set *timers*."""
        ...

    def move(self, timers: Iterable[Timer]) -> None: ...
    def due(self, now: datetime, limit: int) -> list[Timer]:
        """Return timers due at *now*, oldest first, without reviews that have parked events."""
        ...

    def of(self, reviews: Iterable[str]) -> Mapping[str, Mapping[str, Timer]]:
        """Return {review: {track: timer}}."""
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

    def late_starts(self, reviews: Iterable[str]) -> Mapping[str, list[Notice]]:
        """Return by review what was decided about telling holders of a late start."""
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
