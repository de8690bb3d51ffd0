"""Filters as URLs: read from the address, written into links that add or take off one thing."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from datetime import date
from functools import lru_cache
from typing import Any
from urllib.parse import quote, quote_plus

from flask import g, has_request_context, request
from marshmallow import ValidationError
from marshmallow.fields import Field
from werkzeug.datastructures import MultiDict

from schemas.complaints import Fault, complaints
from schemas.fields import Choice, Code, Day, Identifier, Text, Uuid
from services.workflow.adapters.web.languages import N_, Words
from services.workflow.application.boards.lists import Filters
from services.workflow.application.places import HISTORY, BadPlace, Place, of_cases, require_place
from services.workflow.domain.refusals import Malformed

DUES = Words({"over": N_("超期"), "soon": N_("三个工作日内到期")})
NOTICED = Words({"escalated": N_("已督办"), "undelivered": N_("未送达")})
# Since the working day before began.
NEW = Words(
    {
        "moved": N_("环节有变化"),
        "late": N_("新超期"),
        "escalated": N_("新督办"),
        "undelivered": N_("新的未送达"),
    }
)
SORTS = Words(
    {
        "due_at": N_("期限早的在前"),
        "-due_at": N_("期限晚的在前"),
        "entered_at": N_("进入环节早的在前"),
        "-entered_at": N_("进入环节晚的在前"),
        "number": N_("案号"),
        "-number": N_("案号，从后往前"),
        "state": N_("环节靠前的在前"),
        "-state": N_("环节靠后的在前"),
        "holder": N_("承办单位"),
        "-holder": N_("承办单位，从后往前"),
    }
)
MOST_TEXT = 64  # as long as a number may be
USUAL = Filters()
_USUAL = tuple((field.name, field.default) for field in fields(Filters))
# A matrix of units by stages has a thousand links, made of the same few words.
_quoted = lru_cache(maxsize=4096)(quote_plus)
_ON = Choice(("1",))
_WORDS: Mapping[str, Field[Any]] = {
    "cycle": Uuid(canonical=True),
    "kind": Code(),
    "due": Choice(DUES),
    "on": Day(),
    "noticed": Choice(NOTICED),
    "new": Choice(NEW),
    "running": _ON,
    "suspended": _ON,
    "state": Code(),
    "tier": Identifier(),
    "unit": Identifier(),
    "alone": _ON,
    "holder": Identifier(),
    "asks": _ON,
    "text": Text(most=MOST_TEXT),
    "matrix": _ON,
    "many": _ON,
    "sort": Choice(SORTS),
}


NAMES = (*_WORDS, "after", "before")  # that the address of a list has
_FOLLOWING = re.compile(r"utm_\w+|from|isappinstalled|spm|scm|gclid|fbclid|msclkid", re.ASCII)
_NUMBER = re.compile(r"[1-9][0-9]{0,9}", re.ASCII)


def read(query: MultiDict[str, str]) -> Filters:
    """Return the filters an address asks for; names nobody knows are told by `unasked`.

    Raises:
        Malformed: a known name twice, or with a value that it does not have.
    """
    found: dict[str, Any] = {}
    for name, field in _WORDS.items():
        value = one(query, name)
        if value:
            word = _word(name, value)
            found[name] = True if field is _ON else str(word)
    for name in ("after", "before"):
        if at := one(query, name):
            found[name] = place(at, of_cases(found.get("sort", USUAL.sort)), name)
    if len({"after", "before"} & found.keys()) > 1:
        raise Malformed(Fault(field="before", code="repeated"))
    return Filters(**found)


def sought(query: MultiDict[str, str]) -> str:
    """Return what the search field asks for; "" for everything.

    Raises:
        Malformed: too long, or no text.
    """
    return searched(query, "q")


def searched(query: MultiDict[str, str], name: str) -> str:
    """Return the words that are looked for by *name*; "" where none are.

    What was copied from a workbook or a letter has tabs and line breaks for blanks.

    Raises:
        Malformed: too long, or no text.
    """
    text = " ".join(one(query, name).split())
    return str(_read_by(_WORDS["text"], name, text)) if text else ""


def day(text: str, name: str) -> date:
    """Return the day that an address names.

    Raises:
        Malformed: it is none.
    """
    return date.fromisoformat(str(_read_by(Day(), name, text)))


def one(query: MultiDict[str, str], name: str) -> str:
    """Return the value of *name* in an address; "" where it has none.

    Raises:
        Malformed: it has several, and one would hide the others.
    """
    if has_request_context() and query is request.args:
        g.setdefault("page_asked", set()).add(name)
    values = query.getlist(name)
    if len(values) > 1:
        raise Malformed(Fault(field=name, code="repeated"))
    return values[0].strip() if values else ""


def unasked() -> list[str]:
    """Return the parts of the present address that nothing on its page has looked up.

    What messengers and mailings put behind an address to follow it is none of ours, and harmless.
    """
    asked = g.get("page_asked", set())
    return [one for one in request.args if one not in asked and not _FOLLOWING.fullmatch(one)]


def identifier(query: MultiDict[str, str], name: str) -> str:
    """Return the id of a person or a unit that an address names; "" where it names none.

    Raises:
        Malformed: it is no id, or there are several.
    """
    text = one(query, name)
    return str(_read_by(Identifier(), name, text)) if text else ""


def address(path: str, filters: Filters) -> str:
    """Return the address of a list; what is as usual is left out."""
    said = []
    for name, usual in _USUAL:
        value = getattr(filters, name)
        if value == usual:
            continue
        if name in ("after", "before"):
            value = "~".join(quote(part, safe=":.+-") for part in value)
        said.append(f"{name}={_quoted('1' if value is True else value)}")
    return f"{path}?{'&'.join(said)}" if said else path


@dataclass(frozen=True, kw_only=True, slots=True)
class Chip:
    """One filter that is on, and the address without it."""

    label: str
    without: str


def chips(path: str, filters: Filters, labels: Mapping[str, Mapping[str, str]]) -> Iterator[Chip]:
    """Yield what is on, in the order of the fields; *labels* say values in words."""
    for field in fields(Filters):
        value = getattr(filters, field.name)
        if field.name in ("cycle", "matrix", "many", "sort", "after", "before") or value == getattr(
            USUAL, field.name
        ):
            continue
        off = replace(
            filters, **{field.name: getattr(USUAL, field.name), "after": None, "before": None}
        )
        words = labels.get(field.name, {})
        yield Chip(label=words.get(str(value), str(value)), without=address(path, off))


def _word(name: str, value: str) -> Any:
    return _read_by(_WORDS[name], name, value)


def _read_by(field: Field[Any], name: str, value: str) -> Any:
    try:
        return field.deserialize(value)
    except ValidationError as error:
        raise Malformed(*(replace(one, field=name) for one in complaints(error))) from error


def place(text: str, made_of: Place, name: str = "after") -> tuple[str, str]:
    """Return a place in a list; it says where to go on, never what may be seen.

    Raises:
        Malformed: it is none of such a list.
    """
    value, _, last = text.rpartition("~")
    try:
        require_place((value, last), made_of)
    except BadPlace as error:
        raise Malformed(Fault(field=name, code="bad_cursor"), code="bad_cursor") from error
    return value, last


def event(text: str) -> tuple[str, int]:
    """Return the stream and version of an event, as an address has them.

    Raises:
        Malformed: it is none.
    """
    stream, _, version = text.rpartition("~")
    found = (stream, int(version) if _NUMBER.fullmatch(version) else 0)
    try:
        require_place(found, HISTORY)
    except BadPlace as error:
        raise Malformed(Fault(field="before", code="bad_cursor"), code="bad_cursor") from error
    return found
