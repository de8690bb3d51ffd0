"""One case: where it stands. A fold over the events of its own stream, whatever its kind.

The names are those of the first format's review, and more of them: desks are several, a deadline
knows what it was computed from, and what was filed, scored, signed and reached is kept by the name
the scheme gave it. Nothing here asks the scheme: every event says in full what it did.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from schemas.canonical import write_plain
from schemas.draw import ENOUGH
from services.workflow.domain.data.texts import committed

_NEVER = datetime.max.replace(tzinfo=UTC)
OPEN = ""  # what `final` says of a case whose life goes on


@dataclass(frozen=True, kw_only=True, slots=True)
class Source:
    """A stream that told a day, as it was then: a linked case, or the round.

    A link that leads nowhere yet is a source too, without a stream and at version 0.
    """

    link: str
    stream: str | None = None
    version: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Awaited:
    """The day a deadline waits for, which is not known yet."""

    link: str  # "" where it is a mark of the case itself
    mark: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Due:
    """When something is due, and how that came about."""

    at: datetime | None = None  # the local midnight that ends the due day
    rule: Mapping[str, Any] | None = None  # the simple one that gave the day
    calendar: tuple[str, str] | None = None  # id and hash, where working days were counted
    sources: tuple[Source, ...] = ()
    by_hand: bool = False  # set by somebody: it stays until the state is left
    waits_for: Awaited | None = None
    raised_from: date | None = None  # what the rule gave, when that was too near


NO_DUE = Due()


@dataclass(frozen=True, kw_only=True, slots=True)
class Holder:
    """One desk a case lies on: waiting time is charged to it."""

    unit: str
    role: str
    person: str | None = None  # only where the desk is a person's own
    desk: str = ""  # its name, where the state has several
    due: Due = NO_DUE
    vacant: bool = False  # nobody who is no subject holds any of its roles

    @property
    def due_at(self) -> datetime | None:
        return self.due.at


@dataclass(frozen=True, kw_only=True, slots=True)
class Audit:
    """One audit this case passes, pinned when it was opened."""

    stage: str  # the state in which it happens
    body: str  # the unit that audits


@dataclass(frozen=True, kw_only=True, slots=True)
class Link:
    """Where a link leads, pinned when the case was opened: the kind, and from where."""

    name: str
    kind: str  # of the cases it leads to
    way: str  # slot, children, anchor, back or of: how they are found
    unit: str | None = None  # of a slot or an anchor
    back: str = ""  # the link of the others that leads here

    @property
    def empty(self) -> bool:
        """Whether it would lead to the case itself, and so leads to none for good."""
        return self.way == "slot" and self.unit is None


@dataclass(kw_only=True, slots=True)  # some for every command
class Reached:
    """When a state was last entered."""

    effective_at: datetime
    recorded_at: datetime


@dataclass(kw_only=True, slots=True)  # one for every command
class Filed:
    """The version of a document that is in force."""

    version: int
    submitter: str | None
    rows: Mapping[int, Mapping[str, Any]] = field(default_factory=dict)  # number -> values
    texts: Mapping[int, Mapping[str, Any]] = field(default_factory=dict)  # number -> commitment
    paragraphs: Mapping[str, int] = field(default_factory=dict)  # of parts that are pointed at
    # What its filing says of it: until that is sealed, texts in it are not committed.
    told: Mapping[str, Any] | None = field(default=None, repr=False, compare=False)
    hash: str = field(default="", repr=False, compare=False)  # where *told* is not at hand

    @property
    def sha256(self) -> str:
        """The hash of what its filing says of it, and so of every text and file in it."""
        if self.told is None:
            return self.hash
        plain = committed(self.told, _not_sealed_yet)
        return hashlib.sha256(write_plain(plain)).hexdigest()


def _not_sealed_yet(_text: str) -> Mapping[str, Any]:
    raise LookupError("what was filed just now has no hash before it is sealed")


@dataclass(frozen=True, kw_only=True, slots=True)
class Given:
    """A component's figure, and who recorded it."""

    figure: Decimal | None  # as it is read; None: votes for grades, not a figure
    exact: Fraction | None = None  # what is computed with, where that is another
    parts: Mapping[str, Decimal] = field(default_factory=dict)
    votes: Mapping[str, int] = field(default_factory=dict)
    n_valid: int = 0  # of all votes
    by: str | None = None

    @property
    def value(self) -> Fraction | None:
        """The figure before any rounding."""
        if self.exact is not None or self.figure is None:
            return self.exact
        return Fraction(self.figure)


