"""Polls and ballots as answers tell them."""

from marshmallow import fields

from schemas.facts.tally import Reconciliation
from schemas.fields import (
    Choice,
    Code,
    Figure,
    Identifier,
    ListOf,
    MapOf,
    ObjectOf,
    StreamName,
    StrictBool,
    StrictInt,
    StrictSchema,
    Text,
    Uuid,
)
from schemas.limits import COMMENT, ELECTORATES, PARTS, SLIPS
from services.workflow.adapters.http.documents.cases import BlockerView
from services.workflow.adapters.http.documents.scores import Answered

MOST = 5_000


class BoxView(StrictSchema):
    """The slips of an electorate; *n_eligible* is null where nobody has said who votes."""

    name = Code(required=True)
    label = fields.String(required=True)
    n_issued = StrictInt(least=0, most=SLIPS, required=True)
    n_eligible = StrictInt(least=0, required=True, allow_none=True)


class CountedQuestion(StrictSchema):
    """How often each value was given to a question; "" was left out on purpose and is no vote."""

    name = Code(required=True)
    votes = MapOf(Answered(), StrictInt(least=0), most=10_001, required=True)


class CountedTogether(StrictSchema):
    """What electorates that were counted together gave."""

    electorates = ListOf(Code(), most=ELECTORATES, required=True)
    questions = ListOf(ObjectOf(CountedQuestion), most=PARTS, required=True)


class ResultView(StrictSchema):
    """What a poll came to for one case."""

    figure = Figure(required=True, allow_none=True)
    n_valid = StrictInt(least=0, required=True)  # answers
    n_blank = StrictInt(least=0, required=True)  # left out on purpose
    groups = ListOf(ObjectOf(CountedTogether), most=ELECTORATES, required=True)


class AnswerView(StrictSchema):
    """What was answered to a question about a case; "" leaves it out on purpose."""

    about = StreamName(of_case=True, required=True)
    question = Code(required=True)
    value = Text(least=0, most=40, required=True)


class VoteView(StrictSchema):
    """What somebody said under their own name."""

    electorate = Code(required=True)
    person = Identifier(required=True)
    sheet = ListOf(ObjectOf(AnswerView), most=MOST, required=True)


class CommentView(StrictSchema):
    """What a ballot said of a case in its own words; nothing says which."""

    about = StreamName(of_case=True, required=True)
    text = Text(most=COMMENT, multiline=True, required=True)


class CountedCell(StrictSchema):
    """How many paper sheets gave a value to a question about a case; "" is left out on purpose."""

    about = StreamName(of_case=True, required=True)
    question = Code(required=True)
    value = Text(least=0, most=40, required=True)
    n = StrictInt(least=0, most=SLIPS, required=True)


class PaperOfElectorate(StrictSchema):
    """What was counted on paper in one electorate."""

    n_paper = StrictInt(least=0, most=SLIPS, required=True)
    n_void = StrictInt(least=0, most=SLIPS, required=True)
    n_returned = StrictInt(least=0, most=SLIPS, required=True)
    n_not_returned = StrictInt(least=0, most=SLIPS, required=True)
    counts = ListOf(ObjectOf(CountedCell), most=50_000, load_default=list)


class KeptPollView(StrictSchema):
    """A poll; how many slips came back is told once it is closed.

    *own_count* is what you counted on paper yourself. *results* are those of a closed rehearsal; of
    a poll that is told those of the cases whose results are yours to see, and null if none are;
    *struck* are those that were withdrawn, or about somebody else, before it was told: they have
    none. *votes*: who said what, where people vote under their own names, once it is told, to who
    sees all of it. How a case's figure came about tells `/v1/cases/<case>/figures`, and
    `/v1/cases/<case>/ranking` the places.
    """

    id = Uuid(required=True, allow_none=True)
    state = Choice(("waiting", "open", "sealed", "counted", "gone"), required=True)
    n_covered = StrictInt(least=0, required=True)
    electorates = ListOf(ObjectOf(BoxView), most=ELECTORATES, required=True)
    reconciliation = ListOf(
        ObjectOf(Reconciliation), most=ELECTORATES, required=True, allow_none=True
    )
    counted_by = ListOf(Identifier(), most=2, required=True, allow_none=True)
    own_count = MapOf(
        Code(), ObjectOf(PaperOfElectorate), most=ELECTORATES, required=True, allow_none=True
    )
    blockers = ListOf(ObjectOf(BlockerView), most=MOST, required=True, allow_none=True)
    results = MapOf(
        StreamName(of_case=True),
        ObjectOf(ResultView),
        most=MOST,
        required=True,
        allow_none=True,
    )
    votes = ListOf(ObjectOf(VoteView), most=ELECTORATES * SLIPS, required=True, allow_none=True)
    comments = ListOf(
        ObjectOf(CommentView), most=ELECTORATES * SLIPS, required=True, allow_none=True
    )
    struck = ListOf(StreamName(of_case=True), most=MOST, required=True)


