"""Workbooks in place of what is typed: the lists that a trigger takes, read from sheets.

The one idea: a workbook is another way to spell the data of a trigger. What is read is judged by
the very rules that judge what is typed, and a fault is told of the cell that it stands in. Nothing
is done by reading: whoever brought it sees what it says, and then acts, with all of it or nothing.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, TypeVar

from schemas.calendar import local_day
from schemas.limits import CASE_NUMBER
from schemas.streams import NotAStream, Stream
from services.workflow.application.boards import Boards
from services.workflow.application.filled_lists import Reading, TakenList, lists_of
from services.workflow.application.firing.commands import CaseCommand
from services.workflow.application.firing.judging import Rejected, hidden, judge
from services.workflow.application.firing.looking import looking
from services.workflow.application.firing.naming import Naming
from services.workflow.application.firing.port import CaseStore, Standing, Wanted
from services.workflow.application.firing.rules import ZONE
from services.workflow.application.listings import Listings
from services.workflow.application.rulebook import Directory, Rulebook
from services.workflow.application.saving import File
from services.workflow.application.workbooks import (
    Office,
    Sheet,
    UnfitWorkbook,
    of_a_cell,
    sheet_of,
    strangers,
)
from services.workflow.domain.authority import Actor, authorise
from services.workflow.domain.case.head import Case
from services.workflow.domain.case.naming import NOTHING, wanted
from services.workflow.domain.case.world import World
from services.workflow.domain.data import kinds
from services.workflow.domain.data.namesakes import to_tell_apart
from services.workflow.domain.refusals import Blocker, Invalid, NotAllowed, NotYours

Told = TypeVar("Told")
_NUMBER = re.compile(CASE_NUMBER, re.ASCII)


@dataclass(frozen=True, kw_only=True, slots=True)
class Filled:
    """What a workbook says, as the data of its trigger, and how many lines that are."""

    data: dict[str, Any]
    n_lines: int


@dataclass(frozen=True, kw_only=True, slots=True)
class _Place:
    """Where lists are to go: a trigger of a case, as the one who asks may fire it."""

    command: CaseCommand
    case: Case
    world: World
    lists: list[TakenList]


class Filling:
    """Workbooks of what a trigger takes: empty to be filled in, and filled in to be read."""

    def __init__(
        self,
        *,
        store: CaseStore,
        directory: Directory,
        rulebook: Rulebook,
        boards: Boards,
        office: Office,
        naming: Naming,
        listings: Listings,
        now: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._directory = directory
        self._rulebook = rulebook
        self._boards = boards
        self._office = office
        self._naming = naming
        self._listings = listings
        self._now = now

    def template(self, actor: Actor, case_id: str, trigger: str) -> File:
        """Return the workbook to fill in for *trigger*: a sheet for each list that it takes.

        Raises:
            NotYours, NotAllowed: it is not theirs to fire. Invalid: it takes no list.
        """
        place = self._look(actor, case_id, trigger, lambda found: found)
        content = self._office.write([one.table() for one in place.lists])
        label = place.world.life(place.case).triggers[trigger].label
        return File(content=content, plain=f"{trigger}.xlsx", called=(place.case.number, label))

    def read(self, actor: Actor, case_id: str, trigger: str, content: bytes) -> Filled:
        """Return what a workbook says as the data of *trigger*; nothing is done.

        Raises:
            NotYours, NotAllowed: it is not theirs to fire. Invalid: it takes no list.
            UnfitFile, UnfitWorkbook: with what is wrong, each at its cell.
        """
        self._look(actor, case_id, trigger, lambda found: found)  # before anything is unpacked
        with self._office.read(content).whole() as sheets:
            return self._look(actor, case_id, trigger, lambda found: self._filled(found, sheets))

    def _filled(self, place: _Place, sheets: Sequence[Sheet]) -> Filled:
        reading = Reading()
        reading.blockers += strangers(sheets, (one.title for one in place.lists))
        for one in place.lists:
            one.read(sheet_of(sheets, one.title, alone=len(place.lists) == 1), reading)
        blockers = [*reading.blockers, *self._name_cases(place.command.actor, reading)]
        cells = {one.field for one in blockers}
        place = self._knowing(place, reading)
        blockers += (one for one in _at_fault(place, reading) if one.field not in cells)
        if blockers:
            raise UnfitWorkbook(blockers)
        return Filled(data=reading.data, n_lines=reading.n_lines)

    def _knowing(self, place: _Place, reading: Reading) -> _Place:
        """Return *place* with what the lines name of other cases, and who bears names of theirs."""
        asked_for = wanted(reading.data.get("documents"), place.world.scheme)
        actor = place.command.actor
        named = self._naming.named(actor, place.case, asked_for) if asked_for != NOTHING else {}
        world = place.world
        trigger = world.life(place.case).triggers.get(place.command.trigger)
        takes, rosters = trigger.takes if trigger else (), reading.data.get("rosters")
        names, people = to_tell_apart(takes, rosters, place.case, world)
        bearers = self._naming.bearers(names, people) if names else {}
        return replace(place, world=replace(world, named=named, bearers=bearers))

    def _name_cases(self, actor: Actor, reading: Reading) -> list[Blocker]:
        """Put the streams of other cases where a cell names them by their numbers.

        Returns what is none of theirs, at its cell.
        """
        told = [(row, path, row.value(*path)) for row, path in reading.cases]
        named = [one for one in told if one[2] and not _is_stream(one[2])]
        if not named:
            return []
        numbers = {text for _, _, text in named if _NUMBER.fullmatch(text)}
        seen = self._boards.look(actor, self._now())
        found = self._boards.streams_named(seen, numbers)
        for row, path, _ in named:
            row.put(path, lambda said: found.get(said, said))
        return [
            Blocker(code="number_unknown", field=row.at(*path))
            for row, path, text in named
            if text not in found
        ]

    def _look(
        self, actor: Actor, case_id: str, trigger: str, ask: Callable[[_Place], Told]
    ) -> Told:
        def asked(standing: Standing) -> Told:
            return ask(self._place(actor, case_id, trigger, standing))

        return looking(self._store, Wanted(case=case_id), asked)

    def _place(self, actor: Actor, case_id: str, trigger: str, standing: Standing) -> _Place:
        organisation = self._directory.at_least(standing.organisation_version)
        case = standing.case(case_id)
        if case is None:
            today = local_day(self._now(), ZONE)
            if authorise(actor, "case.find", organisation, today).reason == "client_scope":
                raise NotAllowed(Blocker(code="client_scope"))
            raise NotYours(case_id)
        rules, heads = self._rulebook.running(case.cycle), standing.heads[case.cycle]
        listings = self._listings.known
        if unknown := self._listings.unknown([heads], listings):
            listings = self._listings.learn(unknown, listings)
        world = rules.world(heads, organisation, self._now(), str, listings)
        command = CaseCommand(case=case.stream, trigger=trigger, actor=actor, dry_run=True)
        _require(command, case, world)
        lists = lists_of(world.life(case).triggers[trigger], case, world)
        if not lists:
            raise Invalid((Blocker(code="no_workbook_taken", field="trigger"),))
        return _Place(command=command, case=case, world=world, lists=lists)


def _is_stream(text: str) -> bool:
    try:
        return Stream.parse(text).is_case
    except NotAStream:
        return False


def _require(command: CaseCommand, case: Case, world: World) -> None:
    """Return if the one who asks finds the case, and may fire the trigger whatever its state."""
    unseen = hidden(command, case, world)
    if unseen is not None:
        if unseen.answer.outcome == "not_allowed":
            raise NotAllowed(unseen.answer.blockers[0])
        raise NotYours(case.id)
    verdict = judge(command, case, world)
    if not isinstance(verdict, Rejected):
        return
    if verdict.answer.outcome == "not_allowed":
        raise NotAllowed(verdict.answer.blockers[0])
    if command.trigger not in world.life(case).triggers:
        raise Invalid(verdict.answer.blockers)


def _at_fault(place: _Place, reading: Reading) -> Iterator[Blocker]:
    """Yield what is wrong with the cells, of all that would be said of them if they were sent."""
    command = replace(place.command, data=reading.data)
    trigger = place.world.life(place.case).triggers[command.trigger]
    _, faults = kinds.read(trigger, place.case, place.world, reading.data)  # whatever its state
    verdict = judge(command, place.case, place.world)
    blockers = verdict.answer.blockers if isinstance(verdict, Rejected) else ()
    found = (of_a_cell(one, one.field) for one in faults)
    for one in (*found, *blockers):
        # Beside what could not be read, what has no cell of its own may be what follows from it.
        line = one.params.get("line") if isinstance(one, Blocker) else None
        path = one.field if line is None else f"{one.field}[{line}]"
        cell = reading.places.get(path, "") if reading.blockers else _cell(path, reading)
        if cell:
            yield replace(one, field=cell)


def _cell(path: str, reading: Reading) -> str:
    """Return where in the workbook *path* stands, or what is nearest above it; "": nowhere."""
    while path and path not in reading.places:
        path = path[: max(path.rfind("."), path.rfind("["), 0)]
    return reading.places.get(path, "")
