"""House fields: what they take, what they refuse, and with which code."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import Schema, ValidationError, fields

from schemas.canonical import MAX_INTEGER
from schemas.complaints import Fault, complaints
from schemas.fields import (
    Choice,
    Code,
    Day,
    HexHash,
    Identifier,
    Instant,
    ListOf,
    MapOf,
    ObjectOf,
    Plain,
    Score,
    StrictBool,
    StrictInt,
    StrictSchema,
    Text,
    Uuid,
)

LOWER = "0191f3a0-0000-7000-8000-00000000abcd"


def code_of(field: fields.Field[Any], value: Any) -> str:
    with pytest.raises(ValidationError) as refused:
        field.deserialize(value)
    (fault,) = complaints(refused.value)
    return fault.code


@pytest.mark.parametrize(
    ("field", "value", "loaded"),
    [
        (StrictInt(least=0, most=9), 9, 9),
        (StrictBool(), False, False),
        (Text(most=5), "述评", "述评"),
        (Text(most=5), "e\u0301", "é"),
        (Text(most=5), "𠮷👍", "𠮷👍"),
        (Text(least=0, most=5), "", ""),
        (Text(most=9, multiline=True), "a\r\n\tb", "a\n\tb"),
        (Identifier(), "u-Hospital_1.a", "u-Hospital_1.a"),
        (Code(), "own_case", "own_case"),
        (HexHash(), "ab" * 32, "ab" * 32),
        (Uuid(), LOWER.upper(), LOWER),
        (Uuid(canonical=True), LOWER, LOWER),
        (Choice(["a", 403]), 403, 403),
        (Instant(), "2020-01-10T09:00:00+08:00", datetime(2020, 1, 10, 1, tzinfo=UTC)),
        (Day(), "2020-01-10", date(2020, 1, 10)),
        (Score(), "91.5", Decimal("91.50")),
        (Score(), "100", Decimal("100.00")),
        (Score(), "0", Decimal("0.00")),
        (Score(on_the_wire=True), "89.99", Decimal("89.99")),
        (ListOf(Code(), most=2), ["a", "b"], ["a", "b"]),
        (MapOf(Code(), Plain()), {"a": 1, "b": "x"}, {"a": 1, "b": "x"}),
    ],
)
def test_what_fits_is_taken(field: fields.Field[Any], value: Any, loaded: Any):
    found = field.deserialize(value)
    assert (found, type(found)) == (loaded, type(loaded))


@pytest.mark.parametrize(
    "value", [True, 1.0, 1.9, "1", "５", " 7 ", "1_000", None, [], {}, "", Decimal(1)]
)
def test_only_an_integer_is_an_integer(value: Any):
    assert code_of(StrictInt(), value) in {"not_an_integer", "null"}


@pytest.mark.parametrize("value", [-1, 10, 10**400, MAX_INTEGER + 1])
def test_an_integer_out_of_bounds_is_refused(value: int):
    assert code_of(StrictInt(least=0, most=9), value) == "out_of_range"


@pytest.mark.parametrize("value", [0, 1, "true", "on", "", []])
def test_only_true_and_false_are_booleans(value: Any):
    assert code_of(StrictBool(), value) == "not_a_boolean"


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (1, "not_a_string"),
        (b"a", "not_a_string"),
        (["a"], "not_a_string"),
        ("", "too_short"),
        ("   ", "too_short"),
        ("\u3000", "too_short"),
        ("\u200b", "too_short"),  # zero-width
        ("\u00ad \u034f", "too_short"),  # a soft hyphen, a joiner
        ("\u3164\uffa0\u2800", "too_short"),  # fillers
        ("\u0301", "too_short"),  # an accent without a letter
        ("好\U000e0041", "control_character"),  # a tag
        ("好\uffff", "control_character"),  # no character, for good
        ("好\ufdd0", "control_character"),
        ("好\U0010ffff", "control_character"),
        ("a" * 11, "too_long"),
        ("a\x00b", "control_character"),
        ("a\nb", "control_character"),
        ("a\tb", "control_character"),
        ("a\x7fb", "control_character"),
        ("a\x85b", "control_character"),
        ("a\u202eb", "control_character"),
        ("a\u2066b", "control_character"),
        ("a\u2028b", "control_character"),
        ("a\ud800", "lone_surrogate"),
    ],
)
def test_text_that_would_harm_is_refused(value: Any, code: str):
    assert code_of(Text(most=10), value) == code


@pytest.mark.parametrize("value", ["a\x00", "a\rb", "a\x0bb", "a\u202ab"])
def test_several_lines_are_text_but_other_controls_are_not(value: str):
    assert code_of(Text(most=10, multiline=True), value) == "control_character"


@given(st.text(max_size=30))
def test_text_once_taken_is_taken_again_unchanged(value: str):
    field = Text(least=0, most=60, multiline=True)
    try:
        once = field.deserialize(value)
    except ValidationError:
        return
    assert field.deserialize(once) == once
    once.encode()


@pytest.mark.parametrize("value", ["", "a b", "a/b", "名", "a" * 65, "ａ", "a\n", 1])
def test_what_is_no_identifier_is_refused(value: Any):
    assert code_of(Identifier(), value) == "not_an_identifier"


@pytest.mark.parametrize("value", ["", "A", "1a", "a-b", "_a", "a" * 65, "a\n", None])
def test_what_is_no_code_is_refused(value: Any):
    assert code_of(Code(), value) in {"not_a_code", "null"}


@pytest.mark.parametrize("value", [LOWER.replace("-", ""), f"{{{LOWER}}}", LOWER + "\n", "", 5])
def test_what_is_no_uuid_is_refused(value: Any):
    assert code_of(Uuid(), value) == "not_a_uuid"


def test_on_the_wire_a_uuid_is_lower_case():
    assert code_of(Uuid(canonical=True), LOWER.upper()) == "not_a_uuid"


@pytest.mark.parametrize("value", ["c", True, 1.0, "1", None])
def test_what_is_no_choice_is_refused_by_type_too(value: Any):
    assert code_of(Choice(["a", "b", 1]), value) in {"not_a_choice", "null"}


@pytest.mark.parametrize(
    "value",
    [
        91.5,
        91,
        "91.555",
        "0.001",
        "100.001",
        "-1",
        "+1",
        "100.01",
        "101",
        "1e1",
        "９１",
        "091",
        " 91",
        "",
        ".5",
        "5.",
        "NaN",
    ],
)
def test_what_is_no_score_is_refused(value: Any):
    codes = {"91.555": "too_many_places", "0.001": "too_many_places"}
    codes |= dict.fromkeys(("-1", "100.01", "100.001", "101"), "out_of_range")
    assert code_of(Score(), value) == codes.get(str(value), "not_a_score")


@pytest.mark.parametrize("value", ["91", "91.5", "100.01"])
def test_on_the_wire_a_score_has_two_places(value: str):
    assert code_of(Score(on_the_wire=True), value) in {"not_a_score", "out_of_range"}


def test_times_out_of_range_say_so():
    assert code_of(Instant(), "9999-12-31T23:59:59-12:00") == "out_of_range"
    assert code_of(Instant(on_the_wire=True), "2020-01-10T09:00:00+08:00") == "not_an_instant"
    assert code_of(Day(), "1999-12-31") == "out_of_range"


def test_a_list_too_long_is_one_complaint_not_a_million():
    assert code_of(ListOf(Code(), most=2), [1, 2, 3]) == "too_many"
    assert code_of(ListOf(Code(), least=1, most=2), []) == "too_few"
    assert code_of(ListOf(Code(), most=2), "ab") == "not_a_list"
    assert code_of(MapOf(Code(), Plain(), most=1), {"a": 1, "b": 2}) == "too_many"
    assert code_of(MapOf(Code(), Plain()), []) == "not_an_object"
    assert code_of(Plain(), 1.5) == "not_plain"
    assert code_of(HexHash(), "AB" * 32) == "not_a_hash"


class Inner(StrictSchema):
    name = Text(most=3, required=True)


class Outer(StrictSchema):
    count = StrictInt(least=0, most=9, required=True)
    inner = ObjectOf(Inner)
    items = ListOf(ObjectOf(Inner), most=3)


def faults(body: Any) -> list[Fault]:
    with pytest.raises(ValidationError) as refused:
        Outer().load(body)
    return complaints(refused.value)


class Slowly(StrictSchema):
    """Read by marshmallow alone."""

    load = Schema.load


class SlowInner(Slowly, Inner):
    pass


class SlowOuter(Slowly, Outer):
    inner = ObjectOf(SlowInner)
    items = ListOf(ObjectOf(SlowInner), most=3)


INNERS = st.sampled_from(
    [{"name": "ok"}, {"name": "e\u0301"}, {"name": None}, {}, {"x": 1}, None, 5]
)
BODIES = st.fixed_dictionaries(
    {},
    optional={
        "count": st.sampled_from([3, 3, 3, 10, "3", None]),
        "inner": INNERS,
        "items": st.lists(INNERS, max_size=4) | st.none(),
        "extra": st.none(),
    },
)


def read_by(schema: Schema, body: Any) -> Any:
    try:
        return schema.load(body)
    except ValidationError as error:
        return error.valid_data, complaints(error)


@given(BODIES)
def test_what_is_read_quickly_is_what_marshmallow_reads(body: dict[str, Any]):
    assert read_by(Outer(), body) == read_by(SlowOuter(), body)


def test_every_complaint_has_its_path_and_its_code():
    body = {"inner": {"name": None}, "items": [{"name": "ok"}, {}, 5], "extra": 1}
    assert {(fault.field, fault.code) for fault in faults(body)} == {
        ("count", "required"),
        ("inner.name", "null"),
        ("items[1].name", "required"),
        ("items[2]", "not_an_object"),
        ("extra", "unknown_field"),
    }


@pytest.mark.parametrize("body", [[], "x", 5, None])
def test_a_body_that_is_no_object_is_one_complaint_about_the_whole(body: Any):
    assert [(fault.field, fault.code) for fault in faults(body)] == [("", "not_an_object")]


def test_a_complaint_says_what_would_be_accepted_in_both_languages():
    (fault,) = faults({"count": 10})
    assert fault == Fault(
        field="count",
        code="out_of_range",
        accepted_zh="0 到 9 的整数",
        accepted_en="an integer, 0–9",
    )


def test_values_are_written_as_the_wire_wants_them():
    class View(StrictSchema):
        at = Instant()
        day = Day()
        score = Score()

    value = {"at": datetime(2020, 1, 1, tzinfo=UTC), "day": date(2020, 1, 1), "score": Decimal(90)}
    assert View().dump(value) == {
        "at": "2020-01-01T00:00:00.000000Z",
        "day": "2020-01-01",
        "score": "90.00",
    }
    assert View().dump({"at": None, "day": None, "score": None})["at"] is None
