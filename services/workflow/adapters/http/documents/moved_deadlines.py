"""Shape of the answer about what a calendar would move."""

from marshmallow import fields

from schemas.fields import ObjectOf, StreamName, StrictSchema


class MovedOfCase(StrictSchema):
    """What the event `deadline_changed` would say that moves deadlines of one case."""

    subject = StreamName(of_case=True, required=True)
    data = fields.Dict(required=True)


class BeyondCalendar(StrictSchema):
    """A day by which a case is counted, and for which the calendar has no table."""

    number = fields.String(required=True)
    day = fields.String(required=True)


class MovedDeadlinesView(StrictSchema):
    """Open cases whose deadlines would move; with one that is *beyond*, no import is taken."""

    items = fields.List(ObjectOf(MovedOfCase), required=True)
    beyond = fields.List(ObjectOf(BeyondCalendar), required=True)
