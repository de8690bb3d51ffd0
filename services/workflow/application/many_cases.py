"""Workbooks over many cases: one trigger for all that are named in it, all of them or none.

The one idea: a line is a command. It is judged by the very rules that judge what is typed, each
fault is told at its cell, and nothing is done before everything could be. Who brought it sees what
it would do first.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from typing import TypeVar

from services.workflow.application.asking import (
    KEY_FIELD,
    TRIGGER_BODY,
    Circumstances,
    fingerprint,
    read,
)
from services.workflow.application.boards import Boards, Look, Names
from services.workflow.application.boards.acts import alone, open_acts, parents_of
from services.workflow.application.boards.ledger import row_texts
from services.workflow.application.case_sheets import CaseSheets, Texts, Wanted
from services.workflow.application.firing.commands import Answer, CaseCommand
from services.workflow.application.firing.looking import looking
from services.workflow.application.firing.port import CaseStore, Standing
from services.workflow.application.firing.port import Wanted as ToRead
from services.workflow.application.firing.together import Together
from services.workflow.application.reading_ports import ListQuery
from services.workflow.application.rulebook import Directory, Rulebook, Rules
from services.workflow.application.saving import File
from services.workflow.application.workbook_cases import (
    MOST_CASES,
    Place,
    Purpose,
    asked_of,
    place_of,
    repeated_of,
    require_some,
)
from services.workflow.application.workbooks import Office, UnfitWorkbook, of_a_cell
from services.workflow.domain.authority import Actor
from services.workflow.domain.case.acting import BETWEEN_ROLES
from services.workflow.domain.case.head import Case
from services.workflow.domain.case.requests import lacks_what_comes_first
from services.workflow.domain.case.sights import Unread
from services.workflow.domain.case.verdicts import judged
from services.workflow.domain.case.world import World
from services.workflow.domain.language.model.triggers import Trigger
from services.workflow.domain.refusals import Blocker, Conflict, Invalid, NotYours

Told = TypeVar("Told")
Permit = Callable[[int], None]  # of so many cases; raises where they are too many
PAGES = "web"  # the client that pages are


def free(_n: int) -> None:
    """Permit any number of cases."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Done:
    """What is done by a workbook, or would be."""

    labels: Sequence[str]  # of its trigger, by the lives of its cases
    answers: Sequence[Answer]
    cell: Mapping[str, str]  # by the number of a case
    said: Mapping[str, str]  # by the number of a case: what its lines say
    n_lines: int
    rehearsed: bool
    seen: str  # which cases it was held against, and as they stood; SHA-256

    @property
    def replayed(self) -> bool:
        """Whether the same was sent before, and is answered again."""
        return any(one.replayed for one in self.answers)


@dataclass(frozen=True, kw_only=True, slots=True)
class Purposes:
    """What workbooks can be brought for."""

    found: Sequence[tuple[str, Trigger, int]]  # kind, trigger, how many cases wait for it
    more: bool  # whether there are cases that were not looked at


