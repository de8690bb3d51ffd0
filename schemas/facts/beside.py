"""What lies beside a case and moves no version of it: refusals, remarks, notices."""

from schemas import limits
from schemas.facts.acts import Seen
from schemas.facts.parts import Blocker, Commitment, Desk, Recipient, Skipped, at, count
from schemas.fields import (
    Choice,
    Code,
    HexHash,
    Identifier,
    ListOf,
    ObjectOf,
    Plain,
    StreamName,
    StrictBool,
    StrictInt,
    StrictSchema,
    Uuid,
)
from schemas.policy import CHOSEN, NOT_LET
from schemas.registry import EVENTS

KINDS = ("reminder", "escalation", "urge", "bulletin")  # of notices
WHY_CHANNEL = (CHOSEN, NOT_LET)  # of one to whom chose by which channels to be told


class TriggerRefusedV2(StrictSchema):
    """Somebody known tried, and every reason that stood in the way."""

    trigger = Code(required=True)
    desk = Code()  # where one of several was to sign
    state = Code(required=True)
    version = StrictInt(least=1, required=True)  # of the case
    status = Choice([403, 404, 409, 422], required=True)
    blockers = ListOf(ObjectOf(Blocker), least=1, most=limits.BLOCKERS, required=True)
    effective_at = at(required=True)
    saw = ListOf(ObjectOf(Seen), most=limits.SAW)


class NoteAddedV2(StrictSchema):
    """A remark, or a reminder by hand to those the case lies with."""

    kind = Choice(["note", "urge"], required=True)
    text = ObjectOf(Commitment, required=True)
    holders = ListOf(ObjectOf(Desk), most=limits.DESKS, required=True)


class NoticeRecordedV2(StrictSchema):
    """A notice was sent, or was not, and why."""

    notice = Uuid(canonical=True, required=True)
    subject = StreamName(of_case=True, required=True)
    version = StrictInt(least=1, required=True)  # of the subject
    state = Code(required=True)
    desk = Code()  # where the state has several
    track = Identifier(required=True)
    rung = Plain(on_the_wire=True, required=True)
    kind = Choice(KINDS, required=True)
    recipient = ObjectOf(Recipient)
    channel = Code(required=True)
    outcome = Choice(["sent", "failed", "unknown", "not_sent"], required=True)
    reason = Code(required=True)
    skipped = ListOf(ObjectOf(Skipped), most=limits.SKIPPED, required=True)
    due_at = at()
    planned_at = at(required=True)
    decided_at = at(required=True)
    policyhash = HexHash(required=True)
    text = ObjectOf(Commitment)
    attempts = count()  # calls made to the channel; of what is read here, and not sent, none
    settled_at = at()  # when the outcome was known
    wordshash = HexHash()  # commitment to the very words that left last; the notifier has the salt
    instead_of = Uuid(canonical=True)  # the notice that failed, which this one stands in for
    acknowledgement = StrictBool()  # whether who is told was asked to; absent: not
    why_channel = Choice(WHY_CHANNEL)  # where who is told chose their channels


EVENTS.register("trigger_refused", 2, TriggerRefusedV2())
EVENTS.register("note_added", 2, NoteAddedV2())
EVENTS.register("notice_recorded", 2, NoticeRecordedV2())
