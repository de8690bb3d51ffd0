"""The scheme: everything one file of rules says, resolved, checked, ready to run."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal
from zoneinfo import ZoneInfo

from services.workflow.domain.language.model.documents import Document, Named
from services.workflow.domain.language.model.lives import Kind, Life
from services.workflow.domain.language.model.parties import Grant, PeopleRule, UnitRule
from services.workflow.domain.language.model.placed import Placed
from services.workflow.domain.language.model.rosters import Roster
from services.workflow.domain.language.model.scores import (
    Cap,
    Component,
    Consequence,
    Draw,
    FlagWord,
    Grading,
    Poll,
    Quota,
)

Every = Literal["year", "quarter", "month", "on_request"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Round(Placed):
    """How often cases are opened, and for which label where it is for one round alone."""

    every: Every
    label: str = ""  # `for`: 2019, 2019-Q3, 2019-07; "": it may be opened again and again
    opens: date | None = None  # no fixed day may be before it
    ends: date | None = None  # None: a decision closes the round

    @property
    def once(self) -> bool:
        """Tell whether it is of one round: only then may it name days of the calendar."""
        return bool(self.label)


@dataclass(frozen=True, kw_only=True, slots=True)
class Parties(Placed):
    """What `parties` declares; a tier may give another rule to a name."""

    units: Mapping[str, UnitRule] = field(default_factory=dict)
    people: Mapping[str, PeopleRule] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class Carry(Placed):
    """Cases of the scheme followed that go on in this one."""

    kind: str  # `case`: their kind there
    states: tuple[str, ...]  # `in`: where they may stand
    ends: str  # the state they end in there
    new_kind: str  # `as`: their kind here
    columns: Mapping[str, str] = field(default_factory=dict)  # here -> there


@dataclass(frozen=True, kw_only=True, slots=True)
class Follows(Placed):
    """The scheme this one follows, and what it takes over."""

    scheme: str
    carries: tuple[Carry, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Scheme:
    """One scheme. Immutable; shared by threads."""

    id: str
    title: str
    notice: str  # number of the document it is taken from; "": none
    zone: ZoneInfo
    round: Round
    opened_by: tuple[Grant, ...]  # who opens a round; nobody: it opens no more
    closed_by: tuple[Grant, ...]  # who closes one; nobody is named: who opens it
    least_notice: int  # working days a replanned deadline leaves at least
    max_backdating: int  # days
    clients: frozenset[str]  # triggers that a client may fire in its own name
    words: Mapping[str, str]  # product, case, subject, hearing
    modes: tuple[Named, ...]
    flags: tuple[FlagWord, ...]
    parties: Parties
    kinds: Mapping[str, Kind]  # in the order of names
    documents: Mapping[str, Document]
    components: Mapping[str, Component]  # in the scheme's order
    gradings: Mapping[str, Grading]
    polls: Mapping[str, Poll]
    rosters: Mapping[str, Roster]
    draws: Mapping[str, Draw]
    consequences: tuple[Consequence, ...]
    caps: tuple[Cap, ...]
    quotas: Mapping[str, Quota]
    follows: Follows | None
    canonical: bytes = b""  # RFC 8785 of the document, as it was written; none while it is read
    hash: str = ""  # SHA-256 of *canonical*, hex
    spoken: str = ""  # SHA-256 of the words it is shown in; "": its own, which alone are hashed

    @property
    def closers(self) -> tuple[Grant, ...]:
        """Who decides that a round is over."""
        return self.closed_by or self.opened_by

    def lives(self) -> Iterator[tuple[Kind, Life]]:
        """Yield every life of every kind."""
        for kind in self.kinds.values():
            for life in kind.lives:
                yield kind, life

    def kept_until(self, grading: str, tier: str) -> frozenset[str]:
        """Return the states in which what a grade is made of is told, of figures that some miss."""
        whole = self.gradings.get(grading)
        one = None if whole is None else whole.of_tier(tier)
        names = () if one is None else (one.of, *one.weights)
        own = (self.components[name].of_tier(tier) for name in names if name in self.components)
        return frozenset(component.until for component in own if component.until)
