"""What people say to a notice: read, taken up until a day, put off for some. Beside its case.

None of these moves a version. Who says it is the event's actor, to whom the notice was sent.
"""

from schemas import limits
from schemas.facts.parts import Commitment
from schemas.fields import (
    Code,
    Day,
    Identifier,
    ObjectOf,
    Plain,
    StrictInt,
    StrictSchema,
    Uuid,
)
from schemas.registry import EVENTS


class NoticeReadV1(StrictSchema):
    """A notice in somebody's inbox was opened, or marked as read."""

    notice = Uuid(canonical=True, required=True)


class NoticeAcknowledgedV1(StrictSchema):
    """Who was told promises to be done by the end of a working day."""

    notice = Uuid(canonical=True, required=True)
    version = StrictInt(least=1, required=True)  # of the case, when it was told
    desk = Code()  # where the state has several
    track = Identifier(required=True)
    rung = Plain(on_the_wire=True, required=True)
    until = Day(required=True)  # the last day of the promise


class NoticeSnoozedV1(NoticeAcknowledgedV1):
    """Who was told asks not to be told again for some working days, and says why."""

    working_days = StrictInt(least=1, most=limits.SNOOZED_WORKING_DAYS, required=True)
    reason = ObjectOf(Commitment, required=True)


EVENTS.register("notice_read", 1, NoticeReadV1())
EVENTS.register("notice_acknowledged", 1, NoticeAcknowledgedV1())
EVENTS.register("notice_snoozed", 1, NoticeSnoozedV1())