@dataclass(frozen=True, kw_only=True, slots=True)
class ManyCases:
    """The use cases of who does one thing to many cases."""

    store: CaseStore
    directory: Directory
    rulebook: Rulebook
    boards: Boards
    office: Office
    together: Together
    now: Callable[[], datetime]

    def purposes(self, look: Look, rules: Rules) -> Purposes:
        """Return what a workbook can be brought for, by what of a round lies before who looks.

        Three statements: of more than `MOST_CASES` as many are judged, of each kind, tier and state
        those due first, by what they belong to. One that hangs on other cases yet is counted as if
        they allowed it: its workbook judges it.
        """
        reads, query = self.boards.sources.reads, ListQuery(cycle=rules.cycle.id, limit=MOST_CASES)
        seen = look.seen(query)
        first = reads.first_of_each(seen, MOST_CASES + 1)
        page = reads.list_cases(replace(seen, ids=tuple(first[:MOST_CASES])))
        parents = parents_of(self.boards.sources, page.cases)
        found: dict[tuple[str, str], tuple[Trigger, int]] = {}
        for case in page.cases:
            world = alone(look, case, rules, parents)
            for trigger in open_acts(look, case, rules, parents):
                if lacks_what_comes_first(case, trigger, world.life(case)):
                    continue
                known, n = found.get((case.kind, trigger.name), (None, 0))
                if known is not None or _is_for_sheets(trigger, case, world):
                    found[case.kind, trigger.name] = (trigger, n + 1)
        return Purposes(
            found=[(kind, trigger, n) for (kind, _), (trigger, n) in found.items()],
            more=len(first) > MOST_CASES,
        )

    def labels(self, actor: Actor, purpose: Purpose) -> Sequence[str]:
        """Return what the trigger of a workbook is called, to who finds some case of its kind.

        Where lives do not agree, by those of the cases that wait, else of all that they find.

        Raises:
            NotYours: no such round. Invalid: they find none, or it takes nothing.
        """

        def ask(place: Place) -> Sequence[str]:
            require_some(place)
            every = place.labels(place.cases)
            if len(every) == 1:
                return every
            return place.labels(place.waiting()) or place.labels(filter(place.finds, place.cases))

        return self._looked(actor, purpose, ask)

    def template(self, actor: Actor, purpose: Purpose, *, named: bool = True) -> File:
        """Return the workbook to fill in, with a line for each case that it may be done to.

        Raises:
            NotYours: no such round. Invalid: it can be done to none, or takes nothing.
        """
        place, waiting = self._looked(actor, purpose, lambda found: (found, found.waiting()))
        if not waiting:
            raise Invalid((Blocker(code="no_case_waits", field="trigger"),))
        sheets = CaseSheets(place.trigger, waiting, place.world)
        content = self.office.write(sheets.tables(*self._called(actor, waiting, named=named)))
        label, labels = self.rulebook.of(purpose.cycle).cycle.label, place.labels(waiting)
        called = (label, BETWEEN_ROLES.join(labels) or purpose.trigger)
        return File(content=content, plain=f"{purpose.trigger}.xlsx", called=called)

    def _called(
        self, actor: Actor, cases: Sequence[Case], *, named: bool
    ) -> tuple[Callable[[str], str], Names, Texts]:
        """Return what units, the people of *cases* and their rows are called to *actor*."""
        look = self.boards.look(actor, self.now())
        people = [case.person for case in cases] if named else []
        texts = row_texts(self.boards.sources, look, cases)
        return look.unit_name, self.boards.names(look, people), texts

    def look(
        self,
        by: Circumstances,
        purpose: Purpose,
        content: bytes,
        permit: Permit = free,
        *,
        named: bool = True,
    ) -> Done:
        """Return what a workbook would do; nothing is done.

        *permit* is told how many cases it is about before they are judged, and may raise. Where
        people are not *named* to who asks, only their ids may stand beside the numbers.

        Raises:
            NotYours: no such round. Invalid: it can be done to none, or takes nothing.
            UnfitFile, UnfitWorkbook: with what is wrong, each at its cell.
            StoreUnavailable: others wrote to its cases, again and again.
        """
        return self._do(by, purpose, content, None, permit, named=named)

    def act(
        self,
        by: Circumstances,
        purpose: Purpose,
        content: bytes,
        key: str,
        permit: Permit = free,
        *,
        named: bool = True,
        seen: str | None = None,
    ) -> Done:
        """Do what a workbook says, to all of its cases or to none.

        What was done under *key* before is answered as it was, and asks for no *permit*. With
        *seen*, which `look` told, it is done to the cases as they stood then, or not at all.

        Raises:
            As `look`. Invalid: the key was another request's. Conflict: a case has moved since.
        """
        return self._do(by, purpose, content, key, permit, named=named, seen=seen)

    def _do(
        self,
        by: Circumstances,
        purpose: Purpose,
        content: bytes,
        key: str | None,
        permit: Permit,
        *,
        named: bool,
        seen: str | None = None,
    ) -> Done:
        actor, mark = by.actor, _mark(by.actor, purpose, content)
        again = key is not None and self._was_done(actor, key, mark)
        if again:
            purpose = replace(purpose, unit="")  # wherever they are by now
        else:
            self._looked(actor, purpose, require_some)  # before anything is unpacked
        book, ask = self.office.read(content), repeated_of if again else asked_of
        with book.whole() as sheets:
            place, (asked, faults) = self._looked(
                actor, purpose, lambda found: (found, ask(found, sheets))
            )
            cases = {case.number: case for case in place.cases}
            commands = [_as_command(one, cases[one.number], purpose.trigger, by) for one in asked]
            seen_now = _seen(cases[one.number] for one in asked)
            if not again:
                if seen is not None:
                    _require_unmoved(seen, seen_now)
                    for one, command in zip(asked, commands, strict=True):
                        command.if_match = cases[one.number].version
                permit(len(commands))
                faults += self._misnamed(place, asked, named=named)
                faults += self._unopened(place, asked)
            if not (asked or faults or book.unfit):
                faults.append(Blocker(code="workbook_empty"))
            # Of one that is refused the other lines are judged as well, and nothing is done.
            key = None if faults or book.unfit else key
            for nth, command in enumerate(commands if key is not None else ()):
                command.key = key if nth == 0 else _key_beside(key, asked[nth].number)
                command.fingerprint = mark
            answers = self.together.fire(commands, rehearsed=key is None) if commands else ()
            told = {one.field for one in faults}
            faults += [
                fault
                for one, answer in zip(asked, answers, strict=True)
                for fault in _refused(one, answer)
                if fault.field not in told
            ]
            if faults:
                raise UnfitWorkbook(faults)
        return Done(
            labels=place.labels(cases[one.number] for one in asked),
            answers=answers,
            cell={one.number: one.place for one in asked},
            said={one.number: one.said for one in asked},
            n_lines=len(asked),
            rehearsed=key is None,
            seen=seen_now,
        )

    def _misnamed(self, place: Place, asked: Sequence[Wanted], *, named: bool) -> Iterator[Blocker]:
        """Yield where another unit or person stands beside a number than its case has."""
        numbers = {one.number for one in asked}
        cases = [case for case in place.cases if case.number in numbers]
        sheets = CaseSheets(place.trigger, cases, place.world)
        yield from sheets.misnamed(asked, *self._called(place.actor, cases, named=named))

    def _unopened(self, place: Place, asked: Sequence[Wanted]) -> Iterator[Blocker]:
        """Yield which texts who passes them has not opened; programs say what was read."""
        if place.actor.client != PAGES:
            return
        known = {case.number: case for case in place.cases}
        passed = [(one, known[one.number]) for one in asked if place.passes(known[one.number])]
        texts = [(case, judged(case, place.world.life(case))) for _, case in passed]
        opened = self.boards.sources.watch.have_opened(place.actor, texts)
        for (one, _), was in zip(passed, opened, strict=True):
            if not was:
                yield Blocker(code="text_not_opened", field=one.place)

    def _was_done(self, actor: Actor, key: str, mark: bytes) -> bool:
        """Tell whether the same was done under *key*.

        Raises:
            Invalid: the key was another request's.
        """
        used = self.store.standing([ToRead(client=actor.client, key=key)]).used
        before = used.get((actor.client, key))
        if before is not None and before.key.fingerprint != mark:
            raise Invalid((Blocker(code="key_reused", field=KEY_FIELD),))
        return before is not None

    def _looked(self, actor: Actor, purpose: Purpose, ask: Callable[[Place], Told]) -> Told:
        def asked(standing: Standing) -> Told:
            world = self._world(standing, purpose.cycle)
            return ask(place_of(actor, purpose, world))

        return looking(self.store, ToRead(cycle=purpose.cycle, whole=True), asked)

    def _world(self, standing: Standing, cycle: str) -> World:
        organisation = self.directory.at_least(standing.organisation_version)
        rules = self.rulebook.running(cycle)
        if cycle not in standing.heads:
            raise NotYours(cycle)
        return rules.world(standing.heads[cycle], organisation, self.now(), str)


