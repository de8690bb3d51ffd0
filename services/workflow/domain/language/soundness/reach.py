"""Every state of every kind, tier and kind of unit can be come to, and leads to a proper end."""

from collections.abc import Collection, Iterator

from schemas.said import said
from services.workflow.domain.language.model.lives import Kind, Life
from services.workflow.domain.language.model.scheme import Scheme
from services.workflow.domain.language.soundness.noting import Note

Edge = tuple[str, str]


def check_reach(scheme: Scheme, note: Note) -> None:
    """Note states that nothing leads to, those that never complete, triggers without a state."""
    for kind in scheme.kinds.values():
        _check_use(kind, note)
    for kind, life in scheme.lives():
        if life.initial not in life.states:
            continue  # noted where it was read
        reached: set[str] = set()
        for unit_kind in unit_kinds(life):
            reached |= _check_ways(kind, life, unit_kind, note)
        for state in life.states.values():
            if state.name not in reached:
                note(
                    state.at,
                    said(
                        "unreachable{life}: no trigger leads to {state}",
                        life=_in(kind, life),
                        state=state.name,
                    ),
                )


def unit_kinds(life: Life) -> tuple[str, ...]:
    """Return the kinds of units a life is for; one without a name where it is for all."""
    return life.unit_kinds or ("",)


def edges(life: Life, unit_kind: str) -> list[Edge]:
    """Return every move from one state to another."""
    return [(source, target) for _, source, target in life.edges(unit_kind)]


def closure(start: Collection[str], pairs: Collection[Edge]) -> set[str]:
    """Return all that can be come to from *start* along *pairs*."""
    reached, size = set(start), -1
    while len(reached) != size:
        size = len(reached)
        reached |= {target for source, target in pairs if source in reached}
    return reached


def _check_ways(kind: Kind, life: Life, unit_kind: str, note: Note) -> set[str]:
    pairs = edges(life, unit_kind)
    reached = closure({life.initial}, pairs)
    completed = {name for name, end in life.ends.items() if end == "completed"}
    ending = closure(completed, [(target, source) for source, target in pairs])
    for state in _open(life):
        if state in reached and state not in ending:
            whose = (
                said("the case of a {unit_kind}", unit_kind=unit_kind) if unit_kind else kind.name
            )
            note(
                life.states[state].at,
                said(
                    "dead end{life}: from {state} {whose} never completes",
                    life=_in(kind, life),
                    state=state,
                    whose=whose,
                ),
            )
    return reached


def _check_use(kind: Kind, note: Note) -> None:
    triggers = [trigger for life in kind.lives for trigger in life.triggers.values()]
    used = {trigger.name for trigger in triggers if trigger.sources}
    for trigger in triggers:
        if trigger.name not in used:
            note(trigger.at, said("no state has {trigger} leaving it", trigger=trigger.name))


def _open(life: Life) -> Iterator[str]:
    return (state.name for state in life.states.values() if not state.final)


def _in(kind: Kind, life: Life) -> str:
    return said(" in tier {tier} of {kind}", tier=life.tier, kind=kind.name) if life.tier else ""
