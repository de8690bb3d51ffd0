"""The shapes of answers, for the API's description and for the tests that hold answers to it.

Answers are written by hand (events are spliced in as stored bytes); these schemas are instances,
made once, and never run on the way of a request.
"""

from typing import Any

from marshmallow import fields

from schemas.fields import (
    Choice,
    Code,
    Day,
    HexHash,
    Identifier,
    Instant,
    ListOf,
    ObjectOf,
    Pattern,
    StreamName,
    StrictBool,
    StrictInt,
    StrictSchema,
    Text,
    Uuid,
)
from schemas.limits import CASE_NUMBER, IDENTIFIER, MARK
from services.workflow.adapters.http.views import VERSION_TAG
from services.workflow.application.asking import KEY
from services.workflow.domain.language.model.lives import ENDS

MOST = 1000


class Holder(StrictSchema):
    """The desk a case lies on; with a person only where the desk is a person's own."""

    unit = Identifier(required=True)
    role = Code(required=True)
    person = Identifier()
    desk = Code()  # its name, where the state has several
    due_at = Instant(allow_none=True)
    due_on = Day(allow_none=True)
    unit_name = fields.String(allow_none=True)
    person_name = fields.String(allow_none=True)


class Ending(Choice):
    """How a case ended; null: it goes on."""

    def __init__(self) -> None:
        super().__init__(ENDS, required=True, allow_none=True)
        self.metadata = {**self.metadata, "enum": [*ENDS, None]}  # null is one of them, said so


class Awaited(StrictSchema):
    """What a deadline waits for: a mark of linked cases; without `link`, of the case itself."""

    link = Code(required=True, allow_none=True)
    mark = Pattern(MARK, "not_a_code", required=True)


class ReviewView(StrictSchema):
    """A review as it stands; names where `expand=names` asked for them and they are yours to see.

    `due_on` is the due day, `due_at` the midnight that ends it.
    """

    id = Uuid(required=True)
    number = Pattern(CASE_NUMBER, "not_an_identifier", required=True)
    cycle = Uuid(required=True)
    person = Identifier(required=True)
    unit = Identifier(required=True)
    tier = Identifier(required=True)
    state = Code(required=True)
    version = StrictInt(least=1, required=True)
    holder = ObjectOf(Holder, required=True, allow_none=True)  # the one that is due first
    holders = ListOf(ObjectOf(Holder), most=MOST, required=True)  # all desks it lies on
    entered_at = Instant(required=True)
    due_at = Instant(required=True, allow_none=True)
    due_on = Day(required=True, allow_none=True)
    suspended = StrictBool(required=True)
    unit_name = fields.String(allow_none=True)
    person_name = fields.String(allow_none=True)


class CaseView(ReviewView):
    """A case of whatever kind as it stands; `kind` is the scheme's word.

    `of` is the stream `<kind>/<id>` of the case it is part of, null where it is about its unit;
    `tier` and `person` are null where the kind has none.
    """

    kind = Code(required=True)
    label = fields.String(required=True)  # of the kind
    final = Ending()
    waits_for = ObjectOf(Awaited, required=True, allow_none=True)
    values = fields.Dict(keys=Code(), required=True)  # columns of the row it was made from
    of = StreamName(of_case=True, required=True, allow_none=True)
    person = Identifier(required=True, allow_none=True)
    tier = Identifier(required=True, allow_none=True)


class LinkedView(StrictSchema):
    """A case that a link leads to."""

    id = Uuid(required=True)
    kind = Code(required=True)
    number = Pattern(CASE_NUMBER, "not_an_identifier", required=True)
    state = Code(required=True)
    final = Ending()
    holder = ObjectOf(Holder, required=True, allow_none=True)
    due_at = Instant(required=True, allow_none=True)
    due_on = Day(required=True, allow_none=True)


class LinkView(StrictSchema):
    """Where a link leads: to `one` case or to many; `n` there are, 0: none yet.

    `cases` are those of them that are yours to see, in the order in which they were opened.
    """

    name = Code(required=True)
    kind = Code(required=True)
    one = StrictBool(required=True)
    n = StrictInt(least=0, required=True)
    cases = ListOf(ObjectOf(LinkedView), most=MOST, required=True)


class CaseDocument(CaseView):
    """A case with its links."""

    links = ListOf(ObjectOf(LinkView), most=MOST, required=True)


class CloudEvent(StrictSchema):
    """An event: CloudEvents 1.0, the stored bytes (RFC 8785). See the AsyncAPI description."""

    class Meta:
        unknown = "include"

    id = Uuid(required=True)
    type = Text(most=100, required=True)
    subject = Text(most=100, required=True)
    data = fields.Dict(required=True)


