"""Grades that a body fixes, without a figure."""

from collections.abc import Sequence
from typing import Any

from services.workflow.domain.case.head import Case
from services.workflow.domain.case.wire import read_grade
from services.workflow.domain.data.datum import (
    Changes,
    Datum,
    Field,
    Filing,
    Given,
    Members,
    by_name,
    choice,
    titled,
)
from services.workflow.domain.language.model.scheme import Scheme
from services.workflow.domain.language.model.triggers import Take


def _shape(takes: Sequence[Take], scheme: Scheme, tier: str) -> Field:
    """Return `{<grading>: <grade>}`."""
    entries = {}
    for take in takes:
        grading = scheme.gradings[take.name].of_tier(tier)
        field = choice(grading.grades, required=not take.optional)
        entries[take.name] = titled(field, grading.label)
    return by_name("Grades", entries, takes)


def _record(takes: Sequence[Take], given: Given, _filing: Filing) -> Members:
    """Return the grades that were given; limits on grades are the engine's to apply."""
    return {take.name: {"grade": given[take.name]} for take in takes if take.name in given}


def _fold(case: Case, told: Any, _actor: str | None) -> Changes:
    return {"grades": {**case.grades, **{name: read_grade(one) for name, one in told.items()}}}


def _label(take: Take, scheme: Scheme, _tier: str) -> str:
    grading = scheme.gradings.get(take.name)
    return grading.label or take.name if grading else take.name


DATUM = Datum(
    what="grade",
    member="grades",
    known=lambda scheme: scheme.gradings,
    noun="grading",
    label=_label,
    shape=_shape,
    record=_record,
    fold=_fold,
)
