"""A scheme played in memory: opened, walked by people's acts, and replayed from its events."""

import itertools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from schemas.calendar import WorkingDays
from schemas.calendars import read
from schemas.document import read_document
from schemas.envelope import open_envelope
from schemas.facts import EVENTS
from services.workflow.adapters.files.yaml_nodes import compose
from services.workflow.adapters.memory.cases import MemoryCases
from services.workflow.application.draws_at_hand import DrawsAtHand
from services.workflow.application.envelopes import Origin, Sealer
from services.workflow.application.firing.commands import Answer, CaseCommand, OpenCommand
from services.workflow.application.firing.loop import Firing
from services.workflow.application.firing.port import CaseStore, Event, Wanted, Write
from services.workflow.application.firing.replanning import Replanning
from services.workflow.application.firing.rules import AtHand, RoundRules
from services.workflow.application.firing.sealing import Seal
from services.workflow.application.listings import Listings
from services.workflow.application.ports import Text
from services.workflow.application.tries import Tries
from services.workflow.domain.authority import PAGE_SCOPES, Actor
from services.workflow.domain.case.evolving import evolve, open_case
from services.workflow.domain.case.head import Case
from services.workflow.domain.case.rounds import open_round
from services.workflow.domain.case.sights import Sight
from services.workflow.domain.case.world import Heads, Round, World
from services.workflow.domain.data.kinds import READ, to_name
from services.workflow.domain.language.loading import load
from services.workflow.domain.language.model.scheme import Scheme
from services.workflow.domain.organisation import Organisation
from tests.builders import UNITS, organisation, post
from tests.fakes import ListTries

NOTICE = Path("services/workflow/schemes/jilin-health-2019.yaml")
CALENDAR = WorkingDays.from_json(read())
CYCLE = "018f0000-0000-7000-8000-00000000000c"
MORNING = datetime(2020, 1, 8, 1, 30, tzinfo=UTC)  # half past nine in Shanghai
VERIFY, VERIFICATION = "verify", "verification"
ROLES = ("secretary", "deputy_secretary", "office", "liaison")


def scheme(text: str) -> Scheme:
    return load(read_document(text, compose, "f"))


def heard_at_any_time(text: str) -> str:
    """Return the notice without its order of meetings: for what is about a review alone."""
    begins = "        guards: # C4.3, C4.4: "
    assert text.count(begins) == 2
    return re.sub(rf"{begins}.*\n(          - .*\n)+", "", text)


def everybody(leaving_out: Iterable[tuple[str, str]] = ()) -> Organisation:
    """Every unit of the builders' tree with one person in each role: `secretary.c.h1` and so on."""
    gone = set(leaving_out)
    return organisation(
        post(f"{role}.{unit}", unit, role)
        for unit, _, _ in UNITS
        for role in ROLES
        if (unit, role) not in gone
    )


class Watched:
    """A store of which is known what was written into it, in order."""

    def __init__(self, store: CaseStore, written: list[Event]) -> None:
        self._store = store
        self._written = written

    def append(self, batch: Sequence[Write]) -> list[bool]:
        won = self._store.append(batch)
        for one, done in zip(batch, won, strict=True):
            if done and isinstance(one, Write):
                self._written += one.events
        return won

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)


