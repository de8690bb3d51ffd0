"""What a poll came to: one event of the case that held it.

The counts lie beside the log as one canonical table, and so does the rule they were counted by;
here stand their hashes, that of the used slips' check codes, and whether the slips add up. What it
means for each case that was covered is told in that case's own stream, caused by this event.
"""

from schemas import limits
from schemas.facts.acts import LeftOut, Seen
from schemas.facts.parts import Commitment, at, count
from schemas.fields import (
    Choice,
    Code,
    HexHash,
    Identifier,
    ListOf,
    ObjectOf,
    StreamName,
    StrictInt,
    StrictSchema,
)
from schemas.registry import EVENTS

STRUCK = ("abandoned", "exempt", "carried", "no_longer", "replaced")


class CountedGroup(StrictSchema):
    """Electorates that were counted together; more than one where apart they were too few."""

    electorates = ListOf(Code(), least=1, most=limits.ELECTORATES, required=True)
    n_valid = StrictInt(least=1, required=True)  # ballots


class Reconciliation(StrictSchema):
    """Whether the slips of an electorate add up: all that were issued, and where they are.

    A *difference*, what was issued less all the rest, has a *reason* and two who name it.
    """

    electorate = Code(required=True)
    n_eligible = count()
    n_issued = count(required=True)
    n_phone = count(required=True)
    n_paper = count(required=True)
    n_void = count(required=True)
    n_spoilt = count(required=True)  # and replaced
    n_returned = count(required=True)  # unused
    n_not_returned = count(required=True)
    difference = StrictInt(least=-limits.SLIPS, most=limits.SLIPS, required=True)


class Struck(StrictSchema):
    """A case that the ballots asked about and that no longer counts, and why."""

    case = StreamName(of_case=True, required=True)
    reason = Choice(STRUCK, required=True)


class TallyTakenV1(StrictSchema):
    """A poll was counted; what each covered case got stands in its own stream."""

    poll = Code(required=True)
    effective_at = at(required=True)
    n_covered = count(required=True)
    counts = HexHash(required=True)  # of the canonical table beside the log
    rule = HexHash(required=True)  # by which it was counted
    codes = HexHash(required=True)  # of the sorted check codes of the slips that were used
    n_codes = count(required=True)
    votes = HexHash()  # of the table of who said what, where people vote under their own names
    groups = ListOf(ObjectOf(CountedGroup), least=1, most=limits.ELECTORATES, required=True)
    without_ballots = ListOf(Code(), most=limits.ELECTORATES)  # electorates
    reconciliation = ListOf(
        ObjectOf(Reconciliation), least=1, most=limits.ELECTORATES, required=True
    )
    counted_by = ListOf(Identifier(), least=2, most=2)  # who entered the paper, apart
    reason = ObjectOf(Commitment)  # of what does not add up
    struck = ListOf(ObjectOf(Struck), most=limits.EFFECTS)
    saw = ListOf(ObjectOf(Seen), most=limits.SAW)
    left_out = ListOf(ObjectOf(LeftOut), most=limits.EFFECTS)


EVENTS.register("tally_taken", 1, TallyTakenV1())
