"""Moving the deadlines that rest on what has moved: first a preview, then wave by wave.

Whoever moves a source changes nothing else. What rests on an older one is asked for anew each time,
a wave of cases at once: so a run that was cut off goes on where it stopped, and no deadline moves
twice. Nobody acted: the client is `replanning`, with no actor and no token.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime

from schemas.calendar import OutsideCalendar, WorkingDays
from services.workflow.application.envelopes import Origin, Sealer, new_case_id
from services.workflow.application.firing.commands import CaseCommand
from services.workflow.application.firing.looking import Lookout
from services.workflow.application.firing.port import (
    CaseStore,
    DeadlinePlace,
    Standing,
    Wanted,
    WorkList,
    Write,
)
from services.workflow.application.firing.rules import Organisations, RoundRules, RuleBook
from services.workflow.application.firing.sealing import Seal
from services.workflow.domain.authority import Actor
from services.workflow.domain.case.acts import Decided
from services.workflow.domain.case.head import Case
from services.workflow.domain.case.replanning import Moved, is_outdated, moves, replan
from services.workflow.domain.case.sights import Sight, Unread
from services.workflow.domain.case.world import Heads, Looks, World
from services.workflow.domain.organisation import Organisation

CLIENT = "replanning"
MOST_AT_ONCE = 100  # cases written together, as commands in a round of the loop
MOST_ASKED = 500  # cases asked about together: reading keeps nobody waiting
_ASKED = "="  # what is asked of a case here; no trigger is called so
_NOBODY = Actor(client=CLIENT, person=None, scopes=frozenset(), scope_unit="")


@dataclass(frozen=True, kw_only=True, slots=True)
class Move:
    """The deadlines of one case that go elsewhere."""

    case: Case
    moved: tuple[Moved, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Beyond:
    """A deadline that the calendar has no table for."""

    case: Case
    day: str


Asked = Callable[[RoundRules], RoundRules | None]  # the rules to ask by; None: not of this round


class Replanning:
    """The use case that follows a calendar, and the days of linked cases."""

    def __init__(
        self,
        *,
        store: CaseStore,
        rulebook: RuleBook,
        directory: Organisations,
        sealer: Sealer,
        now: Callable[[], datetime],
        new_id: Callable[[], str] = new_case_id,
    ) -> None:
        self._store = store
        self._rulebook = rulebook
        self._directory = directory
        self._sealer = sealer
        self._now = now
        self._new_id = new_id
        self._lookout = Lookout()

    def preview_calendar(self, calendar: WorkingDays, work: WorkList) -> Iterator[Move | Beyond]:
        """Yield what *calendar* would move, in all rounds that follow the one of its id."""
        for streams in self._waves_of_deadlines(work, set()):
            yield from self.preview_of(streams, calendar)

    def preview_of(self, streams: Sequence[str], calendar: WorkingDays) -> list[Move | Beyond]:
        """Return what *calendar* would move of the cases *streams*, at most `MOST_ASKED`."""

        def by_it(rules: RoundRules) -> RoundRules | None:
            follows = rules.calendar.id == calendar.id
            return replace(rules, calendar=calendar) if follows else None

        wave = self._wave(streams, by_it)
        return [*wave.beyond, *wave.found]

    def follow_calendar(
        self, work: WorkList, cause: str | None = None, previewed: Sequence[Move] = ()
    ) -> int:
        """Move what was counted by another edition than the one its round follows; how many cases.

        *cause* is the event that published it. A day that the calendar has no table for stays.
        What was *previewed* is asked about first, as it stood then.
        """
        cases = [one.case for one in previewed]
        asked = {case.stream for case in cases}
        waves = (cases[at : at + MOST_ASKED] for at in range(0, len(cases), MOST_ASKED))
        n_moved = sum(self._moved(self._as_read(wave), cause) for wave in waves)
        return n_moved + sum(
            self._moved(self._wave(streams, _as_they_are), cause)
            for streams in self._waves_of_deadlines(work, asked)
        )

    def follow_days(self, work: WorkList, since: datetime) -> int:
        """Move what waits for cases that have moved since then; how many cases that were."""
        n_moved, after = 0, ""
        while streams := work.waiting_for_moved(since, after, MOST_AT_ONCE):
            n_moved += self._moved(self._wave(streams, _as_they_are), None)
            after = streams[-1].rpartition("/")[2]
        return n_moved

    def preview(self, cycle: str) -> list[Move]:
        """Return whose deadlines would move in a round as it stands; empty if none."""
        return self._wave(self._of_round(cycle), _as_they_are).found

    def run(self, cycle: str, cause: str | None = None) -> int:
        """Move the deadlines of a round; how many cases that were."""
        return self._moved(self._wave(self._of_round(cycle), _as_they_are), cause)

    def _of_round(self, cycle: str) -> list[str]:
        heads = self._store.standing([Wanted(cycle=cycle, whole=True)]).heads[cycle]
        return [case.stream for case in heads.cases.values() if case.is_open]

    def _waves_of_deadlines(self, work: WorkList, asked: set[str]) -> Iterator[list[str]]:
        """Yield what something is due in, but for what was *asked* about already.

        What was moved to a later day is met there again.
        """
        after: DeadlinePlace | None = None
        while found := work.deadlines(after, MOST_ASKED):
            after = found[-1].place
            wave = [one.stream for one in found if one.stream not in asked]
            asked.update(wave)
            if wave:
                yield wave

    def _moved(self, wave: "_Wave", cause: str | None) -> int:
        """Move what *wave* found, cases of one family one after the other; how many that were.

        A case that somebody moves meanwhile is asked about again, as it then stands.
        """
        n_moved = 0
        while wave.found or wave.unread:
            now, later = _of_different_families(wave.found)
            lost = self._lost(now, wave, cause)
            n_moved += len(now) - len(lost)
            left = [*wave.unread, *(one.case.stream for one in (*later, *lost))]
            if not left:
                break
            wave = self._wave(left, _as_they_are)
        return n_moved

    def _lost(self, moves: Sequence[Move], wave: "_Wave", cause: str | None) -> list[Move]:
        """Write *moves*, each hundred while the next is made ready; return those that lost."""
        hundreds = [moves[at : at + MOST_AT_ONCE] for at in range(0, len(moves), MOST_AT_ONCE)]
        with ThreadPoolExecutor(1, "replanning") as beside:
            writing = [
                beside.submit(self._store.append, [self._write(one, wave, cause) for one in some])
                for some in hundreds
            ]
        won = [done for one in writing for done in one.result()]
        return [one for one, done in zip(moves, won, strict=True) if not done]

    def _write(self, move: Move, wave: "_Wave", cause: str | None) -> Write:
        organisation = wave.organisation
        seal = Seal(
            sealer=self._sealer,
            root=organisation.root or "",
            organisation_version=organisation.version,
        )
        event = replan(move.case, move.moved, wave.worlds[move.case.cycle])
        origin = Origin(client=CLIENT, causation=cause)
        return seal.write(Decided(events=(event,), looks=Looks()), origin, None)

    def _as_read(self, cases: Sequence[Case]) -> "_Wave":
        """Ask about *cases* as they were read some time ago, by the rules of now.

        Each is alone in its world: another case may have moved on since, and nothing would tell.
        """
        none = {case.cycle: Heads(seen=frozenset()) for case in cases}
        standing = replace(self._store.standing([]), heads=none)
        wave = _Wave(self._worlds(standing, _as_they_are), self._organisation(standing))
        for case in cases:
            try:
                wave.ask(case, Heads(cases={case.stream: case}, seen=frozenset()))
            except Unread:
                wave.unread.append(case.stream)
        return wave

    def _wave(self, streams: Sequence[str], asked: Asked) -> "_Wave":
        """Ask about *streams*, read together; once more where they look at what was not read."""
        sights: dict[str, frozenset[Sight]] = {}
        while True:
            wanted = [self._wanted(stream, sights) for stream in streams]
            standing = self._store.standing(wanted)
            wave = _Wave(self._worlds(standing, asked), self._organisation(standing))
            command = _command("")
            try:
                for stream in streams:
                    command = _command(stream)
                    wave.ask(standing.case(stream))
            except Unread as unread:
                beside = self._lookout.learn(command, unread, standing)
                sights[command.case] = sights.get(command.case, frozenset()) | beside
            else:
                return wave

    def _wanted(self, stream: str, sights: Mapping[str, frozenset[Sight]]) -> Wanted:
        steps = self._lookout.steps(_command(stream))
        return Wanted(case=stream, steps=steps, sights=sights.get(stream, frozenset()))

    def _organisation(self, standing: Standing) -> Organisation:
        return self._directory.at_least(standing.organisation_version)

    def _worlds(self, standing: Standing, asked: Asked) -> dict[str, World]:
        """Return what may be looked at, by round that is asked about."""
        if self._rulebook.is_behind(standing.rulings):
            self._rulebook.follow()
        organisation, now = self._organisation(standing), self._now()
        rules = {cycle: asked(self._rulebook.running(cycle)) for cycle in standing.heads}
        return {
            cycle: one.world(standing.heads[cycle], organisation, now, self._new_id)
            for cycle, one in rules.items()
            if one is not None
        }


@dataclass(slots=True)
class _Wave:
    """Cases that are asked about together."""

    worlds: Mapping[str, World]  # by round
    organisation: Organisation
    found: list[Move] = field(default_factory=list)
    beyond: list[Beyond] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)  # streams that look at what was not read

    def ask(self, case: Case | None, heads: Heads | None = None) -> None:
        """Find what moves of *case*; *heads* are all there is to look at, if given."""
        world = None if case is None else self.worlds.get(case.cycle)
        if case is None or world is None or not case.is_open:
            return
        world = world if heads is None else replace(world, heads=heads)
        try:
            moved = tuple(moves(case, world)) if is_outdated(case, world) else ()
        except OutsideCalendar as outside:
            self.beyond.append(Beyond(case=case, day=outside.day))
        else:
            self.found += [Move(case=case, moved=moved)] if moved else []


def _as_they_are(rules: RoundRules) -> RoundRules:
    return rules


def _command(stream: str) -> CaseCommand:
    return CaseCommand(case=stream, trigger=_ASKED, actor=_NOBODY)


def _of_different_families(found: Iterable[Move]) -> tuple[list[Move], list[Move]]:
    """Return what can be written in one batch, and what comes after it."""
    families, now, later = set[str](), list[Move](), list[Move]()
    for one in found:
        (later if one.case.family in families else now).append(one)
        families.add(one.case.family)
    return now, later
