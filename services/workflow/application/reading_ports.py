"""What is asked of the read model and of the log; nothing here changes anything but what was read.

The one idea: every question is bounded, and answered by index whatever lies in the tables.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple, Protocol

from services.workflow.application.ports import CycleRow, Document, NoticeRow, Text
from services.workflow.domain.case.head import Case
from services.workflow.domain.case.ranking import Place, Ranked


class LogHead(NamedTuple):
    """The log's end, and what was stored beyond it at the same instant."""

    position: int  # the last one; 0: none yet
    pending: int  # events that are stored and have no position yet
    pending_since: datetime | None  # recorded time of the oldest of those; None: there is none


@dataclass(frozen=True, kw_only=True, slots=True)
class Stored:
    """One event as it lies in the log."""

    stream: str
    version: int
    body: bytes
    position: int | None = None  # None: not sequenced yet


@dataclass(frozen=True, kw_only=True, slots=True)
class Narrowing:
    """Cases that a scheme leaves to some: by kind, tier and state, and where one is among those."""

    kind: str
    tier: str  # "": the kind has none
    state: str
    units: tuple[tuple[str, tuple[str, ...]], ...]  # a party, and which units it may be
    subject: tuple[str, ...] | None = ()  # at which units whom they are about sees them; None: any
    several: bool = False  # whether it is a state with several desks
    # Where they serve whom it may be about: there it is shown by no post of theirs, unless the unit
    # itself is one of these parties.
    own_units: tuple[str, ...] = ()
    parties: tuple[str, ...] = ()
    cycles: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """Cases in which a scheme gives somebody a part: by kind and tier, and by whose unit it is."""

    kind: str
    tier: str  # "": the kind has none
    units: tuple[tuple[str, tuple[str, ...]], ...]  # a party, and at which units they serve it
    stages: tuple[str, ...] = ()  # of audits
    about: tuple[str, tuple[str, ...]] | None = None  # those about a person at some units as well
    cycles: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class About:
    """Cases that are or were about a person, themselves or one of the *depth* above them."""

    person: str
    depth: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Seats:
    """Where what waits for somebody lies: desks of their posts, and desks of their own."""

    person: str
    desks: tuple[tuple[str, str], ...] = ()
    own: tuple[tuple[str, str], ...] = ()  # where a desk of their own may lie: all posts ever
    # They were handed to a deputy, with what of *person*'s own lies there; not what is about them.
    handed_to: About | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Several:
    """The states of a kind, in one round, in which a case lies on more than one desk."""

    cycle: str
    kind: str
    states: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class View:
    """What lists show to one voice: any one of these, and nothing that is left to others."""

    units: tuple[str, ...] | None = None  # with all below them; None: everything
    own_units: tuple[str, ...] = ()  # exactly these
    person: str | None = None  # what is about them
    seats: Seats | None = None
    parts: tuple[Part, ...] = ()  # in which a scheme gives them something to do
    narrowed: tuple[Narrowing, ...] = ()  # left out, but for who is among those, or holds a desk


@dataclass(frozen=True, kw_only=True, slots=True)
class Sieve:
    """Which notices of an inbox are asked for; all given conditions hold together."""

    unread: bool = False
    kind: str = ""  # "": of any
    notice: str = ""  # "": all of them
    # What asks to be acknowledged, where its case still lies in the state that it was told of.
    asks: bool = False


ALL = Sieve()


