"""Single whole numbers a trigger takes, such as how many were there."""

from collections.abc import Sequence

from schemas.fields import ObjectOf, StrictInt, StrictSchema
from services.workflow.domain.data.datum import Datum, Filing, Given, Members, Shape, needed, titled
from services.workflow.domain.language.model.scheme import Scheme
from services.workflow.domain.language.model.triggers import Take

MEMBER = "numbers"


def shape(takes: Sequence[Take], _scheme: Scheme, _tier: str) -> Shape:
    """Return `numbers: {<name>: whole number}`."""
    entries = {
        take.name: titled(
            StrictInt(least=take.least, most=take.most, required=not take.optional), take.label
        )
        for take in takes
    }
    schema = StrictSchema.from_dict(dict(entries), name="Numbers")
    return {MEMBER: ObjectOf(schema, required=needed(takes))}


def record(takes: Sequence[Take], data: Given, _filing: Filing) -> Members:
    """Return the numbers that were given."""
    given = data.get(MEMBER, {})
    told = {take.name: str(given[take.name]) for take in takes if take.name in given}
    return {MEMBER: told} if told else {}


DATUM = Datum(what="number", shape=shape, record=record)
