"""What a draw leaves, step by step: frozen, sealed, attested, its number entered, drawn, exempted.

`draw_frozen` carries every line of the statement but `size:`; that is the position it gets and one,
where `draw_sealed` stands with the statement's hash. So the root of the log at just that size fixes
who may be drawn before the number is known.
"""

from typing import Any

from schemas import limits
from schemas.facts.acts import Act, Move
from schemas.facts.parts import Commitment, at, count
from schemas.fields import (
    Code,
    HexHash,
    Identifier,
    ListOf,
    ObjectOf,
    Pattern,
    StreamName,
    StrictInt,
    StrictSchema,
    Text,
)
from schemas.registry import EVENTS

_WHEN = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d"  # as people read it, and as it is hashed
_LINE = 200


class _Line(Text):
    """A line of the statement."""

    def __init__(self, **rest: Any) -> None:
        super().__init__(most=_LINE, on_the_wire=True, **rest)


class Exempted(StrictSchema):
    """A unit that is not drawn, and the code of the reason."""

    unit = Identifier(required=True)
    reason = Code(required=True)


class DrawTerms(StrictSchema):
    """Everything that a statement says, but for `size:`."""

    rule = Code(required=True)  # the scheme's
    draw = Identifier(required=True)
    cycle = Identifier(required=True)
    tier = Pattern(r"[A-Za-z0-9._+-]{1,200}", "not_tiers", required=True)
    ratio = Pattern(r"[1-9][0-9]{0,5}/[1-9][0-9]{0,5}", "not_a_share", required=True)
    eligible = count(required=True)
    take = count(required=True)
    source = _Line(required=True)
    issue = Identifier(required=True)
    drawn_at = Pattern(_WHEN, "not_an_offset_instant", required=True)
    format = _Line(required=True)
    log = _Line(required=True)
    exempt = ListOf(ObjectOf(Exempted), most=limits.EFFECTS)
    roster = ObjectOf(Commitment, required=True)  # of the units' lines
    follows = StreamName(of_case=True)  # the draw of the same place before


class Frozen(StrictSchema):
    """What a freeze says of its draw."""

    terms = ObjectOf(DrawTerms, required=True)


class SealedTerms(StrictSchema):
    """The statement as it is complete, and the size of the log up to here."""

    size = StrictInt(least=1, required=True)
    statement = HexHash(required=True)


class Sealed(StrictSchema):
    """What a seal says of its draw."""

    sealed = ObjectOf(SealedTerms, required=True)


class Signed(StrictSchema):
    """A printed checkpoint that the event's actor signed: its size, its root, its note's hash."""

    size = StrictInt(least=1, required=True)
    root = HexHash(required=True)
    checkpoint = HexHash(required=True)


class Attested(StrictSchema):
    """What a signature says of its draw."""

    attested = ObjectOf(Signed, required=True)


class Entered(StrictSchema):
    """What an entry says of its draw."""

    entered = ObjectOf(Commitment, required=True)


class Ticket(StrictSchema):
    """What a unit drew."""

    unit = Identifier(required=True)
    ticket = HexHash(required=True)


class Drawn(StrictSchema):
    """What came of it: all tickets, the lowest first."""

    number = Pattern(r"[0-9 +]{1,200}", "not_figures", required=True)
    root = HexHash(required=True)
    statement = HexHash(required=True)
    seed = HexHash(required=True)
    tickets = ListOf(ObjectOf(Ticket), least=1, most=limits.EFFECTS, required=True)


class Completed(Entered):
    """What the second entry says of its draw."""

    drawn = ObjectOf(Drawn, required=True)


class Promoted(Exempted):
    """A unit that is exempted after the freeze, and which of the reserves is drawn for it."""

    promoted = Identifier()


class Exemption(StrictSchema):
    """What an exemption says of its draw."""

    exemption = ObjectOf(Promoted, required=True)


class DrawFrozenV1(Move):
    """Who may be drawn is fixed, with how many, by which public number, and when that is drawn."""

    draw = ObjectOf(Frozen, required=True)


class DrawSealedV1(StrictSchema):
    """The statement is complete. The service itself appends it, right after `draw_frozen`."""

    effective_at = at(required=True)
    draw = ObjectOf(Sealed, required=True)


class DrawAttestedV1(Act):
    """Somebody signed the printed checkpoint over just the size that the statement names."""

    draw = ObjectOf(Attested, required=True)


class DrawNumberEnteredV1(Act):
    """Somebody entered the public number; what they entered is shown once it is drawn."""

    draw = ObjectOf(Entered, required=True)


class DrawCompletedV1(Move):
    """A second person entered the same number, and so it is known who is drawn."""

    draw = ObjectOf(Completed, required=True)


class DrawExemptedV1(Act):
    """A unit was exempted after the freeze; where it was drawn, the next reserve is."""

    draw = ObjectOf(Exemption, required=True)


EVENTS.register("draw_frozen", 1, DrawFrozenV1())
EVENTS.register("draw_sealed", 1, DrawSealedV1())
EVENTS.register("draw_attested", 1, DrawAttestedV1())
EVENTS.register("draw_number_entered", 1, DrawNumberEnteredV1())
EVENTS.register("draw_completed", 1, DrawCompletedV1())
EVENTS.register("draw_exempted", 1, DrawExemptedV1())
