"""What stands at one instant, and what a command comes to there: an answer, or what it writes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from schemas.calendar import local_day
from services.workflow.application.envelopes import Origin, Sealer
from services.workflow.application.firing.commands import (
    Answer,
    CaseCommand,
    Command,
    OpenCommand,
    TallyCommand,
)
from services.workflow.application.firing.judging import (
    Rejected,
    hidden,
    judge,
    judge_opening,
    judge_tally,
    may_fire_now,
)
from services.workflow.application.firing.port import Standing, Used
from services.workflow.application.firing.possible import counted, warnings
from services.workflow.application.firing.rules import ZONE, RuleBook
from services.workflow.application.firing.sealing import Seal
from services.workflow.application.firing.waves import Asked, cycle_of, stream_of
from services.workflow.application.ports import Key
from services.workflow.domain.authority import authorise
from services.workflow.domain.case.acts import Decided
from services.workflow.domain.case.head import Case
from services.workflow.domain.case.listing import Listing
from services.workflow.domain.case.rounds import begins_with_round
from services.workflow.domain.case.world import NOTHING, DrawnFrom, Heads, World
from services.workflow.domain.organisation import Organisation
from services.workflow.domain.refusals import Blocker


@dataclass(frozen=True, kw_only=True, slots=True)
class Present:
    """What all commands of one round of the loop are decided on."""

    standing: Standing
    organisation: Organisation
    now: datetime
    rulebook: RuleBook
    sealer: Sealer
    new_id: Callable[[], str]
    listings: Mapping[str, Listing] = field(default_factory=dict)
    spent: frozenset[tuple[str, str]] = frozenset()  # case and person: no more codes for now
    draws: DrawnFrom = NOTHING
    polls: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    _worlds: dict[str, World] = field(default_factory=dict)  # by round of cases

    def world(self, command: Command, case: Case | None) -> World:
        """Return what the decision about *command* may look at."""
        cycle = cycle_of(command, case)
        world = self._worlds.get(cycle)
        if world is None:
            heads = self.standing.heads.get(cycle, Heads())
            rules = self.rulebook.running(cycle)
            world = rules.world(
                heads, self.organisation, self.now, self.new_id, self.listings, self.draws
            )
            if self.spent:
                world = replace(world, spent=self.spent)
            if self.polls:
                world = replace(world, polls=self.polls)
            self._worlds[cycle] = world
        return world

    def decide(self, one: Asked) -> Used | None:
        """Give *one* its answer, its rejection or its write; return the key where it was used.

        Raises:
            Unread: it looked at what is not read yet.
        """
        command, case = one.command, self.standing.case(stream_of(one.command))
        if command.identity_version not in (None, self.standing.identity_version):
            one.answer = Answer(outcome="unknown_token")
            return None
        if case is None and self._is_nowhere(command):
            one.answer = self._absent(command)
            return None
        if case is not None and isinstance(command, CaseCommand):
            command.case = case.stream  # it may have been asked for by its id
        world = self.world(command, case)
        if one.named is not None:
            world = replace(world, named=one.named)
        if one.bearers:
            world = replace(world, bearers=one.bearers)
        allowed = case is not None and may_fire_now(command, case, world)
        rejected = None if case is None or allowed else hidden(command, case, world)
        if rejected is None:
            used = _used(command, self.standing)
            if used is not None:
                return used
            decided = _judge(command, case, world, allowed=allowed)
            if isinstance(decided, Decided):
                self._accept(one, decided, world)
                return None
            rejected = decided
        one.rejected = rejected
        rehearsed = isinstance(command, OpenCommand) or command.dry_run
        if rehearsed or not rejected.recorded:
            one.answer = rejected.answer
        return None

    def _is_nowhere(self, command: Command) -> bool:
        return bool(stream_of(command) or self.rulebook.unknown([cycle_of(command, None)]))

    def _accept(self, one: Asked, decided: Decided, world: World) -> None:
        command, organisation = one.command, self.organisation
        one.left_open = counted(decided.left_open, world)
        one.warnings = decided.own.warned
        if isinstance(command, CaseCommand) and command.dry_run:
            before = decided.own.before
            one.answer = Answer(
                outcome="rehearsed",
                case=decided.own.after,
                left_open=one.left_open,
                brought=decided.own.brought,
                warnings=one.warnings + (() if before is None else _warned(command, before, world)),
            )
            return
        seal = Seal(
            sealer=self.sealer,
            root=organisation.root or "",
            organisation_version=organisation.version,
        )
        origin = Origin.of(command.actor, command.correlation)
        one.write = seal.write(decided, origin, _key(command, one.left_open))
        if isinstance(command, OpenCommand):
            kind = world.scheme.kinds[command.kind]
            one.write.running = world.round.id if begins_with_round(kind, world) else ""

    def _absent(self, command: Command) -> Answer:
        """Return the answer about a case that does not exist: the same as for a hidden one."""
        day = local_day(self.now, ZONE)
        sees = authorise(command.actor, "case.find", self.organisation, day)
        # A token without the scope is told so either way, or it could tell which cases exist.
        if sees.reason == "client_scope":
            return Answer(outcome="not_allowed", blockers=(Blocker(code=sees.reason),))
        return Answer(outcome="absent", blockers=(Blocker(code="not_found"),))


def _judge(
    command: Command, case: Case | None, world: World, *, allowed: bool
) -> Decided | Rejected:
    if isinstance(command, OpenCommand):
        return judge_opening(command, case, world)
    assert case is not None  # noqa: S101 - absent ones have their answer
    if isinstance(command, TallyCommand):
        return judge_tally(command, case, world)
    return judge(command, case, world, allowed=allowed)


def _used(command: Command, standing: Standing) -> Used | None:
    """Return what was written under *command*'s key; a rehearsal has none."""
    if isinstance(command, CaseCommand) and command.dry_run:
        return None
    return standing.used.get((command.actor.client, command.key or ""))


def _warned(command: CaseCommand, case: Case, world: World) -> tuple[Blocker, ...]:
    trigger = world.life(case).triggers.get(command.trigger)
    return () if trigger is None else warnings(trigger, case, world)


def _key(command: Command, left_open: Mapping[str, int]) -> Key | None:
    if command.key is None:
        return None
    return Key(
        client=command.actor.client,
        key=command.key,
        fingerprint=command.fingerprint,
        left_open=left_open,
    )
