"""What a trigger sets on a case: its deadline, mode, flags, order, and planned days."""

from collections.abc import Sequence
from typing import Any

from schemas.fields import Day, Instant, ObjectOf, StrictBool, StrictInt, StrictSchema
from services.workflow.domain.data.datum import Given, Members, Shape, choice, titled
from services.workflow.domain.language.model.scheme import Scheme
from services.workflow.domain.language.model.triggers import Setting

DUE_AT = "due_at"
MEMBER = "sets"
MOST_ORDER = 100_000


class Deadline(Instant):
    """An instant; where people say a day, it is the end of that."""


def shape(settings: Sequence[Setting], scheme: Scheme) -> Shape:
    """Return the members that say what is set; nothing for what the scheme itself says."""
    members: dict[str, Any] = {}
    for setting in settings:
        if setting.what == "deadline":
            members[DUE_AT] = Deadline(required=not setting.optional)
        elif setting.what == "order":
            members["order"] = StrictInt(least=1, most=MOST_ORDER, required=True)
        elif setting.what == "mode" and not setting.name:
            members["mode"] = choice(scheme.modes, required=True)
        elif setting.what == "flag" and not setting.name:
            flags = {one.name: titled(StrictBool(), one.label) for one in scheme.flags}
            schema = StrictSchema.from_dict(dict(flags), name="Flags")
            members["flags"] = ObjectOf(schema, required=True)
    planned = [one.name for one in settings if one.what == "planned"]
    if planned:
        lives = (life.states for _, life in scheme.lives())
        labels = {state.name: state.label for states in lives for state in states.values()}
        days = {state: titled(Day(required=True), labels.get(state, "")) for state in planned}
        schema = StrictSchema.from_dict(dict(days), name="Planned")
        members["planned"] = ObjectOf(schema, required=True)
    return members


def record(settings: Sequence[Setting], data: Given) -> Members:
    """Return what is set; a deadline stands with its desks, not here."""
    told: dict[str, Any] = {}
    for setting in settings:
        if setting.what == "order" and "order" in data:
            told["order"] = data["order"]
        elif setting.what == "mode" and (setting.name or "mode" in data):
            told["mode"] = setting.name or data["mode"]
        elif setting.what == "flag":
            raised = {setting.name: True} if setting.name else dict(data.get("flags", {}))
            told["flags"] = {**told.get("flags", {}), **raised}
        elif setting.what == "planned" and setting.name in data.get("planned", {}):
            day = data["planned"][setting.name]
            told["planned"] = {**told.get("planned", {}), setting.name: day.isoformat()}
    return {MEMBER: told} if told else {}
