"""Carrying over: what was left open in a round goes on in the next, under the scheme that follows.

A case ends in its old stream, by the trigger its old scheme has for that, and names the new one;
that opens with the old as its cause. What finds no parent in the new round stays where it is, and
is told.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any

from schemas.canonical import canonical_bytes
from services.workflow.domain.case.acts import Act, Decided
from services.workflow.domain.case.deciding import decide
from services.workflow.domain.case.effects import Transaction
from services.workflow.domain.case.head import Case
from services.workflow.domain.case.opening import NotOpened
from services.workflow.domain.case.world import Place, World
from services.workflow.domain.data.texts import Words
from services.workflow.domain.language.model.lives import Kind
from services.workflow.domain.language.model.scheme import Carry
from services.workflow.domain.language.model.triggers import ToState


@dataclass(frozen=True, kw_only=True, slots=True)
class OldRow:
    """The row that a case was made from, with the texts that lie beside the log."""

    document: str
    version: int
    number: int
    texts: Mapping[str, str] = field(default_factory=dict)  # by column


def carry_over(
    old: World,
    writing: Transaction,
    carries: tuple[Carry, ...],
    rows: Mapping[str, OldRow],
) -> Iterator[NotOpened]:
    """Let what is left in the round of *old* go on in the one that *writing* opens.

    *rows* are what cases were made from, by their streams. Yield what does not go on.
    """
    for carry in carries:
        for case in sorted(old.heads.cases.values(), key=attrgetter("number")):
            if not (case.is_open and case.kind == carry.kind and case.state in carry.states):
                continue
            end = _end(case, carry, old, writing.person)
            if end is None:
                yield NotOpened(case.unit, carry.new_kind, "not_carried")
                continue
            made = _goes_on(case, carry, end, writing, rows.get(case.stream))
            if isinstance(made, NotOpened):
                yield made
                continue
            for event in end.events:
                old = old.with_case(event.after)


def _goes_on(
    case: Case, carry: Carry, end: Decided, writing: Transaction, row: OldRow | None
) -> Case | NotOpened:
    kind = writing.world.scheme.kinds[carry.new_kind]
    parent = _parent(case, kind.origin.parent, writing.world)
    if kind.origin.parent and parent is None:
        return NotOpened(case.unit, kind.name, "parent_missing")
    made = writing.carry(
        end,
        kind,
        case.unit,
        effective_at=max(end.own.after.effective_at, writing.world.now),
        parent=parent,
        members={
            "values": _renamed(case.values, carry.columns),
            "carried_from": {"case": case.stream, "number": case.number},
            **_row(row, kind, carry.columns),
        },
    )
    if isinstance(made, Case):
        end.own.data["carried_to"] = {"case": made.stream, "number": made.number}
    return made


def _parent(case: Case, kind: str, world: World) -> Case | None:
    """Return the case of the new round that stands where the old one's parent stood."""
    place = Place(world.round.id, kind, case.unit)
    return next(iter(world.heads.standing(place)), None)


def _end(case: Case, carry: Carry, old: World, person: str | None) -> Decided | None:
    """Return what ends *case*, by the trigger that another's event may fire.

    It is the act of *person*, who opens the round: so its event says, and so it is folded.
    """
    for trigger in old.life(case).triggers_from(case.state):
        if trigger.to == ToState(carry.ends) and trigger.caused:
            act = Act(
                trigger=trigger.name,
                effective_at=max(case.effective_at, old.now),
                person=person,
                caused=True,
            )
            decided = decide(case, act, old)
            return decided if isinstance(decided, Decided) else None
    return None


def _row(row: OldRow | None, kind: Kind, columns: Mapping[str, str]) -> dict[str, Any]:
    """Return the row as the new case tells of it: its texts are committed anew, with a new salt."""
    documents = [made.document for made in kind.made_from]
    if row is None or not documents:
        return {}
    told: dict[str, Any] = {
        "document": row.document if row.document in documents else documents[0],
        "version": row.version,
        "row": row.number,
    }
    texts = _renamed(row.texts, columns)
    if texts:
        told["text"] = Words(canonical_bytes(texts).decode())
    return {"row": told}


def _renamed(values: Mapping[str, Any], columns: Mapping[str, str]) -> dict[str, Any]:
    """Return *values* under their new names; without any, all under their own."""
    if not columns:
        return dict(values)
    return {here: values[there] for here, there in columns.items() if there in values}
