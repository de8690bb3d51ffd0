"""Firing triggers and opening cases: read together, decide in memory, write together.

A command that lost its race is decided again on what stands then. No wave holds two commands of
one family, nor two under one key: those come one after another.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.workflow.application.envelopes import Origin, Sealer
from services.workflow.application.firing.commands import Answer, CaseCommand, OpenCommand
from services.workflow.application.firing.judging import judge, judge_opening
from services.workflow.application.firing.looking import Lookout
from services.workflow.application.firing.port import CaseStore, Standing, Used, Wanted, Write
from services.workflow.application.firing.rules import RoundRules
from services.workflow.application.firing.sealing import Seal
from services.workflow.application.ports import Key
from services.workflow.domain.case.acts import Decided
from services.workflow.domain.case.head import Case
from services.workflow.domain.case.sights import Sight, Unread
from services.workflow.domain.case.world import Heads, World
from services.workflow.domain.organisation import Organisation
from services.workflow.domain.refusals import Blocker

MOST_ROUNDS = 20  # of losing races before a command is told to come again
Command = CaseCommand | OpenCommand


@dataclass(slots=True)
class _Asked:
    """A command on its way through the rounds."""

    command: Command
    answer: Answer | None = None
    write: Write | None = None
    sights: frozenset[Sight] = frozenset()  # what it looked at that no step leads to


class Firing:
    """The use cases that move cases."""

    def __init__(
        self,
        *,
        store: CaseStore,
        rules: Callable[[str], RoundRules],
        organisation: Callable[[], Organisation],
        sealer: Sealer,
        now: Callable[[], datetime],
        new_id: Callable[[], str],
    ) -> None:
        self._store = store
        self._rules = rules
        self._organisation = organisation
        self._sealer = sealer
        self._now = now
        self._new_id = new_id
        self._lookout = Lookout()

    def fire(self, command: Command) -> Answer:
        """Do what one command asks."""
        (answer,) = self.fire_each([command])
        return answer

    def fire_each(self, commands: Sequence[Command]) -> list[Answer]:
        """Do what each of *commands* asks, as if sent alone; those of one family in their order."""
        asked = [_Asked(command) for command in commands]
        for _ in range(MOST_ROUNDS * max(1, len(asked))):
            waiting = [one for one in asked if one.answer is None]
            if not waiting:
                break
            self._round(waiting)
        busy = Answer(status=503, blockers=(Blocker(code="unavailable"),))
        return [one.answer or busy for one in asked]

    def _round(self, waiting: list[_Asked]) -> None:
        """Decide and write what can be; what lost its race is left without an answer."""
        standing = self._store.standing([self._wanted(one) for one in waiting])
        organisation, now = self._organisation(), self._now()
        wave = list(_of_different_families(waiting, standing))
        for one in wave:
            one.answer, one.write = None, None
            try:
                self._decide(one, standing, organisation, now)
            except Unread as unread:  # it is read with the next round
                one.sights |= self._lookout.learn(one.command, unread, standing)
        writing = [one for one in wave if one.write is not None]
        won = self._store.append([one.write for one in writing if one.write is not None])
        for one, done in zip(writing, won, strict=True):
            if done and one.write is not None:
                own = one.write.events[0]
                one.answer = Answer(status=201, case=own.after, event=own.body)

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

    def _decide(
        self, one: _Asked, standing: Standing, organisation: Organisation, now: datetime
    ) -> None:
        command = one.command
        used = standing.used.get((command.actor.client, command.key or ""))
        case = standing.case(_stream(command))
        if case is None and isinstance(command, CaseCommand):
            one.answer = Answer(status=404, blockers=(Blocker(code="not_found"),))
            return
        if used is not None:
            one.answer = _again(command, used, standing)
            return
        cycle = command.cycle if isinstance(command, OpenCommand) else _cycle(case)
        heads = standing.heads.get(cycle, Heads())
        world = self._rules(cycle).world(heads, organisation, now, self._new_id)
        decided = _judge(command, case, world)
        if isinstance(decided, Answer):
            one.answer = decided
        elif isinstance(command, CaseCommand) and command.dry_run:
            one.answer = Answer(status=200, case=decided.own.after)
        else:
            seal = Seal(
                sealer=self._sealer,
                root=organisation.root or "",
                organisation_version=organisation.version,
            )
            origin = Origin.of(command.actor, command.correlation)
            one.write = seal.write(decided, origin, _key(command))


def _judge(command: Command, case: Case | None, world: World) -> Decided | Answer:
    if isinstance(command, OpenCommand):
        return judge_opening(command, case, world)
    assert case is not None  # noqa: S101 - absent ones have their answer
    return judge(command, case, world)


def _cycle(case: Case | None) -> str:
    return "" if case is None else case.cycle


def _stream(command: Command) -> str:
    return command.parent if isinstance(command, OpenCommand) else command.case


def _of_different_families(asked: Iterable[_Asked], standing: Standing) -> Iterator[_Asked]:
    families, keys = set[str](), set[tuple[str, str]]()
    for one in asked:
        command = one.command
        case = standing.case(_stream(command))
        family = _new_family(command) if case is None else case.family
        key = (command.actor.client, command.key or "")
        if family in families or (command.key and key in keys):
            families.add(family)
            continue
        families.add(family)
        keys.add(key)
        yield one


def _new_family(command: Command) -> str:
    if isinstance(command, OpenCommand):
        return f"{command.cycle} {command.kind} {command.unit}"
    return command.case


def _key(command: Command) -> Key | None:
    if command.key is None:
        return None
    return Key(client=command.actor.client, key=command.key, fingerprint=command.fingerprint)


def _again(command: Command, used: Used, standing: Standing) -> Answer:
    """Return the answer of the same request before; another under the same key is refused."""
    if used.key.fingerprint != command.fingerprint:
        return Answer(status=422, blockers=(Blocker(code="key_reused", field="Idempotency-Key"),))
    return Answer(status=201, case=standing.case(used.stream), event=used.body, replayed=True)
