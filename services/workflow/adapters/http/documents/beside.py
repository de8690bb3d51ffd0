"""Shapes of answers about what lies beside cases: log, rounds, texts, units, people, notices."""

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
from services.workflow.adapters.http.documents.cases import MOST, CloudEvent, ProblemView


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


class CoverageView(StrictSchema):
    """How far one tier has come."""

    expected = StrictInt(least=0, required=True)
    opened = StrictInt(least=0, required=True)
    exempt = StrictInt(least=0, required=True)
    closed = StrictInt(least=0)
    states = fields.Dict(keys=Code(), values=StrictInt(least=0))


class CycleItem(StrictSchema):
    """A cycle as lists have it."""

    id = Uuid(required=True)
    scheme = Identifier(required=True)
    scheme_hash = HexHash(required=True)
    calendar_hash = HexHash(required=True)
    unit = Identifier(required=True)
    round = Identifier(required=True)  # 2019, 2019-Q3, 2019-07
    year = StrictInt(required=True)
    opened_at = Instant(required=True)
    closed_at = Instant(required=True, allow_none=True)  # null: it runs
    unit_name = fields.String(allow_none=True)


class LackingView(StrictSchema):
    """A unit without a case: expected and not opened for a reason, or exempt, mostly by a rule."""

    unit = Identifier(required=True)
    unit_name = fields.String(allow_none=True)
    kind = Code(required=True)  # of case
    tier = Identifier(required=True, allow_none=True)
    reason = Code(required=True, allow_none=True)
    rule = fields.String(required=True, allow_none=True)  # what the scheme calls it
    exempt = StrictBool(required=True)


class CycleDocument(CycleItem):
    """A cycle; *coverage* is by tier, *lacking* names who has no case now."""

    coverage = fields.Dict(keys=Identifier(), values=ObjectOf(CoverageView), required=True)
    lacking = fields.List(ObjectOf(LackingView))


class OpenCount(StrictSchema):
    """How many cases of a kind, and tier, are or were open."""

    name = Code(required=True)
    tier = Identifier(required=True, allow_none=True)
    open = StrictInt(least=0, required=True)


class DecidedView(StrictSchema):
    """How a cycle was closed; *left_open* is the hash of the list of what was open."""

    by = fields.String(required=True)
    recorded_at = Instant(required=True)
    effective_at = Instant(required=True)
    n_open = StrictInt(least=0, required=True)
    kinds = fields.List(ObjectOf(OpenCount), required=True)
    left_open = HexHash(required=True)
    reason = fields.String(required=True, allow_none=True)  # null: none, or erased
    reference = fields.String(required=True, allow_none=True)


class CycleClosedView(CycleItem):
    """A cycle that is over, by which decision."""

    closing = ObjectOf(DecidedView, required=True)


class UnitCount(StrictSchema):
    """How many cases of a unit are open."""

    unit = Identifier(required=True)
    open = StrictInt(least=0, required=True)


class DeskCount(StrictSchema):
    """How many cases lie on a desk."""

    unit = Identifier(required=True)
    role = Code(required=True, allow_none=True)
    person = Identifier(required=True, allow_none=True)
    open = StrictInt(least=0, required=True)


class InTheWay(StrictSchema):
    """Why it would be refused now."""

    code = Code(required=True)
    field = fields.String(required=True)


class CycleClosingView(CycleItem):
    """What closing a cycle would leave open: counted whole, and told of what you may see."""

    n_open = StrictInt(least=0, required=True)
    n_unseen = StrictInt(least=0, required=True)  # of them, in no list of yours
    kinds = fields.List(ObjectOf(OpenCount), required=True)
    units = fields.List(ObjectOf(UnitCount), required=True)
    holders = fields.List(ObjectOf(DeskCount), required=True)
    blockers = fields.List(ObjectOf(InTheWay), required=True)


class SumView(StrictSchema):
    """What is counted of one tier, or of a kind without any; *grades* are by grading."""

    kind = Code(required=True)
    tier = Identifier(required=True, allow_none=True)
    label = fields.String(required=True)
    expected = StrictInt(least=0, required=True, allow_none=True)  # where each is to have one
    n = StrictInt(least=0, required=True)
    n_completed = StrictInt(least=0, required=True)
    n_open = StrictInt(least=0, required=True)
    n_late = StrictInt(least=0, required=True)
    n_returned = StrictInt(least=0, required=True)  # cases
    n_returns = StrictInt(least=0, required=True)
    grades = fields.Dict(keys=Code(), values=fields.Dict(keys=Code(), values=StrictInt(least=0)))


class ReportedCase(StrictSchema):
    """A case that the report of a round names."""

    id = Uuid(required=True)
    kind = Code(required=True)
    number = fields.String(required=True)
    unit = Identifier(required=True)
    person = Identifier(required=True, allow_none=True)


class ModelView(ReportedCase):
    """A case marked with a flag that the scheme has listed, and what was said of it."""

    flag = fields.String(required=True)
    note = fields.String(required=True, allow_none=True)  # null: erased, or not yours to read
    by = Identifier(required=True, allow_none=True)
    position = StrictInt(least=1, required=True, allow_none=True)


class OpenView(ReportedCase):
    """A case that is not ended."""

    state = Code(required=True)
    due_at = Instant(required=True, allow_none=True)


class RoundReportView(StrictSchema):
    """How a round went, of the cases you may see; *models* and *open* name at most 200 each."""

    cycle = Uuid(required=True)
    round = Identifier(required=True)
    at = Instant(required=True)
    sums = fields.List(ObjectOf(SumView), required=True)
    whole = StrictBool(required=True)  # false: told of the cases you see alone
    n_escalated = StrictInt(least=0, required=True)
    n_models = StrictInt(least=0, required=True)
    n_open = StrictInt(least=0, required=True)
    lacking = fields.List(ObjectOf(LackingView), required=True)
    models = fields.List(ObjectOf(ModelView), required=True)
    open = fields.List(ObjectOf(OpenView), required=True)


class GapView(StrictSchema):
    """What is not there today in one unit: a post, a party, a holder of a desk, an attribute.

    Or what the rules leave out there: an exemption, a link that leads nowhere.
    """

    sort = Code(required=True)
    kind = Code(required=True)  # of case
    unit = Identifier(required=True)
    what = fields.String(required=True)  # role, party, desk, rule, attribute or link


class MisfitView(StrictSchema):
    """A place in the scheme that cannot mean the organisation as it is."""

    path = fields.String(required=True)
    reason = fields.String(required=True)


class CyclePreview(CycleDocument):
    """A cycle as it would be if it were opened now."""

    faults = fields.List(ObjectOf(MisfitView), required=True)
    gaps = fields.List(ObjectOf(GapView), required=True)


class CyclePage(StrictSchema):
    """One page of cycles, the newest first."""

    items = ListOf(ObjectOf(CycleItem), most=MOST, required=True)
    next = fields.String(required=True, allow_none=True)
    total = StrictInt(least=0, required=True)


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
    warnings = fields.List(fields.String(), required=True)


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
