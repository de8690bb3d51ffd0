"""Shapes of answers about what follows from cases."""

from marshmallow import fields

from schemas.fields import (
    Choice,
    Code,
    Instant,
    ListOf,
    ObjectOf,
    Pattern,
    StreamName,
    StrictBool,
    StrictInt,
    StrictSchema,
)
from schemas.limits import CASE_NUMBER
from services.workflow.adapters.http.documents.cases import MOST, Ending


class StepView(StrictSchema):
    """An event of the case; its position once it has one, its trigger where it has one."""

    version = StrictInt(least=1, required=True)
    position = StrictInt(least=1, required=True, allow_none=True)
    trigger = Code(required=True, allow_none=True)
    at = Instant(required=True)


class OpenedView(StrictSchema):
    """The case that a consequence opened."""

    case = StreamName(of_case=True, required=True)
    number = Pattern(CASE_NUMBER, "not_an_identifier", required=True)
    state = Code(required=True)
    final = Ending()


class ConsequenceView(StrictSchema):
    """One consequence: what it is, why, and the event that brought it about.

    `opens` a case, `bars` somebody from something, or `proposes` what a person decides; `until` is
    the event since which it is no longer so. `opened` is the case, where it is yours to see.
    """

    way = Choice(["opens", "bars", "proposes"], required=True)
    name = Code(required=True)
    label = fields.String(required=True)
    clause = fields.String(required=True, allow_none=True)
    reason = fields.String(required=True)
    grades = fields.Dict(keys=Code(), required=True)  # it rests on: grade and figure, by grading
    flags = ListOf(Code(), most=MOST, required=True)
    mode = Code(required=True, allow_none=True)
    in_force = StrictBool(required=True)
    since = ObjectOf(StepView, required=True)
    until = ObjectOf(StepView, required=True, allow_none=True)
    opened = ObjectOf(OpenedView, required=True, allow_none=True)


class ConsequenceList(StrictSchema):
    """All there are and were, in the order in which they came about."""

    items = ListOf(ObjectOf(ConsequenceView), most=MOST, required=True)
