"""Shape of the answer about what was said where cases came back."""

from marshmallow import fields

from schemas.fields import ListOf, ObjectOf, StreamName, StrictInt, StrictSchema

MOST_CASES = 50


class RemarkView(StrictSchema):
    """How one thing that was said begins, and what it points at; "" and 0: at nothing."""

    text = fields.String(required=True)
    part = fields.String(required=True)
    paragraph = StrictInt(least=0, required=True)


class SaidOfCase(StrictSchema):
    """What was said where one case came back."""

    subject = StreamName(of_case=True, required=True)
    version = StrictInt(least=1, required=True)
    remarks = ListOf(ObjectOf(RemarkView), most=10, required=True)
    more = StrictInt(least=0, required=True)


class SaidView(StrictSchema):
    """Cases that did not come back, or of which the person is shown nothing, are missing."""

    items = ListOf(ObjectOf(SaidOfCase), most=MOST_CASES, required=True)
