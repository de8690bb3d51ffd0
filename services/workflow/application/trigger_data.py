"""The data a trigger takes: checked against a schema, turned into plain values, every fault named.

What a transition takes is said by the scheme (`Transition.data`); the shape of each kind of data
is fixed here, because it is part of the contract (section 3) and not of a cycle.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from marshmallow import ValidationError

from schemas.complaints import Fault, complaints
from schemas.fields import (
    Day,
    Identifier,
    Instant,
    ListOf,
    ObjectOf,
    Score,
    StrictSchema,
    Text,
)

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


class _ReportData(StrictSchema):
    report = ObjectOf(Report(), required=True)


class _FindingsData(StrictSchema):
    findings = ListOf(Text(most=2000, multiline=True), least=1, most=50, required=True)


class _ScoresData(StrictSchema):
    ballot_score = Score(required=True)
    superior_score = Score(required=True)


class _DecisionsData(StrictSchema):
    decisions = ListOf(ObjectOf(Decision()), most=10)


class _DeadlineData(StrictSchema):
    due_at = Instant(required=True)


class _NoData(StrictSchema):
    pass


# Instances, made once: a schema made per request costs more than its work.
SCHEMAS: Mapping[str, StrictSchema] = {
    "report": _ReportData(),
    "findings": _FindingsData(),
    "scores": _ScoresData(),
    "decisions": _DecisionsData(),
    "deadline": _DeadlineData(),
    "": _NoData(),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class TriggerData:
    """What was given with a trigger, as plain values."""

    report: Mapping[str, str] | None = None
    findings: tuple[str, ...] = ()
    scores: Mapping[str, Decimal] = field(default_factory=dict)  # by component: ballot, superior
    decisions: tuple[Mapping[str, Any], ...] = ()
    due_at: datetime | None = None


def check(kind: str, data: Mapping[str, Any]) -> tuple[TriggerData, tuple[Fault, ...]]:
    """Return the data of a trigger that takes *kind*, and every fault in it.

    Where there are faults the data is what was sound, for guards that look at other things.
    """
    try:
        loaded, faults = SCHEMAS[kind].load(data), ()
    except ValidationError as error:
        loaded = error.valid_data if isinstance(error.valid_data, dict) else {}
        faults = tuple(_below("data", fault) for fault in complaints(error))
    report = loaded.get("report")
    whole = isinstance(report, dict) and len(report) == len(Report().fields)
    return (
        TriggerData(
            report=report if whole else None,
            findings=tuple(f for f in loaded.get("findings", ()) if isinstance(f, str)),
            scores={
                name.removesuffix("_score"): value
                for name, value in loaded.items()
                if name.endswith("_score")
            },
            decisions=tuple(loaded.get("decisions", ())),
            due_at=loaded.get("due_at"),
        ),
        faults,
    )


def _below(path: str, fault: Fault) -> Fault:
    return Fault(
        field=f"{path}.{fault.field}" if fault.field else path,
        code=fault.code,
        accepted_zh=fault.accepted_zh,
        accepted_en=fault.accepted_en,
    )



