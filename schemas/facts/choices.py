"""By which channels people want to be told, as far as policies let them choose.

It stands in the organisation's stream, so that every decision knows by its version what was chosen.
A later one of the same person replaces the earlier; *revoked* leaves it to the policy again.
"""

from schemas import limits
from schemas.fields import Code, Identifier, ListOf, StrictBool, StrictSchema
from schemas.registry import EVENTS


class ChannelsChosenV1(StrictSchema):
    """Somebody chose by which channels to be told beside the inbox; of none: by it alone."""

    person = Identifier(required=True)
    channels = ListOf(Code(), most=limits.WORDS, required=True)
    revoked = StrictBool()


EVENTS.register("channels_chosen", 1, ChannelsChosenV1())
