"""Kinds of case and their lives: states, desks, triggers, links (§1)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from services.workflow.domain.language.model.days import Due, Mark, Planned
from services.workflow.domain.language.model.machine import Ways
from services.workflow.domain.language.model.parties import (
    Desk,
    Grant,
    PartyRule,
    UnitRule,
    Until,
)
from services.workflow.domain.language.model.placed import Placed
from services.workflow.domain.language.model.triggers import Trigger
from services.workflow.domain.language.model.where import Where

End = Literal["completed", "abandoned", "exempt", "carried", "no_longer"]
ENDS: tuple[End, ...] = ("completed", "abandoned", "exempt", "carried", "no_longer")


@dataclass(frozen=True, kw_only=True, slots=True)
class State(Placed):
    """A state as one life knows it."""

    name: str
    label: str
    desks: tuple[Desk, ...] = ()  # none in final states only
    until: Until = "all"  # how many of several desks have to sign
    due: Due | None = None
    final: End | None = None
    waits: tuple[Mark, ...] = ()  # of other cases: what it waits for, instead of its holder's act
    planned: Planned | None = None  # its day is known, or set, before it is entered
    seen_by: tuple[Grant, ...] = ()  # empty: as the kind
    asks_nothing: bool = False  # whoever must answer such cases has nothing to answer here

    def has(self, desk: str) -> bool:
        """Tell whether the desk of this name is its own; others are there for what was asked."""
        return not desk or any(one.name == desk for one in self.desks)


@dataclass(frozen=True, slots=True)
class Audit(Placed):
    """One audit on the way of a case: the state it happens in, and whose it is."""

    stage: str
    body: UnitRule


@dataclass(frozen=True, kw_only=True)  # without slots: it keeps its ways
class Life(Placed):
    """The whole of what cases of one kind and tier go through; what the engine runs."""

    tier: str  # "": the kind has no tiers
    label: str
    unit_kinds: tuple[str, ...]  # of the anchor unit; empty: every kind
    initial: str
    states: Mapping[str, State]  # in the order of a case's life
    triggers: Mapping[str, Trigger]  # those that leave one of its states first
    audits: Mapping[str, tuple[Audit, ...]]  # by unit kind, in the order they are passed
    parties: Mapping[str, PartyRule]  # the scheme's, as this tier has them

    @property
    def letter(self) -> str:
        """What people call its tier by; "": that is a word of the scheme's text alone, or none."""
        return self.tier if self.tier == self.tier.upper() else ""

    def stages(self, unit_kind: str) -> tuple[str, ...]:
        """Return the audits that a case of a unit of *unit_kind* passes, in order."""
        return tuple(audit.stage for audit in self.audits.get(unit_kind, ()))

    def edges(self, unit_kind: str) -> Iterator[tuple[Trigger, str, str]]:
        """Yield every move of a case of a unit of *unit_kind*: by what, whence, where."""
        stages = self.stages(unit_kind)
        for trigger in self.triggers.values():
            for source in trigger.sources:
                for target in trigger.targets(source, stages):
                    yield trigger, source, target

    @cached_property
    def ways(self) -> Ways:
        """Where its triggers lead; made once, of a life that is known to be sound."""
        courses = dict.fromkeys(self.stages(unit_kind) for unit_kind in ("", *self.audits))
        return Ways(self.states, self.initial, self.triggers.values(), courses)

    @cached_property
    def granted(self) -> tuple[Grant, ...]:
        """Whom its triggers are granted to, each once; `by: desk` means whoever may hold one."""
        found = dict[Grant, None]()
        for trigger in self.triggers.values():
            found |= dict.fromkeys(grant for grant in trigger.by if not grant.cause)
            if trigger.by_desk:
                desks = (desk for name in trigger.sources for desk in self.states[name].desks)
                found |= dict.fromkeys(grant for desk in desks for grant in desk.grants())
        return tuple(found)

    def triggers_from(self, state: str) -> Iterator[Trigger]:
        """Yield the triggers that *state* allows."""
        return (trigger for trigger in self.triggers.values() if state in trigger.sources)

    @property
    def ends(self) -> Mapping[str, End]:
        """The final states, each with how the case has ended there."""
        return {state.name: state.final for state in self.states.values() if state.final}


@dataclass(frozen=True, kw_only=True, slots=True)
class Link(Placed):
    """How a case finds other cases of its round: one (a slot), or many.

    * `slot` (`{case, for: <party>}`): the current case of a `one_for` kind at the party's unit;
    * `unit` (`{case, of: <party>}`): the cases of a kind whose anchor is the party's unit;
    * `children` (`{children: <kind>}`), `parent` (`of`, which every child has);
    * `back` (`{case, back: <its link>}`): those whose own link leads here;
    * `peers` (`{peers: true}`): the other cases of the same kind and anchor.
    """

    name: str
    kind: str
    form: Literal["slot", "unit", "children", "parent", "back", "peers"]
    party: str = ""  # of `slot` and `unit`
    back: str = ""  # of `back`: the link's name in *kind*

    @property
    def many(self) -> bool:
        return self.form not in ("slot", "parent")


@dataclass(frozen=True, slots=True)
class Exemption(Placed):
    """Who gets no case, and by which clause."""

    where: Where
    label: str = ""


@dataclass(frozen=True, slots=True)
class MadeFrom(Placed):
    """Cases made of rows: of which document of the parent, by which of its triggers."""

    document: str
    by: str


@dataclass(frozen=True, slots=True)
class Origin(Placed):
    """Where cases of a kind come from.

    * `each`: one for each unit in scope (*of* is `unit`) or each holder of a post (`post`);
    * `one_for`: one at a time for the unit of the party *of*, or until it has been in *until*;
    * `many_for`: any number, for a unit (*of* is `unit`) or a case of the kind *of*, its parent;
    * `on_request`: one for each request, anchored where the opener acts.
    """

    form: Literal["each", "one_for", "many_for", "on_request"]
    of: str = ""
    until: str = ""

    @property
    def parent(self) -> str:
        """The kind of which such a case is a child; "" if of none."""
        return self.of if self.form == "many_for" and self.of != "unit" else ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Kind(Placed):
    """A kind of case. Its name is the first part of its streams."""

    name: str
    label: str
    origin: Origin
    lives: tuple[Life, ...]  # by tier, in the order of names; one without a name: no tiers
    person: tuple[str, ...] = ()  # roles of the person it is about; empty: about its unit
    exempt: tuple[Exemption, ...] = ()
    links: Mapping[str, Link] = field(default_factory=dict)
    opened_by: tuple[Grant, ...] = ()  # empty: it opens with the round, its rows or its links
    made_from: tuple[MadeFrom, ...] = ()
    every: str = ""  # a shorter turn than the round's
    seen_by: tuple[Grant, ...] = ()  # empty: whoever sees its subject's subtree
    shows: Mapping[str, tuple[Grant, ...]] = field(default_factory=dict)  # document -> readers

    @property
    def tiered(self) -> bool:
        return bool(self.lives and self.lives[0].tier)

    def life_of(self, unit_kind: str) -> Life | None:
        """Return the life of cases anchored at a unit of *unit_kind*; None: they have none."""
        for life in self.lives:
            if not life.unit_kinds or unit_kind in life.unit_kinds:
                return life
        return None

    def life(self, tier: str) -> Life:
        """Return the life of a tier ("" where there are none); KeyError if it does not exist."""
        for life in self.lives:
            if life.tier == tier:
                return life
        raise KeyError(tier)
