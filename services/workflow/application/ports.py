"""What the use cases need of the outside; one implementation per store, one contract test each.

The one idea: the caller decides everything before it writes. An `Append` holds the sealed bytes
and the row they lead to, so a store only has to let exactly one writer have each version.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple, Protocol

from services.workflow.domain.review import Review


class LogHead(NamedTuple):
    """The log's end, and what was stored beyond it at the same instant."""

    position: int  # the last one; 0: none yet
    pending: int  # events that are stored and have no position yet
    pending_since: datetime | None  # recorded time of the oldest of those; None: there is none


@dataclass(frozen=True, kw_only=True, slots=True)
class Text:
    """Free text beside the log; the event carries its commitment only. Erasable."""

    sha256: bytes  # SHA-256(salt || content): the key of the row
    salt: bytes  # 32 random bytes
    content: bytes  # UTF-8


@dataclass(kw_only=True, slots=True)
class Key:
    """An idempotency key of a client, and what the request under it looked like."""

    client: str
    key: str
    fingerprint: bytes  # SHA-256 of method, path, On-Behalf-Of and canonical body


@dataclass(frozen=True, kw_only=True, slots=True)
class Refusal:
    """What makes two refusals the same one."""

    case: str
    actor: str  # person, or "client:<name>" where no person stands behind it
    trigger: str
    case_version: int
    verdict: str  # hex digest over status and blockers


