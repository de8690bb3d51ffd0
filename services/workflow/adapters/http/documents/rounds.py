"""Shapes of answers about rounds: how far one has come, its closing, its report."""

from marshmallow import fields

from schemas.fields import (
    Code,
    HexHash,
    Identifier,
    Instant,
    ListOf,
    ObjectOf,
    StrictBool,
    StrictInt,
    StrictSchema,
    Uuid,
)
from services.workflow.adapters.http.documents.cases import MOST


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
    n_carried = StrictInt(least=0, required=True)  # they go on in the round after
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
