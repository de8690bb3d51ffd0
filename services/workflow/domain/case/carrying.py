"""Carrying over: what was left open in a round goes on in the next, under the scheme that follows.

A case ends in its old stream, by the trigger its old scheme has for that, and names the new one;
that opens with the old as its cause. What finds no parent in the new round stays where it is, and
is told.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from services.workflow.domain.case.acts import Act, Decided, Recorded
from services.workflow.domain.case.deciding import decide
from services.workflow.domain.case.effects import Transaction
from services.workflow.domain.case.head import Case
from services.workflow.domain.case.opening import NotOpened
from services.workflow.domain.case.world import SOON, Place, World
from services.workflow.domain.language.model.scheme import Carry
from services.workflow.domain.language.model.triggers import ToState


@dataclass(frozen=True, kw_only=True, slots=True)
class Carried:
    """One case that goes on: its end in the old round, and its beginning in the new."""

    end: Recorded
    opened: Recorded


def carry_over(
    old: World, writing: Transaction, carries: tuple[Carry, ...]
) -> Iterator[Carried | NotOpened]:
    """Yield what goes on from the round of *old* in the round that *writing* opens."""
    for carry in carries:
        for case in list(old.heads.cases.values()):
            if case.is_open and case.kind == carry.kind and case.state in carry.states:
                yield _carried(case, carry, old, writing)


def _carried(case: Case, carry: Carry, old: World, writing: Transaction) -> Carried | NotOpened:
    kind = writing.world.scheme.kinds[carry.new_kind]
    parent = _parent(case, kind.origin.parent, writing.world)
    if kind.origin.parent and parent is None:
        return NotOpened(case.unit, kind.name, "parent_missing")
    end = _end(case, carry, old)
    if end is None:
        return NotOpened(case.unit, kind.name, "not_carried")
    at = len(writing.events)
    made = writing.open(
        kind,
        case.unit,
        None,
        effective_at=max(end.after.effective_at, writing.world.now),
        parent=parent,
        not_before=end.recorded_at + SOON,
        members={
            "values": _values(case, carry.columns),
            "carried_from": {"case": case.stream, "number": case.number},
        },
    )
    if isinstance(made, NotOpened):
        return made
    data = {**end.data, "carried_to": {"case": made.stream, "number": made.number}}
    return Carried(end=replace(end, data=data), opened=writing.events[at])


def _parent(case: Case, kind: str, world: World) -> Case | None:
    """Return the case of the new round that stands where the old one's parent stood."""
    place = Place(world.round.id, kind, case.unit)
    return next(iter(world.heads.standing(place)), None)


def _end(case: Case, carry: Carry, old: World) -> Recorded | None:
    """Return the event that ends *case*, by the trigger that another's event may fire."""
    for trigger in old.life(case).triggers_from(case.state):
        if trigger.to == ToState(carry.ends) and trigger.caused:
            act = Act(
                trigger=trigger.name,
                effective_at=max(case.effective_at, old.now),
                caused=True,
            )
            decided = decide(case, act, old)
            return decided.own if isinstance(decided, Decided) else None
    return None


def _values(case: Case, columns: Mapping[str, str]) -> dict[str, object]:
    """Return the values under their new names; without any, all under their own."""
    if not columns:
        return dict(case.values)
    return {here: case.values[there] for here, there in columns.items() if there in case.values}
