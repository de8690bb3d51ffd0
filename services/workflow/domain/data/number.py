"""Single whole numbers a trigger takes, such as how many were there."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from schemas.fields import StrictInt
from schemas.said import said
from services.workflow.domain.case.head import Case
from services.workflow.domain.data.datum import (
    Changes,
    Datum,
    Field,
    Filing,
    Given,
    Members,
    by_name,
    titled,
)
from services.workflow.domain.language.model.scheme import Scheme
from services.workflow.domain.language.model.triggers import Take
from services.workflow.domain.language.shapes import Key, Line, Whole

_MOST = 1_000_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Counted(Take):
    """`{number: present, label: 实到人数, from: 0, to: 200}`."""

    label: str
    least: int
    most: int


def _unsound(take: Counted) -> str:
    if take.least <= take.most:
        return ""
    return said("from {least} to {most} is no range", least=take.least, most=take.most)


def _shape(takes: Sequence[Counted], _scheme: Scheme, _tier: str) -> Field:
    """Return `{<name>: whole number}`."""
    entries = {
        take.name: titled(
            StrictInt(least=take.least, most=take.most, required=not take.optional), take.label
        )
        for take in takes
    }
    return by_name("Numbers", entries, takes)


def _record(takes: Sequence[Counted], given: Given, _filing: Filing) -> Members:
    """Return the numbers that were given."""
    return {take.name: str(given[take.name]) for take in takes if take.name in given}


def _fold(case: Case, told: Any, _actor: str | None) -> Changes:
    return {"numbers": {**case.numbers, **told}}


DATUM = Datum(
    what="number",
    member="numbers",
    keys={
        "label": Key(Line()),
        "from": Key(Whole(0, _MOST), default=0, to="least"),
        "to": Key(Whole(0, _MOST), default=_MOST, to="most"),
    },
    made=Counted,
    unsound=_unsound,
    label=lambda take, _scheme, _tier: take.label,
    phrase=lambda take: ("counted", {"least": take.least, "most": take.most}),
    shape=_shape,
    record=_record,
    fold=_fold,
)