@dataclass(frozen=True, kw_only=True, slots=True)
class Graded:
    """The grade in force under one grading."""

    name: str
    figure: Decimal | None = None  # it came from; None: decided by a body
    uncapped: str | None = None  # what it would be, where a limit took it down


@dataclass(frozen=True, kw_only=True, slots=True)
class Signature:
    """A desk that has signed in this stay, and who did."""

    desk: str
    person: str | None


@dataclass(kw_only=True, slots=True)  # some for every command
class Verdict:
    """What was said of a case in a state, and by whom."""

    passed: bool
    person: str | None
    body: str | None = None  # the unit it was said for
    about: Mapping[str, int] = field(default_factory=dict)  # versions that it passed, by document


@dataclass(frozen=True, kw_only=True, slots=True)
class Attested:
    """A printed checkpoint that somebody signed."""

    person: str | None
    recorded_at: datetime
    root: str  # hex


@dataclass(frozen=True, kw_only=True, slots=True)
class Entered:
    """A public number that somebody entered: what it is lies beside the log until it is drawn."""

    person: str | None
    commitment: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class Drawing:
    """How far a draw has got since it was frozen."""

    terms: Mapping[str, Any]  # the statement but for its size, as the event tells it
    size: int = 0  # of the log whose root counts; 0: not sealed
    statement: str = ""  # its hash
    attested: tuple[Attested, ...] = ()
    entered: tuple[Entered, ...] = ()
    order: tuple[str, ...] = ()  # units by their tickets; empty: not drawn
    out: tuple[str, ...] = ()  # units exempted since it was frozen

    @property
    def drawn_at(self) -> datetime:
        """When the public number is drawn."""
        return datetime.fromisoformat(self.terms["drawn_at"])

    @property
    def in_time(self) -> tuple[Attested, ...]:
        """The signatures that were recorded before the number could be known."""
        return tuple(one for one in self.attested if one.recorded_at < self.drawn_at)

    @property
    def is_undecided(self) -> bool:
        """Whether two have entered a number and nothing is drawn: they entered different ones.

        Or one of them stands in for the other; in either case somebody has to enter it again.
        """
        return not self.order and len({one.person for one in self.entered}) >= ENOUGH


