"""Shapes of answers about what lies beside cases: log, texts, units, people, notices."""

from marshmallow import fields

from schemas.facts.texts import MOVE, PIN
from schemas.fields import (
    Choice,
    Code,
    Day,
    HexHash,
    Identifier,
    Instant,
    ListOf,
    ObjectOf,
    Plain,
    StrictBool,
    StrictInt,
    StrictSchema,
    Text,
    Uuid,
)
from services.workflow.adapters.http.documents.cases import (
    MOST,
    BlockerView,
    CloudEvent,
    ProblemView,
)


class LogEntry(StrictSchema):
    """An entry of the log."""

    position = StrictInt(least=1, required=True)
    leaf_hash = HexHash(required=True)
    event = ObjectOf(CloudEvent, required=True)


class LogPage(StrictSchema):
    """A stretch of the log; positions are contiguous.

    `pending_since` is the recorded time of the oldest event without a position, absent if there
    is none: everything recorded before it is at `head` or below.
    """

    entries = ListOf(ObjectOf(LogEntry), most=MOST, required=True)
    next = StrictInt(least=0, required=True)
    head = StrictInt(least=0, required=True)
    pending = StrictInt(least=0, required=True)
    pending_since = Instant()


class EditionView(StrictSchema):
    """A text as it was published; of a policy *scheme* names whose cases it is for.

    *in_force* for what begins now; what was begun under another edition goes on under it.
    """

    kind = Code(required=True)
    id = Identifier(required=True)
    hash = HexHash(required=True)
    title = fields.String()
    version = fields.String()
    scheme = Identifier(required=True, allow_none=True)
    since = Instant(required=True)
    in_force = StrictBool(required=True)
    running = Choice([PIN, MOVE])  # of a policy: what became of cases that were opened before


class EditionPage(StrictSchema):
    """One page of editions, the newest first."""

    items = ListOf(ObjectOf(EditionView), most=MOST, required=True)
    next = fields.String(required=True, allow_none=True)
    total = StrictInt(least=0, required=True)


class WordsView(StrictSchema):
    """What is said for words of a scheme; of those that are missing its own stand."""

    words = fields.Dict(keys=fields.String(), values=fields.String(), required=True)


class UnitView(StrictSchema):
    """A unit of the organisation."""

    id = Identifier(required=True)
    parent = Identifier(required=True, allow_none=True)
    name = fields.String(required=True)
    kind = Code(required=True)
    attributes = fields.Dict(keys=Code(), required=True)  # by name: what is told of the unit
    staff = StrictInt(least=0, required=True)  # of those, as it was before they were declared
    public_hospital = StrictBool(required=True)  # likewise


class UnitPage(StrictSchema):
    """One page of units, in order of id."""

    items = ListOf(ObjectOf(UnitView), most=MOST, required=True)
    next = fields.String(required=True, allow_none=True)
    total = StrictInt(least=0, required=True)


class Person(StrictSchema):
    """A person's name and addresses, and the language that they chose to be written to in."""

    class Meta:
        unknown = "include"

    id = Identifier(required=True)
    name = fields.String(required=True)
    email = fields.String()
    language = Choice(("zh", "en"))


class People(StrictSchema):
    """Unknown and erased people are missing."""

    items = ListOf(ObjectOf(Person), most=MOST, required=True)


class InboxEntry(StrictSchema):
    """A notice to the asking person."""

    notice = Uuid(required=True)
    review = Uuid(required=True)
    recorded_at = Instant(required=True)
    read_at = Instant(required=True, allow_none=True)
    text = fields.String(required=True, allow_none=True)


class InboxPage(StrictSchema):
    """Unread first, then newest first."""

    items = ListOf(ObjectOf(InboxEntry), most=MOST, required=True)
    next = fields.String(required=True, allow_none=True)


class NoticeRecorded(StrictSchema):
    """How a notice is recorded that was told otherwise now."""

    outcome = Code(required=True)
    reason = Code(required=True)