@dataclass(kw_only=True, slots=True)
class Append:
    """One event to be written, sealed, with the rows that follow from it."""

    stream: str
    version: int  # taken only if the stream stands at version - 1
    type: str  # workflow.state_changed.v1
    recorded_at: datetime
    body: bytes  # canonical bytes: stored, hashed, served and published as they are
    before: Review | None = None  # the head as it was read; None: opened, or not a case's own
    after: Review | None = None  # the head it leads to; None: not an event of a case's own stream
    key: Key | None = None
    refusal: Refusal | None = None  # set on trigger_refused only
    inbox: "InboxItem | None" = None  # set on notice_recorded to a person's inbox only
    notice: "NoticeRow | None" = None  # set on notice_recorded only
    texts: tuple[Text, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class InboxItem:
    """A notice in a person's inbox."""

    person: str
    notice: str
    case_id: str
    sha256: bytes  # of its text
    recorded_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class NoticeRow:
    """What lists show of a notice, sent or not; the event holds the whole."""

    notice: str
    case_id: str
    kind: str
    rung: str
    channel: str
    outcome: str
    person: str | None
    unit: str | None
    role: str | None
    decided_at: datetime


@dataclass(kw_only=True, slots=True)
class Seen:
    """An idempotency key that was used before, and the event it is kept on."""

    key: Key
    stream: str
    version: int
    body: bytes


@dataclass(kw_only=True, slots=True)
class Wanted:
    """What one command needs to read before it can be decided."""

    case: str
    client: str = ""
    key: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Standing:
    """What `standing` read, as of one instant."""

    organisation_version: int
    identity_version: (
        int  # grows with every change of a token: a cached token is stale when it moved
    )
    cases: Mapping[str, Review]  # by id; absent ids are missing
    seen: Mapping[tuple[str, str], Seen]  # by (client, key)


@dataclass(frozen=True, kw_only=True, slots=True)
class SideStream:
    """Where a refusals or notices stream stands."""

    version: int  # 0: no event yet
    recorded_at: datetime | None  # of its last event: the next is not recorded before it
    recent: tuple[
        tuple[Refusal, int, bytes], ...
    ] = ()  # refusals since the asked instant: row, version, body


@dataclass(frozen=True, kw_only=True, slots=True)
class Stored:
    """One event as it lies in the log."""

    stream: str
    version: int
    body: bytes
    position: int | None = None  # None: not sequenced yet


@dataclass(frozen=True, kw_only=True, slots=True)
class Document:
    """A canonical scheme, calendar or policy text, kept by its hash for ever."""

    hash: str  # hex SHA-256 of *body*
    kind: str  # scheme, calendar, policy
    body: bytes


@dataclass(frozen=True, kw_only=True, slots=True)
class CycleRow:
    """One cycle; *tiers* is {tier: {"expected": n, "opened": n}}."""

    id: str
    scheme: str  # id of the scheme
    scheme_hash: str
    calendar_hash: str
    unit: str
    year: int
    tiers: Mapping[str, Mapping[str, int]]
    opened_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Numbers:
    """Ordinals of numbers that are given away, for good: those after *before* to *last*."""

    unit: str  # the topmost: nobody below it is given the same number twice
    label: str  # of the round, such as 2019
    letter: str  # of the tier
    before: int  # taken only if no other opening took some meanwhile
    last: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Bulk:
    """Everything one transaction writes for a cycle or an import: all of it or nothing."""

    appends: tuple[Append, ...]
    documents: tuple[Document, ...] = ()
    cycle: CycleRow | None = None
    units: tuple[str, ...] = ()  # in the cycle's scope: each in one cycle of a scheme and year
    numbers: tuple[Numbers, ...] = ()
    # data of organisation_changed events in order, for the rows of units, people and posts:
    organisation: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class ListQuery:
    """Which cases, in which order. All given conditions hold together."""

    # Who asks: what they may see (authority.Scope). Within one subtree in any case, and there
    # everything, or any one of: subtrees, exactly these units, own person, desks held.
    visible_within: str | None = None
    visible_units: tuple[str, ...] | None = None  # None: everything
    visible_own_units: tuple[str, ...] = ()
    visible_person: str | None = None
    visible_desks: tuple[tuple[str, str], ...] = ()
    # What is asked for.
    kind: str | None = None  # of case; None: any
    cycle: str | None = None
    number: str | None = None
    states: tuple[str, ...] = ()
    tier: str | None = None
    unit: str | None = None  # with its subtree
    person: str | None = None
    holder_unit: str | None = None
    holder_person: str | None = None  # with *holder_desks*: the desks this person holds
    holder_desks: tuple[tuple[str, str], ...] = ()
    overdue_at: datetime | None = None  # due_at <= this
    not_overdue_at: datetime | None = None
    due_before: datetime | None = None
    due_after: datetime | None = None
    suspended: bool | None = None
    # Some notice since the case entered its present state is of these kinds and outcomes:
    notice_kinds: tuple[str, ...] = ()  # reminder, escalation, urge; empty: any kind
    notice_outcomes: tuple[str, ...] = ()  # sent, failed, unknown, not_sent; empty: any outcome
    # Search: the number begins with *text*, or the person is one of *persons*, or the unit is one
    # of *units*.
    text: str | None = None
    persons: tuple[str, ...] = ()
    units: tuple[str, ...] = ()  # exact, without their subtrees
    sort: str = "number"  # number, due_at, -due_at, entered_at, -entered_at; ties by id
    limit: int = 50
    after: tuple[str, str] | None = None  # (sort value, id) of the last row of the page before


@dataclass(frozen=True, kw_only=True, slots=True)
class Page:
    """One page of a list."""

    cases: tuple[Review, ...]
    next: tuple[str, str] | None
    total: int


class EventStore(Protocol):
    """The hot path: two round trips and one commit for any number of commands."""

    def standing(self, wanted: Sequence[Wanted]) -> Standing:
        """Return heads and used keys, in one statement."""
        ...

    def side_streams(self, streams: Sequence[str], since: datetime) -> Mapping[str, SideStream]:
        """Return where refusals or notices streams stand, in one statement."""
        ...

    def append(self, batch: Sequence[Append]) -> list[bool]:
        """Write what still fits, in one commit; True where the append won its version.

        Never two appends of one stream in a batch. A lost race or a key used meanwhile is
        False and writes nothing of that append (its texts included).

        Raises:
            OutcomeUnknown: the connection was lost while the statement was under way.
            StoreUnavailable: nothing was sent.
        """
        ...

    def write(self, bulk: Bulk) -> bool:
        """Write a cycle or an import in one transaction; False (nothing) on a lost race."""
        ...


class Reads(Protocol):
    """Everything asked of the read model and the log, each bounded and by index."""

    def list_cases(self, query: ListQuery) -> Page: ...
    def count_each(self, queries: Sequence[ListQuery]) -> Sequence[int]:
        """Return the total of each query's list, in one statement."""
        ...

    def count_by_state(self, cycle: str) -> Mapping[tuple[str, str], int]:
        """Return {(tier, state): n} of one cycle."""
        ...

    def count_cases(self, query: ListQuery) -> int: ...
    def heat(self, query: ListQuery, level: int) -> Sequence[tuple[str, str, int]]:
        """Return (unit at depth *level* of the path, state, n) for the cases of *query*."""
        ...

    def events_of(
        self,
        streams: Sequence[str],
        limit: int,
        after: tuple[str, int] | None = None,
        *,
        newest_first: bool = False,
    ) -> list[Stored]:
        """Return events of these streams in order of position, oldest first or newest.

        Those without a position are the newest, by recorded time and then by id. *after* is stream
        and version of the last event of the page before; of none, nothing comes after.
        """
        ...

    def stream(self, stream: str, upto: int | None = None) -> list[Stored]:
        """Return one stream from version 1 to *upto*, whole."""
        ...

    def texts(self, hashes: Sequence[bytes]) -> Mapping[bytes, Text]: ...
    def intervals(self, case: str) -> list[Mapping[str, Any]]:
        """Return the intervals of a case, oldest first."""
        ...

    def latest_notices(self, cases: Sequence[str]) -> Mapping[str, NoticeRow]: ...
    def latest_events(self, cases: Sequence[str]) -> Mapping[str, Stored]:
        """Return the last event of each case's own stream."""
        ...

    def count_notices(self, cycle: str, outcomes: Sequence[str], kinds: Sequence[str]) -> int:
        """Return of how many cases of *cycle* some notice has one of these outcomes and kinds."""
        ...

    def inbox(
        self, person: str, limit: int, after: tuple[str, str] | None
    ) -> list[Mapping[str, Any]]:
        """Return a person's notices, unread first, then newest first."""
        ...

    def count_unread(self, person: str, most: int) -> int:
        """Return how many of a person's notices are unread; counts no further than *most*."""
        ...

    def mark_read(self, person: str, notice: str, at: datetime) -> bool: ...
    def cycle(self, cycle_id: str) -> CycleRow | None: ...
    def cycles(self) -> list[CycleRow]: ...
    def in_cycles(self, scheme: str, year: int) -> Mapping[str, str]:
        """Return {unit: cycle} of all units in the cycles of *scheme* for *year*."""
        ...

    def last_numbers(self, unit: str, label: str) -> Mapping[str, int]:
        """Return {letter: the last ordinal given} below the topmost *unit*."""
        ...

    def documents(self, hashes: Sequence[str]) -> Mapping[str, Document]:
        """Return the texts kept under *hashes*, in one statement; absent ones are missing."""
        ...

    def organisation(self, after: int = 0) -> tuple[int, list[bytes]]:
        """Return the organisation's version, and its events after version *after*, oldest first."""
        ...

    def organisation_version(self) -> int: ...
    def people(self, ids: Sequence[str]) -> Mapping[str, Mapping[str, str]]:
        """Return {id: details} (name, e-mail …); erased or unknown people are missing."""
        ...

    def find_people(self, name_part: str, limit: int) -> list[str]: ...
    def log_page(self, after: int, limit: int) -> list[tuple[int, bytes, bytes]]:
        """Return (position, leaf hash, body), positions contiguous from *after* + 1."""
        ...

    def log_head(self) -> LogHead:
        """Return the log's end, all of it as it was at one instant."""
        ...


class Relaying(NamedTuple):
    """How far publishing has come."""

    position: int  # everything up to here is published
    behind: int  # events that have a position and are not published, as far as is known
    led: bool  # whether some relay holds the lease
    since: datetime | None  # recorded time of the one to come next; None: it is not there


class PublishedTo(NamedTuple):
    """Where the log has been published to."""

    topic: str  # Kafka's own id of it; empty: nobody has looked yet
    after: int  # the position behind which that topic begins
    cursor: int  # everything up to here is published


class RelayLog(Protocol):
    """What the relay reads of the log, and the lease that makes it the only one."""

    def read(self, after: int, limit: int) -> list[tuple[int, str, bytes]]:
        """Return (position, stream, body), contiguous."""
        ...

    def claim(self, owner: str, now: datetime, ttl_s: float) -> int | None:
        """Return a new epoch, or None while another owner's lease is alive."""
        ...

    def renew(self, owner: str, epoch: int, now: datetime, ttl_s: float) -> bool: ...
    def cursor(self) -> int: ...
    def save(self, epoch: int, position: int) -> bool:
        """Move the cursor; False when the lease has gone to another epoch."""
        ...

    def published_to(self) -> PublishedTo: ...
    def publish_to(self, epoch: int, to: PublishedTo) -> bool:
        """Publish to another topic from now on, the cursor going back if it must.

        False when the lease has gone to another epoch.
        """
        ...
