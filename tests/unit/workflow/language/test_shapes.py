"""Declarations of what may be written: each reads, and says the same as JSON Schema."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import jsonschema_rs
import pytest

from schemas.document import Path, read_document
from schemas.limits import CODE as CODE_PATTERN
from schemas.reading import CODE, Reading
from services.workflow.adapters.files.yaml_nodes import compose
from services.workflow.domain.language.shapes import (
    Catalogue,
    Day,
    Either,
    Exact,
    Flag,
    Key,
    Line,
    Name,
    Named,
    Names,
    OneOf,
    Record,
    Several,
    Share,
    Table,
    Variants,
    Whole,
)

NAME = Name(CODE, CODE_PATTERN)


@dataclass(frozen=True, kw_only=True)
class Thing:
    at: Path
    value: Any


def one(shape: Any) -> Record[Thing]:
    return Record(Thing, {"x": Key(shape, to="value")})


def read(shape: Any, text: str) -> tuple[Any, list[str]]:
    reading = Reading(read_document(text, compose, "f"))
    value = one(shape).of(reading.root()).value
    reading.finish()
    return value, [str(fault) for fault in reading.faults]


LEAF = Record(Thing, {"day": Key(Day(), to="value")})
GOOD: list[tuple[Any, str, Any]] = [
    (Line(), "x: a line", "a line"),
    (OneOf("mode", ("a", "b")), "x: b", "b"),
    (Whole(1, 5), "x: 5", 5),
    (Exact(), 'x: "0.70"', Decimal("0.70")),
    (Share(), "x: [1, 3]", (1, 3)),
    (Names(NAME), "x: [b, a]", ("b", "a")),
    (Table(NAME, Exact()), 'x: {b: "0.1"}', {"b": Decimal("0.1")}),
    (Either(flag=Flag(), text=Line()), "x: true", True),
    (Either(text=Line(), listed=Names(NAME)), "x: [a]", ("a",)),
]
BAD: list[tuple[Any, str, str]] = [
    (Line(), "x: ''", "f:1: x: a text on one line"),
    (Line(), "y: 1", "f:1: x: x is missing"),
    (OneOf("mode", ("a",)), "x: c", "f:1: x: unknown mode c; known: a"),
    (Whole(1, 5), "x: 6", "f:1: x: a whole number from 1 to 5"),
    (Share(), "x: [3, 1]", "f:1: x: a share of two"),
    (Share(), "x: [0, 1]", "f:1: x: a share of two"),
    (Names(NAME), "x: []", "f:1: x: at least 1 needed"),
    (Names(NAME), "x: [A]", "f:1: x[0]: a name has letters"),
    (Names(NAME), "x: [a, a]", "f:1: x[1]: a is repeated"),
    (Names(NAME, most=1), "x: [a, b]", "f:1: x: at most 1"),
    (Catalogue(NAME, LEAF), "x:\n  b: {day: 1}", "f:2: x.b.day: a day is expected"),
    (Several(LEAF), "x:\n- {dya: 2020-01-01}", "f:2: x[0].dya: nothing reads this key"),
    (Several(LEAF, most=1), "x: [{day: 2020-01-01}, {day: 2020-01-01}]", "f:1: x: at most 1"),
    (Either(flag=Flag(), text=Line()), "x: 1", "f:1: x: one of these is expected: true or false"),
    (Variants("a due", {"day": LEAF}), "x: {z: 1}", "f:1: x: a due is exactly one of day"),
]


@pytest.mark.parametrize(("shape", "text", "value"), GOOD)
def test_what_fits_is_read_and_the_schema_takes_it(shape: Any, text: str, value: Any):
    assert read(shape, text) == (value, [])
    assert jsonschema_rs.is_valid(one(shape).schema({}), plain(text))


@pytest.mark.parametrize(("shape", "text", "fault"), BAD)
def test_what_does_not_fit_is_named_with_its_place(shape: Any, text: str, fault: str):
    faults = read(shape, text)[1]
    assert any(found.startswith(fault) for found in faults), faults


@pytest.mark.parametrize(("shape", "text", "fault"), BAD)
def test_the_schema_refuses_what_the_reader_does(shape: Any, text: str, fault: str):
    cannot_know = text == "x: [3, 1]"  # how two numbers stand to each other
    made = one(shape).schema({})
    assert jsonschema_rs.is_valid(made, plain(text), validate_formats=True) == cannot_know


def test_names_keep_their_order_in_a_list_and_none_bears_another_s():
    shape = Named(NAME, Record(Thing, {"name": Key(NAME, to="value")}))
    assert [each.value for each in read(shape, "x: [{name: b}, {name: a}]")[0]] == ["b", "a"]
    assert read(shape, "x: [{name: b}, {name: b}]")[1] == ["f:1: x[1].name: b is repeated"]


def plain(text: str) -> Any:
    return read_document(text, compose).tree
