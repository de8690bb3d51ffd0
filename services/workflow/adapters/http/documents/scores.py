"""Shapes of answers about figures and places: every step an exact fraction, spelled `n/d`."""

from typing import Any

from schemas import limits
from schemas.facts.taken import Exact
from schemas.fields import (
    Choice,
    Code,
    Figure,
    HexHash,
    Identifier,
    Instant,
    ListOf,
    MapOf,
    ObjectOf,
    Pattern,
    Score,
    StreamName,
    StrictBool,
    StrictInt,
    StrictSchema,
    Text,
    Uuid,
)

_EVENTS = 100_000
_NULL: dict[str, Any] = {"required": True, "allow_none": True}


def _label(**rest: Any) -> Text:
    return Text(most=limits.LABEL, **{"required": True, **rest})


def _count() -> StrictInt:
    return StrictInt(least=0, required=True)


class Answered(Pattern):
    """A grade, or a figure, as it stood on a slip."""

    def __init__(self, **rest: Any) -> None:
        super().__init__(r"[A-Za-z0-9._-]{1,64}", "not_a_code", **rest)


class ScoredQuestion(StrictSchema):
    """What electorates that were counted together answered to one question."""

    name = Code(required=True)
    votes = MapOf(Answered(), StrictInt(least=0), most=10_001, required=True)  # by value
    n_valid = _count()
    dropped = _count()  # at each end
    mean = Exact(**_NULL)


class ScoredGroup(StrictSchema):
    """Electorates that were counted together; *share* is their weight among those that voted."""

    electorates = ListOf(Code(), most=limits.ELECTORATES, required=True)
    labels = ListOf(Text(most=limits.LABEL), most=limits.ELECTORATES, required=True)
    weight = Exact(required=True)
    share = Exact(**_NULL)
    mean = Exact(**_NULL)
    questions = ListOf(ObjectOf(ScoredQuestion), most=limits.PARTS, required=True)


class ScoredPoll(StrictSchema):
    """Where a figure was counted; *follows*: it was, again, now. Null: what from is gone.

    *points* are what each grade counts; null where slips bear figures.
    """

    name = Text(most=64, least=0, required=True)
    figure = Figure(**_NULL)  # what it came to, though another was put in its place by hand
    counts = HexHash(required=True)
    rule = HexHash(required=True)
    n_valid = _count()
    points = MapOf(Code(), Figure(), most=limits.GRADES, **_NULL)
    follows = StrictBool(**_NULL)
    groups = ListOf(ObjectOf(ScoredGroup), most=limits.ELECTORATES, required=True)


class ScoredPart(StrictSchema):
    """A part of a component."""

    name = Code(required=True)
    label = _label()
    weight = Figure(required=True)
    figure = Figure(**_NULL)


class ScoredComponent(StrictSchema):
    """A component; *share* is its weight among those not taken out, *event* gave what is in force.

    *figure* is read, *exact* is what is computed with: product = share x exact.
    """

    name = Code(required=True)
    label = _label()
    clause = _label(allow_none=True)
    weight = Figure(required=True)
    waived = StrictBool(required=True)
    share = Exact(**_NULL)
    exact = Exact(**_NULL)
    figure = Figure(**_NULL)
    product = Exact(**_NULL)
    by_hand = StrictBool(required=True)  # though it comes of a poll, which stands beside it
    reason = Text(
        most=limits.PLAIN, multiline=True, **_NULL
    )  # given with it; null: none, or erased
    event = StrictInt(least=1, **_NULL)
    parts = ListOf(ObjectOf(ScoredPart), most=limits.COMPONENTS, required=True)
    poll = ObjectOf(ScoredPoll, **_NULL)


class ScoredBand(StrictSchema):
    """A grade, and the figures from its own bound up to where the one above begins."""

    name = Code(required=True)
    label = _label()
    least = Score(required=True, data_key="from")
    below = Score(**_NULL)
    to = Score(**_NULL)


