"""Bodies: bounded before they are read, and strict."""

import io
from typing import Any

import pytest

from services.workflow.adapters.http.bodies import read_json
from services.workflow.adapters.http.problems import Problem

TYPE = "application/json"


def environ(data: bytes, **others: Any) -> dict[str, Any]:
    return {
        "wsgi.input": io.BytesIO(data),
        "CONTENT_LENGTH": str(len(data)),
        "CONTENT_TYPE": TYPE,
    } | others


def refusal(environ: dict[str, Any]) -> tuple[int, str]:
    with pytest.raises(Problem) as found:
        read_json(environ, 100)
    faults = found.value.faults
    return found.value.status, faults[0].code if faults else found.value.code


def test_a_body_in_its_bounds_is_read():
    assert read_json(environ(b'{"a":1}'), 7) == {"a": 1}


@pytest.mark.parametrize(
    "kind",
    [
        "application/json",
        "application/json; charset=utf-8",
        "Application/JSON;charset=UTF-8",
        'application/json; charset="utf-8"',
    ],
)
def test_json_in_utf_8_is_taken_however_it_is_spelled(kind: str):
    assert read_json(environ(b"{}", CONTENT_TYPE=kind), 100) == {}


@pytest.mark.parametrize(
    "kind",
    ["", "text/plain", "application/json; charset=gbk", "application/jsonx", "text/json", ";"],
)
def test_anything_else_is_an_unsupported_type(kind: str):
    assert refusal(environ(b"{}", CONTENT_TYPE=kind))[0] == 415


def test_a_compressed_body_is_not_unpacked():
    assert refusal(environ(b"{}", HTTP_CONTENT_ENCODING="gzip"))[0] == 415


def test_a_body_that_says_it_is_too_large_is_not_read():
    source = io.BytesIO(b"[" * 200)
    assert refusal(environ(b"", **{"wsgi.input": source, "CONTENT_LENGTH": "101"}))[0] == 413
    assert source.tell() == 0


def test_chunks_without_an_end_are_cut_off_at_the_bound():
    endless: dict[str, Any] = environ(b"1" * 10_000)
    del endless["CONTENT_LENGTH"]
    assert refusal(endless | {"wsgi.input_terminated": True})[0] == 413
    assert endless["wsgi.input"].tell() == 101


def test_a_body_shorter_than_it_says_is_cut_off():
    assert refusal(environ(b"{}", CONTENT_LENGTH="3")) == (400, "body_cut_off")


@pytest.mark.parametrize("length", ["-1", "1e1", "٣", "+2", " 2", "9" * 30])
def test_a_length_that_is_none_is_malformed(length: str):
    assert refusal(environ(b"{}", CONTENT_LENGTH=length)) == (400, "not_an_integer")


def test_a_body_without_a_length_is_empty_where_nothing_ends_the_stream():
    assert refusal(environ(b"{}", CONTENT_LENGTH="")) == (400, "empty_body")
