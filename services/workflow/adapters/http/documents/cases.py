"""Shapes of answers about cases: one, lists, history, what came of a command, problems."""

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
from schemas.limits import CASE_NUMBER, MARK
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
    """A case with its links, and the case before it at its place and after it, if yours to see.

    After an end only a new case of its kind at its unit changes anything: they lead to each other.
    """

    links = ListOf(ObjectOf(LinkView), most=MOST, required=True)
    follows = ObjectOf(LinkedView, required=True, allow_none=True)
    followed_by = ObjectOf(LinkedView, required=True, allow_none=True)


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


class SubmittedView(StrictSchema):
    """The version of a document that was handed in before a draft of it came to be saved."""

    version = StrictInt(least=1, required=True)
    at = Instant(required=True)
    by = Identifier()


class AttachmentView(StrictSchema):
    """A file of a document; a version names it by hash and length."""

    sha256 = HexHash(required=True)
    length = StrictInt(least=1, required=True)
    document = Code(required=True)
    name = fields.String(required=True)
    kind = Code(required=True)


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
    # Of `cycle_closed`: who decided it, and when.
    closed_by = Identifier()
    closed_at = Instant()
    # Of `draft_moved`: what is stored; of `draft_submitted`: the version that was handed in.
    draft = ObjectOf(DraftView)
    submitted = ObjectOf(SubmittedView)


class Fired(StrictSchema):
    """What a command led to; a rehearsal has no event."""

    event = ObjectOf(CloudEvent)
    # Where the case has ended: how many that belong to it live on, by kind.
    left_open = fields.Dict()
    # Of a rehearsal: what stands in no way, and who goes on should know.
    warnings = ListOf(fields.Dict(), most=MOST)
    # Of a rehearsal, by roster: who would be new on it, and who is there already.
    rosters = fields.Dict()
    # Of a draw: two have entered a number, and it has to be entered again.
    numbers_differ = StrictBool()


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
    numbers_differ = StrictBool()  # as of one command
    rosters = fields.Dict()  # as of one command
    warnings = ListOf(fields.Dict(), most=MOST)  # as of one command
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
    of an act that ends the case how many that belong to it would live on, by kind; `warnings`
    what stands in no way of it.
    """

    trigger = Code(required=True)
    label = fields.String(required=True)
    to = Code(required=True, allow_none=True)
    leads_to = ListOf(ObjectOf(Destination), most=MOST, required=True)
    reason_required = StrictBool(required=True)
    desks = ListOf(Code(), most=MOST, required=True)
    data = fields.Dict(required=True)
    left_open = fields.Dict(required=True)
    warnings = ListOf(ObjectOf(BlockerView), most=MOST, required=True)
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