class PollView(KeptPollView):
    """A poll of a case, and its rehearsal where there is one."""

    name = Code(required=True)
    label = fields.String(required=True)
    secret = StrictBool(required=True)  # whether slips are cast; else people vote by their names
    yours = StrictBool(required=True)  # whether you have a vote here, under your own name
    voted = StrictBool(required=True)  # and whether you have used it
    holds = StrictBool(required=True)  # whether it is yours to hold
    # Where it is: who may count what came on paper; and whether two of them are two pairs of eyes.
    counters = ListOf(Identifier(), most=MOST, required=True)
    counts_apart = StrictBool(required=True)
    rehearsal = ObjectOf(KeptPollView, required=True, allow_none=True)


class PollList(StrictSchema):
    """The polls of a case."""

    items = ListOf(ObjectOf(PollView), most=MOST, required=True)


class SlipView(StrictSchema):
    """One slip as it is to be printed; nobody keeps its secret."""

    secret = Text(most=40, required=True)
    check = Text(most=20, required=True)


class SlipList(StrictSchema):
    """Slips."""

    slips = ListOf(ObjectOf(SlipView), most=MOST, required=True)


class MarkedView(StrictSchema):
    """What became of each code: taken, used by a phone before, entered before, not known.

    *otherwise*: entered before, as spoilt where it is paper now, as paper where it is spoilt.
    """

    taken = ListOf(fields.String(), most=MOST, required=True)
    used = ListOf(fields.String(), most=MOST, required=True)
    before = ListOf(fields.String(), most=MOST, required=True)
    otherwise = ListOf(fields.String(), most=MOST, required=True)
    not_known = ListOf(fields.String(), most=MOST, required=True)


class ClosedView(StrictSchema):
    """A poll that is closed."""

    id = Uuid(required=True)
    state = Choice(("sealed", "counted"), required=True)


class PaperBroughtView(StrictSchema):
    """What a workbook says of the paper, and who has counted it; with `dry_run` nothing is kept."""

    dry_run = StrictBool(required=True)
    electorates = MapOf(Code(), ObjectOf(PaperOfElectorate), most=ELECTORATES, required=True)
    counted_by = ListOf(Identifier(), most=2, required=True)


class CountedByView(StrictSchema):
    """Who has counted the paper so far."""

    counted_by = ListOf(Identifier(), most=2, required=True)


class UsedCodes(StrictSchema):
    """The check codes of the slips that were used, in order: never what a slip said."""

    codes = ListOf(fields.String(), most=ELECTORATES * SLIPS, required=True)


class NamedView(StrictSchema):
    """A name, and what people read for it."""

    name = Code(required=True)
    label = fields.String(required=True)


class GradeView(NamedView):
    """A grade one chooses, and what it counts."""

    points = Figure(required=True)


class RangeView(StrictSchema):
    """Which figures may be given."""

    least = StrictInt(data_key="from", required=True)
    most = StrictInt(data_key="to", required=True)
    step = Figure(required=True)


class LineView(StrictSchema):
    """One case on a sheet; *struck*: it no longer counts, and may be left out."""

    about = StreamName(of_case=True, required=True)
    person = fields.String(required=True)
    unit = fields.String(required=True)
    mode = fields.String(required=True)
    struck = StrictBool(required=True)


class SheetView(StrictSchema):
    """What a slip asks, with every rule that is tried before a sheet is taken."""

    poll = Uuid(required=True)
    label = fields.String(required=True)
    body = fields.String(required=True)  # the unit that holds it
    number = fields.String(required=True)  # of the case
    rehearsal = StrictBool(required=True)
    electorate = fields.String(required=True)
    check = fields.String(required=True)
    questions = ListOf(ObjectOf(NamedView), most=MOST, required=True)
    grades = ListOf(ObjectOf(GradeView), most=MOST, required=True)
    range = ObjectOf(RangeView, required=True, allow_none=True)
    blanks = Choice(("counted", "refused"), required=True)
    at_most = MapOf(Code(), StrictInt(least=0), most=MOST, required=True)
    comments = StrictBool(required=True)  # whether something may be said of each in own words
    lines = ListOf(ObjectOf(LineView), most=MOST, required=True)


class OwnSheetView(SheetView):
    """What you are asked under your own name; *cast* is what you said, null before."""

    class Meta:
        """A slip alone has a check code."""

        exclude = ("check",)

    cast = ListOf(ObjectOf(AnswerView), most=MOST, required=True, allow_none=True)


class OwnVoteView(StrictSchema):
    """Your vote is kept."""

    recorded = StrictBool(required=True)


class ReceiptView(StrictSchema):
    """A ballot is in the urn; the code proves that the slip was used, and not what it said."""

    recorded = StrictBool(required=True)
    check = fields.String(required=True)
    poll = Uuid(required=True)
