"""All kinds of datum, and what one trigger takes of them together."""

from collections.abc import Mapping
from dataclasses import replace
from itertools import groupby
from typing import Any

from schemas.complaints import Fault, load
from schemas.fields import Identifier, StrictSchema
from services.workflow.domain.case.head import Case
from services.workflow.domain.case.where import matches
from services.workflow.domain.case.world import World
from services.workflow.domain.data import (
    component,
    decision,
    document,
    grade,
    number,
    presence,
    roster,
    setting,
)
from services.workflow.domain.data.datum import Datum, Filing, Given, Schema
from services.workflow.domain.language.model.scheme import Scheme
from services.workflow.domain.language.model.triggers import Take, Trigger

DATA: Mapping[str, Datum] = {
    each.DATUM.what: each.DATUM
    for each in (component, decision, document, grade, number, presence, roster)
}
SUBJECT = "person"  # who a case is about from now on, where it is not the new holder of the post


def taken(trigger: Trigger, case: Case, world: World) -> tuple[Take, ...]:
    """Return what *trigger* takes of *case*, what it corrects among it."""
    return tuple(
        take
        for take in (*trigger.takes, *trigger.corrects)
        if matches(take.where, case, world.organisation)
    )


def read(
    trigger: Trigger, case: Case, world: World, data: Mapping[str, Any]
) -> tuple[Given, tuple[Fault, ...]]:
    """Return the data of *trigger*, without its faulty members, and every fault in it."""
    takes = taken(trigger, case, world)
    if not data and not takes and not trigger.sets:
        return {}, ()  # most triggers: a schema would cost more than the decision
    loaded, faults = load(schema(world.scheme, case.tier or "", trigger, takes), data)
    faulty = {fault.field.partition(".")[0].partition("[")[0] for fault in faults}
    sound = {name: value for name, value in loaded.items() if name not in faulty}
    return sound, tuple(replace(fault, field=f"data.{fault.field}") for fault in faults)


def record(trigger: Trigger, given: Given, filing: Filing) -> dict[str, Any]:
    """Return the members of the event that hold what was given, texts still to be committed."""
    members: dict[str, Any] = dict(setting.record(trigger.sets, given))
    for what, takes in _by_kind(taken(trigger, filing.case, filing.world)):
        members |= DATA[what].record(takes, given, filing)
    return members


def schema(scheme: Scheme, tier: str, trigger: Trigger, takes: tuple[Take, ...]) -> Schema:
    """Return the schema of a trigger's data where it takes *takes*.

    Made once for each: making costs more than checking.
    """
    key = (scheme.hash, tier, trigger.name, trigger.sets, trigger.replaces, takes)
    made = _MADE.get(key)
    if made is None:
        if len(_MADE) >= _MOST_MADE:
            _MADE.clear()
        made = _MADE[key] = _make(scheme, tier, trigger, takes)
    return made


def _make(scheme: Scheme, tier: str, trigger: Trigger, takes: tuple[Take, ...]) -> Schema:
    members = dict(setting.shape(trigger.sets, scheme))
    for what, of in _by_kind(takes):
        members |= DATA[what].shape(of, scheme, tier)
    if trigger.replaces:
        members[SUBJECT] = Identifier()
    return StrictSchema.from_dict(members, name="TriggerData")()


_MADE: dict[tuple[Any, ...], Schema] = {}
_MOST_MADE = 2_000


def _by_kind(takes: tuple[Take, ...]) -> list[tuple[str, list[Take]]]:
    ordered = sorted(takes, key=_what)
    return [(what, list(of)) for what, of in groupby(ordered, key=_what)]


def _what(take: Take) -> str:
    return take.what
