"""Firing triggers and opening cases: any number of commands in two round trips and one commit.

A round reads what its commands need in one statement, decides each in memory, and writes all that
was decided in one statement. A command that lost its race, and one that looked at what was not
read, is decided again on the present state in the next round. Two commands of one family never
share a write: where neither needs to know of the other, their writes follow each other.

The rounds are coroutines, so that one event loop per process can wait for the database with all
its callers at once; who has a thread runs the same rounds there, one or several (`rounds.py`).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from services.workflow.application import tries
from services.workflow.application.draws_at_hand import DrawsAtHand
from services.workflow.application.envelopes import Sealer, new_case_id
from services.workflow.application.firing.commands import (
    Answer,
    CaseCommand,
    Command,
    OpenCommand,
)
from services.workflow.application.firing.judging import hidden
from services.workflow.application.firing.learning import Learning, Learnt, PollsOf
from services.workflow.application.firing.looking import Lookout, files_of
from services.workflow.application.firing.naming import Naming
from services.workflow.application.firing.port import (
    CaseRounds,
    CaseStore,
    Standing,
    Used,
    Wanted,
    Write,
)
from services.workflow.application.firing.possible import Possible, possible
from services.workflow.application.firing.present import Present
from services.workflow.application.firing.refusing import (
    SAME_REFUSAL_WITHIN,
    refusal,
    refusals_of,
    refused_lately,
)
from services.workflow.application.firing.rules import Organisations, RuleBook
from services.workflow.application.firing.waves import (
    Asked,
    Failure,
    asked,
    in_lanes,
    in_turn,
    knowing,
    related,
    stream_of,
    waves,
)
from services.workflow.application.gate import UnfitEvent
from services.workflow.application.listings import Listings
from services.workflow.application.ports import Append, SideStream
from services.workflow.application.rounds import Blocking, at_once
from services.workflow.domain.case.sights import Sight, Unread
from services.workflow.domain.language.model.triggers import Trigger
from services.workflow.domain.refusals import (
    Blocker,
    NotYours,
    OutcomeUnknown,
    Refused,
    StoreUnavailable,
)

MOST_ROUNDS = 20  # of losing races before a command is told to come again

Again = Callable[[Used, bytes], Answer]  # the answer under a used key, to a request's fingerprint


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
        listings: Listings | None = None,
        tries: tries.Tries | None = None,
        draws: DrawsAtHand | None = None,
        polls: PollsOf | None = None,
        naming: Naming | None = None,
        new_id: Callable[[], str] = new_case_id,
        lanes: int = 1,
    ) -> None:
        self._rulebook = rulebook
        self._sealer = sealer
        self._now = now
        self._again = again
        self._tries = tries  # None: nobody guesses, as in a rehearsal
        self._learning = Learning(
            rulebook=rulebook,
            directory=directory,
            listings=listings or Listings(),
            draws=draws or DrawsAtHand(),
            polls=polls,
            naming=naming,
        )
        self._new_id = new_id
        self._lookout = Lookout()
        self._store = store
        self._blocking = Blocking(store)
        self._lanes = lanes  # in which a bulk's chunks go, where its store can serve several

    def fire(self, command: Command) -> Answer:
        """Do what one command asks.

        Raises:
            OutcomeUnknown, StoreUnavailable, UnfitEvent: see there.
        """
        (told,) = at_once(self._fire([command], self._blocking))
        if isinstance(told, UnfitEvent):
            raise told
        return told

    def families(self, cases: Sequence[str]) -> Mapping[str, str]:
        """Return the families of cases that there are, by their ids; none when out of reach."""
        return _Bulk(self, self._store).families(cases)

    def fire_each(
        self, commands: Iterable[Command], families: Mapping[str, str] | None = None
    ) -> Iterator[tuple[int, Answer | Failure]]:
        """Do what *commands* ask, each as if sent alone, those of one case in their order.

        Yield place and answer of each as soon as it is known. When the store fails some, they hear
        it, and those after them are not sent any more. The order of a case is that of its whole
        family (*families*, by ids, as far as known): to a part before what is later done to all.
        """
        bulk = _Bulk(self, self._store)
        for chunks in waves(related(asked(commands), knowing(families or {}, bulk.families))):
            for chunk in in_lanes(chunks, bulk.settle, self._lanes):
                told = ((one.place, one.answer or one.failure) for one in chunk)
                yield from ((place, one) for place, one in told if one is not None)

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

    def possible(
        self, command: CaseCommand, only: Callable[[Trigger], bool] | None = None
    ) -> list[Possible]:
        """Return every trigger of the case's life as *command*'s actor could fire it now.

        *only* those that it takes.

        Raises:
            NotYours: no such case, or not the actor's to see.
        """
        return at_once(self._possible(command, self._blocking, only))

    # --- Rounds ---

    async def _fire(
        self, commands: Sequence[Command], store: CaseRounds
    ) -> list[Answer | UnfitEvent]:
        all_asked = list(asked(commands))
        for chunks in waves(all_asked):
            for chunk in chunks:
                await self.settle(chunk, store)
        told = (one.answer or one.failure for one in all_asked)
        return [one for one in told if isinstance(one, Answer | UnfitEvent)]

    async def settle(self, chunk: list[Asked], store: CaseRounds) -> None:
        """Give each its answer; to one whose event must not be stored, that failure."""
        try:
            while waiting := [one for one in chunk if one.answer is None]:
                await self._round(waiting, store)
            await self._count_tries(chunk, store)
        except UnfitEvent as error:
            if len(chunk) == 1:
                chunk[0].failure = error
                return
            for one in chunk:  # the fault is one's: the others are done without it
                if one.answer is None:
                    await self.settle([one], store)

    async def _round(self, waiting: list[Asked], store: CaseRounds) -> None:
        """Decide and write what can be; what lost its race is left without an answer."""
        writing, present = await self.decide(waiting, store)
        await self._write([*in_turn(writing, present.standing)], present, store)

    async def decide(
        self, waiting: Sequence[Asked], store: CaseRounds
    ) -> tuple[list[Asked], Present]:
        """Decide each on what stands now; return those that write, and on what it was.

        What looked at something that is not read yet has neither answer nor write, and is asked
        again.
        """
        standing = await store.standing([self._wanted(one) for one in waiting])
        opened = [one.command.cycle for one in waiting if isinstance(one.command, OpenCommand)]
        named = {stream_of(one.command) for one in waiting}
        learnt = await self._learning.learn(standing, store, opened, named)
        spent = await self._spent(waiting, standing, store)
        present = self._present(standing, learnt, spent)
        writing = []
        for one in waiting:
            one.rejected, one.write = None, None
            one.named = await self._learning.named(one.command, standing, store)
            try:
                one.bearers = await self._learning.bearers(
                    one.command, standing, present.world, store
                )
                used = present.decide(one)
            except Unread as unread:  # it is read with the next round
                one.sights |= self._lookout.learn(one.command, unread, standing)
                continue
            if used is not None:
                one.answer = await self._told_again(one.command, used, standing, store)
            elif one.answer is None:
                writing.append(one)
        return writing, present

    async def _spent(
        self, waiting: Sequence[Asked], standing: Standing, store: CaseRounds
    ) -> frozenset[tries.Who]:
        """Return who may type no more codes: read before any is looked at, where one is brought."""
        who = tries.asking((one.command for one in waiting), standing.case) if self._tries else ()
        if not who or self._tries is None:
            return frozenset()
        return await store.elsewhere(self._tries.spent, who, self._now())

    async def _count_tries(self, chunk: Sequence[Asked], store: CaseRounds) -> None:
        told = (tries.wrong(one.command, one.answer) for one in chunk if one.answer is not None)
        wrong = [who for who in told if who is not None]
        if wrong and self._tries is not None:
            await store.elsewhere(self._tries.count, wrong, self._now())

    def _present(
        self,
        standing: Standing,
        learnt: Learnt,
        spent: frozenset[tries.Who] = frozenset(),
    ) -> Present:
        return Present(
            standing=standing,
            organisation=learnt.organisation,
            now=self._now(),
            rulebook=self._rulebook,
            sealer=self._sealer,
            new_id=self._new_id,
            listings=learnt.listings,
            spent=spent,
            draws=learnt.draws,
            polls=learnt.polls,
        )

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
        told = used.key.left_open
        return Answer(outcome="done", case=now, event=used.body, left_open=told, replayed=True)

    def _wanted(self, one: Asked) -> Wanted:
        command = one.command
        return Wanted(
            case=stream_of(command),
            cycle=command.cycle if isinstance(command, OpenCommand) else "",
            client=command.actor.client,
            key=command.key or "",
            steps=self._lookout.steps(command),
            sights=one.sights | files_of(command),
        )

    async def _write(self, writing: list[Asked], present: Present, store: CaseRounds) -> None:
        sides = await _sides(writing, present, store)
        batch: list[tuple[Asked, Write | Append, Answer]] = []
        for one in writing:
            if one.write is not None:
                batch.append((one, one.write, one.done()))
                continue
            refused = self._refused(one, present, sides)
            if refused is not None:
                batch.append((one, *refused))
        won = await store.append([append for _, append, _ in batch]) if batch else []
        for (one, _, answer), done in zip(batch, won, strict=True):
            if done:
                one.answer = answer
                continue
            one.n_lost += 1
            if one.n_lost >= MOST_ROUNDS:
                one.answer = Answer(outcome="unavailable", blockers=(Blocker(code="unavailable"),))

    def _refused(
        self, one: Asked, present: Present, sides: Mapping[str, SideStream]
    ) -> tuple[Append, Answer] | None:
        """Return what a refusal writes, and its answer; None where it is answered and not kept."""
        command, rejected = one.command, one.rejected
        case = present.standing.case(stream_of(command))
        assert case is not None and rejected is not None  # noqa: S101, PT018
        assert isinstance(command, CaseCommand)  # noqa: S101 - openings leave no refusal
        side = sides[refusals_of(case)]
        if refused_lately(command, rejected, case, side):
            one.answer = rejected.answer
            return None
        organisation, now = present.organisation, present.now
        written = refusal(command, rejected, case, side, organisation, self._sealer, now)
        return written, rejected.answer

    # --- What is possible ---

    async def _possible(
        self,
        command: CaseCommand,
        store: CaseRounds,
        only: Callable[[Trigger], bool] | None,
    ) -> list[Possible]:
        sights = frozenset[Sight]()
        while True:
            standing = await store.standing([Wanted(case=command.case, sights=sights)])
            learnt = await self._learning.learn(standing, store, named={command.case})
            present = self._present(standing, learnt)
            case = standing.case(command.case)
            if case is None:
                raise NotYours(command.case)
            command.case = case.stream
            world = present.world(command, case)
            try:
                if hidden(command, case, world) is not None:
                    raise NotYours(command.case)
                return possible(case, command.actor, world, only)
            except Unread as unread:
                sights |= {unread.sight}


class _Bulk:
    """Commands that came together, on their way: none is sent once the store failed some."""

    def __init__(self, firing: Firing, store: CaseStore) -> None:
        self._firing = firing
        self._store, self._blocking = store, Blocking(store)
        self._out_of_reach: StoreUnavailable | None = None

    def families(self, cases: Sequence[str]) -> Mapping[str, str]:
        """Return the families of *cases*, by which their commands keep their order."""
        if self._out_of_reach is None:
            try:
                return self._store.families(cases)
            except StoreUnavailable as error:
                self._out_of_reach = error
        return {}

    def settle(self, chunk: list[Asked]) -> None:
        """Give each its answer or the store's failure."""
        failure: Failure | None = self._out_of_reach
        if failure is None:
            try:
                at_once(self._firing.settle(chunk, self._blocking))
            except (StoreUnavailable, OutcomeUnknown) as error:
                failure, self._out_of_reach = error, StoreUnavailable(str(error))
        for one in chunk:
            one.failure = failure or one.failure


async def _sides(
    writing: Iterable[Asked], present: Present, store: CaseRounds
) -> Mapping[str, SideStream]:
    streams = []
    for one in writing:
        case = present.standing.case(stream_of(one.command))
        if one.rejected is not None and case is not None:
            streams.append(refusals_of(case))
    if not streams:
        return {}
    return await store.side_streams(streams, present.now - SAME_REFUSAL_WITHIN)
