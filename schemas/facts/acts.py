"""What an accepted trigger leaves: one fact, whose name says the most important thing it did.

The data of all of them is `Act`, and whoever folds a case applies whatever is there, whatever the
fact is called; what makes it this fact and no other is required. An event says in full what it
did, so that nobody has to ask the scheme: only who decides again does.
"""

from schemas import limits
from schemas.facts.deadlines import DueChange, Holder
from schemas.facts.opening import Other
from schemas.facts.parts import Commitment, Desk, Kind, at, count
from schemas.facts.taken import Document, Settings, Taken
from schemas.fields import (
    Choice,
    Code,
    HexHash,
    Identifier,
    ListOf,
    ObjectOf,
    StreamName,
    StrictInt,
    StrictSchema,
)
from schemas.registry import EVENTS

FORGETS = ("verdicts", "scores", "submission", "signatures", "grade", "reached")
ENDS = ("completed", "abandoned", "exempt", "carried", "no_longer")


class Verdict(StrictSchema):
    """What was said of the case in a state, by the event's actor."""

    state = Code(required=True)
    result = Choice(["pass", "back"], required=True)
    body = Identifier()  # the unit it was said for


class Signature(Desk):
    """A desk that signed."""

    desk = Code(required=True)


class Route(StrictSchema):
    """Which way a grade led; without *grade*, there was none in force."""

    grading = Code(required=True)
    grade = Code()
    to = Code(required=True)


class Pin(StrictSchema):
    """The version of a document that was shown, or read by who passed it.

    *sha256* is of what its filing says of it.
    """

    document = Code(required=True)
    version = StrictInt(least=1, required=True)
    sha256 = HexHash(required=True)


class Seen(StrictSchema):
    """The head of another case that a guard looked at."""

    stream = StreamName(of_case=True, required=True)
    version = StrictInt(least=1, required=True)


class LeftOut(StrictSchema):
    """Effects that did not fit, for one reason: a trigger on cases, or cases not opened."""

    trigger = Code()
    opens = Kind()
    reason = Code(required=True)
    cases = ListOf(StreamName(of_case=True), most=limits.EFFECTS)
    units = ListOf(Identifier(), most=limits.EFFECTS)


class Act(Taken):
    """What a trigger can do to its case."""

    trigger = Code(required=True)
    effective_at = at(required=True)
    reason = ObjectOf(Commitment)
    reference = ObjectOf(Commitment)
    # The move. *from* and *to* stand together, and *holders* with them: none in a final state. Of a
    # case that stays *holders* stands alone where its desks changed: a request begins or ends one.
    from_state = Code(data_key="from")
    to_state = Code(data_key="to")
    final = Choice(ENDS)
    holders = ListOf(ObjectOf(Holder), most=limits.DESKS)  # all desks it lies on from now on
    route = ObjectOf(Route)
    carried_to = ObjectOf(Other)
    dues = ListOf(ObjectOf(DueChange), most=limits.DESKS)  # where the desks stay, and days move
    verdict = ObjectOf(Verdict)
    signature = ObjectOf(Signature)
    forgets = ListOf(Choice(FORGETS), most=len(FORGETS))
    verdicts_forgotten = ListOf(Code(), most=limits.AUDITS)  # of these states alone
    planned_withdrawn = ListOf(Code(), most=limits.PLANNED)  # days, by state
    waived = ListOf(Code(), most=limits.COMPONENTS)  # components
    pins = ListOf(ObjectOf(Pin), most=limits.DOCUMENTS)
    # What was looked at elsewhere, and what was not done there.
    saw = ListOf(ObjectOf(Seen), most=limits.SAW)
    left_out = ListOf(ObjectOf(LeftOut), most=limits.EFFECTS)


class Move(Act):
    """An act that moves its case, always."""

    from_state = Code(required=True, data_key="from")
    to_state = Code(required=True, data_key="to")
    holders = ListOf(ObjectOf(Holder), most=limits.DESKS, required=True)


class StateChangedV2(Move):
    """The case moved, with all that was taken and set on the way."""


class DeskSignedV1(Act):
    """One of several desks signed, and others are still to; *holders* are those."""

    state = Code(required=True)
    signature = ObjectOf(Signature, required=True)
    holders = ListOf(ObjectOf(Holder), least=1, most=limits.DESKS, required=True)


class SubjectReplacedV1(Act):
    """The case is about somebody else from now on."""

    subject = Identifier(required=True)
    previous = Identifier(required=True)
    holders = ListOf(ObjectOf(Holder), most=limits.DESKS, required=True)


class CorrectedV1(Act):
    """A component or a grade was corrected, and its route went with it; the old figures stay."""


class PlannedDaySetV1(Act):
    """The day of a state was planned, and nothing else was done."""

    sets = ObjectOf(Settings, required=True)


class DocumentFiledV1(Act):
    """A document was taken without a move."""

    documents = ListOf(ObjectOf(Document), least=1, most=limits.DOCUMENTS, required=True)


class CaseChangedV1(Act):
    """Something else was recorded without a move."""


class SuspendedV2(Act):
    """The clock of the case stopped."""


class ResumedV2(Act):
    """The clock goes on; *dues* are the deadlines that have grown.

    A resumption leaves it as it was whether a deadline was set by hand.
    """

    suspended_working_days = count(required=True)


class DeadlineChangedV2(Act):
    """Deadlines moved: by hand, or without a trigger because what they were computed from moved.

    Of the latter the envelope's causationid names what moved; they repeat the *effective_at* of
    the case's last event.
    """

    trigger = Code()
    dues = ListOf(ObjectOf(DueChange), least=1, most=limits.DESKS, required=True)


EVENTS.register("state_changed", 2, StateChangedV2())
EVENTS.register("desk_signed", 1, DeskSignedV1())
EVENTS.register("subject_replaced", 1, SubjectReplacedV1())
EVENTS.register("corrected", 1, CorrectedV1())
EVENTS.register("planned_day_set", 1, PlannedDaySetV1())
EVENTS.register("document_filed", 1, DocumentFiledV1())
EVENTS.register("case_changed", 1, CaseChangedV1())
EVENTS.register("suspended", 2, SuspendedV2())
EVENTS.register("resumed", 2, ResumedV2())
EVENTS.register("deadline_changed", 2, DeadlineChangedV2())
