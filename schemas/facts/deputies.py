"""Who stands in for whom, and who is away: both for a time, beside what an import says.

They stand in the organisation's stream, so that every decision knows by its version which held.
A later one of the same key replaces the earlier: so an end moves, and *revoked* takes it back.
"""

from schemas import limits
from schemas.fields import Code, Day, Identifier, ListOf, StrictBool, StrictSchema
from schemas.registry import EVENTS


class _ForATime(StrictSchema):
    """Days, both inclusive."""

    since = Day(required=True, data_key="from")
    until = Day(required=True)
    revoked = StrictBool()


class DelegatedV1(_ForATime):
    """A deputy may do what a person may do in these roles of a unit, while that person may.

    The key is deputy, person, unit and *from*.
    """

    deputy = Identifier(required=True)
    person = Identifier(required=True)
    unit = Identifier(required=True)
    roles = ListOf(Code(), least=1, most=limits.WORDS, required=True)


class AbsentV1(_ForATime):
    """A person is away; the key is person and *from*."""

    person = Identifier(required=True)


EVENTS.register("delegated", 1, DelegatedV1())
EVENTS.register("absent", 1, AbsentV1())
