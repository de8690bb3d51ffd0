"""Guards: what must hold before a trigger may fire (§3).

The first three look at other cases and are settled in the write; the others look at the case
itself and at what the trigger brings. Each is asked only of cases its *where* names.
"""

from dataclasses import dataclass

from services.workflow.domain.language.model.days import DayRule, Which
from services.workflow.domain.language.model.placed import Placed
from services.workflow.domain.language.model.where import EVERYWHERE, Where


@dataclass(frozen=True, kw_only=True, slots=True)
class Reached(Placed):
    """`{name: reached, link, state}`: the linked case has come to the state."""

    link: str
    state: str
    which: Which = "one"  # of a link to many: any, first, last
    where: Where = EVERYWHERE


@dataclass(frozen=True, kw_only=True, slots=True)
class AllReached(Placed):
    """`{name: all_reached, link, state, at_least}`: all linked cases, open or completed, have."""

    link: str
    state: str
    at_least: int = 1
    where: Where = EVERYWHERE


@dataclass(frozen=True, kw_only=True, slots=True)
class AllEnded(Placed):
    """`{name: all_ended, link, at_least}`: no linked case is open, so many are completed."""

    link: str
    at_least: int = 0
    where: Where = EVERYWHERE


@dataclass(frozen=True, kw_only=True, slots=True)
class Taken(Placed):
    """`{name: taken, document | component}`: it is in force, from before or with this trigger."""

    document: str = ""
    component: str = ""
    where: Where = EVERYWHERE


@dataclass(frozen=True, kw_only=True, slots=True)
class Complete(Placed):
    """`{name: complete, document}`: every part of what is brought has content."""

    document: str
    where: Where = EVERYWHERE


@dataclass(frozen=True, kw_only=True, slots=True)
class WithinLimit(Placed):
    """`{name: within_limit, document}`: what is brought is within the limit, or it only warns."""

    document: str
    where: Where = EVERYWHERE


@dataclass(frozen=True, kw_only=True, slots=True)
class InRange(Placed):
    """`{name: in_range}`: every component brought is given and between 0 and 100."""

    where: Where = EVERYWHERE


@dataclass(frozen=True, kw_only=True, slots=True)
class NoVerdictYet(Placed):
    """`{name: no_verdict_yet}`: the case is in its first audit."""

    where: Where = EVERYWHERE


@dataclass(frozen=True, kw_only=True, slots=True)
class DecisionsGiven(Placed):
    """`{name: decisions_given, at_least}`: so many decisions are brought."""

    at_least: int
    where: Where = EVERYWHERE


@dataclass(frozen=True, kw_only=True, slots=True)
class DecisionsTaken(Placed):
    """`{name: decisions_taken}`: no decision brought is dated after the effective day."""

    where: Where = EVERYWHERE


@dataclass(frozen=True, kw_only=True, slots=True)
class DeadlineAhead(Placed):
    """`{name: deadline_ahead}`: the deadline brought is after the effective time."""

    where: Where = EVERYWHERE


@dataclass(frozen=True, kw_only=True, slots=True)
class DeadlineDiffers(Placed):
    """`{name: deadline_differs}`: the deadline brought is not the present one."""

    where: Where = EVERYWHERE


@dataclass(frozen=True, kw_only=True, slots=True)
class NotBefore(Placed):
    """`{name: not_before, day: …}`: the effective day is that day or later."""

    day: DayRule
    where: Where = EVERYWHERE


@dataclass(frozen=True, kw_only=True, slots=True)
class Matches(Placed):
    """`{name: matches, where}`: the case is one that *where* names; others are blocked."""

    where: Where


@dataclass(frozen=True, kw_only=True, slots=True)
class QuotaMet(Placed):
    """`{name: quota_met, quota}`: the grades given so far satisfy the scheme's quota."""

    quota: str
    where: Where = EVERYWHERE


@dataclass(frozen=True, kw_only=True, slots=True)
class Quorum(Placed):
    """`{name: quorum, number, roster, share}`: so many of the roster are counted as present."""

    number: str
    roster: str
    share: tuple[int, int]
    where: Where = EVERYWHERE


@dataclass(frozen=True, kw_only=True, slots=True)
class NoOverlap(Placed):
    """`{name: no_overlap, document, column, at}`: no other open case has a span there then.

    Compared are cases of the kind whose party *unit* is the same unit.
    """

    document: str
    column: str
    unit: str = ""  # `at`: a party of units; "": the anchor unit
    where: Where = EVERYWHERE


BetweenCases = Reached | AllReached | AllEnded
Guard = (
    BetweenCases
    | Taken
    | Complete
    | WithinLimit
    | InRange
    | NoVerdictYet
    | DecisionsGiven
    | DecisionsTaken
    | DeadlineAhead
    | DeadlineDiffers
    | NotBefore
    | Matches
    | QuotaMet
    | Quorum
    | NoOverlap
)