@dataclass(frozen=True, kw_only=True, slots=True)
class ListQuery:
    """Which cases, in which order. All given conditions hold together."""

    # Who asks: what they may see, within one subtree in any case.
    within: str | None = None
    views: tuple[View, ...] = (View(),)
    several: tuple[Several, ...] = ()
    # What is asked for.
    kind: str | None = None  # of case; None: any
    kinds: tuple[str, ...] = ()  # any of these
    cycle: str | None = None
    cycles: tuple[str, ...] = ()  # any of these
    numbers: tuple[str, ...] = ()  # any of these
    states: tuple[str, ...] = ()
    tier: str | None = None
    unit: str | None = None  # with its subtree
    at: str | None = None  # exactly this unit
    person: str | None = None
    holder_unit: str | None = None
    held_by: tuple[Seats, ...] = ()  # any of these
    overdue_at: datetime | None = None  # due_at <= this
    not_overdue_at: datetime | None = None
    due_before: datetime | None = None
    due_after: datetime | None = None
    suspended: bool | None = None
    entered_after: datetime | None = None  # its present state, at this instant or later
    fired: tuple[str, ...] = ()  # at least one of these triggers was, ever
    ids: tuple[str, ...] | None = None  # any of these; None: whichever
    # Some notice since the case entered its present state is of these kinds and outcomes:
    notice_kinds: tuple[str, ...] = ()  # reminder, escalation, urge; empty: any kind
    notice_outcomes: tuple[str, ...] = ()  # sent, failed, unknown, not_sent; empty: any outcome
    notices_after: datetime | None = None  # and was decided at this instant or later
    # Search: the number begins or ends with *text*, or the person is one of *persons*, or the
    # unit is one of *units*.
    text: str | None = None
    persons: tuple[str, ...] = ()
    units: tuple[str, ...] = ()  # exact, without their subtrees
    # number, due_at, entered_at, state, holder (the unit); backwards with a "-"; ties by id.
    sort: str = "number"
    stages: tuple[str, ...] = ()  # what `state` sorts by: states in order, others after them
    limit: int = 50
    after: tuple[str, str] | None = None  # (sort value, id) of the last row of the page before


@dataclass(frozen=True, kw_only=True, slots=True)
class Page:
    """One page of a list."""

    cases: tuple[Case, ...]
    next: tuple[str, str] | None
    total: int
    first: tuple[str, str] | None = None  # where it begins; None: nothing is there


@dataclass(frozen=True, kw_only=True, slots=True)
class Sum:
    """What is counted of the cases that have something in common."""

    key: str  # a state, a unit, the stream of the case they belong to, or who holds them
    number: str  # the first of theirs
    unit: str  # the first of theirs, by name
    n: int
    n_done: int
    n_late: int  # over their day, the clock running


@dataclass(frozen=True, kw_only=True, slots=True)
class RankQuery:
    """Which cases are put on places under one grading, and which page of them is told."""

    cases: ListQuery  # its order and its page count for nothing
    grading: str
    order: tuple[str, ...]  # its grades, the best first
    counting: tuple[tuple[str, tuple[str, ...]], ...]  # by tier, the states of those that count
    first: int = 0  # how many go before the page
    after: str | None = None  # or the case that the page before ended with
    limit: int = 50


@dataclass(frozen=True, kw_only=True, slots=True)
class Alike:
    """By what cases are told apart for somebody, when it is asked which of them show them more."""

    person: str
    units: tuple[str, ...]  # where they ever had a post: others are one to them
    # The parties that count, each with those of these units that may be it where it is not named.
    parties: tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Placed:
    """One page of places; nothing is on a page that is not there, and the sums are not known."""

    places: tuple[Place, ...]
    first: int  # how many go before
    total: int
    n_graded: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Stretch:
    """Which part of the log is meant: of which streams, recorded from when and until when."""

    streams: tuple[str, ...] = ()  # (): all
    since: datetime | None = None
    until: datetime | None = None  # and not at it

    def holds(self, at: datetime) -> bool:
        """Tell whether what was recorded *at* an instant is meant."""
        return (self.since is None or self.since <= at) and (self.until is None or at < self.until)


EVERYTHING = Stretch()


