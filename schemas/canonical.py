"""Canonical bytes (RFC 8785) and the strict reading of JSON that arrives from outside.

The one idea: for the values we allow (strings, integers below 2^53, booleans, null, lists,
objects with ASCII keys) orjson's sorted output *is* RFC 8785, fifty times faster than a
canonicaliser in Python. So the work here is to refuse everything else, above all what orjson
would write silently: floats, UUIDs, enumerations.

Source: https://www.rfc-editor.org/rfc/rfc8785
"""

import json
import math
import re
from collections.abc import Iterable
from typing import Any

import orjson

MAX_DEPTH = 32
MAX_INTEGER = 2**53 - 1

# STRICT_INTEGER refuses integers of 2^53 and more; the PASSTHROUGH options refuse datetimes,
# dataclasses and subclasses of str, int, dict and list, which orjson would write otherwise.
_OPTIONS = (
    orjson.OPT_SORT_KEYS
    | orjson.OPT_STRICT_INTEGER
    | orjson.OPT_PASSTHROUGH_DATETIME
    | orjson.OPT_PASSTHROUGH_DATACLASS
    | orjson.OPT_PASSTHROUGH_SUBCLASS
)
_is_scalar = frozenset({str, int, bool, type(None)}).__contains__
_all_scalars = frozenset({str, int, bool, type(None)}).issuperset
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


class NotCanonical(ValueError):
    """The value has no canonical bytes in our subset of JSON."""


class MalformedJson(ValueError):
    """The bytes are not JSON as we take it; *reason* is a stable code."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def canonical_bytes(value: Any) -> bytes:
    """Return the RFC 8785 bytes of *value*, a tree of plain JSON values.

    Raises:
        NotCanonical: a float, an integer of 2^53 or more, a key that is not ASCII, a lone
            surrogate, or a value of any type but str, int, bool, None, list and dict.
    """
    # Written first, because orjson also bounds the depth: the walk cannot overflow then.
    data = write_plain(value)
    require_plain(value)
    return data


def write_plain(value: Any) -> bytes:
    """Return the RFC 8785 bytes of a *value* that is plain, or whose parts have been checked.

    Raises:
        NotCanonical: as `canonical_bytes`, but floats, UUIDs and enumerations slip through, and
            so do keys that are not ASCII.
    """
    try:
        return orjson.dumps(value, option=_OPTIONS)
    except TypeError as error:  # JSONEncodeError is a TypeError
        raise NotCanonical(str(error)) from error


def require_plain(value: Any) -> None:
    """Refuse what orjson would write although it is not in our subset.

    One C call looks at all values of an object at once: this runs for every event written.
    """
    if type(value) is dict:
        if not "".join(value).isascii():
            raise NotCanonical("a key is not ASCII")
        children: Iterable[Any] = value.values()
    elif type(value) is list:
        children = value
    elif _is_scalar(type(value)):
        return
    else:
        raise NotCanonical(f"{type(value).__name__} has no canonical form here")
    if _all_scalars(map(type, children)):
        return
    for child in children:
        if not _is_scalar(type(child)):
            require_plain(child)


def holds_float(value: Any) -> bool:
    """Tell whether *value*, as parsed from JSON, holds a float anywhere.

    Of what orjson parses and writes back to the same bytes, floats and keys that are not ASCII
    are all that `require_plain` refuses: so this and `bytes.isascii` do, in half the time.
    """
    for child in value.values() if type(value) is dict else value:
        kind = type(child)
        if kind is float:
            return True
        if kind is dict:
            if not _all_scalars(map(type, child.values())) and holds_float(child):
                return True
        elif kind is list and not _all_scalars(map(type, child)) and holds_float(child):
            return True
    return False


def parse_strict(data: bytes, max_depth: int = MAX_DEPTH) -> Any:
    """Parse JSON that nobody vouches for.

    Floats are let through as floats, so that the schema can name the field that holds one.

    Raises:
        MalformedJson: `empty_body`, `byte_order_mark`, `not_utf8`, `not_json`, `duplicate_key`,
            `not_a_number` (NaN, Infinity), `number_too_large`, `too_deep`, `lone_surrogate`.
    """
    if data.startswith(b"\xef\xbb\xbf"):
        raise MalformedJson("byte_order_mark")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise MalformedJson("not_utf8") from error
    if not text.strip(" \t\r\n"):
        raise MalformedJson("empty_body")
    try:
        value = _DECODER.decode(text)
    except MalformedJson:
        raise
    except RecursionError as error:
        raise MalformedJson("too_deep") from error
    except ValueError as error:
        raise MalformedJson("not_json") from error
    # Fewer brackets than levels allowed cannot nest too deep: small bodies skip the walk.
    if text.count("[") + text.count("{") > max_depth:
        _require_depth(value, max_depth)
    # Raw surrogates never survive the UTF-8 decoder; only an escape can make a lone one.
    if "\\u" in text:
        _require_no_surrogates(value)
    return value


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise MalformedJson("duplicate_key")
    return found


def _integer(digits: str) -> int:
    # The length first: turning a million digits into an integer is quadratic work.
    if len(digits) > len("-9007199254740991"):
        raise MalformedJson("number_too_large")
    number = int(digits)
    if abs(number) > MAX_INTEGER:
        raise MalformedJson("number_too_large")
    return number


def _float(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        raise MalformedJson("number_too_large")
    return number


def _constant(_name: str) -> float:
    raise MalformedJson("not_a_number")


_DECODER = json.JSONDecoder(
    object_pairs_hook=_unique, parse_int=_integer, parse_float=_float, parse_constant=_constant
)


def _children(value: Any) -> Iterable[Any]:
    if type(value) is dict:
        return value.values()
    return value if type(value) is list else ()


def _require_depth(value: Any, max_depth: int) -> None:
    level = [value] if type(value) in (dict, list) else []
    for _ in range(max_depth):
        level = [c for v in level for c in _children(v) if type(c) is dict or type(c) is list]
        if not level:
            return
    raise MalformedJson("too_deep")


def _require_no_surrogates(value: Any) -> None:
    todo = [value]
    while todo:
        item = todo.pop()
        if type(item) is str:
            if _LONE_SURROGATE.search(item):
                raise MalformedJson("lone_surrogate")
        else:
            if type(item) is dict:
                todo.extend(item)
            todo.extend(_children(item))
