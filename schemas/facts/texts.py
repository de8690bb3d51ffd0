"""Texts that cases and notices run by: schemes, calendars, policies."""

from schemas.fields import Code, HexHash, Identifier, StrictSchema
from schemas.registry import EVENTS


class TextPublishedV1(StrictSchema):
    """A text was imported; it is kept by its hash, and the newest of its id is the one to use."""

    kind = Code(required=True)  # scheme, calendar, policy
    id = Identifier(required=True)
    hash = HexHash(required=True)


EVENTS.register("text_published", 1, TextPublishedV1())