def _mark(actor: Actor, purpose: Purpose, content: bytes) -> bytes:
    """Return what makes two requests under one key the same."""
    path = f"/v1/cycles/{purpose.cycle}/workbook/{purpose.kind}/{purpose.trigger}"
    return fingerprint(path, actor.person, sha256(content).hexdigest())


def _seen(cases: Iterable[Case]) -> str:
    return sha256("\n".join(f"{one.stream} {one.version}" for one in cases).encode()).hexdigest()


def _require_unmoved(seen: str, now: str) -> None:
    if seen != now:
        raise Conflict(Blocker(code="moved_since_seen"))


def _key_beside(key: str | None, number: str) -> str:
    """Return the key of a case of a workbook that came under *key*, by which it is found again."""
    return sha256(f"{key}\n{number}".encode()).hexdigest()


def _is_for_sheets(trigger: Trigger, case: Case, world: World) -> bool:
    """Tell whether a trigger takes what a workbook can hold."""
    if not (trigger.takes or trigger.corrects or trigger.sets):
        return False
    try:
        return CaseSheets(trigger, (case,), world).takes
    except Unread:  # it hangs on other cases
        return True


def _as_command(one: Wanted, case: Case, trigger: str, by: Circumstances) -> CaseCommand:
    loaded, _ = read(TRIGGER_BODY, {"trigger": trigger, **one.beside})
    return CaseCommand(
        case=case.stream,
        trigger=trigger,
        actor=by.actor,
        data=one.data,
        reason=loaded.get("reason"),
        reference=loaded.get("reference"),
        effective_at=loaded.get("effective_at"),
        correlation=by.correlation,
        identity_version=by.identity_version,
    )


def _refused(one: Wanted, answer: Answer) -> Iterator[Blocker]:
    """Yield why it is not done, each at its cell: those of its data, its state, its people."""
    if answer.is_accepted:
        return
    for fault in answer.faults:
        yield of_a_cell(fault, one.cell(fault.field))
    for blocker in answer.blockers:
        # What follows from a fault of a cell, and has none of its own, is not told beside it.
        if not answer.faults or one.stands(blocker.field):
            yield replace(blocker, field=one.cell(blocker.field))
