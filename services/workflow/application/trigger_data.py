"""The data a trigger takes: checked against a schema, turned into plain values, every fault named.

What a transition takes is said by the scheme (`Transition.data`); the shape of each kind of data
is fixed here, because it is part of the contract and not of a cycle.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import Any

from marshmallow import Schema, ValidationError
from marshmallow.fields import Field

from schemas.complaints import Fault, complaints
from schemas.fields import Day, Identifier, Instant, ListOf, ObjectOf, Score, StrictSchema, Text
from schemas.json_schema import object_schema
from schemas.limits import DECISIONS
from services.workflow.domain.guards import DATA

MAX_LIST_CHARACTERS = 20_000  # of one list: a bound for the store; the scheme sets the real limit


class Report(StrictSchema):
    """The three lists of a report (C3.3)."""

    achievements = Text(required=True, most=MAX_LIST_CHARACTERS, multiline=True)
    problems = Text(required=True, most=MAX_LIST_CHARACTERS, multiline=True)
    tasks = Text(required=True, most=MAX_LIST_CHARACTERS, multiline=True)


class Decision(StrictSchema):
    """A recorded decision of a committee: who met, when, minutes' number (C5.3)."""

    body = Identifier(required=True)
    date = Day(required=True)
    minutes = Text(required=True, most=100)


_FINDING = Text(most=2000, multiline=True)


@dataclass(frozen=True, kw_only=True, slots=True)
class TriggerData:
    """What was given with a trigger, as plain values; None or empty: not given."""

    report: Mapping[str, str] | None = None
    findings: tuple[str, ...] = ()
    scores: Mapping[str, Decimal] = field(default_factory=dict)  # by component: ballot, superior
    decisions: tuple[Mapping[str, Any], ...] = ()
    due_at: datetime | None = None


NOTHING = TriggerData()


def check(
    kind: str, components: Iterable[str], data: Mapping[str, Any]
) -> tuple[TriggerData, tuple[Fault, ...]]:
    """Return the data of a trigger that takes *kind* of data, and every fault in it.

    *components* are the scores of the scheme. Where there are faults, what was sound is returned.
    """
    if not kind and not data:
        return NOTHING, ()  # most triggers: the schema would cost more than the decision
    names, faults = tuple(components), tuple[Fault, ...]()
    try:
        loaded = schema(kind, names).load(data)
    except ValidationError as error:
        loaded = error.valid_data if isinstance(error.valid_data, dict) else {}
        faults = tuple(_below("data", fault) for fault in complaints(error))
        if any(fault.field.startswith("data.report") for fault in faults):
            loaded = {name: value for name, value in loaded.items() if name != "report"}
    return (
        TriggerData(
            report=loaded.get("report"),
            findings=tuple(loaded.get("findings", ())),
            scores={name: loaded[f"{name}_score"] for name in names if f"{name}_score" in loaded},
            decisions=tuple(one for one in loaded.get("decisions", ()) if "date" in one),
            due_at=loaded.get("due_at"),
        ),
        faults,
    )


@cache
def schema(kind: str, components: tuple[str, ...]) -> Schema:
    """Return the schema of one kind of data; made once, as making costs more than checking."""
    fields: dict[str, Field[Any]] = {}
    match kind:
        case "":
            pass
        case "report":
            fields["report"] = ObjectOf(Report(), required=True)
        case "findings":
            fields["findings"] = ListOf(_FINDING, least=1, most=50, required=True)
        case "scores":
            fields = {f"{name}_score": Score(required=True) for name in components}
        case "decisions":  # how many there must be is the scheme's to say
            fields["decisions"] = ListOf(ObjectOf(Decision()), most=DECISIONS)
        case "deadline":
            fields["due_at"] = Instant(required=True)
        case _:
            raise ValueError(f"no data of kind {kind}")
    return StrictSchema.from_dict(fields, name="TriggerData")()


def shapes() -> list[Mapping[str, Any]]:
    """Return what each kind of data looks like, as JSON Schema; scores as the 2019 scheme has."""
    return [object_schema(schema(kind, ("ballot", "superior"))) | {"title": kind} for kind in DATA]


def _below(path: str, fault: Fault) -> Fault:
    return replace(fault, field=f"{path}.{fault.field}" if fault.field else path)
