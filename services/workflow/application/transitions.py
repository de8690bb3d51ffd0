"""Firing triggers: any number of commands in two round trips and one commit.

A round reads what its commands need in one statement, decides each in memory, and writes all that
was decided in one statement. A command that lost its race is decided again on the present state
in the next round. Two commands for one case never share a round.

The rounds are coroutines, so that one event loop per process can wait for the database with all
its callers at once; who has a thread runs the same rounds there, one or several (`rounds.py`).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from datetime import datetime

from services.workflow.application.answered import Answered
from services.workflow.application.commands import Command, Outcome, Possible
from services.workflow.application.envelopes import Sealer
from services.workflow.application.gate import UnfitEvent
from services.workflow.application.judging import Accepted, Judge, Rejected
from services.workflow.application.ports import (
    Append,
    EventStore,
    Seen,
    SideStream,
    Standing,
    Wanted,
)
from services.workflow.application.reading_ports import Reads
from services.workflow.application.recording import (
    SAME_REFUSAL_WITHIN,
    Recorder,
    refusals_of,
    refused_lately,
)
from services.workflow.application.rounds import Blocking, InTurn, RoundStore, Several, at_once
from services.workflow.application.rulebook import Directory, Rulebook
from services.workflow.domain.organisation import Organisation
from services.workflow.domain.refusals import (
    Blocker,
    NotYours,
    OutcomeUnknown,
    Refused,
    StoreUnavailable,
)
from services.workflow.domain.review import evolve

MOST_ROUNDS = 20  # of losing races before a command is told to come again
MOST_AT_ONCE = 100  # commands in one statement: holds row locks for 17 ms, not 140 for 1,000

Failure = StoreUnavailable | OutcomeUnknown | UnfitEvent


@dataclass(slots=True)
class _Asked:
    """A command on its way through the rounds."""

    command: Command
    place: int  # among those it came with
    outcome: Outcome | None = None
    failure: Failure | None = None  # where there is no outcome
    verdict: Accepted | Rejected | None = None


class Transitions:
    """The use cases that move cases."""

    def __init__(
        self,
        *,
        store: EventStore,
        reads: Reads,
        rulebook: Rulebook,
        directory: Directory,
        sealer: Sealer,
        now: Callable[[], datetime],
        several: Callable[[], AbstractContextManager[Several]] | None = None,
    ) -> None:
        self._store = store
        self._answered = Answered(reads)
        self._rulebook = rulebook
        self._directory = directory
        self._sealer = sealer
        self._now = now
        self._judge = Judge(rulebook, sealer)
        self._blocking = Blocking(store)
        self._several = several or (lambda: nullcontext[Several](InTurn(self._blocking)))

    def fire(self, command: Command) -> Outcome:
        """Fire one trigger.

        Raises:
            OutcomeUnknown, StoreUnavailable, UnfitEvent: see there.
        """
        (told,) = at_once(self._fire([command], self._blocking))
        if isinstance(told, UnfitEvent):
            raise told
        return told

    def fire_each(self, commands: Iterable[Command]) -> Iterator[tuple[int, Outcome | Failure]]:
        """Fire *commands*, each as if sent alone, those of one case in their order.

        Yield place and outcome of each as soon as it is known: who writes answers can do so while
        the database works on the others. When the store fails some, they hear it, and those after
        them are not sent any more.

        Raises:
            StoreUnavailable: the store had no room for them in time.
        """
        out_of_reach: StoreUnavailable | None = None

        async def settle(chunk: list[_Asked], store: RoundStore) -> None:
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
                        told = one.outcome or one.failure
                        if told is not None:
                            yield one.place, told

    async def fire_together(
        self, commands: Sequence[Command], store: RoundStore | None = None
    ) -> list[Outcome | Refused | UnfitEvent]:
        """Fire commands of several callers, over *store* or else without ever waiting.

        A failure of the batch is tried again one by one, so that each caller hears their own.
        """
        try:
            return list(await self._fire(commands, store or self._blocking))
        except Refused as error:
            failure = error
            if len(commands) == 1:
                return [failure]
        answers: list[Outcome | Refused | UnfitEvent] = []
        for command in commands:
            (answer,) = await self.fire_together([command], store)
            if isinstance(answer, StoreUnavailable | OutcomeUnknown):
                # Nobody waits out one time-out for each of those who came before; and what may
                # have been done together stays unknown, though this time nothing was sent.
                told = failure if isinstance(failure, OutcomeUnknown) else answer
                return answers + [told] * (len(commands) - len(answers))
            answers.append(answer)
        return answers

    def possible(self, command: Command) -> list[Possible]:
        """Return every trigger of the scheme as *command*'s actor could fire it now.

        Raises:
            NotYours: no such review, or not the actor's to see.
        """
        standing = self._store.standing([Wanted(case=command.case)])
        review = standing.cases.get(command.case)
        if review is None:
            raise NotYours(command.case)
        organisation = self._directory.at_least(standing.organisation_version)
        tier = self._rulebook.of(review.cycle).scheme.tiers[review.tier]
        now, answers = self._now(), []
        if self._judge.hidden(command, review, organisation, now) is not None:
            raise NotYours(command.case)
        leads_to = {
            move.trigger: target
            for move, source, target in tier.edges(review.unit_kind)
            if source == review.state
        }
        for trigger, transition in tier.transitions.items():
            asked = replace(command, trigger=trigger, dry_run=True)
            verdict = self._judge.judge(asked, review, organisation, now)
            blockers: tuple[Blocker, ...] = ()
            if isinstance(verdict, Rejected):
                blockers = verdict.outcome.blockers
            to = leads_to.get(trigger, transition.target)
            # What only lacks its data has nothing in its way: the data comes with the trigger.
            allowed = not blockers
            answers.append(Possible(trigger=trigger, to=to, allowed=allowed, blockers=blockers))
        return answers

    # --- Rounds ---

    async def _fire(
        self, commands: Sequence[Command], store: RoundStore
    ) -> list[Outcome | UnfitEvent]:
        asked = list(_asked(commands))
        for chunks in _waves(asked):
            for chunk in chunks:
                await self._settle(chunk, store)
        told = (one.outcome or one.failure for one in asked)
        return [one for one in told if isinstance(one, Outcome | UnfitEvent)]

    async def _settle(self, asked: list[_Asked], store: RoundStore) -> None:
        """Give each its outcome; to one whose event must not be stored, that failure."""
        try:
            await self._rounds(asked, store)
        except UnfitEvent as error:
            if len(asked) == 1:
                asked[0].failure = error
                return
            for one in asked:  # the fault is one's: the others are done without it
                if one.outcome is None:
                    await self._settle([one], store)

    async def _rounds(self, asked: list[_Asked], store: RoundStore) -> None:
        for _ in range(MOST_ROUNDS):
            await self._round(asked, store)
            asked = [one for one in asked if one.outcome is None]
            if not asked:
                return
        for one in asked:
            busy = Blocker(code="unavailable")
            one.outcome = Outcome(status=503, blockers=(busy,))

    async def _round(self, asked: list[_Asked], store: RoundStore) -> None:
        """Decide and write what can be; a command that lost its race is left without an outcome."""
        standing = await store.standing([_wanted(one.command) for one in asked])
        organisation = await self._learn(standing, store)
        now = self._now()
        for one in asked:
            one.outcome = self._known(one.command, standing, organisation)
            if one.outcome is not None:
                continue
            review = standing.cases[one.command.case]
            hidden = self._judge.hidden(one.command, review, organisation, now)
            seen = _seen(one.command, standing) if standing.seen and hidden is None else None
            if seen is not None:
                one.outcome = await store.elsewhere(
                    self._answered.again, seen, one.command.fingerprint
                )
            else:
                one.verdict = hidden or self._judge.judge(one.command, review, organisation, now)
                one.outcome = _unwritten(one.command, one.verdict)
        writing = [one for one in asked if one.outcome is None]
        if writing:
            await self._write(writing, standing, organisation.root or "", now, store)

    async def _learn(self, standing: Standing, store: RoundStore) -> Organisation:
        """Have in memory what deciding looks at; return the organisation as it stands."""
        for cycle in self._rulebook.unknown(one.cycle for one in standing.cases.values()):
            await store.elsewhere(self._rulebook.of, cycle)
        version = standing.organisation_version
        known = self._directory.known(version)
        if known is not None:
            return known
        return await store.elsewhere(self._directory.at_least, version)

    async def _write(
        self,
        writing: list[_Asked],
        standing: Standing,
        root: str,
        now: datetime,
        store: RoundStore,
    ) -> None:
        sides = await self._sides(writing, standing, now, store)
        version = standing.organisation_version
        recorder = Recorder(self._sealer, now, root=root, organisation_version=version)
        appends: list[tuple[_Asked, Append, Outcome]] = []
        for one in writing:
            if isinstance(one.verdict, Accepted):
                made = recorder.acceptance(one.command, one.verdict)
            elif isinstance(one.verdict, Rejected):
                review = standing.cases[one.command.case]
                side = sides[refusals_of(review)]
                if refused_lately(one.command, one.verdict, review, side):
                    one.outcome = one.verdict.outcome
                    continue
                made = recorder.refusal(one.command, one.verdict, review, side)
            appends.append((one, *made))
        won = await store.append([append for _, append, _ in appends]) if appends else []
        for (one, _, outcome), done in zip(appends, won, strict=True):
            if done:
                one.outcome = outcome

    def _known(
        self, command: Command, standing: Standing, organisation: Organisation
    ) -> Outcome | None:
        """Return the answer that needs no decision: tokens moved, no such review."""
        if command.identity_version not in (None, standing.identity_version):
            return Outcome(status=401)
        case = standing.cases.get(command.case)
        if case is None or command.kind not in (None, case.kind):
            return self._judge.absent(command, organisation, self._now())
        return None

    async def _sides(
        self, asked: Iterable[_Asked], standing: Standing, now: datetime, store: RoundStore
    ) -> Mapping[str, SideStream]:
        streams = [
            refusals_of(standing.cases[one.command.case])
            for one in asked
            if isinstance(one.verdict, Rejected)
        ]
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
    cases, keys, chunk = set[str](), set[tuple[str, str]](), list[_Asked]()
    for one in asked:
        key = (one.command.actor.client, one.command.key or "")
        if one.command.case in cases or (one.command.key and key in keys):
            later.append(one)
        else:
            chunk.append(one)
        cases.add(one.command.case)
        keys.add(key)
        if len(chunk) == MOST_AT_ONCE:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def _wanted(command: Command) -> Wanted:
    return Wanted(case=command.case, client=command.actor.client, key=command.key or "")


def _seen(command: Command, standing: Standing) -> Seen | None:
    """Return what was written under *command*'s key; a rehearsal has none."""
    if command.dry_run:
        return None
    return standing.seen.get((command.actor.client, command.key or ""))


def _unwritten(command: Command, verdict: Accepted | Rejected) -> Outcome | None:
    """Return the answer to what leaves no event: rehearsals, stale versions, malformed data."""
    if isinstance(verdict, Rejected):
        return verdict.outcome if command.dry_run or not verdict.recorded else None
    if not command.dry_run:
        return None
    review, person = verdict.review, command.actor.person
    after = evolve(review, verdict.fact, verdict.data, person, review.recorded_at)
    return Outcome(status=200, review=after)
