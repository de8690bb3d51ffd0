"""Shapes of answers about draws."""

from marshmallow import fields

from schemas.draw_file import FORMAT
from schemas.facts.draws import DrawTerms, Exempted, Ticket
from schemas.fields import (
    Choice,
    Code,
    HexHash,
    Identifier,
    Instant,
    ListOf,
    ObjectOf,
    StreamName,
    StrictBool,
    StrictInt,
    StrictSchema,
    Text,
)
from schemas.limits import EFFECTS

_LONG = 100_000


class DrawAttested(StrictSchema):
    """Who signed the printed checkpoint, and when."""

    person = Identifier(required=True)
    at = Instant(required=True)


class DrawResult(StrictSchema):
    """What came of it; *shell* are the lines that recompute the tickets."""

    number = Text(most=200, required=True)
    root = HexHash(required=True)
    seed = HexHash(required=True)
    tickets = ListOf(ObjectOf(Ticket), most=EFFECTS, required=True)
    drawn = ListOf(Identifier(), most=EFFECTS, required=True)
    reserves = ListOf(Identifier(), most=EFFECTS, required=True)
    exempt = ListOf(Identifier(), most=EFFECTS, required=True)
    shell = Text(most=_LONG, multiline=True, required=True)


class DrawStated(DrawTerms):
    """The terms of a draw, but for the list of units, which stands beside them."""

    class Meta:
        """The roster is told as `units`."""

        exclude = ("roster",)


class DrawNotOn(StrictSchema):
    """A unit that is heard there and would not be on the list; *why*: as things stand."""

    unit = Identifier(required=True)
    why = Choice(["too_late", "not_meant"], required=True)


class DrawWouldHold(StrictSchema):
    """Whom the list would hold, were it frozen now and nobody left out."""

    ratio = Text(most=20, required=True)
    take = StrictInt(least=0, required=True)
    units = ListOf(Identifier(), most=_LONG, required=True)
    exempt = ListOf(ObjectOf(Exempted), most=_LONG, required=True)
    not_on_it = ListOf(ObjectOf(DrawNotOn), most=_LONG, required=True)


class DrawOther(StrictSchema):
    """Another draw of the same place, and why it was run beside those before it."""

    case = StreamName(of_case=True, required=True)
    number = Identifier(required=True)
    state = Code(required=True)
    follows = StreamName(of_case=True, required=True, allow_none=True)
    reason = fields.String(required=True, allow_none=True)


class DrawView(StrictSchema):
    """How far a draw has got; null is what is not there yet, or was erased.

    *would_hold*: before the list is fixed. *numbers_differ*: two have entered a number, and it has
    to be entered again.
    """

    case = StreamName(of_case=True, required=True)
    state = Code(required=True)
    would_hold = ObjectOf(DrawWouldHold, required=True, allow_none=True)
    others = ListOf(ObjectOf(DrawOther), most=EFFECTS, required=True)
    numbers_differ = StrictBool(required=True)
    terms = ObjectOf(DrawStated, required=True, allow_none=True)
    units = ListOf(Identifier(), most=EFFECTS, required=True, allow_none=True)
    statement = Text(most=_LONG, multiline=True, required=True, allow_none=True)
    sha256 = HexHash(required=True, allow_none=True)
    size = StrictInt(least=1, required=True, allow_none=True)
    checkpoint = Text(most=_LONG, multiline=True, required=True, allow_none=True)
    attested = ListOf(ObjectOf(DrawAttested), most=EFFECTS, required=True)
    entered_by = ListOf(Identifier(), most=EFFECTS, required=True)
    result = ObjectOf(DrawResult, required=True, allow_none=True)


class DrawEntry(StrictSchema):
    """An event's bytes, as text, and the C2SP proof that it is in the log."""

    event = fields.String(required=True)
    proof = fields.String(required=True)


class DrawEntered(StrictSchema):
    """What somebody entered as the number, with the salt of its commitment."""

    sha256 = HexHash(required=True)
    salt = HexHash(required=True)
    text = Text(most=200, required=True)


class DrawFile(StrictSchema):
    """A draw as `draw verify` reads it."""

    format = Choice([FORMAT], required=True)
    statement = Text(most=_LONG, multiline=True, required=True)
    number = Text(most=200, required=True)
    entered = ListOf(ObjectOf(DrawEntered), most=EFFECTS, required=True)
    entries = ListOf(ObjectOf(DrawEntry), most=EFFECTS, required=True)
    sha256 = HexHash(required=True)
