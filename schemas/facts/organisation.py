"""An organisation: its words, its units and people, their posts and relations."""

from schemas import limits
from schemas.facts.parts import DroppedPost, Label, Person, Post, entries
from schemas.fields import (
    AnyOf,
    Choice,
    Code,
    Day,
    Identifier,
    ListOf,
    MapOf,
    ObjectOf,
    StrictBool,
    StrictInt,
    StrictSchema,
    Text,
)
from schemas.registry import EVENTS

TYPES = ("day", "flag", "number", "choice")  # of attributes
POWERS = ("act", "note", "open", "read_below", "read_own", "read_refusals", "supervise")


def _value() -> AnyOf:
    """Return the value of an attribute; a day and a choice are strings."""
    return AnyOf(StrictInt(), StrictBool(), Identifier())


class Word(StrictSchema):
    """A name, and what people read for it."""

    name = Code(required=True)
    label = Label(required=True)
    label_en = Label()


class Attribute(Word):
    """Something that is told of units."""

    type = Choice(TYPES, required=True)
    choices = ListOf(Code(), least=1, most=limits.CHOICES)
    default = _value()


class Role(Word):
    """What people do in a unit, and what they may at most."""

    powers = ListOf(Choice(POWERS), most=len(POWERS), required=True)
    one = StrictBool(required=True)
    stand_in = Code()


class Vocabulary(StrictSchema):
    """All words there are from now on, each sort in its order."""

    kinds = ListOf(ObjectOf(Word), most=limits.WORDS, required=True)  # of units
    attributes = ListOf(ObjectOf(Attribute), most=limits.WORDS, required=True)
    roles = ListOf(ObjectOf(Role), most=limits.WORDS, required=True)
    relations = ListOf(ObjectOf(Word), most=limits.WORDS, required=True)


class Unit(StrictSchema):
    """A unit; of the attributes, those that are told of it."""

    id = Identifier(required=True)
    parent = Identifier()
    name = Text(most=limits.UNIT_NAME, on_the_wire=True, required=True)
    kind = Code(required=True)
    attributes = MapOf(Code(), _value(), most=limits.WORDS, required=True)


class Relation(StrictSchema):
    """What a person is to a unit, besides posts."""

    person = Identifier(required=True)
    relation = Code(required=True)
    unit = Identifier(required=True)
    since = Day(required=True, data_key="from")
    until = Day()


class DroppedRelation(StrictSchema):
    """The key of a relation that is no longer in the file."""

    person = Identifier(required=True)
    relation = Code(required=True)
    unit = Identifier(required=True)
    since = Day(required=True, data_key="from")


class DroppedV2(StrictSchema):
    """What an import took away."""

    units = entries(Identifier())
    people = entries(Identifier())
    posts = entries(ObjectOf(DroppedPost))
    relations = entries(ObjectOf(DroppedRelation))


class OrganisationChangedV2(StrictSchema):
    """What one import added, changed or dropped; the vocabulary whole, where it changed."""

    vocabulary = ObjectOf(Vocabulary)
    units = entries(ObjectOf(Unit))
    people = entries(ObjectOf(Person))
    posts = entries(ObjectOf(Post))
    relations = entries(ObjectOf(Relation))
    dropped = ObjectOf(DroppedV2, required=True)


EVENTS.register("organisation_changed", 2, OrganisationChangedV2())
