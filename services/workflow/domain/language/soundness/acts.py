"""Holder and act agree: who holds a case can do what leads on, or the state says what it awaits."""

from collections.abc import Iterator

from schemas.said import either, said
from services.workflow.domain.language.model.lives import Kind, Life, State
from services.workflow.domain.language.model.parties import Desk, Grant
from services.workflow.domain.language.model.scheme import Scheme
from services.workflow.domain.language.model.triggers import Trigger
from services.workflow.domain.language.soundness.noting import Note
from services.workflow.domain.language.soundness.reach import unit_kinds


def check_acts(scheme: Scheme, note: Note) -> None:
    """Note every desk at which a case would lie without an act for its holder."""
    for kind, life in scheme.lives():
        for state in life.states.values():
            if state.final or state.waits:
                continue
            acts = list(_leading_on(life, state))
            for desk in _desks(state):
                _check_desk(kind, life, state, desk, acts, note)


def _desks(state: State) -> Iterator[Desk]:
    for desk in state.desks:
        yield desk
        if desk.otherwise is not None:
            yield desk.otherwise


def _leading_on(life: Life, state: State) -> Iterator[Trigger]:
    """Yield what leads from *state* to another one that is no mere breaking off."""
    for trigger in life.triggers_from(state.name):
        for unit_kind in unit_kinds(life):
            targets = set(trigger.targets(state.name, life.stages(unit_kind)))
            if any(_is_on(life, target) for target in targets - {state.name}):
                yield trigger
                break


def _is_on(life: Life, target: str) -> bool:
    return target in life.states and life.states[target].final in (None, "completed")


def _check_desk(
    kind: Kind, life: Life, state: State, desk: Desk, acts: list[Trigger], note: Note
) -> None:
    lacking = [role for role in (desk.roles or ("",)) if not _may(life, desk, role, acts)]
    if not lacking:
        return
    tier = said(" of tier {tier}", tier=life.tier) if life.tier else ""
    who = (
        said("{party} as {words}", party=desk.party, words=either(lacking))
        if desk.roles
        else desk.party
    )
    note(
        desk.at or state.at,
        said(
            "in {state} of {kind}{tier} {who} has no act that leads on; give one, or say what the"
            " state waits for",
            state=state.name,
            kind=kind.name,
            tier=tier,
            who=who,
        ),
    )


def _may(life: Life, desk: Desk, role: str, acts: list[Trigger]) -> bool:
    return any(
        trigger.by_desk or any(_covers(life, grant, desk, role) for grant in trigger.by)
        for trigger in acts
    )


def _covers(life: Life, grant: Grant, desk: Desk, role: str) -> bool:
    if not grant.party or (grant.roles and role not in grant.roles):
        return False
    if grant.party == desk.party:
        return True
    rule = life.parties.get(grant.party)
    return rule is not None and rule == life.parties.get(desk.party)
