"""Firing triggers and opening cases: any number of commands in two round trips and one commit.

A round reads what its commands need in one statement, decides each in memory, and writes all that
was decided in one statement. A command that lost its race, and one that looked at what was not
read, is decided again on the present state in the next round. Two commands of one family, or under
one key, never share a round.

The rounds are coroutines, so that one event loop per process can wait for the database with all
its callers at once; who has a thread runs the same rounds there, one or several (`rounds.py`).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass
from datetime import datetime

from schemas.calendar import local_day
from services.workflow.application.envelopes import Origin, Sealer, new_case_id
from services.workflow.application.firing.commands import (
    Answer,
    CaseCommand,
    Command,
    OpenCommand,
)
from services.workflow.application.firing.judging import Rejected, hidden, judge, judge_opening
from services.workflow.application.firing.looking import Lookout
from services.workflow.application.firing.port import (
    CaseRounds,
    CaseStore,
    Event,
    Standing,
    Used,
    Wanted,
    Write,
)
from services.workflow.application.firing.possible import Possible, possible
from services.workflow.application.firing.refusing import (
    SAME_REFUSAL_WITHIN,
    refusal,
    refusals_of,
    refused_lately,
)
from services.workflow.application.firing.rules import ZONE, Organisations, RuleBook
from services.workflow.application.firing.sealing import Seal
from services.workflow.application.gate import UnfitEvent
from services.workflow.application.ports import Append, Key, SideStream
from services.workflow.application.rounds import Blocking, InTurn, Several, at_once
from services.workflow.domain.authority import authorise
from services.workflow.domain.case.acts import Decided
from services.workflow.domain.case.head import Case
from services.workflow.domain.case.sights import Sight, Unread
from services.workflow.domain.case.world import Heads, World
from services.workflow.domain.organisation import Organisation
from services.workflow.domain.refusals import (
    Blocker,
    NotYours,
    OutcomeUnknown,
    Refused,
    StoreUnavailable,
)

MOST_ROUNDS = 20  # of losing races before a command is told to come again
MOST_AT_ONCE = 100  # commands in one statement: holds row locks for 17 ms, not 140 for 1,000

Failure = StoreUnavailable | OutcomeUnknown | UnfitEvent
Again = Callable[[Used, bytes], Answer]  # the answer under a used key, to a request's fingerprint


@dataclass(slots=True)
class _Asked:
    """A command on its way through the rounds."""

    command: Command
    place: int  # among those it came with
    answer: Answer | None = None
    failure: Failure | None = None  # where there is no answer
    rejected: Rejected | None = None
    write: Write | None = None
    sights: frozenset[Sight] = frozenset()  # what it looked at that no step leads to
    n_lost: int = 0  # races


class Firing:
    """The use cases that move cases."""

    def __init__(
        self,
        *,
        store: CaseStore,
        rulebook: RuleBook,
        directory: Organisations,
        sealer: Sealer,
        now: Callable[[], datetime],
        again: Again | None = None,
        new_id: Callable[[], str] = new_case_id,
        several: Callable[[], AbstractContextManager[Several]] | None = None,
    ) -> None:
        self._rulebook = rulebook
        self._directory = directory
        self._sealer = sealer
        self._now = now
        self._again = again
        self._new_id = new_id
        self._lookout = Lookout()
        self._blocking = Blocking(store)
        self._several = several or (lambda: nullcontext[Several](InTurn(self._blocking)))

    def fire(self, command: Command) -> Answer:
        """Do what one command asks.

        Raises:
            OutcomeUnknown, StoreUnavailable, UnfitEvent: see there.
        """
        (told,) = at_once(self._fire([command], self._blocking))
        if isinstance(told, UnfitEvent):
            raise told
        return told

    def fire_each(self, commands: Iterable[Command]) -> Iterator[tuple[int, Answer | Failure]]:
        """Do what *commands* ask, each as if sent alone, those of one case in their order.

        Yield place and answer of each as soon as it is known: who writes answers can do so while
        the database works on the others. When the store fails some, they hear it, and those after
        them are not sent any more.

        Raises:
            StoreUnavailable: the store had no room for them in time.
        """
        out_of_reach: StoreUnavailable | None = None

        async def settle(chunk: list[_Asked], store: CaseRounds) -> None:
            nonlocal out_of_reach
            failure: Failure | None = out_of_reach
            if failure is None:
                try:
                    await self._settle(chunk, store)
                except (StoreUnavailable, OutcomeUnknown) as error:
                    failure, out_of_reach = error, StoreUnavailable(str(error))
            for one in chunk:
                one.failure = failure or one.failure

        with self._several() as rounds:
            for chunks in _waves(_asked(commands)):
                for chunk in rounds.each(settle, chunks):
                    for one in chunk:
                        told = one.answer or one.failure
                        if told is not None:
                            yield one.place, told

    async def fire_together(
        self, commands: Sequence[Command], store: CaseRounds | None = None
    ) -> list[Answer | Refused | UnfitEvent]:
        """Do what several callers ask, over *store* or else without ever waiting.

        A failure of the batch is tried again one by one, so that each caller hears their own.
        """
        try:
            return list(await self._fire(commands, store or self._blocking))
        except Refused as error:
            failure = error
            if len(commands) == 1:
                return [failure]
        answers: list[Answer | Refused | UnfitEvent] = []
        for command in commands:
            (answer,) = await self.fire_together([command], store)
            if isinstance(answer, StoreUnavailable | OutcomeUnknown):
                # Nobody waits out one time-out for each of those who came before; and what may
                # have been done together stays unknown, though this time nothing was sent.
                told = failure if isinstance(failure, OutcomeUnknown) else answer
                return answers + [told] * (len(commands) - len(answers))
            answers.append(answer)
        return answers

    def possible(self, command: CaseCommand) -> list[Possible]:
        """Return every trigger of the case's life as *command*'s actor could fire it now.

        Raises:
            NotYours: no such case, or not the actor's to see.
        """
        return at_once(self._possible(command, self._blocking))

    # --- Rounds ---

    async def _fire(
        self, commands: Sequence[Command], store: CaseRounds
    ) -> list[Answer | UnfitEvent]:
        asked = list(_asked(commands))
        for chunks in _waves(asked):
            for chunk in chunks:
                await self._settle(chunk, store)
        told = (one.answer or one.failure for one in asked)
        return [one for one in told if isinstance(one, Answer | UnfitEvent)]

    async def _settle(self, asked: list[_Asked], store: CaseRounds) -> None:
        """Give each its answer; to one whose event must not be stored, that failure."""
        try:
            while waiting := [one for one in asked if one.answer is None]:
                await self._round(waiting, store)
        except UnfitEvent as error:
            if len(asked) == 1:
                asked[0].failure = error
                return
            for one in asked:  # the fault is one's: the others are done without it
                if one.answer is None:
                    await self._settle([one], store)

    async def _round(self, waiting: list[_Asked], store: CaseRounds) -> None:
        """Decide and write what can be; what lost its race is left without an answer."""
        standing = await store.standing([self._wanted(one) for one in waiting])
        opened = [one.command.cycle for one in waiting if isinstance(one.command, OpenCommand)]
        organisation = await self._learn(standing, store, opened)
        now = self._now()
        worlds = _Worlds(self, standing, organisation, now)
        writing = []
        for one in _of_different_families(waiting, standing):
            one.rejected, one.write = None, None
            try:
                used = self._decide(one, standing, worlds)
            except Unread as unread:  # it is read with the next round
                one.sights |= self._lookout.learn(one.command, unread, standing)
                continue
            if used is not None:
                one.answer = await self._told_again(one.command, used, standing, store)
            elif one.answer is None:
                writing.append(one)
        if writing:
            await self._write(writing, standing, organisation, now, store)

    async def _told_again(
        self, command: Command, used: Used, standing: Standing, store: CaseRounds
    ) -> Answer:
        """Return the answer of the same request before."""
        if self._again is not None:
            return await store.elsewhere(self._again, used, command.fingerprint)
        if used.key.fingerprint != command.fingerprint:
            reused = Blocker(code="key_reused", field="Idempotency-Key")
            return Answer(outcome="not_fulfilled", blockers=(reused,))
        now = standing.case(used.stream)
        return Answer(outcome="done", case=now, event=used.body, replayed=True)

    def _wanted(self, one: _Asked) -> Wanted:
        command = one.command
        return Wanted(
            case=_stream(command),
            cycle=command.cycle if isinstance(command, OpenCommand) else "",
            client=command.actor.client,
            key=command.key or "",
            steps=self._lookout.steps(command),
            sights=one.sights,
        )

    async def _learn(
        self, standing: Standing, store: CaseRounds, opened: Iterable[str] = ()
    ) -> Organisation:
        """Have in memory what deciding looks at; return the organisation as it stands."""
        if self._rulebook.is_behind(standing.calendars):
            await store.elsewhere(self._rulebook.follow)
        for cycle in self._rulebook.unknown({*standing.heads, *opened}):
            with suppress(NotYours):  # somebody made a round up; the answer says so
                await store.elsewhere(self._rulebook.running, cycle)
        version = standing.organisation_version
        known = self._directory.known(version)
        if known is not None:
            return known
        return await store.elsewhere(self._directory.at_least, version)

    def _decide(self, one: _Asked, standing: Standing, worlds: "_Worlds") -> Used | None:
        """Give *one* its answer, its rejection or its write; return the key where it was used."""
        command, case = one.command, standing.case(_stream(one.command))
        if command.identity_version not in (None, standing.identity_version):
            one.answer = Answer(outcome="unknown_token")
            return None
        if case is None and (_stream(command) or self._rulebook.unknown([_cycle(command, case)])):
            one.answer = self._absent(command, worlds)
            return None
        if case is not None and isinstance(command, CaseCommand):
            command.case = case.stream  # it may have been asked for by its id
        world = worlds.of(command, case)
        rejected = None if case is None else hidden(command, case, world)
        if rejected is None:
            used = _used(command, standing)
            if used is not None:
                return used
            decided = _judge(command, case, world)
            if isinstance(decided, Decided):
                self._accept(one, decided, world)
                return None
            rejected = decided
        one.rejected = rejected
        rehearsed = isinstance(command, OpenCommand) or command.dry_run
        if rehearsed or not rejected.recorded:
            one.answer = rejected.answer
        return None

    def _accept(self, one: _Asked, decided: Decided, world: World) -> None:
        command, organisation = one.command, world.organisation
        if isinstance(command, CaseCommand) and command.dry_run:
            one.answer = Answer(outcome="rehearsed", case=decided.own.after)
            return
        seal = Seal(
            sealer=self._sealer,
            root=organisation.root or "",
            organisation_version=organisation.version,
        )
        origin = Origin.of(command.actor, command.correlation)
        one.write = seal.write(decided, origin, _key(command))

    def _absent(self, command: Command, worlds: "_Worlds") -> Answer:
        """Return the answer about a case that does not exist: the same as for a hidden one."""
        day = local_day(worlds.now, ZONE)
        sees = authorise(command.actor, "case.find", worlds.organisation, day)
        # A token without the scope is told so either way, or it could tell which cases exist.
        if sees.reason == "client_scope":
            return Answer(outcome="not_allowed", blockers=(Blocker(code=sees.reason),))
        return Answer(outcome="absent", blockers=(Blocker(code="not_found"),))

    async def _write(
        self,
        writing: list[_Asked],
        standing: Standing,
        organisation: Organisation,
        now: datetime,
        store: CaseRounds,
    ) -> None:
        sides = await _sides(writing, standing, now, store)
        batch: list[tuple[_Asked, Write | Append, Answer]] = []
        for one in writing:
            if one.write is not None:
                own = one.write.events[0]
                batch.append((one, one.write, _done(own)))
                continue
            case, command, rejected = standing.case(_stream(one.command)), one.command, one.rejected
            assert case is not None and rejected is not None  # noqa: S101, PT018
            assert isinstance(command, CaseCommand)  # noqa: S101 - openings leave no refusal
            side = sides[refusals_of(case)]
            if refused_lately(command, rejected, case, side):
                one.answer = rejected.answer
                continue
            append = refusal(command, rejected, case, side, organisation, self._sealer, now)
            batch.append((one, append, rejected.answer))
        won = await store.append([append for _, append, _ in batch]) if batch else []
        for (one, _, answer), done in zip(batch, won, strict=True):
            if done:
                one.answer = answer
                continue
            one.n_lost += 1
            if one.n_lost >= MOST_ROUNDS:
                one.answer = Answer(outcome="unavailable", blockers=(Blocker(code="unavailable"),))

    # --- What is possible ---

    async def _possible(self, command: CaseCommand, store: CaseRounds) -> list[Possible]:
        sights = frozenset[Sight]()
        while True:
            standing = await store.standing([Wanted(case=command.case, sights=sights)])
            organisation, now = await self._learn(standing, store), self._now()
            case = standing.case(command.case)
            if case is None:
                raise NotYours(command.case)
            command.case = case.stream
            world = _Worlds(self, standing, organisation, now).of(command, case)
            if hidden(command, case, world) is not None:
                raise NotYours(command.case)
            try:
                return possible(case, command.actor, world)
            except Unread as unread:
                sights |= {unread.sight}

    def world_of(
        self, cycle: str, heads: Heads, organisation: Organisation, now: datetime
    ) -> World:
        """Return what a decision in round *cycle* may look at."""
        return self._rulebook.running(cycle).world(heads, organisation, now, self._new_id)


class _Worlds:
    """What the decisions of one round of the loop may look at, by round of cases."""

    def __init__(
        self, firing: Firing, standing: Standing, organisation: Organisation, now: datetime
    ) -> None:
        self._firing = firing
        self._standing = standing
        self._made: dict[str, World] = {}
        self.organisation = organisation
        self.now = now

    def of(self, command: Command, case: Case | None) -> World:
        cycle = _cycle(command, case)
        world = self._made.get(cycle)
        if world is None:
            heads = self._standing.heads.get(cycle, Heads())
            world = self._firing.world_of(cycle, heads, self.organisation, self.now)
            self._made[cycle] = world
        return world


async def _sides(
    writing: Iterable[_Asked], standing: Standing, now: datetime, store: CaseRounds
) -> Mapping[str, SideStream]:
    streams = []
    for one in writing:
        case = standing.case(_stream(one.command))
        if one.rejected is not None and case is not None:
            streams.append(refusals_of(case))
    if not streams:
        return {}
    return await store.side_streams(streams, now - SAME_REFUSAL_WITHIN)


def _asked(commands: Iterable[Command]) -> Iterator[_Asked]:
    return (_Asked(command, place) for place, command in enumerate(commands))


def _waves(asked: Iterable[_Asked]) -> Iterator[Iterator[list[_Asked]]]:
    """Cut *asked* into waves, to be used up one after another, of chunks in any order.

    No two commands of a wave are for one case or under one key.
    """
    while asked:
        later: list[_Asked] = []
        yield _chunks(asked, later)
        asked = later


def _chunks(asked: Iterable[_Asked], later: list[_Asked]) -> Iterator[list[_Asked]]:
    """Cut *asked* as it comes; what has to wait for another of them goes to *later*."""
    families, keys, chunk = set[str](), set[tuple[str, str]](), list[_Asked]()
    for one in asked:
        command, key = one.command, (one.command.actor.client, one.command.key or "")
        family = _stream(command) or _place(command)
        if family in families or (command.key and key in keys):
            later.append(one)
        else:
            chunk.append(one)
        families.add(family)
        keys.add(key)
        if len(chunk) == MOST_AT_ONCE:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def _of_different_families(asked: Iterable[_Asked], standing: Standing) -> Iterator[_Asked]:
    """Yield those whose families none before them is of: which those are is read with the cases."""
    families = set[str]()
    for one in asked:
        case = standing.case(_stream(one.command))
        family = _place(one.command) if case is None else case.family
        if family not in families:
            families.add(family)
            yield one


def _place(command: Command) -> str:
    if isinstance(command, OpenCommand):
        return f"{command.cycle} {command.kind} {command.unit}"
    return command.case


def _stream(command: Command) -> str:
    return command.parent if isinstance(command, OpenCommand) else command.case


def _cycle(command: Command, case: Case | None) -> str:
    if case is not None:
        return case.cycle
    return command.cycle if isinstance(command, OpenCommand) else ""


def _done(own: Event) -> Answer:
    return Answer(outcome="done", case=own.after, event=own.body)


def _judge(command: Command, case: Case | None, world: World) -> Decided | Rejected:
    if isinstance(command, OpenCommand):
        return judge_opening(command, case, world)
    assert case is not None  # noqa: S101 - absent ones have their answer
    return judge(command, case, world)


def _used(command: Command, standing: Standing) -> Used | None:
    """Return what was written under *command*'s key; a rehearsal has none."""
    if isinstance(command, CaseCommand) and command.dry_run:
        return None
    return standing.used.get((command.actor.client, command.key or ""))


def _key(command: Command) -> Key | None:
    if command.key is None:
        return None
    return Key(client=command.actor.client, key=command.key, fingerprint=command.fingerprint)
