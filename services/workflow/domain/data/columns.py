"""Columns of documents with rows: what each type takes, and how an event spells it."""

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from schemas.fields import (
    Day,
    Figure,
    HexHash,
    Identifier,
    ObjectOf,
    StreamName,
    StrictBool,
    StrictInt,
    StrictSchema,
    Text,
)
from schemas.fields import Instant as InstantField
from schemas.instants import instant
from services.workflow.domain.data.datum import choice, titled
from services.workflow.domain.language.model.documents import Case, Column, File, Number, Span, Unit
from services.workflow.domain.language.model.documents import Choice as ChoiceType
from services.workflow.domain.language.model.documents import Day as DayType
from services.workflow.domain.language.model.documents import Flag as FlagType
from services.workflow.domain.language.model.documents import Person as PersonType
from services.workflow.domain.language.model.documents import Text as TextType

FILE_BYTES = 5 * 1024 * 1024
TEXT = 5_000  # characters of one text column at most


class DaySpan(StrictSchema):
    """From one day until another, both inclusive."""

    since = Day(required=True, data_key="from")
    until = Day(required=True)


class InstantSpan(StrictSchema):
    """From one instant until another."""

    since = InstantField(required=True, data_key="from")
    until = InstantField(required=True)


class FileRef(StrictSchema):
    """A file that was brought before, on a route of its own: what it is known by."""

    sha256 = HexHash(required=True)
    length = StrictInt(least=1, most=FILE_BYTES, required=True)


_FIELDS: Mapping[type[Any], Callable[[Any, bool], Any]] = {
    TextType: lambda kind, required: Text(
        most=kind.limit or TEXT, multiline=True, required=required
    ),
    Number: lambda _, required: Figure(required=required),
    DayType: lambda _, required: Day(required=required),
    Span: lambda kind, required: ObjectOf(
        InstantSpan() if kind.instants else DaySpan(), required=required
    ),
    FlagType: lambda _, required: StrictBool(required=required),
    ChoiceType: lambda kind, required: choice(kind.options, required=required),
    PersonType: lambda _, required: Identifier(required=required),
    Unit: lambda _, required: Identifier(required=required),
    Case: lambda _, required: StreamName(of_case=True, required=required),
    File: lambda _, required: ObjectOf(FileRef(), required=required),
}


def field_of(column: Column, *, required: bool = True) -> Any:
    """Return the field of *column*, one of `schemas.fields`."""
    made = _FIELDS[type(column.type)](column.type, required and not column.optional)
    return titled(made, column.label, **_told(column.type))


def _told(kind: Any) -> Mapping[str, str]:
    """Return what who fills it in has to know beside its form: whose id it is, and bounds."""
    match kind:
        case PersonType():
            return {"format": "person"}
        case Unit():
            return {"format": "unit"}
        case Case():
            return {"format": "case"}
        case Number():
            bounds = {"from": kind.least, "to": kind.most}
            return {name: str(bound) for name, bound in bounds.items() if bound is not None}
    return {}


def plain(column: Column, value: Any) -> Any:
    """Return *value* as an event spells it."""
    if isinstance(column.type, Number):
        return f"{Decimal(value):.{column.type.places}f}"
    if isinstance(value, Mapping) and "since" in value:
        return {"from": _moment(value["since"]), "until": _moment(value["until"])}
    return _moment(value) if isinstance(value, date) else value


def out_of_range(column: Column, value: Any) -> bool:
    """Tell whether a number is not what its column allows."""
    if not isinstance(column.type, Number):
        return False
    try:
        number = Decimal(value)
    except InvalidOperation:
        return True
    least, most = column.type.least, column.type.most
    return (least is not None and number < least) or (most is not None and number > most)


def bounds(column: Column) -> str:
    """Return what numbers its column allows, in no language: from and to, or one of them."""
    least, most = getattr(column.type, "least", None), getattr(column.type, "most", None)
    if least is None or most is None:
        return f"≥ {least}" if most is None else f"≤ {most}"
    return f"{least}–{most}"


def places(column: Column) -> int:
    """Return how many decimal places its column keeps."""
    return column.type.places if isinstance(column.type, Number) else 0


def too_many_places(column: Column, value: Any) -> bool:
    """Tell whether a number would have to be rounded to stand in an event."""
    if not isinstance(column.type, Number):
        return False
    return len(value.partition(".")[2].rstrip("0")) > column.type.places


def ends_too_early(column: Column, value: Any) -> bool:
    """Tell whether a span ends before it begins."""
    return isinstance(column.type, Span) and value["until"] < value["since"]


def _moment(value: Any) -> str:
    return instant(value) if hasattr(value, "hour") else value.isoformat()
