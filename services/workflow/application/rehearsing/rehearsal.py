"""One round played in memory: whoever may do what comes next does it, and every refusal is noted.

Time goes on by an hour with each act, and jumps where a rule asks for a later day.
"""

import itertools
import random
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Protocol
from uuid import UUID

from schemas.calendar import WorkingDays, local_day
from services.workflow.application.envelopes import Origin, Sealer
from services.workflow.application.firing.commands import (
    Answer,
    CaseCommand,
    OpenCommand,
    TallyCommand,
)
from services.workflow.application.firing.loop import Firing
from services.workflow.application.firing.port import CaseStore, Wanted
from services.workflow.application.firing.replanning import Replanning
from services.workflow.application.firing.rules import AtHand, RoundRules
from services.workflow.application.firing.sealing import Seal
from services.workflow.application.listings import Listings
from services.workflow.application.ports import Text
from services.workflow.application.rehearsing.drawing import RehearsedDraws, sealed, taken_by
from services.workflow.application.rehearsing.offering import Offer, Wishes, offered
from services.workflow.application.rehearsing.polling import counted
from services.workflow.domain.authority import PAGE_SCOPES, Actor
from services.workflow.domain.authority.firing import Candidate
from services.workflow.domain.case.acting import signable, why_not_fire
from services.workflow.domain.case.head import Case
from services.workflow.domain.case.openers import why_not_open
from services.workflow.domain.case.polling import why_not_hold
from services.workflow.domain.case.rounds import Opening, open_round
from services.workflow.domain.case.world import Heads, Round, World
from services.workflow.domain.language.model.scheme import Scheme
from services.workflow.domain.language.model.scores import Poll
from services.workflow.domain.language.model.triggers import Trigger
from services.workflow.domain.organisation import Organisation
from services.workflow.domain.reasons import blocker_of
from services.workflow.domain.refusals import Blocker

CYCLE = str(UUID(int=1))
REASON = "r"
MORNING = timedelta(hours=9)


class KeptCases(CaseStore, Protocol):
    """A store that gives back the texts that lie beside what it wrote."""

    def texts(self, hashes: Sequence[bytes]) -> Mapping[bytes, Text]: ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Stage:
    """What a rehearsal is played with."""

    scheme: Scheme
    organisation: Organisation
    calendar: WorkingDays
    store: Callable[[], KeptCases]
    begins: datetime
    seed: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """One line of the diary: who did or tried what, and what came of it."""

    at: datetime
    number: str
    kind: str
    tier: str
    trigger: str  # or the poll that was counted
    person: str
    source: str
    target: str
    due_at: datetime | None
    blockers: tuple[Blocker, ...] = ()  # empty: it was done

    @property
    def done(self) -> bool:
        return not self.blockers


@dataclass(frozen=True, kw_only=True, slots=True)
class Shaken:
    """What a loss did: the cases that stand otherwise after it, and where the diary goes on."""

    cases: tuple[tuple[Case | None, Case], ...] = ()  # before (None: it was opened) and after
    line: int = 0  # of the diary: the first that was written after it


NOTHING = Shaken()