class NoticeResult(StrictSchema):
    """201 recorded now, 200 known already, else why not.

    Where it is known otherwise (`notice_differs`), `recorded` says what stands.
    """

    notice = Uuid(required=True)
    status = StrictInt(required=True)
    problem = ObjectOf(ProblemView)
    recorded = ObjectOf(NoticeRecorded)


class NoticeResults(StrictSchema):
    """In the order of the notices."""

    results = ListOf(ObjectOf(NoticeResult), most=MOST, required=True)


class AbsenceView(StrictSchema):
    """Somebody is away on these days, both inclusive."""

    person = Identifier(required=True)
    since = Day(required=True, data_key="from")
    until = Day(required=True)


class DelegationView(AbsenceView):
    """A deputy stands in for a person in roles of a unit."""

    deputy = Identifier(required=True)
    unit = Identifier(required=True)
    roles = ListOf(Code(), most=MOST, required=True)


class DeputiesView(StrictSchema):
    """One page of who stands in for whom, and then of who is away, today or later."""

    delegations = ListOf(ObjectOf(DelegationView), most=MOST, required=True)
    absences = ListOf(ObjectOf(AbsenceView), most=MOST, required=True)
    next = fields.String(required=True, allow_none=True)
    total = StrictInt(least=0, required=True)


class DeputyRecordedView(StrictSchema):
    """Whether that was news, and what it does not allow though somebody may expect it."""

    changed = StrictBool(required=True)
    warnings = ListOf(ObjectOf(BlockerView), most=MOST, required=True)


class ChoosableView(StrictSchema):
    """Among which channels one may choose, for these rungs; without `rungs` for all."""

    channels = ListOf(Code(), most=MOST, required=True)
    rungs = ListOf(Plain(), most=MOST)


class LetsView(StrictSchema):
    """What the policy in force of a scheme lets people choose."""

    scheme = Identifier(required=True)
    channels = ListOf(Code(), most=MOST, required=True)
    choices = ListOf(ObjectOf(ChoosableView), most=MOST, required=True)


class ChannelsView(StrictSchema):
    """The channels that one chose, `null` for none chosen, and those that may be chosen at all."""

    chosen = ListOf(Code(), most=MOST, required=True, allow_none=True)
    channels = ListOf(Code(), most=MOST, required=True)
    policies = ListOf(ObjectOf(LetsView), most=MOST, required=True)


class FilledView(StrictSchema):
    """What a workbook says: the data to send with its trigger, and how many lines that are."""

    data = fields.Dict(required=True)
    n_lines = StrictInt(least=0, required=True)


class BroughtCaseView(StrictSchema):
    """A case that a workbook moves: as it stands then, and the cell that names it."""

    case = Uuid(required=True)
    number = Text(most=80, required=True)
    state = Code(required=True)
    version = StrictInt(least=1, required=True)
    cell = Text(least=0, most=80, required=True)


class BroughtView(StrictSchema):
    """What was done by a workbook to all of its cases; with `dry_run`, what would be."""

    dry_run = StrictBool(required=True)
    n_cases = StrictInt(least=0, required=True)
    seen = fields.String(required=True)  # for `seen`: done as these cases stood, or not at all
    cases = ListOf(ObjectOf(BroughtCaseView), most=1000, required=True)


class OrganisationTakenView(StrictSchema):
    """What a workbook changes of the organisation, in words, and what follows from it."""

    dry_run = StrictBool(required=True)
    changed = StrictBool(required=True)
    lines = ListOf(fields.String(), most=1_000_000, required=True)
    behind = ListOf(fields.String(), most=1_000_000, required=True)
    void = ListOf(fields.String(), most=1_000_000, required=True)
    warnings = ListOf(fields.String(), most=1_000_000, required=True)
    version = StrictInt(least=0, required=True)
