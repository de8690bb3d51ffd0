"""Shape of the answer about what a calendar would move."""

from marshmallow import fields

from schemas.fields import ObjectOf, StreamName, StrictSchema


class MovedOfCase(StrictSchema):
    """What the event `deadline_changed` would say to clocks that moves deadlines of one case.

    How they were counted is left out: *rule*, *calendar*, *raised_from*, and of *sources* all but
    that of what a deadline waits for.
    """

    subject = StreamName(of_case=True, required=True)
    data = fields.Dict(required=True)


class BeyondCalendar(StrictSchema):
    """A day by which a case is counted, and for which the calendar has no table."""

    number = fields.String(required=True)
    day = fields.String(required=True)


class MovedDeadlinesView(StrictSchema):
    """Open cases whose deadlines would move; with one that is *beyond*, no import is taken.

    A page may hold none and have a next; a case that moves meanwhile may be on two of them.
    """

    items = fields.List(ObjectOf(MovedOfCase), required=True)
    beyond = fields.List(ObjectOf(BeyondCalendar), required=True)
    next = fields.String(required=True, allow_none=True)
