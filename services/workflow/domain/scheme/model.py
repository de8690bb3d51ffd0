"""The parts of a scheme, as values.

They say what is; `tier.py` runs them, `parsing.py` makes them of a file, `soundness.py` looks at
the whole. A *body* is a unit, found from the unit of the case; a *party* is somebody in relation
to the case, resolved anew for each case; a *desk* is where a case lies.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from schemas.vocabulary import default
from services.workflow.domain.refusals import Blocker
from services.workflow.domain.scheme.deadline import DeadlineRule

SUSPENSIONS = ("refused", "allowed", "required")
FACTS = ("state_changed", "suspended", "resumed", "deadline_changed")

# Who may be granted a trigger. The first two are people and take no part in the others' roles.
PARTIES = (
    "appraised",  # the person appraised, while secretary (or acting) of the case's unit
    "submitter",  # who submitted the report now under audit
    "auditing_body",  # the body of the audit the case is in
    "passing_body",  # the body that passed its last audit
    "hearing_body",
    "organ_committee",  # the nearest of that kind, the case's own unit included
    "work_committee",  # likewise
)
DESK_PARTIES = ("appraised", "auditing_body", "hearing_body")
# Who may be named to open a cycle over a unit: found from that unit, as there is no case yet.
OPENING_PARTIES = ("organ_committee", "work_committee")
# Whose case it is, where a text of format 1 says `appraised`: the first of these that is held.
APPRAISED_ROLES = ("secretary", "acting_secretary")


class Placed(Protocol):
    """What is asked of a unit."""

    @property
    def parent(self) -> str | None: ...
    @property
    def kind(self) -> str: ...


class Tree(Protocol):
    """What is asked of an organisation."""

    def unit(self, id: str, /) -> Placed | None: ...  # noqa: A002 - the organisation's own name


@dataclass(frozen=True, kw_only=True, slots=True)
class BodyRule:
    """Which unit acts: the case's own, or the nearest above it of a kind."""

    nearest: str | None  # a unit kind; None: the unit itself

    def resolve(self, unit: str, organisation: Tree) -> str | None:
        """Return the body's unit id, or None where the tree has no such unit above."""
        if self.nearest is None:
            return unit
        here = organisation.unit(unit)
        above = here.parent if here else None
        while above is not None:
            there = organisation.unit(above)
            if there is None or there.kind == self.nearest:
                break
            above = there.parent
        return above

    def describe(self) -> str:
        return (
            "本单位" if self.nearest is None else f"上级最近的{default().kind_label(self.nearest)}"
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class AuditRule:
    """One audit on the way of a case: the state it happens in, and who audits."""

    stage: str
    body: BodyRule


@dataclass(frozen=True, kw_only=True, slots=True)
class DeskRule:
    """Where a case lies in a state."""

    party: str  # one of DESK_PARTIES
    roles: tuple[str, ...]  # in order of preference


@dataclass(frozen=True, kw_only=True, slots=True)
class State:
    """A state as one tier knows it."""

    name: str
    label: str
    desk: DeskRule | None  # None in final states only
    deadline: DeadlineRule | None
    ends: Literal["", "completed", "abandoned"] = ""

    @property
    def final(self) -> bool:
        return bool(self.ends)


@dataclass(frozen=True, kw_only=True, slots=True)
class Grant:
    """Who may fire: a party, and the roles that act for it (none where the party is a person)."""

    party: str  # one of PARTIES
    roles: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class GuardUse:
    """A guard by name, with the parameters this scheme gives it."""

    name: str  # one of guards.GUARDS
    parameters: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class Transition:
    """A trigger: from where to where, who may fire it, what it needs and leaves behind."""

    trigger: str
    label: str
    sources: tuple[str, ...]  # in a tier: those it has; empty where the trigger is not for it
    grants: tuple[Grant, ...]
    target: str | None = None  # None: the state stays; with *next_audit*: after the last audit
    next_audit: bool = False  # go to the next audit of the case, if there is one
    four_eyes: bool = False  # neither who submitted nor, ever, the person appraised
    guards: tuple[GuardUse, ...] = ()
    needs_reason: bool = False
    data: str = ""  # what it takes: one of guards.DATA, or nothing
    suspension: str = "refused"  # of SUSPENSIONS: what it thinks of a suspended case
    records: str = "state_changed"  # of FACTS: the event it leaves behind
    stage: str | None = None  # the audit it is a verdict on

    @property
    def while_suspended(self) -> bool:
        return self.suspension != "refused"

    def fits_suspension(self, suspended: bool) -> bool:  # noqa: FBT001 - it is the question
        return self.while_suspended if suspended else self.suspension != "required"


@dataclass(frozen=True, kw_only=True, slots=True)
class ContentArea:
    """One of the areas a report is about."""

    number: int
    title: str
    points: tuple[str, ...]
    public_hospitals_only: bool


@dataclass(frozen=True, slots=True)
class Attempt:
    """What became of trying a trigger."""

    fits: bool  # the state, and whether the case is suspended, allow the trigger
    target: str | None  # where it leads, or would; None: the state stays
    blockers: tuple[Blocker, ...]

    @property
    def passes(self) -> bool:
        return self.fits and not self.blockers
