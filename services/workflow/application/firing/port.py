"""What the write loop needs of a store: heads read together, and writes that are all or nothing.

The caller decides everything before it writes. A `Write` says what was looked at, so a store only
has to compare that again, and let one of two writers have each version, place and number.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple, ParamSpec, Protocol, TypeVar

from services.workflow.application.ports import Append, Bulk, Key, SideStream, Text
from services.workflow.domain.case.head import Case
from services.workflow.domain.case.sights import Sight, Steps
from services.workflow.domain.case.world import Heads, Place, Row

Given = ParamSpec("Given")
Result = TypeVar("Result")


@dataclass(kw_only=True, slots=True)  # one for every command
class Wanted:
    """What one command needs to read before it can be decided.

    *case* is a stream, or an id where the kind is not known; of what is to be opened its parent's,
    or "" and the *cycle*.
    """

    case: str = ""
    cycle: str = ""
    client: str = ""
    key: str = ""
    steps: Steps = field(default_factory=dict)  # from the case on: what is looked at besides it
    sights: frozenset[Sight] = frozenset()  # what is looked at besides, wherever the case stands
    whole: bool = False  # the whole round: where all of its cases are asked about


@dataclass(frozen=True, kw_only=True, slots=True)
class Used:
    """An idempotency key that was used before, and the event it is kept on."""

    key: Key
    stream: str
    version: int
    body: bytes


@dataclass(frozen=True, kw_only=True, slots=True)
class Standing:
    """What was read for a wave of commands, as of one instant.

    *heads* holds the wanted cases and what was wanted of others; a decision that looks further is
    told that this was not read (`Unread`), and can be decided when it was.
    """

    heads: Mapping[str, Heads]  # by cycle
    used: Mapping[tuple[str, str], Used] = field(default_factory=dict)  # by client and key
    organisation_version: int = 0
    # Editions of calendars, and closings of rounds, so far: a round follows the newest of its id.
    rulings: int = 0
    # Grows with every change of a token: a cached token is stale when it moved.
    identity_version: int = 0

    def case(self, name: str) -> Case | None:
        """Return the case of a stream, or of an id."""
        for heads in self.heads.values():
            if name in heads.cases:
                return heads.cases[name]
        if not name or "/" in name:
            return None
        cases = (case for heads in self.heads.values() for case in heads.cases.values())
        return next((case for case in cases if case.id == name), None)


def case_named(case_id: str, kind: str | None) -> str:
    """Return what a case is asked for by: its stream where it may be of one *kind* alone."""
    return case_id if kind is None else f"{kind}/{case_id}"


@dataclass(kw_only=True, slots=True)  # one for every command
class Event:
    """One event to be written, sealed, with the head it leads to."""

    stream: str
    version: int  # taken only if the stream stands at version - 1
    type: str
    recorded_at: datetime
    body: bytes
    after: Case
    before: Case | None = None  # None: it opens the case
    texts: tuple[Text, ...] = ()
    files: tuple[tuple[str, str], ...] = ()  # that it names for good: document and hash


@dataclass(kw_only=True, slots=True)  # one for every command
class Write:
    """Everything one command writes: all of it or nothing."""

    cycle: str
    events: tuple[Event, ...]  # the command's own first, effects after their cause
    versions: Mapping[str, int] = field(default_factory=dict)  # of other streams, as looked at
    touched: Mapping[Row, int] = field(default_factory=dict)  # counts, as looked at
    touches: frozenset[Row] = frozenset()  # counts it moves by one
    slots: Mapping[Place, tuple[str | None, str | None]] = field(default_factory=dict)
    numbers: Mapping[str, tuple[int, int]] = field(default_factory=dict)  # counter: before, after
    root: str = ""  # the topmost unit, below which numbers are counted
    running: str = ""  # the round that it begins something in: lost where that was closed
    key: Key | None = None

    def looked_at(self) -> Iterator[Row]:
        """Yield the rows it compares: it is lost where one of them has moved."""
        yield from self.versions
        yield from self.touched
        yield from self.sets()

    def sets(self) -> Iterator[Row]:
        """Yield the rows it moves, but for those it only counts on."""
        yield from (event.stream for event in self.events)
        yield from self.slots
        yield from self.numbers

    def holds_after(self, before: "Write") -> bool:
        """Tell whether it may be written after *before*, though it was decided beside it.

        Two may count on one row. Who counts on what moved is recorded after that, and so is decided
        again.
        """
        if not before.touches.isdisjoint(self.looked_at()):
            return False
        return {*before.sets()}.isdisjoint((*self.looked_at(), *self.touches))


class CaseStore(Protocol):
    """Two round trips and one commit for any number of commands.

    What is no event of a case's own stream (refusals, notices, notes) comes as an `Append`, with
    neither *before* nor *after*, and shares the statement.
    """

    def standing(self, wanted: Sequence[Wanted]) -> Standing:
        """Return what the commands need, in one statement."""
        ...

    def families(self, cases: Sequence[str]) -> Mapping[str, str]:
        """Return the family of each case that there is, a stream or an id, in one statement."""
        ...

    def side_streams(self, streams: Sequence[str], since: datetime) -> Mapping[str, SideStream]:
        """Return where refusals or notices streams stand, in one statement."""
        ...

    def append(self, batch: Sequence[Write | Append]) -> list[bool]:
        """Write what still holds, in as few commits as can be; False where a write lost.

        Writes of one family follow each other, and so do appends of one stream.

        Raises:
            OutcomeUnknown: the connection was lost while the statement was under way.
            StoreUnavailable: nothing was sent.
        """
        ...

    def append_all(self, writes: Sequence[Write]) -> bool:
        """Write what several commands write, in one transaction; False: one lost its race.

        None of them looks at what another moves.
        """
        ...

    def write(self, bulk: Bulk, cases: Write | None = None) -> bool:
        """Write a round with its cases, or an import, in one transaction; False: a lost race."""
        ...


DeadlinePlace = tuple[datetime, str]  # when it is, and the id of the case


class Deadline(NamedTuple):
    """A case that something is due in, and when: they are gone through in that order."""

    due_at: datetime
    case: str  # its id
    stream: str
    cycle: str

    @property
    def place(self) -> DeadlinePlace:
        """Where it stands among them."""
        return self.due_at, self.case


class WorkList(Protocol):
    """Which cases replanning has to ask about; each page one statement, of open cases alone."""

    def deadlines(self, after: DeadlinePlace | None, most: int) -> list[Deadline]:
        """Return the next deadlines after that place, the earliest first."""
        ...

    def waiting_for_moved(self, since: datetime, after: str, most: int) -> list[str]:
        """Return streams, after that id of a case in their order, whose source moved since then.

        A source is a case that told one of their deadlines, and has moved on from the version it
        told it at; or what may stand by now where none stood.
        """
        ...


class CaseRounds(Protocol):
    """The statements of `CaseStore` that a round needs; each raises what that does."""

    async def standing(self, wanted: Sequence[Wanted]) -> Standing:
        """Return what the commands need, in one statement."""
        ...

    async def side_streams(
        self, streams: Sequence[str], since: datetime
    ) -> Mapping[str, SideStream]:
        """Return where refusals streams stand, in one statement."""
        ...

    async def append(self, batch: Sequence[Write | Append]) -> list[bool]:
        """Write what still holds, in their order; False where a write lost."""
        ...

    async def elsewhere(
        self, function: Callable[Given, Result], *given: Given.args, **named: Given.kwargs
    ) -> Result:
        """Return what *function* returns, which may wait for the database."""
        ...
