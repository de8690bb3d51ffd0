"""Components: figures between 0 and 100 that a grade is made of, in one piece or in parts."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple

from schemas.fields import ObjectOf, Score, StrictSchema
from schemas.scoring import of_parts, rounded, spelled
from services.workflow.domain.case.head import Case
from services.workflow.domain.case.wire import read_given
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
from services.workflow.domain.language.model.scores import Component
from services.workflow.domain.language.model.triggers import Take
from services.workflow.domain.language.shapes import Flag, Key


class Polled(NamedTuple):
    """What a poll gave for a component: a mean, and the votes it was made of."""

    exact: Fraction | None
    votes: Mapping[str, int]
    n_valid: int
    counts: str  # the hash of the table it was counted from
    rule: str  # ... and of what by


def _shape(takes: Sequence[Take], scheme: Scheme, tier: str) -> Field:
    """Return `{<name>: figure}`, or a figure for each part."""
    entries: dict[str, Any] = {}
    for take in takes:
        component = scheme.components[take.name].of_tier(tier)
        if component.parts:
            parts = {
                part.name: titled(Score(required=True), part.label) for part in component.parts
            }
            inner = StrictSchema.from_dict(dict(parts), name="Parts")
            field: Field = ObjectOf(inner, required=not take.optional)
        else:
            field = Score(required=not take.optional)
        entries[take.name] = titled(field, component.label)
    return by_name("Components", entries, takes)


def _record(takes: Sequence[Take], given: Given, filing: Filing) -> Members:
    """Return the figures that were given, and who recorded them."""
    return {take.name: _told(take, given, filing) for take in takes if take.name in given}


def _told(take: Take, given: Given, filing: Filing) -> Mapping[str, Any]:
    component = filing.world.scheme.components[take.name].of_tier(filing.case.tier)
    value = given[take.name]
    if isinstance(value, Polled):
        return _counted(value, filing.world.scheme)
    told: dict[str, Any] = {"figure": f"{rounded(figure(component, value)):.2f}"}
    if component.parts:
        told["parts"] = {name: f"{part:.2f}" for name, part in value.items()}
    if take.by_hand:
        told["by_hand"] = True
    return told


def _counted(polled: Polled, scheme: Scheme) -> Mapping[str, Any]:
    """Tell what a poll gave; votes for grades stand beside the mean, other figures do not."""
    told: dict[str, Any] = {
        "n_valid": polled.n_valid,
        "counts": polled.counts,
        "rule": polled.rule,
    }
    if polled.exact is not None:
        shown = rounded(polled.exact)
        told["figure"] = f"{shown:.2f}"
        if polled.exact != Fraction(shown):
            told["exact"] = spelled(polled.exact)
    grades = {grade.name for each in scheme.gradings.values() for grade in each.grades}
    if grades.issuperset(polled.votes):
        told["votes"] = dict(polled.votes)
    return told


def figure(component: Component, value: Any) -> Fraction:
    """Return what *value* comes to, its parts weighted exactly; not rounded."""
    if not component.parts:
        return Fraction(Decimal(value))
    return of_parts((Decimal(value[part.name]), part.weight) for part in component.parts)


def _fold(case: Case, told: Any, actor: str | None) -> Changes:
    given = {name: read_given(one, actor) for name, one in told.items()}
    return {"components": {**case.components, **given}}


def _label(take: Take, scheme: Scheme, tier: str) -> str:
    component = scheme.components.get(take.name)
    return component.of_tier(tier).label if component else take.name


DATUM = Datum(
    what="component",
    member="components",
    keys={"by_hand": Key(Flag(), default=False)},
    known=lambda scheme: scheme.components,
    label=_label,
    phrase=lambda take: ("by_hand" if take.by_hand else "", {}),
    shape=_shape,
    record=_record,
    fold=_fold,
)
