"""What nobody should send, made from the schemas themselves: a new field brings its own cases."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from marshmallow import Schema, fields

from schemas import fields as house
from services.workflow.adapters.http.transitions import UnreadCommands
from services.workflow.application.asking import Anything

HUGE = 10**400
NOT_TEXT: tuple[Any, ...] = (0, 1.5, True, [], {})
BAD_TEXT = ("\x00", "a\x1bb", "a\u202eb", "\ud800", "\u2066x", "", "   ")
BAD_INTEGERS: tuple[Any, ...] = ("5", "５", 1.9, 1.0, True, -1, HUGE, 2**63, [], {}, "")
BAD_INSTANTS: tuple[Any, ...] = (
    0, True, [], "", "2020-01-10", "2020-01-10T09:00:00", "2019-02-29T00:00:00Z",
    "2020-01-10T24:00:00Z", "2016-12-31T23:59:60Z", "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59-12:00", "２０２０-01-10T09:00:00Z", "2020-01-10T09:00:00+99:00",
)  # fmt: skip
BAD_DAYS: tuple[Any, ...] = (
    0, True, "", "2019-02-29", "2020-1-1", "0001-01-01", "9999-12-31", "２０２０-01-10",
)  # fmt: skip
BAD_SCORES: tuple[Any, ...] = (
    91.5, 91, True, "", "-1", "100.01", "91.555", "9e1", "９１", "NaN", "Infinity", HUGE,
)  # fmt: skip
BAD_WORDS: tuple[Any, ...] = (
    *NOT_TEXT, "", "a b", "../x", "%2e%2e", "x\x00", "\ud800", "｛｝", "x" * 65, "' OR 1=1 --",
    "{{7*7}}", "<script>",
)  # fmt: skip


# By type, the first that fits.
BAD: tuple[tuple[tuple[type, ...], tuple[Any, ...]], ...] = (
    ((house.StrictInt,), BAD_INTEGERS),
    ((house.StrictBool,), (0, 1, "true", "", [], {})),
    ((house.Text,), (*NOT_TEXT, *BAD_TEXT)),
    ((house.Instant,), BAD_INSTANTS),
    ((house.Day,), BAD_DAYS),
    ((house.Score,), BAD_SCORES),
    ((house.Choice, house.Pattern, house.StreamName, house.Uuid), BAD_WORDS),
    ((house.Plain,), (1.5, True, [], {}, HUGE)),
    ((Anything, house.ObjectOf, house.MapOf), (0, "", "{}", [], True)),
    ((UnreadCommands,), ({}, "x", 0, [])),
    ((house.ListOf,), ({}, "x", 0, True)),
)


def bad_values(field: fields.Field[Any]) -> Iterator[Any]:
    """Yield values that *field* must refuse; null only where it is not allowed."""
    if not field.allow_none:
        yield None
    yield from next(values for types, values in BAD if isinstance(field, types))
    if isinstance(field, house.Text):
        yield "长" * (field.most + 1)


def spoilt(schema: Schema, good: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield (what is wrong, body) for every single way of spoiling *good*, which is valid."""
    yield f"{path} with an unknown field", {**good, "rev": 7}
    for name, field in schema.fields.items():
        here = f"{path}.{name}"
        if field.required:
            yield f"{here} absent", {key: good[key] for key in good if key != name}
        for index, value in enumerate(bad_values(field)):
            yield f"{here} bad #{index}", {**good, name: value}
        inner = field.inner if isinstance(field, house.ListOf) else field
        if isinstance(inner, house.ObjectOf) and good.get(name):
            whole = good[name]
            first = whole[0] if isinstance(whole, list) else whole
            for wrong, one in spoilt(inner.schema, first, here):
                yield wrong, {**good, name: [one] if isinstance(whole, list) else one}
        elif isinstance(field, house.ListOf) and not isinstance(inner, house.ObjectOf):
            for index, value in enumerate(bad_values(inner)):
                yield f"{here}[0] bad #{index}", {**good, name: [value]}


def as_sent(body: Any) -> bytes:
    """Return *body* as a careless client writes it: lone surrogates and huge numbers go through."""
    return json.dumps(body).encode()


