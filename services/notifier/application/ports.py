"""What the use cases need of the outside.

The one idea: effects and the position they were caused by are kept in one transaction. A feed only
reads; where to read on from is in the notifier's own database and is handed to the feed at start,
so a crash anywhere repeats reading and never an effect.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from services.notifier.domain.gate import Gate
from services.notifier.domain.reading import Head, Reading
from services.notifier.domain.wording import CHINESE


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
    language: str = CHINESE  # what they read


@dataclass(frozen=True, kw_only=True, slots=True)
class Remark:
    """How one thing begins that was said where a case was sent back; never stored here."""

    text: str
    part: str = ""  # what it points at
    paragraph: int = 0  # 0: at no paragraph


@dataclass(frozen=True, kw_only=True, slots=True)
class Said:
    """What was said where a case was sent back, as far as its reader may be shown it."""

    remarks: tuple[Remark, ...]
    more: int = 0  # that are not among them


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


@dataclass(slots=True)
class GateChange:
    """The gate of one channel while nobody else changes it; what is put here is kept."""

    gate: Gate


class Gates(Protocol):
    """The gates of all channels, shared by every process."""

    def changing(self, name: str) -> AbstractContextManager[GateChange]:
        """Open a transaction that holds the gate of the channel *name*.

        Raises:
            StoreUnavailable: nothing was changed.
        """
        ...

    def all(self) -> Mapping[str, Gate]:
        """Return the gates that anything has gone through, by channel."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Way:
    """A channel that is open here, and which of a person's addresses it takes."""

    channel: Channel
    address: str  # `email` and the like; empty: it takes none
    must_have: bool = True  # whether nothing can be sent without that address
    # Asked before a message is marked as on its way; raises ChannelShut.
    ask: Callable[[], None] = lambda: None

    @property
    def is_of_one_person(self) -> bool:
        """Whether nobody else reads what is sent by it, as all of a group do."""
        return bool(self.address) and self.must_have


@dataclass(frozen=True, kw_only=True, slots=True)
class Moved:
    """What importing a calendar would move."""

    # What the event would say that moves deadlines of a case, by stream.
    cases: Mapping[str, Mapping[str, Any]]
    beyond: tuple[tuple[str, str], ...] = ()  # numbers of cases, each with a day it has no table of


NOTHING_MOVES = Moved(cases={})
RECORDED_OTHERWISE = 208  # "already reported"


@dataclass(frozen=True, slots=True)
class Recorded:
    """What the workflow answers for one notice.

    The status: 201 recorded now, 200 known before, RECORDED_OTHERWISE known with another outcome,
    503 to be tried again, anything else refused for good. *outcome* and *reason* are those that
    stand of one known otherwise; empty: a workflow of a release before does not say.
    """

    status: int
    outcome: str = ""
    reason: str = ""


class Workflow(Protocol):
    """The calls to the workflow service, none on the planning path."""

    def text(self, hash_: str) -> bytes | None:
        """Return the canonical text of a scheme, policy or calendar; None: it is not to be had.

        Raises:
            WorkflowUnavailable, WorkflowRefused
        """
        ...

    def words(self, hash_: str, language: str) -> Mapping[str, str]:
        """Return what *language* says for words of the scheme under *hash_*, as far as it does.

        Raises:
            WorkflowUnavailable, WorkflowRefused: as one of the release before does.
        """
        ...

    def people(self, ids: Sequence[str]) -> Mapping[str, Person]:
        """Return the people known under *ids*; erased or unknown ones are missing.

        Raises:
            WorkflowUnavailable, WorkflowRefused
        """
        ...

    def said(self, person: str, came: Mapping[str, int]) -> Mapping[str, Said]:
        """Return what was said to *person* where cases came back, by stream.

        *came* has up to 50, each with the version by which it came back. Missing is what was
        erased or is not theirs, and what has gone on since.

        Raises:
            WorkflowUnavailable, WorkflowRefused: as one of the release before does.
        """
        ...

    def record(self, notices: Sequence[Mapping[str, object]]) -> Mapping[str, Recorded]:
        """Report up to 500 notices; return {notice id: what came of it}.

        Raises:
            WorkflowUnavailable, WorkflowRefused
        """
        ...


class SetsDeadlines(Workflow, Protocol):
    """The workflow, asked besides what becomes of deadlines: they are its to set."""

    def moved_deadlines(self, calendar: bytes) -> Moved:
        """Return which deadlines importing a *calendar*, a canonical text, would move.

        Raises:
            WorkflowUnavailable, WorkflowRefused: as one of the release before does.
        """
        ...
