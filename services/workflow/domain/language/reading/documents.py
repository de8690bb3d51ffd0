"""Reading `documents`: parts of text, or columns of values over given or added rows."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from schemas.document import Path
from schemas.reading import Node
from schemas.said import either, said
from services.workflow.domain.language.model.days import OPENED
from services.workflow.domain.language.model.documents import (
    Answering,
    Area,
    Case,
    Choice,
    Column,
    ColumnType,
    Day,
    Document,
    File,
    Flag,
    Named,
    NeededWith,
    Number,
    Person,
    Pointing,
    Span,
    Text,
    Unit,
)
from services.workflow.domain.language.naming import MARK, NAME
from services.workflow.domain.language.reading.sight import SEEN_BY
from services.workflow.domain.language.reading.where import ANYWHERE
from services.workflow.domain.language.shapes import (
    Catalogue,
    Definitions,
    Either,
    Exact,
    Key,
    Line,
    Names,
    OneOf,
    Points,
    Present,
    Record,
    Schema,
    Several,
    Whole,
)
from services.workflow.domain.language.shapes import Flag as TrueOrFalse
from services.workflow.domain.language.shapes import Named as NamedList

ROWS = 200  # of one document, given or added
_CHARACTERS = 1_000_000

NAMED = NamedList(NAME, Record(Named, {"name": Key(NAME), "label": Key(Line())}), most=ROWS)
_DAY = Record(
    Day,
    {
        "past": Key(TrueOrFalse(), default=False),
        "since": Key(OneOf("choice", (OPENED,)), default=""),
        "beyond": Key(OneOf("choice", ("deadline",)), default=""),
    },
)
_PERSON = Record(Person, {"subject": Key(TrueOrFalse())})
_SPAN = Record(Span, {"instants": Key(TrueOrFalse()), "day_of": Key(MARK, default="")})
_NUMBER = Record(
    Number,
    {
        "from": Key(Exact(), default=None, to="least"),
        "to": Key(Exact(), default=None, to="most"),
        "places": Key(Whole(0, 6), default=0),
    },
)


_CASE = Record(Case, {"kind": Key(NAME, default=""), "past": Key(TrueOrFalse(), default=False)})


def _bare(make: Any) -> Any:
    """Make what `true` alone means, or keep what was read in full."""
    return lambda read, at: make(at=at) if read is True else read


def _case(read: str | bool | Case, at: Path) -> Case:  # noqa: FBT001 - `case: true` is any kind
    if isinstance(read, Case):
        return read
    return Case("" if read is True else str(read), at=at)


_TYPES: Mapping[str, tuple[Any, Any]] = {
    "text": (Record(Text, {"limit": Key(Whole(1, _CHARACTERS))}), _bare(Text)),
    "number": (Either(flag=Present(), mapping=_NUMBER), _bare(Number)),
    "day": (Either(flag=Present(), mapping=_DAY), _bare(Day)),
    "span": (Either(flag=Present(), mapping=_SPAN), _bare(Span)),
    "flag": (Present(), _bare(Flag)),
    "choice": (NAMED, Choice),
    "person": (Either(flag=Present(), mapping=_PERSON), _bare(Person)),
    "unit": (Present(), _bare(Unit)),
    "case": (Either(flag=Present(), text=NAME, mapping=_CASE), _case),
    "file": (Present(), _bare(File)),
}


@dataclass(frozen=True, slots=True)
class _ColumnShape:
    """A column: a name, a label, and at most one word that says of what type; none: text."""

    def of(self, node: Node) -> Column:
        head = _COLUMN.of(node)
        types = [word for word in _TYPES if node.has(word)]
        if len(types) > 1:
            node.fault(said("a column is of one type: {words}", words=either(types)))
        found: ColumnType = Text()
        for word in types:
            shape, make = _TYPES[word]
            found = make(shape.read(node, word), at=(*node.path, word))
        return Column(**head, type=found)

    def read(self, node: Node, key: str) -> Column:
        return self.of(node.node(key))

    def schema(self, known: Definitions) -> Schema:
        made = _COLUMN.schema(known)
        made["properties"] |= {word: shape.schema(known) for word, (shape, _) in _TYPES.items()}
        made["maxProperties"] = len(_COLUMN.keys) + 1
        pairs = [[one, other] for one in _TYPES for other in _TYPES if one < other]
        made["not"] = {"anyOf": [{"required": pair} for pair in pairs]}
        return made


_COLUMN: Record[dict[str, Any]] = Record(
    dict,
    {
        "name": Key(NAME),
        "label": Key(Line()),
        "optional": Key(TrueOrFalse(), default=False),
        "needed_with": Key(
            Record(NeededWith, {"column": Key(NAME), "in": Key(Names(NAME), to="options")}),
            default=None,
        ),
    },
)
_AREA: Record[dict[str, Any]] = Record(
    dict,
    {"title": Key(Line()), "points": Key(Points(), default=()), "where": ANYWHERE},
)


_POINTING = Record(Pointing, {"part": Key(NAME), "paragraph": Key(NAME)})
_ANSWERING = Record(Answering, {"case": Key(NAME), "row": Key(NAME)})
_CRITERIA = "audit_criteria"


def _document(**given: Any) -> Document:
    given["by_criteria"] = given["rows"] == _CRITERIA
    if given["by_criteria"]:
        given["rows"] = ()
    areas = (Area(number=n, **area) for n, area in enumerate(given.pop("content_areas"), start=1))
    return Document(
        **{**given, "covers": bool(given["covers"])}, name="", content_areas=tuple(areas)
    )


DOCUMENTS = Catalogue(
    NAME,
    Record(
        _document,
        {
            "label": Key(Line()),
            "parts": Key(NAMED, default=()),
            "columns": Key(NamedList(NAME, _ColumnShape(), most=30), default=()),
            "rows": Key(Either(text=OneOf("rows", (_CRITERIA,)), listed=NAMED), default=()),
            "points_at": Key(_POINTING, default=None),
            "answers": Key(_ANSWERING, default=None),
            "single": Key(TrueOrFalse(), default=False),
            "limit": Key(Whole(1, _CHARACTERS), default=0),
            "over_limit": Key(OneOf("choice", ("refuse", "warn")), default="refuse"),
            "even_within": Key(Whole(0, 100), default=None),
            "covers": Key(OneOf("what is covered", ("content_areas",)), default=""),
            "content_areas": Key(Several(_AREA, most=50), default=()),
            "audit_criteria": Key(Points(), default=()),
            "must_answer": Key(Names(NAME, most=10), default=()),
            "about": Key(NAME, default=""),
            "file": Key(OneOf("choice", ("allowed", "required")), default=""),
            "seen_by": SEEN_BY,
        },
        defined="document",
    ),
    most=50,
    bears="name",
)


def with_criteria(documents: Mapping[str, Document]) -> Mapping[str, Document]:
    """Return *documents*, those by criteria with the rows that they take from another."""
    return {
        name: replace(one, rows=documents[one.about].criteria)
        if one.by_criteria and one.about in documents
        else one
        for name, one in documents.items()
    }
