"""What an event says of a deadline: the instant, the rule and the sources it came from.

Whoever reads the log knows without the scheme what is due when, what it waits for, and which
deadlines a day that moves elsewhere concerns.
"""

from schemas import limits
from schemas.facts.parts import Desk, Mark, at, count
from schemas.fields import (
    Code,
    Day,
    HexHash,
    Identifier,
    ListOf,
    ObjectOf,
    StreamName,
    StrictBool,
    StrictInt,
    StrictSchema,
)


class Rule(StrictSchema):
    """The rule that gave the day: of a rule with several, such as `latest`, the one that won."""

    day = Day()
    working_days = count()
    days = count()
    after = Mark()
    before = Mark()
    at = Mark()
    field = Code()  # the column of the row that the case was made from
    until_known = StrictBool()  # true: it stands in for a day that is not known yet


class Calendar(StrictSchema):
    """The text that working days were counted by."""

    id = Identifier(required=True)
    hash = HexHash(required=True)


class Source(StrictSchema):
    """A stream that told a day, as it was then: a linked case, or the round.

    A link that leads nowhere yet is a source too: *link* without *stream*, at version 0.
    """

    link = Code()
    stream = StreamName()
    version = StrictInt(least=0, required=True)


class Awaited(StrictSchema):
    """The day a deadline waits for: a mark of *link*'s case, or of the case itself."""

    link = Code()
    mark = Code(required=True)


class Due(StrictSchema):
    """When something is due; without *due_at* it is not, or nobody knows yet."""

    due_at = at()  # the local midnight that ends the due day
    rule = ObjectOf(Rule)
    calendar = ObjectOf(Calendar)
    sources = ListOf(ObjectOf(Source), most=limits.SOURCES)
    by_hand = StrictBool()  # true: it stays until the state is left
    waits_for = ObjectOf(Awaited)
    raised_from = Day()  # what the rule gave, which was too near or past


class Holder(Desk, Due):
    """A desk that a case lies on, and when it is due there."""

    vacant = StrictBool()  # true: nobody holds the role who is no subject of the case


class DueChange(Due):
    """A deadline that is now another, of the desk of this name; of the only one without."""

    desk = Code()
    previous_due_at = at()
