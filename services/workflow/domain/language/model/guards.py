"""Guards: what must hold before a trigger may fire (§3).

The first three look at other cases and are settled in the write; the others look at the case
itself and at what the trigger brings. Each is asked only of cases its *where* names.
"""

from dataclasses import dataclass

from services.workflow.domain.language.model.days import DayRule, Which
from services.workflow.domain.language.model.placed import Placed
from services.workflow.domain.language.model.where import EVERYWHERE, Where


@dataclass(frozen=True, kw_only=True, slots=True)
class Guarded(Placed):
    """A guard: asked of the cases its *where* names."""

    where: Where = EVERYWHERE


@dataclass(frozen=True, kw_only=True, slots=True)
class Reached(Guarded):
    """`{name: reached, link, state, still}`: the linked case has come to the state.

    With *still* it is there now as well: what it went through before does not matter.
    """

    link: str
    state: str
    which: Which = "one"  # of a link to many: any, first, last
    still: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class AllReached(Guarded):
    """`{name: all_reached, link, state, at_least}`: all linked cases, open or completed, have."""

    link: str
    state: str
    at_least: int = 1


@dataclass(frozen=True, kw_only=True, slots=True)
class AllEnded(Guarded):
    """`{name: all_ended, link, at_least}`: no linked case is open, so many are completed."""

    link: str
    at_least: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Taken(Guarded):
    """`{name: taken, document | component | decision}`: it is there, from before or with this.

    Of a decision the party of units is named that took it; one about a grade that was forgotten
    since is none about the next. *unanswered*: the document asks for something, and waits for it.
    """

    document: str = ""
    component: str = ""
    decision: str = ""
    unanswered: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Complete(Guarded):
    """`{name: complete, document}`: every part of what is brought has content."""

    document: str


@dataclass(frozen=True, kw_only=True, slots=True)
class NoRow(Guarded):
    """`{name: no_row, document, column, says}`: no row of what is brought says one of these."""

    document: str
    column: str  # a choice
    says: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class CameBy(Guarded):
    """`{name: came_by, triggers}`: of people's acts the last that led to the state is of these."""

    triggers: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class WithinLimit(Guarded):
    """`{name: within_limit, document}`: what is brought is within the limit, or it only warns."""

    document: str


@dataclass(frozen=True, kw_only=True, slots=True)
class InRange(Guarded):
    """`{name: in_range}`: every component brought is given and between 0 and 100."""


@dataclass(frozen=True, kw_only=True, slots=True)
class NoVerdictYet(Guarded):
    """`{name: no_verdict_yet}`: the case is in its first audit."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DecisionsGiven(Guarded):
    """`{name: decisions_given, at_least}`: so many decisions are brought."""

    at_least: int


@dataclass(frozen=True, kw_only=True, slots=True)
class DecisionsTaken(Guarded):
    """`{name: decisions_taken}`: no decision brought is dated after the effective day."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DeadlineAhead(Guarded):
    """`{name: deadline_ahead}`: the deadline brought is after the effective time."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DeadlineDiffers(Guarded):
    """`{name: deadline_differs}`: the deadline brought is not the present one."""


@dataclass(frozen=True, kw_only=True, slots=True)
class NotBefore(Guarded):
    """`{name: not_before, day: …}`: the effective day is that day or later."""

    day: DayRule


@dataclass(frozen=True, kw_only=True, slots=True)
class Matches(Guarded):
    """`{name: matches, where}`: the case is one that *where* names; others are blocked."""

    where: Where


@dataclass(frozen=True, kw_only=True, slots=True)
class QuotaMet(Guarded):
    """`{name: quota_met, quota}`: the grades given so far satisfy the scheme's quota."""

    quota: str


@dataclass(frozen=True, kw_only=True, slots=True)
class TakesUp(Guarded):
    """`{name: takes_up, document, column, link}`: each new row names one that has ended.

    One of the cases that *link* leads to, which nothing open has taken up again yet.
    """

    document: str
    column: str
    link: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Quorum(Guarded):
    """`{name: quorum, number, roster, share}`: so many of the roster are counted as present.

    Without *number* those are counted who came in and have not gone out, and the event keeps it.
    """

    roster: str
    share: tuple[int, int]
    number: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Heard(Guarded):
    """`{name: heard, link, roster, share, no_point}`: the linked case goes through this one now.

    So many of the roster are there, and a point named it, but for those that need *no_point*.
    """

    link: str
    roster: str
    share: tuple[int, int]
    no_point: Where | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class NoOverlap(Guarded):
    """`{name: no_overlap, document, column, at}`: no other open case has a span there then.

    Compared are cases of the kind whose party *unit* is the same unit.
    """

    document: str
    column: str
    unit: str = ""  # `at`: a party of units; "": the anchor unit


BetweenCases = Reached | AllReached | AllEnded
Guard = (
    BetweenCases
    | Taken
    | Complete
    | CameBy
    | NoRow
    | TakesUp
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
    | Heard
    | NoOverlap
)