class Reads(Protocol):
    """Everything asked of the read model and the log, each bounded and by index."""

    def list_cases(self, query: ListQuery, total: int | None = None) -> Page:
        """Return one page of a list; *total* is how long it is, where that is known."""
        ...

    def count_each(self, queries: Sequence[ListQuery]) -> Sequence[int]:
        """Return the total of each query's list, in one statement."""
        ...

    def count_by_state(self, cycle: str) -> Mapping[tuple[str, str], int]:
        """Return {(tier, or kind where it has none, state): n} of one cycle."""
        ...

    def count_moves(self, cycle: str) -> int:
        """Return how many events the cases of one cycle have had: with each of them it grows."""
        ...

    def count_cases(self, query: ListQuery) -> int: ...
    def places(self, asked: RankQuery) -> Placed:
        """Return one page of cases on their places; one statement."""
        ...

    def graded(self, asked: RankQuery, party: str) -> list[tuple[str, Ranked]]:
        """Return all cases of *asked*, whatever page, each with the unit of its *party*."""
        ...

    def one_of_each(self, query: ListQuery, alike: Alike) -> Sequence[tuple[str, int]]:
        """Return one case of each sort, and how many are of it: in tier, state and as *alike* says.

        A case that is or was about their person, or may have been, is a sort by itself.
        """
        ...

    def first_of_each(self, query: ListQuery, most: int) -> Sequence[str]:
        """Return at most *most* ids: of each kind, tier and state those due first, in turn.

        The one question here that walks whatever *query* finds: ask it of one round.
        """
        ...

    def heat(self, query: ListQuery, level: int) -> Sequence[tuple[str, str, int]]:
        """Return (unit at depth *level* of the path, state, n) for the cases of *query*."""
        ...

    def count_by_due(self, query: ListQuery) -> Sequence[tuple[datetime, int]]:
        """Return (deadline, n) for the cases of *query* that have one, the earliest first."""
        ...

    def sums(
        self,
        asked: Sequence[tuple[ListQuery, str]],
        done: Sequence[str],
        now: datetime,
        limit: int,
    ) -> list[list[Sum]]:
        """Return the cases of each query counted by state, unit, of or holder, the latest first.

        One statement for all of them.
        """
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

    def first_events(self, streams: Sequence[str]) -> list[Stored]:
        """Return the first event of each of *streams*, in no order; one statement."""
        ...

    def texts(self, hashes: Sequence[bytes]) -> Mapping[bytes, Text]: ...
    def intervals(self, case: str) -> list[Mapping[str, Any]]:
        """Return the intervals of a case, oldest first."""
        ...

    def latest_notices(self, cases: Sequence[str]) -> Mapping[str, NoticeRow]: ...
    def latest_events(self, cases: Sequence[str]) -> Mapping[str, Stored]:
        """Return the last event of each case's own stream."""
        ...

    def count_notices(self, query: ListQuery, outcomes: Sequence[str], kinds: Sequence[str]) -> int:
        """Return of how many cases of *query* some notice has one of these outcomes and kinds."""
        ...

    def inbox(
        self, person: str, limit: int, after: tuple[str, str] | None, sieve: Sieve = ALL
    ) -> list[Mapping[str, Any]]:
        """Return those of a person's notices that *sieve* lets by, unread first, then newest."""
        ...

    def count_unread(self, person: str, most: int) -> int:
        """Return how many of a person's notices are unread; counts no further than *most*."""
        ...

    def told(self, person: str, notices: Sequence[str]) -> Mapping[str, NoticeRow]:
        """Return by id those of *notices* that *person* was told."""
        ...

    def mark_read(self, person: str, notices: Sequence[str], at: datetime) -> None:
        """Mark notices in the inbox of *person* as read; others and those already are left."""
        ...

    def cycle(self, cycle_id: str) -> CycleRow | None: ...
    def cycles(self) -> list[CycleRow]: ...
    def in_cycles(self, scheme: str, label: str) -> Mapping[str, str]:
        """Return {unit: cycle} of all units in the rounds of *scheme* called *label*."""
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

    def versions(self) -> tuple[int, int]:
        """Return how far the organisation has come, and how many rulings (`Standing`) there are."""
        ...

    def people(self, ids: Sequence[str]) -> Mapping[str, Mapping[str, str]]:
        """Return {id: details} (name, e-mail …); erased or unknown people are missing."""
        ...

    def languages(self, ids: Sequence[str]) -> Mapping[str, str]:
        """Return {id: language} of who chose one to be written to in."""
        ...

    def find_people(self, is_meant: Callable[[str], bool], limit: int) -> list[str]: ...
    def log_page(self, after: int, limit: int) -> list[tuple[int, bytes, bytes]]:
        """Return (position, leaf hash, body), positions contiguous from *after* + 1."""
        ...

    def newest_of(
        self, sort: str, before: int | None, limit: int, stretch: Stretch = EVERYTHING
    ) -> tuple[list[Stored], int | None]:
        """Return events of cases that end before a position, the newest first, of one *sort*.

        all, acts (of the cases' own streams), notices or refused. Only a bounded stretch of the log
        is walked: the second is where the next begins to be walked, None where there is no more.
        """
        ...

    def log_head(self) -> LogHead:
        """Return the log's end, all of it as it was at one instant."""
        ...
