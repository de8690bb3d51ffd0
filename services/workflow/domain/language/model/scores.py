"""Scores, grades, polls, draws, and what follows from them (§5)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from schemas.draw_number import Group
from services.workflow.domain.language.model.documents import Named
from services.workflow.domain.language.model.parties import Grant
from services.workflow.domain.language.model.placed import Placed
from services.workflow.domain.language.model.where import EVERYWHERE, Where

Share = tuple[int, int]  # [1, 3]: a third


@dataclass(frozen=True, slots=True)
class FlagWord(Named):
    """A flag that a case may bear; *listed*: the round's report names the cases that do."""

    listed: bool = False


@dataclass(frozen=True, slots=True)
class Part(Placed):
    """A part of a component, with its weight in it."""

    name: str
    weight: Decimal
    label: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Component(Placed):
    """A figure between 0 and 100 that a grade is made of."""

    name: str
    label: str
    poll: str = ""  # it is the result of this poll; "": a trigger takes it
    parts: tuple[Part, ...] = ()
    clause: str = ""
    seen_by: tuple[Grant, ...] = ()
    until: str = ""  # the state from which whoever sees the case sees it; "": never
    tiers: Mapping[str, "Component"] = field(default_factory=dict)  # where a tier's differs

    def of_tier(self, tier: str | None) -> "Component":
        return self.tiers.get(tier or "", self)

    @property
    def is_left_to_some(self) -> bool:
        """Whether not everybody sees it, always and everywhere, who sees the case."""
        return any(one.seen_by for one in (self, *self.tiers.values()))


@dataclass(frozen=True, kw_only=True, slots=True)
class Grade(Placed):
    """A grade; which of the two figures it has depends on how the grading goes."""

    name: str
    label: str = ""
    least: Decimal | None = None  # `from`, inclusive: of bands; the worst has none
    share: Share | None = None  # of votes for it or better; the worst has none


@dataclass(frozen=True, kw_only=True, slots=True)
class Grading(Placed):
    """How cases are graded: by bands of a weighted sum, by a body's decision, or by votes."""

    name: str
    label: str
    by: Literal["bands", "decision", "votes"]
    grades: tuple[Grade, ...]  # best first
    weights: Mapping[str, Decimal] = field(default_factory=dict)  # `of`: of bands, by component
    of: str = ""  # of votes: the component whose poll is counted
    clause: str = ""
    where: Where = EVERYWHERE
    tiers: Mapping[str, "Grading"] = field(default_factory=dict)

    def of_tier(self, tier: str | None) -> "Grading":
        return self.tiers.get(tier or "", self)


@dataclass(frozen=True, slots=True)
class Point(Placed):
    """One choice on a slip: a grade, and what it counts."""

    grade: str
    points: Decimal


@dataclass(frozen=True, slots=True)
class Range(Placed):
    """A slip takes a figure: `scale: {from: 0, to: 100}`."""

    least: int
    most: int
    step: Decimal = Decimal(1)  # between two figures that may be given


@dataclass(frozen=True, slots=True)
class Electors(Placed):
    """Some of an electorate: those a grant names, where the anchor unit matches."""

    grant: Grant
    where: Where = EVERYWHERE


@dataclass(frozen=True, kw_only=True, slots=True)
class Electorate(Placed):
    """Who votes together: people found on the day, or a roster a trigger takes."""

    name: str
    label: str = ""
    people: tuple[Electors, ...] = ()
    roster: bool = False
    weight: Decimal = Decimal(1)
    where: Where = EVERYWHERE


@dataclass(frozen=True, kw_only=True, slots=True)
class Poll(Placed):
    """A poll: held in a state of a `one_for` kind, over the cases of a link."""

    name: str
    label: str
    held_by: str  # a kind
    state: str  # `in`: entering it freezes who is covered and who may vote
    covers: str  # a link of *held_by*
    sheet: tuple[Named, ...]  # the questions asked about each
    scale: tuple[Point, ...] | Range
    electorates: tuple[Electorate, ...]
    drop_each_end: Decimal = Decimal(0)
    secret: bool = True
    comments: bool = False
    without_ballots: Literal["refuse", "redistribute"] = "refuse"  # an electorate that casts none
    blanks: Literal["counted", "refused"] = "counted"  # an answer left out on purpose
    at_most: Mapping[str, Share] = field(default_factory=dict)  # of those covered, by grade
    tiers: Mapping[str, "Poll"] = field(default_factory=dict)

    def of_tier(self, tier: str | None) -> "Poll":
        return self.tiers.get(tier or "", self)


@dataclass(frozen=True, slots=True)
class Figures(Placed):
    """Figures of a public number that are drawn together."""

    count: int
    least: int
    most: int
    as_drawn: bool = False  # in the order in which they fell, with repeats; else ascending


@dataclass(frozen=True, kw_only=True, slots=True)
class Source(Placed):
    """Where a public number comes from, or several joined, and how it is written."""

    name: str
    label: str
    figures: tuple[Figures, ...]

    @property
    def groups(self) -> tuple[Group, ...]:
        """The format of its numbers."""
        return tuple(
            Group(one.count, one.least, one.most, not one.as_drawn) for one in self.figures
        )


@dataclass(frozen=True, slots=True)
class DrawnModes(Placed):
    """The modes that the trigger of a draw sets."""

    drawn: str
    reserves: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Draw(Placed):
    """A draw: of the cases it is among, a share; each drawn is told by its trigger."""

    name: str
    label: str
    run_by: str  # a kind
    kind: str  # `among.case`
    share: Share
    fires: str  # a trigger of *kind*
    tiers: tuple[str, ...] = ()  # `among.tier`; empty: all
    where: Where = EVERYWHERE  # `among.where`
    numbers: tuple[Source, ...] = ()  # public sources, of which the freeze names one
    modes: DrawnModes | None = None  # where its trigger sets the mode that its data say
    leave_out: bool = False  # some may be left out, always with a reason
    reasons: tuple[Named, ...] = ()  # for leaving out, and for exempting later
    always: tuple[Where, ...] = ()  # these are taken without a ticket
    sets_order: bool = False  # `sets: order`: the tickets say who comes first


@dataclass(frozen=True, kw_only=True, slots=True)
class Consequence(Placed):
    """What follows from grade, flags and mode in force: one of *opens*, *bars*, *proposes*.

    What is proposed a person decides: in a case that it *opens*, where the scheme has one for it.
    """

    where: Where
    clause: str = ""
    kind: str = ""  # `case`: of which kind; "": every kind that has a grade, flag or mode named
    opens: str = ""  # a kind whose cases are children
    bars: Named | None = None
    proposes: Named | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Cap(Placed):
    """A limit on the grade of those *where* names."""

    where: Where
    at_best: str
    grading: str = ""  # `of`; "": every grading that has the grade
    clause: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Quota(Placed):
    """At least, or at most, a share of the cases among a party has one of these grades."""

    name: str
    grades: tuple[str, ...]
    among: str  # a party of units: the cases that share it
    at_least: Share | None = None
    at_most: Share | None = None
    grading: str = ""  # `of`
    clause: str = ""
