"""The cases that a workbook is about, as things stand: which of them whoever brought it finds.

A number that they do not find is told as one that nobody has.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial

from services.workflow.application.asking import TRIGGER_BODY, read
from services.workflow.application.case_sheets import CaseSheets, Wanted, labels_of
from services.workflow.application.firing.commands import CaseCommand
from services.workflow.application.firing.judging import hidden, may_fire_now
from services.workflow.application.workbooks import Sheet, UnfitWorkbook, of_a_cell
from services.workflow.domain.authority import Actor
from services.workflow.domain.case.head import Case
from services.workflow.domain.case.requests import lacks_what_comes_first
from services.workflow.domain.case.world import World
from services.workflow.domain.language.model.triggers import Trigger
from services.workflow.domain.refusals import Blocker, Invalid

MOST_CASES = 1_000  # of one workbook: as many as commands of one request


@dataclass(frozen=True, kw_only=True, slots=True)
class Purpose:
    """What a workbook is for: one trigger, of one kind of case in one round."""

    cycle: str
    kind: str
    trigger: str
    unit: str = ""  # with all below it; "": of the whole round


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    world: World
    trigger: Trigger
    cases: Sequence[Case]  # of the kind, in the order of their numbers
    actor: Actor

    def waiting(self) -> list[Case]:
        """Return the cases that the one who asks may do it to now."""
        command = partial(_command, trigger=self.trigger.name, actor=self.actor)
        return [
            one
            for one in self.cases
            if may_fire_now(command(one.stream), one, self.world) and self._has_begun(one)
        ]

    def _has_begun(self, case: Case) -> bool:
        life = self.world.life(case)
        return not lacks_what_comes_first(case, life.triggers[self.trigger.name], life)

    def finds(self, case: Case) -> bool:
        """Tell whether the one who asks finds *case*."""
        command = _command(case.stream, self.trigger.name, self.actor)
        return hidden(command, case, self.world) is None

    def passes(self, case: Case) -> bool:
        """Tell whether the trigger judges, by the life of the *case*, what it would pass."""
        trigger = self.world.life(case).triggers[self.trigger.name]
        return trigger.verdict == "pass" and case.state in trigger.sources

    def labels(self, cases: Iterable[Case]) -> tuple[str, ...]:
        """Return what the lives of *cases* call the trigger, each label once."""
        return labels_of(self.trigger.name, map(self.world.life, cases))

    def stream_of(self, number: str) -> str:
        """Return the stream of the case of that number, where the one who asks finds it."""
        found = (one for one in self.world.heads.cases.values() if one.number == number)
        case = next(found, None)
        return case.stream if case is not None and self.finds(case) else number


def place_of(actor: Actor, purpose: Purpose, world: World) -> Place:
    """Return the cases of *purpose*, and its trigger.

    Raises:
        Invalid: the kind has none of that name, or it takes nothing that a sheet holds.
    """
    kind = world.scheme.kinds.get(purpose.kind)
    lives = () if kind is None else kind.lives
    trigger = next(
        (one.triggers[name] for one in lives if (name := purpose.trigger) in one.triggers), None
    )
    if trigger is None:
        raise Invalid((Blocker(code="unknown_trigger", field="trigger"),))
    cases = [
        case
        for case in world.heads.cases.values()
        if case.kind == purpose.kind
        and trigger.name in world.life(case).triggers
        and (not purpose.unit or purpose.unit in (*case.path, case.unit))
    ]
    cases.sort(key=lambda case: case.number)
    if cases and not CaseSheets(trigger, cases[:1], world).takes:
        raise Invalid((Blocker(code="no_workbook_taken", field="trigger"),))
    return Place(world=world, trigger=trigger, cases=cases, actor=actor)


def require_some(place: Place) -> None:
    """Return if the one who asks finds any of the cases."""
    if not any(place.finds(case) for case in place.cases):
        raise Invalid((Blocker(code="no_case_waits", field="trigger"),))


def asked_of(place: Place, sheets: Sequence[Sheet]) -> tuple[list[Wanted], list[Blocker]]:
    """Return what is asked, of cases that the one who asks finds, and what is wrong with the rest.

    Raises:
        UnfitWorkbook: of too many.
    """
    faults = list[Blocker]()
    made_of = CaseSheets(place.trigger, place.cases, place.world)
    asked, known = list[Wanted](), {case.number: case for case in place.cases}
    for one in made_of.read(sheets, faults, place.stream_of):
        case = known.get(one.number)
        if case is None or not place.finds(case):
            faults.append(Blocker(code="case_unknown", field=one.place))
        else:
            asked.append(one)
        _, unread = read(TRIGGER_BODY, {"trigger": place.trigger.name, **one.beside})
        faults += [of_a_cell(each, one.cell(each.field)) for each in unread]
    if len(asked) > MOST_CASES:
        faults.append(Blocker(code="cases_too_many", params={"most": MOST_CASES}))
        raise UnfitWorkbook(faults)
    return asked, faults


def repeated_of(place: Place, sheets: Sequence[Sheet]) -> tuple[list[Wanted], list[Blocker]]:
    """Return what was asked of cases when it was done: it is judged no more."""
    known = {case.number: case for case in place.cases}
    made_of = CaseSheets(place.trigger, place.cases, place.world)
    asked = made_of.read(sheets, [], place.stream_of)
    return [one for one in asked if one.number in known], []


def _command(stream: str, trigger: str, actor: Actor) -> CaseCommand:
    return CaseCommand(case=stream, trigger=trigger, actor=actor, dry_run=True)