class Play:
    """One round of one scheme, and the clock that stands where it was put."""

    def __init__(
        self,
        rules: Scheme,
        people: Organisation | None = None,
        *,
        now: datetime = MORNING,
        unit: str = "c",
        label: str = "2019",
        calendar: WorkingDays = CALENDAR,
        store: CaseStore | None = None,
        cycle: str = CYCLE,
        ids: Iterator[str] | None = None,
        draws: DrawsAtHand | None = None,
    ) -> None:
        self.now = now
        self.scheme = rules
        self.organisation = everybody() if people is None else people
        self.calendar = calendar
        root = self.organisation.root or ""
        self.round = Round(id=cycle, label=label, unit=unit, root=root, begins=now.date())
        self.written: list[Event] = []
        self.store: Any = Watched(store or MemoryCases(), self.written)
        self.ids = ids or (f"018f0000-0000-7000-8000-{n:012d}" for n in itertools.count(1))
        self.sealer = Sealer(new_id=lambda: next(self.ids), new_salt=lambda: b"s" * 32)
        at_hand = AtHand(lambda _: self.rules, lambda: self.organisation)
        parts = {
            "store": self.store,
            "rulebook": at_hand,
            "directory": at_hand,
            "sealer": self.sealer,
            "now": lambda: self.now,
            "new_id": lambda: next(self.ids),
        }
        beside = {"listings": Listings(self.texts), "tries": Tries(ListTries()), "draws": draws}
        self.firing = Firing(**parts, **beside)
        self.replanning = Replanning(**parts)

    def texts(self, hashes: Sequence[bytes]) -> dict[bytes, Text]:
        """Return the texts that lie beside what was written."""
        found = {text.sha256: text for event in self.written for text in event.texts}
        return {hash_: found[hash_] for hash_ in hashes if hash_ in found}

    @property
    def rules(self) -> RoundRules:
        return RoundRules(round=self.round, scheme=self.scheme, calendar=self.calendar)

    @property
    def world(self) -> World:
        return self.rules.world(self.heads, self.organisation, self.now, lambda: next(self.ids))

    @property
    def heads(self) -> Heads:
        """The whole round, with every counter that has numbers to give."""
        sorts = {"", *self.scheme.kinds} | {
            life.tier for kind in self.scheme.kinds.values() for life in kind.lives
        }
        counters = {
            Sight("counter", unit=self.round.root, name=f"{self.round.label}/{sort}")
            for sort in sorts
        }
        wanted = Wanted(cycle=self.round.id, whole=True, sights=frozenset(counters))
        return self.store.standing([wanted]).heads[self.round.id]

    def open(self):
        opening = open_round(self.world, self.now)
        seal = Seal(sealer=self.sealer, root="w", organisation_version=1)
        if opening.decided.events:
            write = seal.write(opening.decided, Origin(client="cli"), None)
            assert self.store.append([write]) == [True]
        return opening

    def case(self, number: str) -> Case:
        return next(one for one in self.world.heads.cases.values() if one.number == number)

    def cases(self, kind: str) -> list[Case]:
        return [one for one in self.world.heads.cases.values() if one.kind == kind]

    def act(self, number: str, trigger: str, person: str, **more: Any) -> Answer:
        """Fire a trigger a minute later, and return the answer whatever it is."""
        self.now += timedelta(minutes=1)
        case = self.case(number)
        data = as_read(self.world, case, trigger, more.pop("data", {}))
        return self.firing.fire(
            CaseCommand(
                case=case.stream,
                trigger=trigger,
                actor=at_page(person, self.round.root),
                data=data,
                **given(more),
            )
        )

    def fed_back(self, number: str, *bodies: str, by: str = "office.c") -> Case:
        """Tell a grade, with what each of *bodies* decided that day: else both of tier B."""
        day = self.world.day(self.now).isoformat()
        told = [{"body": one, "date": day, "minutes": "3"} for one in bodies or ("c", "g")]
        return self.done(number, "give_feedback", by, data={"decisions": told})

    def done(self, number: str, trigger: str, person: str, **more: Any) -> Case:
        """Fire a trigger that has to be taken."""
        answer = self.act(number, trigger, person, **more)
        assert answer.outcome == "done", (answer.blockers, answer.faults)
        assert answer.case is not None
        return answer.case

    def codes(self, number: str, trigger: str, person: str, **more: Any) -> list[str]:
        """Fire a trigger that has to be refused; return why."""
        answer = self.act(number, trigger, person, **more)
        assert not answer.is_accepted
        return [one.code for one in answer.blockers]

    def opened(self, kind: str, unit: str, person: str, parent: str = "") -> Answer:
        self.now += timedelta(minutes=1)
        of = self.case(parent).stream if parent else ""
        command = OpenCommand(
            cycle=self.round.id,
            kind=kind,
            actor=at_page(person, self.round.root),
            unit=unit,
            parent=of,
            key=f"open {next(self.ids)}",
        )
        return self.firing.fire(command)

    def on(self, day: date, hour: int = 9) -> None:
        """Put the clock to *hour* of *day* in Shanghai."""
        self.now = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(hours=hour - 8)

    def told(self, fact: str) -> list[dict[str, Any]]:
        """Return the data of every event of a fact, oldest first."""
        found = (open_envelope(one.body) for one in self.written)
        return [one.data for one in found if one.fact == fact]

    def replayed(self) -> None:
        """Hold what replaying gives against the heads."""
        assert self.folded() == dict(self.world.heads.cases)

    def folded(self) -> dict[str, Case]:
        """Hold every event against its schema; return what replaying them gives.

        After each of them the case is what was decided with it: who decides folds as it goes, and
        spares itself reading what it has just spelled.
        """
        cases: dict[str, Case] = {}
        for event in self.written:
            told = open_envelope(event.body)
            EVENTS.check(told.type, told.data)
            before = cases.get(told.subject)
            if before is None:
                _, _, case_id = told.subject.partition("/")
                made = open_case(
                    case_id,
                    told.data,
                    told.schemehash or "",
                    told.time,
                    family=told.partitionkey or "",
                    actor=told.actor,
                )
            else:
                assert told.time >= before.recorded_at
                made = evolve(before, told.fact, told.data, told.actor, told.time)
            assert made == event.after
            cases[told.subject] = made
        assert cases
        return cases


def as_read(world: World, case: Case, trigger: str, data: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return *data* with what whoever judges says besides: all criteria met, what was read, how."""
    known = world.life(case).triggers.get(trigger)
    if known is None or not known.verdict:
        return data
    told = dict(data)
    criteria = [
        world.scheme.documents[take.name]
        for take in known.takes
        if take.what == "document" and world.scheme.documents[take.name].by_criteria
    ]
    for document in criteria:
        rows = {one.name: {"verdict": "met"} for one in document.rows}
        told["documents"] = {document.name: {"rows": rows}, **told.get("documents", {})}
    if known.name == VERIFY and any(take.name == VERIFICATION for take in known.takes):
        told["documents"] = {
            VERIFICATION: {"rows": [{"how": "papers"}]},
            **told.get("documents", {}),
        }
    if named := to_name(known, case, world.life(case), world.scheme):
        told.setdefault(READ, {name: case.documents[name].version for name in named})
    return told


def at_page(person: str, root: str = "w") -> Actor:
    return Actor(client="web", person=person, scopes=PAGE_SCOPES, scope_unit=root)


def given(more: dict[str, Any]) -> dict[str, Any]:
    if not more.get("dry_run"):
        more.setdefault("key", f"key {next(_KEYS)}")
    return more


_KEYS = itertools.count()


def text_of(*parts: str) -> dict[str, Any]:
    return {"parts": dict.fromkeys(parts, "写明的内容")}
