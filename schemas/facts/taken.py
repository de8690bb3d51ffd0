"""What a case takes: documents, figures, grades, decisions, rosters, and what is set on it.

Texts and files are commitments, one for a part or a row; every other value stands in the event as
it is. The commitment of a row is over RFC 8785 of {column: text} of its text columns, in NFC,
without empty ones.
"""

from typing import Any

from schemas import limits, scoring
from schemas.facts.parts import Commitment, Decision, at, count
from schemas.fields import (
    AnyOf,
    Choice,
    Code,
    Day,
    Figure,
    HexHash,
    Identifier,
    ListOf,
    MapOf,
    ObjectOf,
    Pattern,
    StreamName,
    StrictBool,
    StrictInt,
    StrictSchema,
)


class DaySpan(StrictSchema):
    """From a day to a day, both inclusive."""

    since = Day(required=True, data_key="from")
    until = Day(required=True)


class InstantSpan(StrictSchema):
    """From an instant to an instant, both inclusive."""

    since = at(required=True, data_key="from")
    until = at(required=True)


class Values(MapOf):
    """Typed values by column.

    A number is a decimal string with its column's places; a day, a choice, a mode, a person and a
    unit are strings without a slash, a case is `<kind>/<uuid>`; then flags, spans and files.
    """

    def __init__(self, **rest: Any) -> None:
        value = AnyOf(
            Identifier(),
            StreamName(of_case=True),
            StrictBool(),
            ObjectOf(DaySpan),
            ObjectOf(InstantSpan),
            ObjectOf(Commitment),
        )
        super().__init__(Code(), value, most=limits.COLUMNS, **rest)


class Part(Commitment):
    """One text part of a document."""

    name = Code(required=True)
    characters = count()  # 字数
    paragraphs = count()  # lines with something in them, where others point at one of them


class Row(StrictSchema):
    """One row of a document; *row* was given to it once, in whichever version it first stood."""

    row = StrictInt(least=1, required=True)
    name = Code()  # where the scheme gives the rows
    text = ObjectOf(Commitment)
    values = Values()


class About(StrictSchema):
    """The version of another document that a document is about."""

    document = Code(required=True)
    version = StrictInt(least=1, required=True)


class Answer(StrictSchema):
    """What a document answers to a case that had to be answered, or to a row of it."""

    case = StreamName(of_case=True, required=True)
    row = StrictInt(least=1)
    text = ObjectOf(Commitment, required=True)


class Document(StrictSchema):
    """One numbered version of a document; it is the one in force from now on."""

    name = Code(required=True)
    version = StrictInt(least=1, required=True)
    about = ObjectOf(About)
    parts = ListOf(ObjectOf(Part), most=limits.PARTS)
    rows = ListOf(ObjectOf(Row), most=limits.ROWS)
    files = ListOf(ObjectOf(Commitment), most=limits.FILES)
    characters = count()  # 字数, of all parts
    covers = ListOf(StrictInt(least=1), most=limits.AREAS)  # areas, by number
    answers = ListOf(ObjectOf(Answer), most=limits.ANSWERS)
    warnings = ListOf(Code(), most=limits.WARNINGS)


class Exact(Pattern):
    """A figure as a fraction: numerator and denominator."""

    def __init__(self, **rest: Any) -> None:
        super().__init__(scoring.EXACT, "not_a_fraction", **rest)


class Component(StrictSchema):
    """A component: its figure, and the parts it was weighed of; or votes for grades, counted."""

    figure = Figure()  # as it is read, to two places
    exact = Exact()  # the fraction that is computed with, where that is another
    parts = MapOf(Code(), Figure(), most=limits.COMPONENTS)
    votes = MapOf(Code(), count(), most=limits.GRADES)
    n_valid = count()  # of all votes
    counts = HexHash()  # of a poll: the canonical table beside the log that it was counted from
    rule = HexHash()  # and by which
    by_hand = StrictBool()  # true: typed in, where a poll could have given it


class Graded(StrictSchema):
    """The grade under one grading; *uncapped* where a limit took it down."""

    grade = Code(required=True)
    figure = Figure()  # absent where a body decided, or votes did
    uncapped = Code()


class Roster(Commitment):
    """Who is there: the list lies beside the log, its commitment and the counts stand here."""

    n_present = count(required=True)
    n_expected = count()


class Move(StrictSchema):
    """Somebody on a roster came in, went out or was excused; *row* is theirs there."""

    row = StrictInt(least=1, required=True)
    way = Choice(["in", "out", "excused"], required=True)
    why = Code()  # one of the scheme's reasons
    at = at()  # where it was earlier than when the event took effect
    reason = ObjectOf(Commitment)


class Presence(StrictSchema):
    """How many of a roster are there from now on, who moved, and what a quorum asked for."""

    n_present = count(required=True)
    n_expected = count(required=True)
    n_needed = count()  # where a quorum was asked for
    heard = ListOf(StreamName(of_case=True), most=limits.ROWS)  # cases that the point is about
    moves = ListOf(ObjectOf(Move), most=limits.MOVES)


class Settings(StrictSchema):
    """What is set on a case; a deadline that is set stands with its desk."""

    mode = Code()
    flags = MapOf(Code(), StrictBool(), most=limits.FLAGS)
    planned = MapOf(Code(), Day(), most=limits.PLANNED)  # by state
    order = StrictInt(least=1)


class Taken(StrictSchema):
    """All of it, as openings and triggers say it; who recorded it is the event's actor."""

    documents = ListOf(ObjectOf(Document), most=limits.DOCUMENTS)
    # Document -> who counts as its submitter from now on.
    submitters = MapOf(Code(), Identifier(), most=limits.DOCUMENTS)
    components = MapOf(Code(), ObjectOf(Component), most=limits.COMPONENTS)
    grades = MapOf(Code(), ObjectOf(Graded), most=limits.GRADINGS)  # by grading
    decisions = ListOf(ObjectOf(Decision), most=20)
    rosters = MapOf(Code(), ObjectOf(Roster), most=limits.ROSTERS)
    presence = MapOf(Code(), ObjectOf(Presence), most=limits.ROSTERS)  # by roster
    numbers = MapOf(Code(), Figure(), most=limits.NUMBERS)
    # Every other kind of datum -> its name -> its values; their texts are commitments among those.
    given = MapOf(Code(), MapOf(Code(), Values(), most=limits.NUMBERS), most=limits.DATA)
    sets = ObjectOf(Settings)