BAD_BODIES: Mapping[str, bytes] = {
    "empty": b"",
    "blank": b"  \n",
    "no JSON": b"{'trigger': 1}",
    "cut off": b'{"trigger":"sub',
    "two values": b"{}{}",
    "repeated key": b'{"trigger":"submit","trigger":"close"}',
    "repeated key within": b'{"trigger":"submit","data":{"a":1,"a":2}}',
    "NaN": b'{"trigger":"submit","data":{"a":NaN}}',
    "Infinity": b'{"trigger":"submit","data":{"a":-Infinity}}',
    "huge number": b'{"trigger":"submit","data":{"a":1' + b"0" * 400 + b"}}",
    "huge exponent": b'{"trigger":"submit","data":{"a":1e999}}',
    "deep": b'{"trigger":"submit","data":{"a":' + b"[" * 1000 + b"]" * 1000 + b"}}",
    "deeper": b"[" * 60_000,
    "byte order mark": b"\xef\xbb\xbf{}",
    "GBK": '{"trigger":"submit","reason":"理由"}'.encode("gbk"),
    "UTF-16": '{"trigger":"submit"}'.encode("utf-16"),
    "overlong": b'{"trigger":"\xc0\xaf"}',
    "lone surrogate": b'{"trigger":"submit","reason":"\\ud800"}',
    "a control character": b'{"trigger":"sub\x00mit"}',
    "a string": b'"submit"',
    "a number": b"7",
    "null": b"null",
    "an array": b"[]",
    "too large": b'{"trigger":"submit","reason":"' + b"a" * 65_536 + b'"}',
}

BAD_HEADERS: tuple[Mapping[str, str], ...] = (
    {"Content-Type": "text/plain"},
    {"Content-Type": "application/json; charset=gbk"},
    {"Content-Type": "application/x-www-form-urlencoded"},
    {"Content-Encoding": "gzip"},
    {"If-Match": "3"},
    {"If-Match": '"-1"'},
    {"If-Match": '"9223372036854775808"'},
    {"If-Match": 'W/"1"'},
    {"If-Match": '"１"'},
    {"Idempotency-Key": ""},
    {"Idempotency-Key": "a b"},
    {"Idempotency-Key": "k" * 201},
    {"Idempotency-Key": "é"},
    {"On-Behalf-Of": ""},
    {"On-Behalf-Of": "a b"},
    {"On-Behalf-Of": "p" * 65},
    {"On-Behalf-Of": "c.off,c.sec"},
    {"On-Behalf-Of": "../c.off"},
    {"On-Behalf-Of": "ｃ.off"},
    {"Authorization": ""},
    {"Authorization": "Bearer"},
    {"Authorization": "Bearer x"},
    {"Authorization": "Basic YTpi"},
    {"Authorization": "Bearer " + "x" * 2_000_000},
    {"Authorization": "Bearer " + "é" * 40},
)

BAD_QUERIES: Mapping[str, tuple[str, ...]] = {
    "/v1/reviews": (
        "limit=0", "limit=-1", "limit=201", "limit=1e9", "limit=x", "limit=", "limit=５",
        "limit=9999999999999999999999", "limit=1&limit=2", "after=x", "after=AAAAAAAAAAAA",
        "after=%00", "after=" + "A" * 600, "sort=id", "sort=due_at%20desc", "sort=",
        "overdue=1", "overdue=True", "overdue=", "suspended=yes", "cycle=x", "cycle=",
        "due_before=2020-01-10", "due_before=x", "due_after=9999-12-31T23:59:59-12:00",
        "due_after=2019-02-29T00:00:00Z", "tier=", "tier=a%20b", "unit=../c", "unit=%00",
        "unit=%E2%80%AE", "person=%FF", "holder=a,b", "state=Closed", "state=,", "state=a%27",
        "org_id=c", "expand=all", "LIMIT=1", "limit%00=1",
    ),
    "/v1/cases": ("kind=", "kind=A", "kind=%00", "kind=a,b", "kind=nothing", "sort=id", "limit=0"),
    "/v1/log": (
        "after=-1", "after=x", "after=1.0", "after=9223372036854775808", "limit=0", "limit=201",
        "wait_s=-1", "wait_s=31", "wait_s=x", "wait_s=1e1", "x=1",
    ),
    "/v1/log/proof": (
        "", "position=1", "size=1", "position=0&size=1", "position=-1&size=1", "position=1&size=x",
        "position=2&size=1", "position=1&size=999999",
    ),
    "/v1/log/checkpoint": ("x=1",),
    "/v1/texts": ("kind=", "kind=law", "kind=%00", "limit=0", "limit=201", "after=x", "x=1"),
    "/v1/people": (
        "", "ids=", "ids=,", "ids=a,,b", "ids=" + ",".join(["p"] * 201), "ids=%00", "ids=a&ids=b",
    ),
    "/v1/said": (
        "", "person=p", "person=p&cases=", "person=p&cases=review", "person=p&cases=review/x@1",
        "person=%00&cases=review/00000000-0000-7000-8000-0000000000c1@1",
        "person=p&cases=review/00000000-0000-7000-8000-0000000000c1",
        "person=p&cases=review/00000000-0000-7000-8000-0000000000c1@0",
        "person=p&cases=" + ",".join(["review/00000000-0000-7000-8000-0000000000c1@1"] * 51),
    ),
    "/v1/inbox": (
        "limit=0", "limit=201", "after=x", "after=AAAAAAAAAAAA", "person=c.off", "unread=1",
        "unread=", "unread=true&unread=true", "kind=letter", "kind=", "kind=urge&kind=urge",
        "kind=%00",
    ),
}  # fmt: skip