@dataclass(frozen=True, kw_only=True)  # no slots: `changed` copies its dictionary as a whole
class Case:
    """The present state of one case of any kind."""

    id: str  # UUID, lower case
    kind: str  # the first part of its streams
    label: str  # of the kind, as people read it
    number: str
    cycle: str  # the round
    scheme: str  # hash of the scheme it runs under
    unit: str  # its anchor
    path: tuple[str, ...]  # unit ids from the root to *unit*, both included
    state: str
    version: int
    entered_at: datetime  # effective time at which *state* was entered
    effective_at: datetime  # of the last event; never decreases
    recorded_at: datetime  # of the last event
    opened_at: datetime
    initial: str
    of: str | None = None  # the stream of the case it belongs to
    family: str = ""  # the topmost case of that chain: key of partition
    unit_kind: str = ""  # of the anchor
    tier: str | None = None
    parties: Mapping[str, str] = field(default_factory=dict)  # name -> unit
    audits: tuple[Audit, ...] = ()
    links: tuple[Link, ...] = ()
    person: str | None = None  # the subject
    past_subjects: tuple[str, ...] = ()
    final: str = OPEN  # completed, abandoned, exempt, carried, no_longer
    holders: tuple[Holder, ...] = ()  # one per desk that has not signed, in the scheme's order
    due: Due = NO_DUE  # of the desk due first
    reached: Mapping[str, Reached] = field(default_factory=dict)
    forgot_at: datetime | None = None  # recorded, when it last forgot what was reached
    planned: Mapping[str, date] = field(default_factory=dict)
    documents: Mapping[str, Filed] = field(default_factory=dict)
    n_filed: Mapping[str, int] = field(default_factory=dict)  # versions so far, never forgotten
    n_rows: Mapping[str, int] = field(default_factory=dict)  # the last number given in a document
    components: Mapping[str, Given] = field(default_factory=dict)
    waived: frozenset[str] = frozenset()  # components taken out by decision
    grades: Mapping[str, Graded] = field(default_factory=dict)
    flags: frozenset[str] = frozenset()
    mode: str | None = None
    order: int | None = None
    values: Mapping[str, Any] = field(default_factory=dict)  # columns of the row it was made from
    row: tuple[str, int] | None = None  # document and number of the row it was made from
    because: str = ""  # the consequence that opened it
    carried_from: str = ""  # the number it had in the round before
    verdicts: Mapping[str, Verdict] = field(default_factory=dict)  # by state
    signatures: tuple[Signature, ...] = ()  # of this stay
    # Trigger -> everybody who did so (of people's coming and going: who did last), the last first;
    # the trigger of the latest at the end.
    fired: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    decisions: tuple[tuple[str, str], ...] = ()  # body and day
    numbers: Mapping[str, str] = field(default_factory=dict)  # single figures taken by triggers
    rosters: Mapping[str, int] = field(default_factory=dict)  # how many are on each
    listed: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)  # each one's commitment
    there: Mapping[str, int] = field(default_factory=dict)  # who of each is there: a bit a row
    moved: Mapping[str, int] = field(default_factory=dict)  # who ever came, went or was excused
    heard: frozenset[str] = frozenset()  # streams of the agenda that were gone through
    # What was given of kinds of datum without a field of their own: kind -> name -> its values.
    given: Mapping[str, Mapping[str, Mapping[str, Any]]] = field(default_factory=dict)
    drawing: Drawing | None = None  # of a case that runs a draw, once it was frozen
    tallies: frozenset[str] = frozenset()  # polls it held that are counted
    # The last event that was no signature of this stay, and not just somebody's coming or going.
    unsigned_version: int = 1
    suspended_at: datetime | None = None
    paused_days: int = 0  # working days suspended since *state* was entered

    @property
    def stream(self) -> str:
        return f"{self.kind}/{self.id}"

    @property
    def is_open(self) -> bool:
        return self.final == OPEN

    @property
    def suspended(self) -> bool:
        return self.suspended_at is not None

    @property
    def holder(self) -> Holder | None:
        """The desk that is due first; None in a final state."""
        return first_due(self.holders)

    @property
    def due_at(self) -> datetime | None:
        return self.due.at

    @property
    def subjects(self) -> frozenset[str]:
        """Everybody whom this case is, or ever was, about."""
        now = () if self.person is None else (self.person,)
        return frozenset((*now, *self.past_subjects))

    @property
    def submitters(self) -> frozenset[str]:
        """Who submitted a document that is in force."""
        filed = (one.submitter for one in self.documents.values())
        return frozenset(person for person in filed if person is not None)

    @property
    def awaits_seal(self) -> bool:
        """Whether its draw is frozen, and the next event of the log has to seal it."""
        return self.drawing is not None and not self.drawing.size

    def link(self, name: str) -> Link | None:
        return next((link for link in self.links if link.name == name), None)


FIELDS = frozenset(one.name for one in fields(Case))


def changed(case: Case, values: Mapping[str, Any]) -> Case:
    """Return *case* with *values* in place of what it had, at a tenth of the constructor's price.

    Every command makes at least one.
    """
    made = object.__new__(Case)
    object.__setattr__(made, "__dict__", {**vars(case), **values})
    return made


def first_due(holders: Iterable[Holder]) -> Holder | None:
    """Return the holder that is due first, the earlier one of several; None if there is none."""
    return min(holders, key=_by_due, default=None)


def _by_due(holder: Holder) -> datetime:
    return holder.due.at or _NEVER


def by_day(case: Case) -> tuple[bool, float, str]:
    """Return what puts *case* in order: what is due first, without a day last, then by number."""
    due = case.due_at
    return due is None, 0.0 if due is None else due.timestamp(), case.number
