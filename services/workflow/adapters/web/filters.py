"""Filters as URLs: read from the address, written into links that add or take off one thing."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from functools import lru_cache
from urllib.parse import quote, quote_plus

from schemas.instants import BadInstant, parse_instant
from services.workflow.application.boards.lists import Filters

DUES = {"over": "超期", "soon": "三个工作日内到期"}
NOTICED = {"escalated": "已督办", "undelivered": "未送达"}
SORTS = {
    "due_at": "期限早的在前",
    "-due_at": "期限晚的在前",
    "entered_at": "进入环节早的在前",
    "number": "案号",
}
MOST_TEXT = 50
_USUAL = tuple((field.name, field.default) for field in fields(Filters))
# A matrix of units by stages has a thousand links, made of the same few words.
_quoted = lru_cache(maxsize=4096)(quote_plus)
_FLAGS = frozenset({"running", "suspended", "matrix"})
_CHOICES: Mapping[str, Mapping[str, str]] = {"due": DUES, "noticed": NOTICED, "sort": SORTS}


class BadFilter(ValueError):
    """The address asks for something no list knows."""


def read(query: Mapping[str, str]) -> Filters:
    """Return the filters an address asks for; names nobody knows are left alone.

    Raises:
        BadFilter: a known name with a value that it does not have.
    """
    found: dict[str, object] = {}
    for field in fields(Filters):
        value = query.get(field.name, "").strip()
        if not value:
            continue
        if field.name in _FLAGS:
            found[field.name] = value == "1"
        elif field.name == "after":
            found["after"] = place(value)
        elif (
            (field.name in _CHOICES and value not in _CHOICES[field.name])
            or "\0" in value
            or len(value) > MOST_TEXT
        ):
            raise BadFilter(field.name)
        else:
            found[field.name] = value
    filters = Filters(**found)  # type: ignore[arg-type]
    if filters.after and filters.sort != "number":
        _check_instant(filters.after[0])
    return filters


def _known(name: str, value: str) -> str:
    choices = _CHOICES.get(name)
    if "\0" in value or len(value) > MOST_TEXT or (choices and value not in choices):
        raise BadFilter(name)
    return value


def address(path: str, filters: Filters) -> str:
    """Return the address of a list; what is as usual is left out."""
    said = []
    for name, usual in _USUAL:
        value = getattr(filters, name)
        if value == usual:
            continue
        if name == "after":
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
    usual = Filters()
    for field in fields(Filters):
        value = getattr(filters, field.name)
        if field.name in ("cycle", "matrix", "sort", "after") or value == getattr(
            usual, field.name
        ):
            continue
        off = replace(filters, **{field.name: getattr(usual, field.name), "after": None})
        words = labels.get(field.name, {})
        yield Chip(label=words.get(str(value), str(value)), without=address(path, off))


def _check_instant(value: str) -> None:
    """Refuse a place that belongs to a list in another order."""
    try:
        if value:
            parse_instant(value)
    except BadInstant as error:
        raise BadFilter("after") from error


def place(text: str) -> tuple[str, str]:
    """Return a place in a list; it says where to go on, never what may be seen."""
    value, separator, review = text.rpartition("~")
    if not separator or len(text) > 2 * MOST_TEXT or "\0" in text:
        raise BadFilter("after")
    return value, review
