"""How a round ends: by a decision, over what is still open."""

from schemas import limits
from schemas.facts.parts import Commitment, Kind, at, count
from schemas.fields import Identifier, ListOf, ObjectOf, StrictSchema, Uuid
from schemas.registry import EVENTS


class StillOpen(StrictSchema):
    """How many cases of a kind, and tier, had not ended."""

    name = Kind(required=True)
    tier = Identifier()
    open = count(required=True)


class CycleClosedV1(StrictSchema):
    """Nothing begins in the round any more; what is open in it goes on to its own end.

    Who decided it is the envelope's actor.
    """

    cycle = Uuid(canonical=True, required=True)
    round = Identifier(required=True)
    effective_at = at(required=True)
    kinds = ListOf(ObjectOf(StillOpen), most=limits.KINDS, required=True)  # none: all had ended
    # The list [{case, number, state, version}] of what was open, in the order of streams, each as
    # it stood then; kept by hash beside the log.
    left_open = ObjectOf(Commitment, required=True)
    reason = ObjectOf(Commitment)
    reference = ObjectOf(Commitment)


EVENTS.register("cycle_closed", 1, CycleClosedV1())
