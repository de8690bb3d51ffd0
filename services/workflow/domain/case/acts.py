"""What is asked of a case, and what is answered: everything one command writes, or why not."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from services.workflow.domain.case.head import Case
from services.workflow.domain.case.listing import Brought
from services.workflow.domain.case.world import Looks, Place, Row, World
from services.workflow.domain.language.model.triggers import Trigger
from services.workflow.domain.refusals import Blocker

SKEW = timedelta(seconds=60)  # how far a client's clock may be ahead of ours
MOST_EFFECTS = 500  # of one command: what waits for its locks waits no longer than for a bulk


@dataclass(kw_only=True, slots=True)  # one for every command
class Act:
    """One trigger as it is about to be decided; times are aware UTC."""

    trigger: str
    effective_at: datetime
    person: str | None = None  # whoever answers for it
    deputy_for: str | None = None  # whose deputy that person is in this
    given: Mapping[str, Any] = field(default_factory=dict)  # its data, as `data.kinds.read` has it
    reason: str | None = None
    reference: str | None = None
    desk: str = ""  # whose signature it is, where the person could give several
    caused: bool = False  # by another case's event, not by somebody's command


@dataclass(kw_only=True, slots=True)  # one for every command
class Asked:
    """What is looked at before: the case, the act with its data, and the world around."""

    case: Case
    act: Act
    world: World
    looks: Looks

    @property
    def day(self) -> date:
        return self.world.day(self.act.effective_at)

    @property
    def trigger(self) -> Trigger:
        return self.world.life(self.case).triggers[self.act.trigger]

    def given(self, member: str, name: str) -> Any:
        """Return what the act brings under a name; None if nothing."""
        return self.act.given.get(member, {}).get(name)


@dataclass(kw_only=True, slots=True)  # one for every command
class Recorded:
    """One event that a decision records: its fact and data, texts still to be committed."""

    fact: str
    data: dict[str, Any]
    before: Case | None  # None: it opens the case
    after: Case
    cause: int | None = None  # which of the decision's events it is an effect of; None: of none
    warned: tuple[Blocker, ...] = ()  # what stood in no way, and who acted should know
    brought: Mapping[str, Brought] = field(default_factory=dict)  # by roster

    @property
    def recorded_at(self) -> datetime:
        return self.after.recorded_at


@dataclass(kw_only=True, slots=True)  # one for every command
class Decided:
    """All that one command writes, in one transaction, and what must still hold when it does."""

    events: tuple[Recorded, ...]  # the command's own first, then each effect after its cause
    looks: Looks
    touches: frozenset[Row] = frozenset()  # rows whose count it moves
    slots: Mapping[Place, tuple[str | None, str | None]] = field(default_factory=dict)
    numbers: Mapping[str, tuple[int, int]] = field(default_factory=dict)  # the last given, and new
    left_open: tuple[Case, ...] = ()  # that belong to a case which the command's own event ends
    deputy_for: str | None = None  # whose deputy the actor is; None: they act in their own right

    @property
    def own(self) -> Recorded:
        return self.events[0]


@dataclass(frozen=True, kw_only=True, slots=True)
class Undone:
    """Why a command is not done: every reason that stands in the way."""

    fits: bool  # whether state and suspension allow the trigger at all
    blockers: tuple[Blocker, ...]


class Blocked(Exception):
    """What only turned up while the event was being made; carried to where it is answered."""

    def __init__(self, *blockers: Blocker) -> None:
        super().__init__(", ".join(one.code for one in blockers))
        self.blockers = blockers


def clamp(effective_at: datetime, now: datetime) -> datetime:
    """Return *effective_at*, or *now* where it is ahead by no more than a clock's skew."""
    return now if now < effective_at <= now + SKEW else effective_at


def flattened(blockers: Iterator[Blocker]) -> tuple[Blocker, ...]:
    """Return each blocker once, in order."""
    return tuple(
        {(one.code, one.field, tuple(one.params.items())): one for one in blockers}.values()
    )
