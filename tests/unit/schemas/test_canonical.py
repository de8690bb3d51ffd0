"""Canonical bytes: equal to the oracle's on all we allow, refused on all we do not."""

import contextlib
import enum
import json
from collections import OrderedDict
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from schemas.canonical import (
    MAX_INTEGER,
    MalformedJson,
    NotCanonical,
    canonical_bytes,
    holds_float,
    parse_strict,
    require_plain,
)

KEYS = st.text(st.characters(codec="ascii"), max_size=8)
SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(-MAX_INTEGER, MAX_INTEGER), st.text(max_size=20)
)
TREES = st.recursive(
    SCALARS,
    lambda below: st.lists(below, max_size=4) | st.dictionaries(KEYS, below, max_size=4),
    max_leaves=20,
)


PARSED = st.recursive(  # whatever JSON may hold, in a list or an object
    SCALARS | st.floats(allow_nan=False, allow_infinity=False),
    lambda below: st.lists(below, max_size=4) | st.dictionaries(st.text(max_size=4), below),
    max_leaves=20,
).map(lambda value: [value])


@dataclass
class Point:
    x: int


class Colour(enum.Enum):
    RED = "red"


class Name(str):
    __slots__ = ()


@given(TREES)
def test_canonical_bytes_are_those_of_the_oracle(value: Any):
    assert canonical_bytes(value) == rfc8785.dumps(value)


@given(TREES)
def test_what_is_canonical_reads_back_as_it_was(value: Any):
    assert parse_strict(canonical_bytes(value)) == value


def test_every_code_point_is_written_as_the_oracle_writes_it():
    for start in range(0, 0x110000, 0x1000):
        points = [p for p in range(start, start + 0x1000) if not 0xD800 <= p < 0xE000]
        text = "".join(map(chr, points))
        assert canonical_bytes({"t": text}) == rfc8785.dumps({"t": text})


@pytest.mark.parametrize(
    "value",
    [
        1.0,
        float("nan"),
        float("inf"),
        2**53,
        -(2**53),
        10**400,
        "\ud800",
        "a\udfffb",
        UUID(int=1),
        datetime(2020, 1, 1, tzinfo=UTC),
        date(2020, 1, 1),
        Point(1),
        Colour.RED,
        Name("n"),
        b"bytes",
        (1, 2),
        {1, 2},
        OrderedDict(a=1),
        pytest.param(object(), id="object"),
    ],
    ids=repr,
)
def test_other_values_are_refused_wherever_they_stand(value: Any):
    for nested in (value, [value], {"k": value}, {"k": [1, {"d": value}]}, [[], [value], "s"]):
        with pytest.raises(NotCanonical):
            canonical_bytes(nested)


@given(PARSED)
def test_of_parsed_json_floats_and_keys_are_all_that_is_refused(value: Any):
    keys_are_ascii = "".join(keys(value)).isascii()
    if keys_are_ascii and not holds_float(value):
        require_plain(value)
    else:
        with pytest.raises(NotCanonical):
            require_plain(value)


def keys(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [*value, *keys(list(value.values()))]
    return [key for one in value for key in keys(one)] if isinstance(value, list) else []


@pytest.mark.parametrize("key", ["é", "名", "\U0001f600", 1, None, ("a",), "\ud800"])
def test_keys_are_ascii_strings(key: Any):
    with pytest.raises(NotCanonical):
        canonical_bytes({"a": {"ok": 1, key: 1}})


def test_what_nests_without_end_is_refused():
    value: list[Any] = []
    value.append(value)
    with pytest.raises(NotCanonical):
        canonical_bytes(value)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty_body"),
        (b" \r\n\t", "empty_body"),
        (b"\xef\xbb\xbf{}", "byte_order_mark"),
        ("{}".encode("utf-16"), "not_utf8"),
        ('{"a":"述"}'.encode("gbk"), "not_utf8"),
        (b'"\xed\xa0\x80"', "not_utf8"),
        (b"\xc0\xaf", "not_utf8"),
        (b"{", "not_json"),
        (b"{}{}", "not_json"),
        (b"{'a':1}", "not_json"),
        (b'{"a":1,}', "not_json"),
        (b"01", "not_json"),
        (b"+1", "not_json"),
        (b"\x00", "not_json"),
        (b'"\x01"', "not_json"),
        (b'"a\nb"', "not_json"),
        (b'"\\x41"', "not_json"),
        ("１".encode(), "not_json"),
        (b"\xc2\xa0{}", "not_json"),
        (b'{"a":1,"a":1}', "duplicate_key"),
        (b'{"a":1,"\\u0061":2}', "duplicate_key"),
        (b'[{"b":{"a":1,"a":2}}]', "duplicate_key"),
        (b"NaN", "not_a_number"),
        (b'{"a":-Infinity}', "not_a_number"),
        (b"[Infinity]", "not_a_number"),
        (b"1" + b"0" * 400, "number_too_large"),
        (b"9007199254740992", "number_too_large"),
        (b"-9007199254740992", "number_too_large"),
        (b"1e400", "number_too_large"),
        (b"9" * 1_000_000, "number_too_large"),
        (b"[" * 33 + b"]" * 33, "too_deep"),
        (b'{"a":' * 33 + b"1" + b"}" * 33, "too_deep"),
        (b"[" * 1_000_000, "too_deep"),
        (b'{"a":' * 100_000, "too_deep"),
        (b'"\\ud800"', "lone_surrogate"),
        (b'"\\udc00\\ud800"', "lone_surrogate"),
        (b'{"\\udfff":1}', "lone_surrogate"),
        (b'[{"a":["\\ud83d"]}]', "lone_surrogate"),
    ],
)
def test_malformed_json_is_refused_with_its_reason(data: bytes, reason: str):
    with pytest.raises(MalformedJson) as refused:
        parse_strict(data)
    assert refused.value.reason == reason


@pytest.mark.parametrize(
    ("data", "value"),
    [
        (b" {} \n", {}),
        (b"[]", []),
        (b"-9007199254740991", -MAX_INTEGER),
        (b'{"a":1.5}', {"a": 1.5}),
        (b'"\\ud83d\\ude00"', "\U0001f600"),
        ('"述𠮷"'.encode(), "述𠮷"),
        (b"[" * 32 + b"]" * 32, json.loads("[" * 32 + "]" * 32)),
        (b"[" + b"[]," * 40 + b"[]]", [[]] * 41),
        (b'"\\u0000"', "\x00"),  # it is JSON; the field's own schema refuses it
    ],
)
def test_well_formed_json_is_read(data: bytes, value: Any):
    assert parse_strict(data) == value


@given(st.binary(max_size=60))
def test_whatever_arrives_is_a_value_or_a_reason(data: bytes):
    with contextlib.suppress(MalformedJson):
        parse_strict(data)