class Error(StrictSchema):
    """One thing that is wrong, or in the way."""

    field = fields.String(required=True, metadata={"description": "JSON path, or a header"})
    code = Code(required=True)
    reason = fields.String(required=True)
    accepted = fields.String(required=True, metadata={"description": "what would pass"})


class DraftView(StrictSchema):
    """What was typed for a document and is not handed in; its entity tag is of this very save."""

    case = Uuid(required=True)
    document = Code(required=True)
    typed = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    saved_by = Identifier(required=True)
    saved_at = Instant(required=True)
    gone_at = Instant(required=True)


class ProblemView(StrictSchema):
    """A problem (RFC 9457); `code` is of the published registry, docs/reference/problems.md."""

    type = fields.String(required=True)
    title = fields.String(required=True)
    status = StrictInt(least=400, most=599, required=True)
    code = Code(required=True)
    errors = ListOf(ObjectOf(Error), most=MOST)
    state = Code()
    version = StrictInt()
    allowed_triggers = ListOf(Code(), most=MOST)
    # Of `cycle_exists`: which unit is in which cycle already, and who opened that.
    unit = Identifier()
    year = StrictInt()
    round = Identifier()
    cycle = Uuid()
    opened_by = Identifier()
    # Of `draft_moved`: what is stored.
    draft = ObjectOf(DraftView)


class Fired(StrictSchema):
    """What a command led to; a rehearsal has no event."""

    event = ObjectOf(CloudEvent)
    # Where the case has ended: how many that belong to it live on, by kind.
    left_open = fields.Dict()


class ReviewFired(Fired):
    """A review after its event; a rehearsal has no event."""

    review = ObjectOf(ReviewView, required=True)


class CaseFired(Fired):
    """A case after its event; a rehearsal has no event."""

    case = ObjectOf(CaseView, required=True)


class Result(StrictSchema):
    """What became of one command of many; it says `review` or `case` as the command did."""

    status = StrictInt(least=200, most=599, required=True)
    idempotent_replayed = StrictBool()  # the answer to an earlier request under this key
    review = ObjectOf(ReviewView)
    case = ObjectOf(CaseView)
    event = ObjectOf(CloudEvent)
    left_open = fields.Dict()  # as of one command
    problem = ObjectOf(ProblemView)


class Results(StrictSchema):
    """In the order of the commands."""

    results = ListOf(ObjectOf(Result), most=MOST, required=True)


class BlockerView(StrictSchema):
    """A reason why not, and what would lift it."""

    code = Code(required=True)
    reason = fields.String(required=True)
    would_pass_if = fields.String(required=True)


class Destination(StrictSchema):
    """A state, and what people read for it."""

    state = Code(required=True)
    label = fields.String(required=True)


class PossibleView(StrictSchema):
    """One trigger for the asking person, now; `data` is the JSON Schema of its data.

    `leads_to` are all states it may lead to (which, the data or a grade decide), `to` the first;
    none: the state stays. `desks` are those you could sign. `left_open` tells
    of an act that ends the case how many that belong to it would live on, by kind.
    """

    trigger = Code(required=True)
    label = fields.String(required=True)
    to = Code(required=True, allow_none=True)
    leads_to = ListOf(ObjectOf(Destination), most=MOST, required=True)
    reason_required = StrictBool(required=True)
    desks = ListOf(Code(), most=MOST, required=True)
    data = fields.Dict(required=True)
    left_open = fields.Dict(required=True)
    allowed = StrictBool(required=True)
    blockers = ListOf(ObjectOf(BlockerView), most=MOST, required=True)


class PossibleList(StrictSchema):
    """Every trigger of the case's life that a person may fire."""

    items = ListOf(ObjectOf(PossibleView), most=MOST, required=True)


class ReviewPage(StrictSchema):
    """One page of reviews; `next` is the `after` of the following page."""

    items = ListOf(ObjectOf(ReviewView), most=MOST, required=True)
    next = fields.String(required=True, allow_none=True)
    total = StrictInt(least=0, required=True)


class CasePage(ReviewPage):
    """One page of cases; `next` is the `after` of the following page."""

    items = ListOf(ObjectOf(CaseView), most=MOST, required=True)


class HistoryEvent(CloudEvent):
    """An event as the reader may see it."""

    data = fields.Dict()  # absent where it is withheld


