"""Texts that cases and notices run by: schemes, calendars, policies."""

from schemas.fields import Choice, Code, HexHash, Identifier, StrictSchema
from schemas.registry import EVENTS

PIN, MOVE = "pin", "move"


class TextPublishedV1(StrictSchema):
    """A text was imported; it is kept by its hash, and the newest of its id is the one to use."""

    kind = Code(required=True)  # scheme, calendar, policy
    id = Identifier(required=True)
    hash = HexHash(required=True)
    # Of a policy: what becomes of cases that were opened before. They stay under the one they had,
    # or go by this one from now on. Absent, as a release of before wrote it, means the latter.
    running = Choice([PIN, MOVE])


EVENTS.register("text_published", 1, TextPublishedV1())
