"""Grades that a body fixes, without a figure."""

from collections.abc import Sequence

from schemas.fields import ObjectOf, StrictSchema
from services.workflow.domain.data.datum import Datum, Filing, Given, Members, Shape, choice, needed
from services.workflow.domain.language.model.scheme import Scheme
from services.workflow.domain.language.model.triggers import Take

MEMBER = "grades"


def shape(takes: Sequence[Take], scheme: Scheme, tier: str) -> Shape:
    """Return `grades: {<grading>: <grade>}`."""
    entries = {}
    for take in takes:
        grades = scheme.gradings[take.name].of_tier(tier).grades
        entries[take.name] = choice(grades, required=not take.optional)
    schema = StrictSchema.from_dict(dict(entries), name="Grades")
    return {MEMBER: ObjectOf(schema, required=needed(takes))}


def record(takes: Sequence[Take], data: Given, _filing: Filing) -> Members:
    """Return the grades that were given; limits on grades are the engine's to apply."""
    given = data.get(MEMBER, {})
    told = {take.name: {"grade": given[take.name]} for take in takes if take.name in given}
    return {MEMBER: told} if told else {}


DATUM = Datum(what="grade", shape=shape, record=record)
