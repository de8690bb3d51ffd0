"""What the data of several facts has in common: times, commitments, desks, people.

It is part of released schemas, so nothing here changes: a part that is to look otherwise gets a
name of its own, and the facts that use it another version.

Schemas check the *wire* shape, the JSON as it was hashed: instants in our one spelling, figures as
decimal strings, texts as commitments only. No person's name and no free text has a field here.
"""

from typing import Any

from marshmallow import fields

from schemas import limits
from schemas.fields import (
    Code,
    Day,
    HexHash,
    Identifier,
    Instant,
    ListOf,
    MapOf,
    ObjectOf,
    Pattern,
    Plain,
    StrictInt,
    StrictSchema,
    Text,
)
from schemas.streams import KIND


def at(**rest: Any) -> Instant:
    """Return a point in time."""
    return Instant(on_the_wire=True, **rest)


def count(**rest: Any) -> StrictInt:
    """Return a number of things."""
    return StrictInt(least=0, **rest)


def entries(inner: fields.Field[Any]) -> ListOf:
    """Return a part of what one import of an organisation tells."""
    return ListOf(inner, most=limits.ORGANISATION_ENTRIES, required=True)


class CaseNumber(Pattern):
    """What people call a case."""

    def __init__(self, **rest: Any) -> None:
        super().__init__(limits.CASE_NUMBER, "not_a_number", **rest)


class Kind(Pattern):
    """The kind of a case: the first part of its streams."""

    def __init__(self, **rest: Any) -> None:
        super().__init__(KIND, "not_a_kind", **rest)


class Mark(Pattern):
    """A mark that days are counted from: a state, `opened`, or one of a link's or the round's."""

    def __init__(self, **rest: Any) -> None:
        super().__init__(limits.MARK, "not_a_mark", **rest)


class Label(Text):
    """What people read for a name."""

    def __init__(self, **rest: Any) -> None:
        super().__init__(most=limits.LABEL, on_the_wire=True, **rest)


class Commitment(StrictSchema):
    """What stands for a text that lies beside the log."""

    sha256 = HexHash(required=True)
    length = count(required=True)


class Desk(StrictSchema):
    """A desk that something lies on; *desk* is its name where a state has several."""

    desk = Code()
    unit = Identifier(required=True)
    role = Code(required=True)
    person = Identifier()  # where it is a person's own


class Blocker(StrictSchema):
    """One reason that stood in the way."""

    code = Code(required=True)
    field = Pattern(r"[A-Za-z0-9_.\[\]-]{1,200}", "not_a_path")
    params = MapOf(Code(), Plain(on_the_wire=True), most=20)


class Audit(StrictSchema):
    """One audit a case passes."""

    stage = Code(required=True)  # the state in which it happens
    body = Identifier(required=True)


class Decision(StrictSchema):
    """A recorded decision of a body; the minutes' number is a commitment."""

    body = Identifier(required=True)
    date = Day(required=True)
    minutes = ObjectOf(Commitment, required=True)


class Recipient(StrictSchema):
    """Whom a notice was for, and the post that made it so."""

    person = Identifier(required=True)
    unit = Identifier(required=True)
    role = Code(required=True)


class Skipped(StrictSchema):
    """A desk the ladder passed over, and why."""

    unit = Identifier(required=True)
    role = Code(required=True)
    person = Identifier()
    reason = Code(required=True)


class Person(StrictSchema):
    """A person: an id, and a commitment to name and addresses."""

    id = Identifier(required=True)
    details = ObjectOf(Commitment, required=True)


class Post(StrictSchema):
    """One person in one role of one unit."""

    person = Identifier(required=True)
    unit = Identifier(required=True)
    role = Code(required=True)
    since = Day(required=True, data_key="from")
    until = Day()


class DroppedPost(StrictSchema):
    """The key of a post that is no longer in the file."""

    person = Identifier(required=True)
    unit = Identifier(required=True)
    role = Code(required=True)
    since = Day(required=True, data_key="from")
