"""What a cell says, as a body would spell it for the field of its column.

The one idea: nothing is guessed and nothing is refused here. Spellings of one and the same thing
come out as one: a number kept as text, a day as a date, figures and letters of full width. What is
none of what the field takes is handed on as it stands, and the field says what is wrong with it.
"""

import json
import re
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import singledispatch
from importlib.resources import files
from typing import Any
from unicodedata import normalize

from schemas.calendar import end_of_day
from schemas.fields import (
    Choice,
    Code,
    Day,
    Figure,
    Identifier,
    Instant,
    Pattern,
    Score,
    StreamName,
    StrictBool,
    StrictInt,
)
from schemas.instants import instant, parse_instant
from services.workflow.application.firing.rules import ZONE
from services.workflow.application.workbooks import Padded, Value, as_text
from services.workflow.domain.data.setting import Deadline

WORDS: Mapping[str, list[str]] = json.loads(
    files(__package__).joinpath("workbook_words.json").read_bytes()
)
_DIGITS = 15  # that an office suite shows of a number: what is behind them is the machine's
_INTEGER = re.compile(r"[+-]?[0-9]{1,15}", re.ASCII)
_NUMBER = re.compile(r"([+-]?)0*([0-9]+)(\.[0-9]+)?", re.ASCII)
# Year, month and day by their marks, whichever an office types: 2020-3-2, 2020/3/2, 2020.3.2, and
# the Chinese words of the three.
_DAY = re.compile(
    r"([0-9]{4})\s*[-/.\u5e74]\s*([0-9]{1,2})\s*[-/.\u6708]\s*([0-9]{1,2})\s*\u65e5?", re.ASCII
)


_TIME = re.compile(
    _DAY.pattern + r"(?:[T\s]\s*|(?<=\u65e5))([0-9]{1,2}):([0-9]{2})(?::([0-9]{2}))?", re.ASCII
)


@singledispatch
def given(_field: Any, value: Value) -> Any:
    """Return what a cell says as the body spells it; what it cannot be, its field refuses."""
    return as_text(value)


def plain(value: Value) -> str:
    """Return what a cell says, letters and figures of full width as those of ASCII."""
    return normalize("NFKC", as_text(value)).strip()


@given.register(Identifier)
@given.register(Code)
@given.register(Pattern)
@given.register(StreamName)
def _(_field: Any, value: Value) -> Any:
    return plain(value)


@given.register(Score)
@given.register(Figure)
def _(_field: Any, value: Value) -> Any:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return format(Decimal(f"{value:.{_DIGITS}g}"), "f")
    told = plain(value)
    number = _NUMBER.fullmatch(told)
    return told if number is None else f"{number[1].strip('+')}{number[2]}{number[3] or ''}"


@given.register
def _(_field: StrictInt, value: Value) -> Any:
    if isinstance(value, Padded):
        return int(value)
    if isinstance(value, float):
        return int(value) if value.is_integer() else value
    if isinstance(value, str):
        told = plain(value)
        return int(told) if _INTEGER.fullmatch(told) else value
    return value


@given.register
def _(_field: StrictBool, value: Value) -> Any:
    told = plain(value).casefold()
    known = {word: name == "yes" for name in ("yes", "no") for word in WORDS[name]}
    return known.get(told, told)


@given.register
def _(field: Choice, value: Value) -> Any:
    told = as_text(value)
    labels: Mapping[str, str] = field.metadata.get("labels", {})
    word = next((name for name, label in labels.items() if label == told), None)
    return plain(value) if word is None else word


@given.register
def _(_field: Day, value: Value) -> Any:
    if isinstance(value, datetime | date):
        return as_text(value)
    found = _DAY.fullmatch(plain(value))
    return plain(value) if found is None else f"{found[1]}-{found[2]:0>2}-{found[3]:0>2}"


@given.register
def _(field: Deadline, value: Value) -> Any:
    day = as_text(value) if isinstance(value, datetime | date) else plain(value)
    found = _DAY.fullmatch(day)
    if found is None:
        return given.dispatch(Instant)(field, value)
    try:
        return instant(end_of_day(date(*map(int, found.groups())), ZONE))
    except (ValueError, OverflowError):
        return day


@given.register
def _(_field: Instant, value: Value) -> Any:
    # Nobody types a zone into a sheet: a time without one is the calendar's.
    if isinstance(value, datetime):
        return instant(value.replace(tzinfo=ZONE))
    told = plain(value)
    found = _TIME.fullmatch(told)
    if found is None:
        return told
    year, month, day, hour, minute, second = map(int, found.groups("0"))
    try:
        return instant(datetime(year, month, day, hour, minute, second, tzinfo=ZONE))
    except (ValueError, OverflowError):  # no such day or hour: for the field to refuse
        return told


def said(field: Any, value: Any) -> str:
    """Return what *value*, as a body spells it for *field*, says to people.

    Closed words by their labels, times as the calendar has them; the midnight that a deadline is
    ends its day, at 24:00.
    """
    if isinstance(value, bool):
        return WORDS["yes" if value else "no"][0]
    if isinstance(field, Instant):
        try:
            at = parse_instant(value).astimezone(ZONE)
        except ValueError:
            return str(value)
        if isinstance(field, Deadline) and at.time() == time():
            return f"{at.date() - timedelta(days=1)} 24:00"
        return f"{at:%Y-%m-%d %H:%M:%S}" if at.second else f"{at:%Y-%m-%d %H:%M}"
    labels: Mapping[str, str] = field.metadata.get("labels", {})
    return str(labels.get(value, value))