class HistoryItem(StrictSchema):
    """An event, its position once it has one, and its texts by JSON path (null: erased).

    `unreadable` where the event, stored by an early release, does not fit its schema. `withheld`
    where it tells what the scheme leaves to others (`seen_by`): it then comes without its data.
    """

    position = StrictInt(least=1)
    unreadable = StrictBool()
    withheld = StrictBool()
    event = ObjectOf(HistoryEvent, required=True)
    texts = fields.Dict(required=True)


class HistoryPage(StrictSchema):
    """One page of a case's history, oldest first unless asked otherwise."""

    items = ListOf(ObjectOf(HistoryItem), most=MOST, required=True)
    next = fields.String(required=True, allow_none=True)


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
    unit_name = fields.String(allow_none=True)


class CycleDocument(CycleItem):
    """A cycle; *coverage* is by tier."""

    coverage = fields.Dict(keys=Identifier(), values=ObjectOf(CoverageView), required=True)


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


class EditionPage(StrictSchema):
    """One page of editions, the newest first."""

    items = ListOf(ObjectOf(EditionView), most=MOST, required=True)
    next = fields.String(required=True, allow_none=True)
    total = StrictInt(least=0, required=True)


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
    """A person's name and addresses."""

    class Meta:
        unknown = "include"

    id = Identifier(required=True)
    name = fields.String(required=True)
    email = fields.String()


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


class NoticeResult(StrictSchema):
    """201 recorded now, 200 known already, else why not."""

    notice = Uuid(required=True)
    status = StrictInt(required=True)
    problem = ObjectOf(ProblemView)


class NoticeResults(StrictSchema):
    """In the order of the notices."""

    results = ListOf(ObjectOf(NoticeResult), most=MOST, required=True)


POSSIBLE, RESULTS, HISTORY = PossibleList(), Results(), HistoryPage()
REVIEW, REVIEWS, REVIEW_FIRED = ReviewView(), ReviewPage(), ReviewFired()
CASE, CASES, CASE_FIRED = CaseDocument(), CasePage(), CaseFired()
LOG, CYCLE, PEOPLE = LogPage(), CycleDocument(), People()
CYCLE_PREVIEW = CyclePreview()
CYCLES, UNITS, EDITIONS = CyclePage(), UnitPage(), EditionPage()
INBOX, NOTICE_RESULTS = InboxPage(), NoticeResults()
PROBLEM, DRAFT = ProblemView(), DraftView()

ETAG = {"ETag": {"description": "The version, quoted", "schema": {"type": "string"}}}
TEXT_HEADERS = {
    "ETag": {"description": "The hash, quoted", "schema": {"type": "string"}},
    "Text-Kind": {"schema": {"type": "string", "enum": ["scheme", "calendar", "policy"]}},
    "Text-Id": {"schema": {"type": "string", "pattern": f"^{IDENTIFIER}$"}},
}
REPLAYED = {
    "Idempotent-Replayed": {
        "description": "`true` where this is the answer to an earlier request under the same key.",
        "schema": {"type": "string", "enum": ["true"]},
    }
}
IDEMPOTENCY_KEY: dict[str, Any] = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": True,
    "description": "Yours for ever once something was accepted under it: the same request then"
    " gets the same answer again, with `Idempotent-Replayed: true`, and another one is 422"
    " `key_reused`. What is refused or malformed leaves the key free.",
    "schema": {"type": "string", "pattern": f"^{KEY.pattern}$"},
}
OPTIONAL_KEY = IDEMPOTENCY_KEY | {"required": False}
IF_MATCH: dict[str, Any] = {
    "name": "If-Match",
    "in": "header",
    "description": 'The version you decided on, quoted, such as `"3"`; `*` is any.',
    "schema": {"type": "string", "pattern": f"^({VERSION_TAG.pattern}|[*])$"},
}
DRAFT_TAG = {
    "ETag": {"description": "Of this very save, quoted", "schema": {"type": "string"}},
}
IF_DRAFT: dict[str, Any] = {
    "name": "If-Match",
    "in": "header",
    "description": "The entity tag of the draft that you go on from, quoted; `*` is any. Without"
    " it there must be none yet. Where another save came before, the answer is 412 with what is"
    " stored; the same text again is no conflict.",
    "schema": {"type": "string", "pattern": '^("[0-9a-f]{16}"|[*])$'},
}
ON_BEHALF_OF: dict[str, Any] = {
    "name": "On-Behalf-Of",
    "in": "header",
    "description": "The person you act for; needs the scope act-for. Both names are kept.",
    "schema": {"type": "string", "pattern": f"^{IDENTIFIER}$"},
}
