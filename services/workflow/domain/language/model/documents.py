"""Documents: what is handed in, part by part or row by row (§4)."""

from dataclasses import dataclass
from decimal import Decimal
from string import ascii_lowercase
from typing import Literal

from services.workflow.domain.language.model.parties import Grant
from services.workflow.domain.language.model.placed import Placed
from services.workflow.domain.language.model.where import EVERYWHERE, Where

# Beside links: what was carried over from the scheme before, and the case it is filed in.
CARRIED, ITSELF = "carried", "itself"


@dataclass(frozen=True, slots=True)
class Named(Placed):
    """A name, and what people read for it."""

    name: str
    label: str


@dataclass(frozen=True, slots=True)
class Text(Placed):
    """A text; *limit* in 字数, 0: none."""

    limit: int = 0


@dataclass(frozen=True, slots=True)
class Number(Placed):
    """A decimal number: `number: {from, to, places}`."""

    least: Decimal | None = None
    most: Decimal | None = None
    places: int = 0


@dataclass(frozen=True, slots=True)
class Day(Placed):
    """A local day; *past*: of what was done, in the period of the round and not ahead.

    *since*: no earlier than the case itself, for what can only be done once it is there.
    *beyond*: one to which the case's deadline could be put off by hand.
    """

    past: bool = False
    since: Literal["", "opened"] = ""
    beyond: Literal["", "deadline"] = ""


@dataclass(frozen=True, slots=True)
class Span(Placed):
    """From one day until another, both inclusive; or from one instant until another.

    *day_of*: it lies on the day that is planned for this state.
    """

    instants: bool = False
    day_of: str = ""


@dataclass(frozen=True, slots=True)
class Flag(Placed):
    """Yes or no."""


@dataclass(frozen=True, slots=True)
class Choice(Placed):
    """One of several names: `choice: [{name, label}]`."""

    options: tuple[Named, ...]


@dataclass(frozen=True, slots=True)
class Person(Placed):
    """A person's id; *subject*: whom the case is about may stand there as well."""

    subject: bool = True


@dataclass(frozen=True, slots=True)
class Unit(Placed):
    """A unit's id."""


@dataclass(frozen=True, slots=True)
class Case(Placed):
    """Another case, of *kind* ("": any).

    *past*: one of an earlier round, or one that has ended; none that is open beside it.
    """

    kind: str = ""
    past: bool = False


@dataclass(frozen=True, slots=True)
class File(Placed):
    """A file, kept beside the log."""


ColumnType = Text | Number | Day | Span | Flag | Choice | Person | Unit | Case | File


@dataclass(frozen=True, slots=True)
class NeededWith(Placed):
    """A choice of the same row, and what of it makes another column one that has to be given."""

    column: str
    options: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Column(Placed):
    """A column of a document with rows; *needed_with*: where it is not optional after all."""

    name: str
    label: str
    type: ColumnType
    optional: bool = False
    needed_with: NeededWith | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Area(Placed):
    """An area a document may cover; *number* counts from 1 as they stand."""

    number: int
    title: str
    points: tuple[str, ...] = ()
    where: Where = EVERYWHERE


@dataclass(frozen=True, slots=True)
class Pointing(Placed):
    """Which columns of a row say what it points at in the document it is about."""

    part: str  # a choice of that document's parts
    paragraph: str  # a number, counted from 1 in that part


@dataclass(frozen=True, slots=True)
class Answering(Placed):
    """Which columns of a row say what it answers: a case, and one of the rows listed in it."""

    case: str
    row: str  # a number


@dataclass(frozen=True, kw_only=True, slots=True)
class Document(Placed):
    """A document: texts in parts, or values in columns and rows; versions are kept.

    * *rows* are given rows (a form to fill in); without them rows are added freely;
    * *single*: one row and no more, a form of its own;
    * *even_within*: a part further from an even share than so many percentage points is a warning;
    * *must_answer*: links whose cases it answers one by one, `carried`, and `itself`;
    * *about*: the document it is a finding on;
    * *by_criteria*: its given rows are the criteria that document is audited by;
    * *points_at*: a row of it points at a paragraph of that document;
    * *answers*: a row of it answers a row listed in a case that the trigger fires one of.
    """

    name: str
    label: str
    parts: tuple[Named, ...] = ()
    columns: tuple[Column, ...] = ()
    rows: tuple[Named, ...] = ()
    by_criteria: bool = False
    points_at: Pointing | None = None
    answers: Answering | None = None
    single: bool = False
    limit: int = 0  # characters over all parts; 0: none
    over_limit: Literal["refuse", "warn"] = "refuse"
    even_within: int | None = None
    covers: bool = False  # `covers: content_areas`: a version says which it covers
    content_areas: tuple[Area, ...] = ()
    audit_criteria: tuple[str, ...] = ()  # what an auditor of it looks at
    must_answer: tuple[str, ...] = ()
    about: str = ""
    file: Literal["", "allowed", "required"] = ""
    seen_by: tuple[Grant, ...] = ()

    @property
    def file_suffices(self) -> bool:
        """Whether a file stands for its texts: nothing in them is counted, covered or answered."""
        return bool(self.file) and not (self.limit or self.covers or self.must_answer)

    @property
    def criteria(self) -> tuple[Named, ...]:
        """What it is audited by, each with a name: they are told apart by their order."""
        return tuple(
            Named(f"criterion_{ascii_lowercase[index]}", told, at=(*self.at, "audit_criteria"))
            for index, told in enumerate(self.audit_criteria[: len(ascii_lowercase)])
        )

    def column(self, name: str) -> Column | None:
        return next((one for one in self.columns if one.name == name), None)

    def needing(self, column: Column) -> tuple[Column, tuple[Named, ...]] | None:
        """Return the choice with which *column* is needed, and what of it; None: there is none."""
        needed = column.needed_with
        by = self.column(needed.column) if needed else None
        if needed is None or by is None or not isinstance(by.type, Choice):
            return None
        return by, tuple(one for one in by.type.options if one.name in needed.options)
