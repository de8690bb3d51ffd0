"""The fields of a trigger's form: one for each datum it takes, named by its place in the data.

The one idea: the same fields are shown, read back and pointed at by faults. What a field is called
in the form is where its value stands in the trigger's data, so nothing has to be looked up twice.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

from services.workflow.adapters.web.languages import _
from services.workflow.application.boards import Look, Names
from services.workflow.application.boards.acts import Act
from services.workflow.application.boards.spoken import Spoken
from services.workflow.application.boards.to_answer import Points
from services.workflow.application.boards.versions import Version
from services.workflow.domain.case.head import Case

Kind = Literal[
    "area",
    "line",
    "lines",
    "people",
    "decimal",
    "integer",
    "day",
    "end_of_day",
    "instant",
    "flag",
    "choice",
    "known",
    "tick",
    "kept",
    "shown",
    "was",
    "file",
    "reference",
    "file_name",
    "workbook",
]
Options = tuple[tuple[str, str], ...]  # value and label

MORE = "more"  # the button that asks for more rows or files: its value says of what
LOOK = "look"  # the button that reads a workbook and does nothing yet
DROP = "drop"  # the button that takes a file out of its form: its value is the field
FILE = "file"  # where a script brings one
REFERENCE = ("sha256", "length")  # what a form says of a file that was brought
CALLED = "name"  # and what it is called, which the page alone needs to know
HIDDEN = frozenset({"kept", "shown", "was", "reference", "file_name"})


def yes_or_no() -> Options:
    """Return what a flag may be."""
    return (("1", _("是")), ("0", _("否")))


@dataclass(frozen=True, kw_only=True, slots=True)
class Field:
    """One input: its name is its place in the data, `documents.lists.rows.0.owner`."""

    name: str
    label: str
    kind: Kind
    required: bool = True
    options: Options = ()
    most: int = 0  # characters; 0: no bound of its own
    hint: str = ""
    value: str = ""  # what it begins with

    @property
    def path(self) -> tuple[str, ...]:
        return tuple(self.name.split("."))


@dataclass(frozen=True, kw_only=True, slots=True)
class Group:
    """Fields that belong together: a document, a row of one, a decision."""

    label: str
    fields: tuple[Field, ...]
    hint: str = ""
    limit: int = 0  # characters of all counted parts together
    folded: bool = False  # shown when asked for
    more: str = ""  # of what more can be asked for: the rows of a document, or its files
    more_label: str = ""  # what its button says


class Shown(Protocol):
    """The board of a case on whose page forms stand."""

    @property
    def case(self) -> Case: ...
    @property
    def here(self) -> Spoken: ...
    @property
    def names(self) -> Names: ...
    @property
    def acts(self) -> tuple[Act, ...]: ...
    @property
    def versions(self) -> tuple[Version, ...]: ...
    @property
    def people(self) -> tuple[str, ...]: ...
    @property
    def drawable(self) -> tuple[str, ...]: ...
    @property
    def numbers(self) -> Mapping[str, str]: ...
    @property
    def to_answer(self) -> Points: ...
    @property
    def opened(self) -> bool: ...


@dataclass(frozen=True, kw_only=True)
class Asking:
    """What the fields of a form depend on besides the trigger."""

    case: Case
    here: Spoken
    look: Look
    typed: Mapping[str, str]  # what was sent: there are as many rows as were shown
    names: Names | None = None
    versions: tuple[Version, ...] = ()
    people: tuple[str, ...] = ()
    drawable: tuple[str, ...] = ()  # units that a draw is among, or would be
    numbers: Mapping[str, str] | None = None
    to_answer: Points = field(default_factory=dict)

    @classmethod
    def of(cls, board: Shown, look: Look, typed: Mapping[str, str]) -> "Asking":
        return cls(
            case=board.case,
            here=board.here,
            look=look,
            typed=typed,
            names=board.names,
            versions=board.versions,
            people=board.people,
            drawable=board.drawable,
            numbers=board.numbers,
            to_answer=board.to_answer,
        )

    def latest(self, document: str) -> Version | None:
        return next((one for one in reversed(self.versions) if one.document == document), None)


def single(field: Field, hint: str = "") -> Group:
    """Return a group of one field."""
    return Group(label="", fields=(field,), hint=hint)


def person(name: str, label: str, asking: Asking, *, required: bool, value: str = "") -> Field:
    """Return the field that names a person, with those at hand offered by name."""
    names = asking.names
    options = tuple((one, names(one)) for one in asking.people) if names else ()
    return Field(
        name=name,
        label=label,
        kind="known",
        required=required,
        options=options,
        hint=_("人员编号"),
        value=value,
    )