class Rehearsal:
    """A round of its own, opened and walked."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.organisation = stage.organisation
        self.now = stage.begins
        self.diary: list[Line] = []
        self.unmanned: Trigger | None = None  # was due since the last act, and nobody might fire it
        self.hindrance: Blocker | None = None  # what could not be lifted since the last act
        self.calendar = stage.calendar
        self.shaken = NOTHING
        self._ids = (str(UUID(int=n)) for n in itertools.count(2))
        self._sealer = Sealer(new_id=lambda: next(self._ids), new_salt=lambda: bytes(32))
        self._store = stage.store()
        root = stage.organisation.root or ""
        self._round = Round(
            id=CYCLE,
            label=stage.scheme.round.label or str(stage.begins.year),
            unit=root,
            root=root,
            begins=stage.begins.date(),
            ends=stage.scheme.round.ends,
        )
        at_hand = AtHand(lambda _: self._rules, lambda: self.organisation)
        parts: dict[str, Any] = {
            "store": self._store,
            "rulebook": at_hand,
            "directory": at_hand,
            "sealer": self._sealer,
            "now": lambda: self.now,
            "new_id": lambda: next(self._ids),
        }
        self._listings = Listings(self._store.texts)
        self._draws = RehearsedDraws(self._store.texts)
        self._firing = Firing(**parts, listings=self._listings, draws=self._draws)
        self._replanning = Replanning(**parts)
        self._people = sorted(self.organisation.people)
        random.Random(stage.seed).shuffle(self._people)  # noqa: S311 - who comes first, no secret

    @property
    def _rules(self) -> RoundRules:
        return RoundRules(round=self._round, scheme=self.stage.scheme, calendar=self.calendar)

    @property
    def world(self) -> World:
        standing = self._store.standing([Wanted(cycle=CYCLE)])
        heads = standing.heads.get(CYCLE, Heads())
        listings, draws, ids = self._listings.known, self._draws.known, lambda: next(self._ids)
        if unknown := self._listings.unknown([heads], listings):
            listings = self._listings.learn(unknown, listings)
        if drawing := self._draws.unknown({CYCLE: heads}, lambda _: self.stage.scheme, draws):
            draws = self._draws.learn(drawing, draws)
        return self._rules.world(heads, self.organisation, self.now, ids, listings, draws)

    def case(self, stream: str) -> Case:
        return self.world.heads.cases[stream]

    def cases(self, kind: str, tier: str = "") -> Iterator[Case]:
        """Yield the open cases of a kind, and tier, in the order of their numbers."""
        found = [
            one
            for one in self.world.heads.cases.values()
            if one.kind == kind and one.is_open and tier in ("", one.tier)
        ]
        yield from sorted(found, key=lambda one: one.number)

    # --- Acts ---

    def open(self) -> Opening:
        """Open the round."""
        opening = open_round(self.world, self.now)
        if opening.decided.events:
            version = self.organisation.version
            seal = Seal(
                sealer=self._sealer,
                root=self.organisation.root or "",
                organisation_version=version,
            )
            self._store.append([seal.write(opening.decided, Origin(client="cli"), None)])
        return opening

    def open_case(self, kind: str, unit: str, parent: Case | None = None) -> Case | None:
        """Let whoever may open a case at *unit*; None where nobody may, or it is refused."""
        world, rule = self.world, self.stage.scheme.kinds[kind]
        for person in self._people:
            if why_not_open(self._candidate(person), rule, unit, parent, world)[0]:
                continue
            command = OpenCommand(
                cycle=CYCLE,
                kind=kind,
                actor=_at_page(person, self._round.root),
                unit=unit,
                parent="" if parent is None else parent.stream,
                key=next(self._ids),
            )
            self._go_on()
            answer = self._firing.fire(command)
            if not answer.is_accepted:
                self.hindrance = next(iter(_hindrances(answer)), None)
            return answer.case
        return None

    def who_may(self, case: Case, trigger: Trigger) -> Iterator[str]:
        """Yield everybody who may fire *trigger* now; whoever it lies with first.

        Who has signed may try again, only to be told so: they are passed over. Of several desks
        nobody signs two, so whoever could sign but one comes first.
        """
        world = self.world
        signed = {one.person for one in case.signatures} if trigger.by_desk else set()
        if trigger.draws is not None:
            signed |= taken_by(case, trigger.draws)
        holding = {one.person for one in case.holders}
        may: Iterable[str] = (
            person
            for person in sorted(self._people, key=lambda one: one not in holding)
            if person not in signed
            and not why_not_fire(self._candidate(person), case, trigger, world)
        )
        if len(case.holders) > 1 and trigger.by_desk:
            may = sorted(may, key=lambda one: len(self._desks(one, case, world)))
        yield from may

    def fire(self, case: Case, trigger: Trigger, person: str, wishes: Wishes) -> Answer:
        """Fire a trigger with sound data, and note what came of it."""
        self.unmanned = None
        self._go_on()
        world = self.world
        offer = Offer(case=case, trigger=trigger, world=world, person=person, wishes=wishes)
        command = CaseCommand(
            case=case.stream,
            trigger=trigger.name,
            actor=_at_page(person, self._round.root),
            data=offered(offer),
            reason=REASON,
            desk=self._desk(case, trigger, person, world),
            key=next(self._ids),
        )
        answer = self._firing.fire(command)
        if answer.case is not None and answer.event and answer.case.awaits_seal:
            seal = sealed(answer.case, answer.event, self._store.texts, self._sealer, self.now)
            self._store.append([] if seal is None else [seal])
        self._note(case, trigger.name, person, answer)
        return answer

    def count(self, case: Case, poll: Poll, component: str, offer: Offer) -> bool:
        """Let whoever holds *poll* have it counted, as *offer* wishes; tell whether it was."""
        world = self.world
        held = (one for one in self._people if not self._why_not_hold(one, case, poll, world))
        person = next(held, None)
        if person is None:
            return False
        self._go_on()
        command = TallyCommand(
            case=case.stream,
            trigger=poll.name,
            actor=_at_page(person, self._round.root),
            key=next(self._ids),
            tally=counted(case, poll, component, offer),
        )
        answer = self._firing.fire(command)
        self._note(case, poll.name, person, answer)
        return answer.is_accepted

    def _why_not_hold(self, person: str, case: Case, poll: Poll, world: World) -> str:
        return why_not_hold(self._candidate(person), case, poll, world)

    def try_out(self, case: Case, trigger: Trigger) -> bool:
        """Try a trigger once, whatever comes of it; tell whether anybody might."""
        case = self.case(case.stream)
        person = next(self.who_may(case, trigger), None)
        if person is not None:
            self.fire(case, trigger, person, Wishes())
        return person is not None

    def replan(self) -> int:
        """Let deadlines follow what has moved."""
        return self._replanning.run(CYCLE)

    def shake(self, act: Callable[[], bool]) -> bool:
        """Let a loss happen, and note what it did; tell whether it happened."""
        before = dict(self.world.heads.cases)
        happened = act()
        self.replan()
        cases = self.world.heads.cases.values()
        others = [one for one in cases if one != before.get(one.stream)]
        moved = sorted(others, key=lambda one: one.number)
        self.shaken = Shaken(
            cases=tuple((before.get(one.stream), one) for one in moved), line=len(self.diary)
        )
        return happened

    def _desk(self, case: Case, trigger: Trigger, person: str, world: World) -> str:
        if not trigger.by_desk:
            return ""
        rivals = Counter(
            desk for one in self._people if one != person for desk in self._desks(one, case, world)
        )
        return min(self._desks(person, case, world), key=rivals.__getitem__, default="")

    def _desks(self, person: str, case: Case, world: World) -> list[str]:
        """Return the desks that somebody could sign."""
        return [one.desk for one in signable(self._candidate(person), case, world)]

    def _candidate(self, person: str) -> Candidate:
        return Candidate(person, self.organisation, self.today)

    def _note(self, case: Case, trigger: str, person: str, answer: Answer) -> None:
        after = answer.case or case
        if answer.is_accepted:
            self.hindrance = None
        self.diary.append(
            Line(
                at=self.now,
                number=case.number,
                kind=case.kind,
                tier=case.tier or "",
                trigger=trigger,
                person=person,
                source=case.state,
                target=after.state,
                due_at=after.due_at,
                blockers=_hindrances(answer),
            )
        )

    # --- Time and people ---

    @property
    def today(self) -> date:
        """The local day it is now."""
        return local_day(self.now, self.stage.scheme.zone)

    def _go_on(self) -> None:
        self.now += timedelta(hours=1)

    def go_to(self, day: date) -> None:
        """Let it be the morning of *day*; time never goes back."""
        zone = self.stage.scheme.zone
        at = datetime(day.year, day.month, day.day, tzinfo=zone) + MORNING
        self.now = max(self.now, at)

    def hand_over(self, case: Case) -> bool:
        """Let somebody new hold the post of the subject from today; tell whether there was one."""
        if case.person is None:
            return False
        today = self.today
        held = self.organisation.posts_of(case.person, today)
        posts = [one for one in held if one.unit == case.unit]
        if not posts:
            return False
        old = replace(posts[0], until=today - timedelta(days=1))
        new = replace(posts[0], person=f"new.{case.person}"[:64], since=today)
        self._change(new.person, [_told(old), _told(new)])
        return True

    def leave(self, unit: str, roles: tuple[str, ...]) -> None:
        """Let everybody who holds one of *roles* at *unit* leave as of today."""
        today = self.today
        gone = [
            _told(replace(one, until=today - timedelta(days=1)))
            for one in self.organisation.posts()
            if one.unit == unit and one.role in roles and one.holds_on(today)
        ]
        self._change("", gone)

    def come_back(self) -> None:
        """Let the posts be held again as they were at first."""
        self.organisation = self.stage.organisation

    def _change(self, person: str, posts: list[dict[str, Any]]) -> None:
        details = {"sha256": "0" * 64, "length": 0}
        people = [{"id": person, "details": details}] if person else []
        nothing: dict[str, Any] = {"units": [], "people": [], "posts": [], "relations": []}
        told = {**nothing, "people": people, "posts": posts, "dropped": nothing}
        self.organisation = self.organisation.evolve(told)
        self._people = [*([person] if person else []), *self._people]


def _hindrances(answer: Answer) -> tuple[Blocker, ...]:
    faults = map(blocker_of, answer.faults)
    return (*answer.blockers, *faults)


def _at_page(person: str, root: str) -> Actor:
    return Actor(client="web", person=person, scopes=PAGE_SCOPES, scope_unit=root)


def _told(post: Any) -> dict[str, Any]:
    told = {
        "person": post.person,
        "unit": post.unit,
        "role": post.role,
        "from": post.since.isoformat(),
    }
    return told if post.until is None else told | {"until": post.until.isoformat()}
