"""Documents: texts in parts, or values in rows; every version is numbered, nothing is overwritten.

A row gets its number once, in whichever version it first stood, and later versions name it by that:
so a case that was made of a row stays tied to it, however the document goes on.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache, partial
from typing import Any

from schemas.canonical import canonical_bytes
from schemas.complaints import Complaint
from schemas.fields import (
    ListOf,
    ObjectOf,
    StreamName,
    StrictInt,
    StrictSchema,
    Text,
)
from schemas.said import both, listed
from services.workflow.domain.case.acts import Asked
from services.workflow.domain.case.agenda import off_agenda
from services.workflow.domain.case.answering import answers_at_fault, rows_answer_nothing
from services.workflow.domain.case.bringing import files_at_fault
from services.workflow.domain.case.covering import areas_at_fault
from services.workflow.domain.case.head import Case
from services.workflow.domain.case.lengths import lengths_at_fault
from services.workflow.domain.case.pointing import pointers_at_fault
from services.workflow.domain.case.rows import rows_at_fault, unnamed
from services.workflow.domain.case.wire import read_filed
from services.workflow.domain.data.characters import count_characters
from services.workflow.domain.data.columns import FileRef, field_of, plain
from services.workflow.domain.data.datum import (
    Changes,
    Datum,
    Field,
    Filing,
    Given,
    Schema,
    by_name,
    telling_inside,
    titled,
)
from services.workflow.domain.data.texts import Words
from services.workflow.domain.language.model.documents import Column, Document, Named
from services.workflow.domain.language.model.documents import Text as TextType
from services.workflow.domain.language.model.scheme import Scheme
from services.workflow.domain.language.model.triggers import Take
from services.workflow.domain.refusals import Blocker

PART = 20_000  # characters of one part at most; what the scheme allows is less
MOST_ROWS = 200
MOST_FILES = 20
MOST_ANSWERS = 200
UNEVEN = "_uneven"  # behind the name of a part, in a warning


class AnswerGiven(StrictSchema):
    """What is answered to a case that has to be, or to one row of a document of it."""

    case = StreamName(of_case=True, required=True)
    row = StrictInt(least=1)
    text = Text(most=PART, multiline=True, required=True)


def _shape(takes: Sequence[Take], scheme: Scheme, _tier: str) -> Field:
    """Return `{<name>: {parts | rows, covers}}`."""
    entries = {
        take.name: _field(scheme.documents[take.name], required=not take.optional) for take in takes
    }
    return telling_inside(by_name("Documents", entries, takes))


def _field(document: Document, *, required: bool) -> Field:
    limit = {"characters": document.limit, "over": document.over_limit} if document.limit else {}
    field = titled(ObjectOf(_schema(document), required=required), document.label, **limit)
    return telling_inside(field) if document.rows else field


def _schema(document: Document) -> Schema:
    fields: dict[str, Any] = {}
    if document.parts:
        # Where a file may stand for them they need not be named: whether it does is asked later.
        asked: dict[str, Any] = {"required": True}
        if document.file_suffices:
            asked = {"load_default": ""}
        parts = {
            part.name: titled(Text(least=0, most=PART, multiline=True, **asked), part.label)
            for part in document.parts
        }
        if document.file_suffices:
            asked = {"load_default": partial(dict.fromkeys, tuple(parts), "")}
        fields["parts"] = ObjectOf(StrictSchema.from_dict(dict(parts), name="Parts"), **asked)
    if document.rows:
        rows = {
            one.name: titled(ObjectOf(_given_row(document.columns, one), required=True), one.label)
            for one in document.rows
        }
        given = StrictSchema.from_dict(
            {name: telling_inside(row) for name, row in rows.items()}, name="Given"
        )
        fields["rows"] = telling_inside(ObjectOf(given, required=True))
    elif document.columns:
        row = ObjectOf(_row(document.columns, numbered=not document.single))
        most = 1 if document.single else MOST_ROWS
        fields["rows"] = ListOf(row, least=1, most=most, required=True)
    if document.file:
        least = 1 if document.file == "required" else 0
        fields["files"] = ListOf(
            ObjectOf(FileRef()), least=least, most=MOST_FILES, required=least > 0
        )
    if document.must_answer:
        fields["answers"] = ListOf(ObjectOf(AnswerGiven()), most=MOST_ANSWERS)
    if document.covers:
        areas = StrictInt(least=1, most=len(document.content_areas))
        fields["covers"] = ListOf(areas, most=len(document.content_areas))
    return StrictSchema.from_dict(fields, name="Document")()


def _given_row(columns: Sequence[Column], row: Named) -> type[Any]:
    """Return the shape of a row that the scheme gives.

    Whoever leaves out what it asks is told which row that is, and what would be taken there.
    """
    fields: dict[str, Any] = {}
    for column in columns:
        fields[column.name] = field = field_of(column)
        options = getattr(column.type, "options", ())
        words = listed(f"{one.name} ({one.label})" for one in options) or column.label
        takes = both("{label}: {words}", label=row.label, words=words)
        field.error_messages["required"] = [Complaint("required", *takes)]
    return StrictSchema.from_dict(fields, name="Row")


def _row(columns: Sequence[Column], *, numbered: bool = False) -> type[Any]:
    fields: dict[str, Any] = {column.name: field_of(column) for column in columns}
    # A row of an earlier version is named by its number alone: it stays as it is.
    if numbered:
        fields = {
            name: field_of(column, required=False)
            for name, column in zip(fields, columns, strict=True)
        }
        fields["row"] = StrictInt(least=1)
    return StrictSchema.from_dict(fields, name="Row")


def _record(takes: Sequence[Take], given: Given, filing: Filing) -> list[Mapping[str, Any]]:
    """Return the documents that were given, each as the next of its versions."""
    return [_told(take.name, given[take.name], filing) for take in takes if take.name in given]


def _told(name: str, given: Given, filing: Filing) -> Mapping[str, Any]:
    document, case = filing.world.scheme.documents[name], filing.case
    told: dict[str, Any] = {"name": name, "version": case.n_filed.get(name, 0) + 1}
    about = case.documents.get(document.about)
    if about is not None:
        told["about"] = {"document": document.about, "version": about.version}
    if "parts" in given:
        counts = counted(document, given)
        told["parts"] = [
            Words(text, **_measured(part, text, counts, pointed_at=_is_pointed_at(name, filing)))
            for part, text in given["parts"].items()
        ]
        told["characters"] = sum(counts.values())
        if found := list(warnings(document, counts)):
            told["warnings"] = found
    if "rows" in given:
        told["rows"] = list(_rows(document, given["rows"], filing))
    if given.get("files"):
        told["files"] = [dict(file) for file in given["files"]]
    if given.get("answers"):
        told["answers"] = [{**answer, "text": Words(answer["text"])} for answer in given["answers"]]
    if given.get("covers"):
        told["covers"] = sorted(set(given["covers"]))
    return told


def _measured(
    part: str, text: str, counts: Mapping[str, int], *, pointed_at: bool
) -> dict[str, Any]:
    told = {"name": part, "characters": counts[part]}
    return told | {"paragraphs": len(paragraphs(text))} if pointed_at else told


def _is_pointed_at(name: str, filing: Filing) -> bool:
    """Tell whether rows of another document may point at a paragraph of this one."""
    documents = filing.world.scheme.documents.values()
    return any(one.points_at is not None and one.about == name for one in documents)


def paragraphs(text: str) -> tuple[str, ...]:
    """Return the paragraphs of *text* in order: lines with something in them."""
    return tuple(line for line in text.splitlines() if line.strip())


def counted(document: Document, given: Given) -> Mapping[str, int]:
    """Return how long each part is, counted as office suites do."""
    parts = given.get("parts", {})
    return {part.name: _count(parts.get(part.name, "")) for part in document.parts}


# Guards and the event ask the same of the same text.
_count = lru_cache(64)(count_characters)


def warnings(document: Document, counts: Mapping[str, int]) -> Iterator[str]:
    """Yield what an auditor is told about the lengths; they refuse nothing."""
    total, n = sum(counts.values()), len(counts)
    if document.limit and total > document.limit:
        yield "over_limit"
    if document.even_within is None or total == 0:
        return
    # A part of x characters is off when |100 x / total - 100 / n| exceeds the tolerance; times n
    # and total it is whole numbers, so a part exactly at the tolerance is never off.
    for part, count in counts.items():
        if abs(100 * n * count - 100 * total) > n * document.even_within * total:
            yield f"{part}{UNEVEN}"


def _rows(document: Document, given: Any, filing: Filing) -> Iterator[Mapping[str, Any]]:
    if document.rows:
        for number, row in enumerate(document.rows, 1):
            yield _told_row(document, given[row.name], number, name=row.name)
        return
    last = filing.case.n_rows.get(document.name, 0)
    for row in given:
        number = row.get("row")
        if number is None:
            last = number = last + 1
        yield _kept(document, row, number, filing) or _told_row(document, row, number)


def _kept(document: Document, row: Given, number: int, filing: Filing) -> Mapping[str, Any] | None:
    before = filing.case.documents.get(document.name)
    if set(row) != {"row"} or before is None or number not in before.rows:
        return None
    kept: dict[str, Any] = {"row": number, "values": dict(before.rows[number])}
    if number in before.texts:
        kept["text"] = before.texts[number]
    return kept


def _told_row(document: Document, row: Given, number: int, **name: str) -> Mapping[str, Any]:
    texts, values = {}, {}
    for column in document.columns:
        value = row.get(column.name)
        if isinstance(column.type, TextType):
            if value:
                texts[column.name] = value
        elif value is not None:
            values[column.name] = plain(column, value)
    told: dict[str, Any] = {"row": number, **name}
    if values:
        told["values"] = values
    if texts:
        told["text"] = Words(canonical_bytes(texts).decode())
    return told


def _check(_takes: Iterable[Take], asked: Asked) -> Iterator[Blocker]:
    yield from _blanks(asked)
    yield from rows_at_fault(asked)
    yield from off_agenda(asked)
    yield from files_at_fault(asked)
    yield from pointers_at_fault(asked)
    yield from areas_at_fault(asked)
    yield from answers_at_fault(asked)
    yield from rows_answer_nothing(asked)
    yield from lengths_at_fault(asked)


def _warn(_takes: Iterable[Take], asked: Asked) -> Iterator[Blocker]:
    yield from unnamed(asked)


def _blanks(asked: Asked) -> Iterator[Blocker]:
    """Yield the parts in which nothing is said: a blank would stand where words are wanted.

    Where a file may stand for them, one has to be there.
    """
    for name, given in asked.act.given["documents"].items():
        document = asked.world.scheme.documents[name]
        if document.file_suffices and given.get("files"):
            continue
        counts = counted(document, given)
        for part in document.parts:
            if not counts[part.name]:
                params = {"part": part.name, "label": part.label}
                place = f"data.documents.{name}.parts.{part.name}"
                yield Blocker(code="part_empty", field=place, params=params)


def _fold(case: Case, told: Sequence[Mapping[str, Any]], _actor: str | None) -> Changes:
    documents, n_filed, n_rows = dict(case.documents), dict(case.n_filed), dict(case.n_rows)
    for one in told:
        name, filed = one["name"], read_filed(one)
        documents[name], n_filed[name] = filed, filed.version
        if filed.rows:
            n_rows[name] = max(*filed.rows, n_rows.get(name, 0))
    return {"documents": documents, "n_filed": n_filed, "n_rows": n_rows}


def _carried(told: Any, names: Collection[str], _takes: Sequence[Take]) -> Any:
    """Return them as the first version that the new case has."""
    return [{**one, "version": 1} for one in told if one["name"] in names]


def _label(take: Take, scheme: Scheme, _tier: str) -> str:
    document = scheme.documents.get(take.name)
    return document.label if document else take.name


DATUM = Datum(
    what="document",
    member="documents",
    known=lambda scheme: scheme.documents,
    label=_label,
    shape=_shape,
    check=_check,
    warn=_warn,
    record=_record,
    fold=_fold,
    carried=_carried,
)