class ScoredCap(StrictSchema):
    """A limit on the grade that holds for this case."""

    at_best = Code(required=True)
    label = _label()
    clause = _label(allow_none=True)


class ScoredGrading(StrictSchema):
    """One grading: *sum* is the exact figure, *figure* that rounded half up, once."""

    name = Code(required=True)
    label = _label()
    clause = _label(allow_none=True)
    by = Choice(["bands", "decision", "votes"], required=True)
    of = Code(**_NULL)
    components = ListOf(ObjectOf(ScoredComponent), most=limits.COMPONENTS, required=True)
    total = Exact(data_key="sum", **_NULL)
    figure = Score(**_NULL)
    grade = Code(**_NULL)
    grade_label = _label(allow_none=True)
    uncapped = Code(**_NULL)
    uncapped_label = _label(allow_none=True)
    caps = ListOf(ObjectOf(ScoredCap), most=limits.GRADES, required=True)
    bands = ListOf(ObjectOf(ScoredBand), most=limits.GRADES, required=True)


class GradeThen(StrictSchema):
    """A grade that an event told."""

    grade = Code(required=True)
    figure = Score(**_NULL)


class ScoredStep(StrictSchema):
    """An event that gave, corrected, took out or forgot figures, or changed a grade."""

    event = StrictInt(least=1, required=True)
    position = StrictInt(least=1, **_NULL)
    type = Text(most=100, required=True)
    trigger = Code(**_NULL)
    at = Instant(required=True)
    recorded_at = Instant(required=True)
    person = Identifier(**_NULL)
    deputy_for = Identifier(**_NULL)
    figures = MapOf(Code(), Figure(allow_none=True), most=limits.COMPONENTS, required=True)
    in_force = ListOf(Code(), most=limits.COMPONENTS, required=True)
    forgets = StrictBool(required=True)
    waives = ListOf(Code(), most=limits.COMPONENTS, required=True)
    grades = MapOf(Code(), ObjectOf(GradeThen), most=limits.GRADINGS, required=True)


class ScoredView(StrictSchema):
    """How the figures of a case came about, first to last."""

    case = StreamName(of_case=True, required=True)
    number = Pattern(limits.CASE_NUMBER, "not_a_number", required=True)
    scheme = HexHash(required=True)
    gradings = ListOf(ObjectOf(ScoredGrading), most=limits.GRADINGS, required=True)
    steps = ListOf(ObjectOf(ScoredStep), most=_EVENTS, required=True)


class RankedCase(StrictSchema):
    """A case on its place; equal figures share one, and without a grade there is none."""

    place = StrictInt(least=1, **_NULL)
    id = Uuid(required=True)
    number = Pattern(limits.CASE_NUMBER, "not_a_number", required=True)
    unit = Identifier(required=True)
    person = Identifier(**_NULL)
    tier = Identifier(**_NULL)
    figure = Score(**_NULL)
    grade = Code(**_NULL)
    grade_label = _label(allow_none=True)
    uncapped = Code(**_NULL)


class QuotaView(StrictSchema):
    """How far a quota is met among the cases of a body.

    *next*: whose turn it is, the first of `n_next`.
    """

    name = Code(required=True)
    clause = _label(allow_none=True)
    unit = Identifier(required=True)
    grades = ListOf(Code(), most=limits.GRADES, required=True)
    n = _count()
    n_graded = _count()
    n_having = _count()
    at_least = _count()
    at_most = _count()
    lacking = _count()
    over = _count()
    n_next = _count()
    next = ListOf(
        Pattern(limits.CASE_NUMBER, "not_a_number"), most=limits.NEXT_OF_QUOTA, required=True
    )


class RankingView(StrictSchema):
    """Cases by their figures, the best first."""

    grading = Code(required=True)
    label = _label()
    items = ListOf(ObjectOf(RankedCase), most=200, required=True)
    quotas = ListOf(ObjectOf(QuotaView), most=200, required=True)
    n_graded = _count()
    total = _count()
    next = Text(most=512, **_NULL)
