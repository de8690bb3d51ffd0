"""What may be typed for a document before it is handed in: texts, by their place in it.

A place is what a form calls a field, `parts.problems`, `rows.0.due`, `covers.3`. Nothing is judged
that somebody may still be writing; a place that the document does not have, a row beyond the last
and a word that nobody could have chosen there are no draft of it.
"""

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from schemas.complaints import Fault
from services.workflow.domain.data.document import MOST_ANSWERS, MOST_FILES, MOST_ROWS
from services.workflow.domain.language.model import documents as types
from services.workflow.domain.language.model.documents import Column, Document

_NUMBER = re.compile(r"(?<=\.)(0|[1-9][0-9]{0,4})(?=\.|$)", re.ASCII)
_NTH = "#"  # stands for the number of a row, an answer, a file, an area


class Kind(NamedTuple):
    """What may stand at a place, and what is said of anything else."""

    takes: re.Pattern[str]
    code: str = "too_long"
    accepted: str = ""


_TEXT = Kind(re.compile(r".*", re.DOTALL))
_LINE = Kind(re.compile(r"[^\n]{0,200}"))
_DIGITS = Kind(re.compile(r"[0-9]{0,10}", re.ASCII), "not_an_integer", "0–9")
_HASH = Kind(re.compile(r"[0-9a-f]{0,64}", re.ASCII), "not_a_hash", "0–9, a–f")
_YES_OR_NO = Kind(re.compile(r"[01]?", re.ASCII), "not_a_choice", "0, 1")
_FILE = {"sha256": _HASH, "length": _DIGITS, "name": _LINE}


def flaws(document: Document, typed: Mapping[str, str]) -> Iterator[Fault]:
    """Yield what of *typed* is no draft of *document*, each with what would be accepted."""
    known, most = dict(_places(document)), _most(document)
    for place, text in typed.items():
        at, field = _NUMBER.sub(_NTH, place), f"typed.{place}"
        kind = known.get(at)
        if kind is None:
            yield _fault(field, "unknown_field", ", ".join(known))
        elif _beyond(place, most):
            yield _fault(field, "too_many", accepted=f"≤ {most[place.partition('.')[0]]}")
        elif kind.takes.fullmatch(text) is None:
            yield _fault(field, kind.code, kind.accepted)


def _fault(field: str, code: str, accepted: str) -> Fault:
    return Fault(field=field, code=code, accepted_zh=accepted, accepted_en=accepted)


def _places(document: Document) -> Iterator[tuple[str, Kind]]:
    for part in document.parts:
        yield f"parts.{part.name}", _TEXT
    for row in document.rows:
        yield from _columns(document, f"rows.{row.name}")
    if document.columns and not document.rows:
        yield "rows", _TEXT  # a line for each
        yield f"rows.{_NTH}.row", _DIGITS
        yield f"rows.{_NTH}.was", _LINE
        yield from _columns(document, f"rows.{_NTH}")
    if document.must_answer:
        yield from (
            (f"answers.{_NTH}.{name}", kind)
            for name, kind in (("case", _LINE), ("row", _DIGITS), ("text", _TEXT))
        )
    if document.file:
        yield from ((f"files.{_NTH}.{name}", kind) for name, kind in _FILE.items())
    if document.covers:
        yield f"covers.{_NTH}", _YES_OR_NO


def _columns(document: Document, row: str) -> Iterator[tuple[str, Kind]]:
    for column in document.columns:
        for end, kind in _kinds(column):
            yield f"{row}.{column.name}{end}", kind


def _kinds(column: Column) -> Iterator[tuple[str, Kind]]:
    match column.type:
        case types.Text():
            yield "", _TEXT
        case types.Span():
            yield from ((".from", _LINE), (".until", _LINE))
        case types.File():
            yield from ((f".{name}", kind) for name, kind in _FILE.items())
        case types.Flag():
            yield "", _YES_OR_NO
        case types.Choice(options=options):
            names = [one.name for one in options]
            yield "", Kind(re.compile("|".join(("", *names))), "not_a_choice", ", ".join(names))
        case _:
            yield "", _LINE


def _most(document: Document) -> Mapping[str, int]:
    return {
        "rows": 1 if document.single else MOST_ROWS,
        "answers": MOST_ANSWERS,
        "files": MOST_FILES,
        "covers": len(document.content_areas),
    }


def _beyond(place: str, most: Mapping[str, int]) -> bool:
    """Tell whether the number in *place* is past the last: areas count from 1, all else from 0."""
    number = _NUMBER.search(place)
    if number is None:
        return False
    member, nth = place.partition(".")[0], int(number[1])
    return not 1 <= nth + (member != "covers") <= most[member]
