"""Components: figures between 0 and 100 that a grade is made of, in one piece or in parts."""

from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Any

from schemas.fields import ObjectOf, Score, StrictSchema
from services.workflow.domain.data.datum import (
    Datum,
    Field,
    Filing,
    Given,
    Members,
    Shape,
    needed,
    titled,
)
from services.workflow.domain.language.model.scheme import Scheme
from services.workflow.domain.language.model.scores import Component
from services.workflow.domain.language.model.triggers import Take

MEMBER = "components"
CENT = Decimal("0.01")
# Wide enough for exact sums: nobody's thread-local context may round before the end.
EXACT = Context(prec=60, rounding=ROUND_HALF_UP)


def shape(takes: Sequence[Take], scheme: Scheme, tier: str) -> Shape:
    """Return `components: {<name>: figure}`, or a figure for each part."""
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
    schema = StrictSchema.from_dict(dict(entries), name="Components")
    return {MEMBER: ObjectOf(schema, required=needed(takes))}


def record(takes: Sequence[Take], data: Given, filing: Filing) -> Members:
    """Return the figures that were given, and who recorded them."""
    given = data.get(MEMBER, {})
    told = {take.name: _told(take, given, filing) for take in takes if take.name in given}
    return {MEMBER: told} if told else {}


def _told(take: Take, given: Given, filing: Filing) -> Mapping[str, Any]:
    component = filing.world.scheme.components[take.name].of_tier(filing.case.tier or "")
    value = given[take.name]
    told: dict[str, Any] = {"figure": f"{figure(component, value):.2f}"}
    if component.parts:
        told["parts"] = {name: f"{part:.2f}" for name, part in value.items()}
    if take.by_hand:
        told["by_hand"] = True
    return told


def figure(component: Component, value: Any) -> Decimal:
    """Return what *value* comes to, its parts weighted exactly; not rounded."""
    if not component.parts:
        return Decimal(value)
    total = Decimal(0)
    for part in component.parts:
        total = EXACT.add(total, EXACT.multiply(Decimal(value[part.name]), part.weight))
    return total


DATUM = Datum(what="component", shape=shape, record=record)
