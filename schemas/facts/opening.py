"""How a round and its cases begin."""

from schemas import limits
from schemas.facts.deadlines import Holder
from schemas.facts.parts import Audit, CaseNumber, Commitment, Kind, Label, at, count
from schemas.facts.taken import Taken, Values
from schemas.fields import (
    Choice,
    Code,
    HexHash,
    Identifier,
    ListOf,
    MapOf,
    ObjectOf,
    StreamName,
    StrictInt,
    StrictSchema,
    Text,
    Uuid,
)
from schemas.registry import EVENTS


class Other(StrictSchema):
    """Another case, and the number people know it by."""

    case = StreamName(of_case=True, required=True)
    number = CaseNumber(required=True)


class Link(StrictSchema):
    """Where a link leads, for the whole life of the case.

    To a slot (round, kind, *unit*), to the children of the case, to the cases of the anchor, to
    those whose link *back* leads here, or to the case it is of. Without *unit*, a slot is empty for
    good: the link would lead to the case itself.
    """

    name = Code(required=True)
    kind = Kind(required=True)
    way = Choice(["slot", "children", "anchor", "back", "of"], required=True)
    unit = Identifier()
    back = Code()


class OfRow(StrictSchema):
    """The row that a case was made from; its values are the case's from now on."""

    document = Code(required=True)
    version = StrictInt(least=1, required=True)
    row = StrictInt(least=1, required=True)
    text = ObjectOf(Commitment)


class CaseOpenedV1(Taken):
    """A case exists; what is pinned here stays for its life."""

    kind = Kind(required=True)
    label = Label(required=True)  # of the kind
    number = CaseNumber(required=True)
    cycle = Uuid(canonical=True, required=True)
    of = StreamName(of_case=True)  # the case it belongs to; absent: it belongs to its unit
    unit = Identifier(required=True)  # the anchor
    unit_kind = Code(required=True)
    path = ListOf(Identifier(), least=1, most=limits.PATH_UNITS, required=True)  # root first
    tier = Identifier()
    parties = MapOf(Code(), Identifier(), most=limits.PARTIES, required=True)  # name -> unit
    audits = ListOf(ObjectOf(Audit), most=limits.AUDITS, required=True)  # in the order of passing
    links = ListOf(ObjectOf(Link), most=limits.LINKS, required=True)
    subject = Identifier()  # the person it is about
    state = Code(required=True)
    holders = ListOf(ObjectOf(Holder), most=limits.DESKS, required=True)
    effective_at = at(required=True)
    reason = ObjectOf(Commitment)
    reference = ObjectOf(Commitment)
    # Why there is one, where it is more than the opening of the round.
    row = ObjectOf(OfRow)
    values = Values()
    because = Text(most=limits.LABEL, on_the_wire=True)  # the clause of the consequence
    carried_from = ObjectOf(Other)


class Opened(StrictSchema):
    """How many cases of a kind, and tier, there should be, are, and need not be."""

    name = Kind(required=True)
    tier = Identifier()
    expected = count(required=True)
    opened = count(required=True)
    exempt = count(required=True)


class CycleOpenedV2(StrictSchema):
    """A round runs; the envelope's schemehash says under which rules."""

    cycle = Uuid(canonical=True, required=True)
    round = Identifier(required=True)  # 2019, 2019-Q3, 2019-07
    scheme = Identifier(required=True)
    unit = Identifier(required=True)
    calendarhash = HexHash(required=True)
    policyhash = HexHash()
    kinds = ListOf(ObjectOf(Opened), most=limits.KINDS, required=True)
    # The list [{unit, kind, reason or rule}] of what was expected or exempt and not opened, kept by
    # hash beside the log.
    left_out = ObjectOf(Commitment)


EVENTS.register("case_opened", 1, CaseOpenedV1())
EVENTS.register("cycle_opened", 2, CycleOpenedV2())
