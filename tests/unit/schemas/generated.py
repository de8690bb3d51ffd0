"""Events of every type, right and wrong, made from the marshmallow schemas by a seeded chance."""

import copy
from collections.abc import Iterator
from functools import singledispatch
from random import Random
from typing import Any

from marshmallow import Schema, fields

from schemas import fields as house
from schemas.attributes import Attributes
from schemas.canonical import MAX_INTEGER
from schemas.facts import EVENTS
from schemas.facts.first import Scores
from schemas.registry import data_schema

Json = dict[str, Any]

_SOME = "0191f3a0-0000-7000-8000-00000000abcd"

# What is nearly right somewhere: where it is put, it mostly is not.
_NEARLY: tuple[Any, ...] = (
    *(None, True, False, 0, 1, -1, 2000, 403, MAX_INTEGER, MAX_INTEGER + 1, 1.0, 1.5),
    *("", " ", "\u3000", "a", "A", "é", "e\u0301", "a\n", "a\x00", "a\x85b", "\u202e", "\ud800"),
    *("\ufeff", "a" * 64, "a" * 65, "a" * 200, "a" * 201, "述评", "𠮷" * 200, "\u0958" * 101),
    *("2020-02-29", "2021-02-29", "1999-12-31", "2100-12-31", "2101-01-01", "２０２０-01-01"),
    *("2020-02-30T01:30:00.000000Z", "2020-01-10T24:00:00.000000Z", "2020-01-10T01:30:00Z"),
    *("2020-01-10T23:59:60.000000Z", "2020-01-10T01:30:00.000000+00:00"),
    *("2100-12-31T23:59:59.999999Z", "2101-01-01T00:00:00.000000Z", "0019-12-20T02:00:00.000000Z"),
    *("100.00", "100.01", "99.99", "00.00", "7.5", "0.00", "grade", "final", "1.0"),
    *("ab" * 32, "AB" * 32, "0191f3a0-0000-7000-8000-00000000abcd", "urn:shuping:w", "data[0].x"),
    *(
        f"cycle/{_SOME}/notices",
        f"organisation/{_SOME}/refusals",
        f"item/{_SOME}",
        f"cycle/{_SOME}",
        "text/x",
    ),
    *([], {}, [[]], {"sha256": "ab" * 32, "length": 12}, ["a"] * 21, ["a"] * 501),
    *({"final": "1.00"}, {"final": "1.00", "grade": "good", "x": "1.00"}, {"unit": "u"}),
)
_WORDS = ("a", "state_1", "u-1", "0", "B", "secretary", "z" * 64)


def event(type_: str, chance: Random) -> Json:
    """A right event of *type_*."""
    made = _object(Attributes(), chance)
    data = _object(EVENTS.schema(type_), chance)
    return made | {"type": type_, "dataschema": data_schema(type_), "data": data}


def spoiled(right: Json, chance: Random) -> Json:
    """*right* with something put, taken away or added at one place; it may still be right."""
    made = copy.deepcopy(right)
    holder, at = chance.choice(list(_places(made)))
    match chance.randrange(4):
        case 0 if isinstance(holder, dict):
            del holder[at]
        case 1 if isinstance(holder, dict):
            holder[chance.choice(("x", "X", "é", "position", "grade", "a_b", "v" * 21))] = _near(
                chance
            )
        case 2 if isinstance(holder, list):
            holder *= chance.choice((0, 2, 60))
        case _:
            holder[at] = _near(chance)
    return made


def _near(chance: Random) -> Any:
    return copy.deepcopy(chance.choice(_NEARLY))


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    pairs = value.items() if isinstance(value, dict) else enumerate(value)
    for at, below in list(pairs):
        yield value, at
        if isinstance(below, dict | list):
            yield from _places(below)


def _object(schema: Schema, chance: Random) -> Json:
    return {
        each.data_key or name: _value(each, chance)
        for name, each in schema.fields.items()
        if each.required or chance.random() < 0.5
    }


@singledispatch
def _value(each: fields.Field[Any], chance: Random) -> Any:
    raise TypeError(f"nobody knows a right value of {type(each).__name__}")


@_value.register
def _(each: house.StrictInt, chance: Random) -> int:
    return chance.choice((each.least, each.most, chance.randint(each.least, each.most)))


@_value.register
def _(_each: house.StrictBool, chance: Random) -> bool:
    return chance.random() < 0.5


@_value.register
def _(each: house.Text, chance: Random) -> str:
    return chance.choice(("述评", "a b", "é", "𠮷" * each.most, "\ufeff", "a\u3000"))


_RIGHT = {
    "not_an_identifier": _WORDS,
    "not_a_code": ("a", "state_1", "grade", "z" * 64),
    "not_a_hash": ("ab" * 32, "0" * 64),
    "not_a_source": ("urn:shuping:w", "urn:shuping:A.b_c-9"),
    "not_a_number": ("2019-C-0417", "2019-C-0417/03", "x" * 80),
    "not_a_decimal": ("0", "-12.50", "90.45", "999999999999999.123456"),
    "not_a_fraction": ("0/1", "809/9", "17999/200"),
    "not_a_kind": ("review", "item_a", "z" * 40),
    "not_a_mark": ("opened", "meeting.held", "round.begins"),
    "not_tiers": ("B", "A+B", "-"),
    "not_an_offset_instant": ("2020-01-09T21:15:00+08:00",),
    "not_a_share": ("1/3", "1667/5000"),
    "not_figures": ("02 05 + 09", "0"),
    "not_an_id": ("x", "~" * 128),
    "not_a_path": ("data.report", "commands[0].x-y", "If-Match"),
}


@_value.register
def _(each: house.Pattern, chance: Random) -> str:
    return chance.choice(_RIGHT[str(each._complaint)])


@_value.register
def _(each: house.StreamName, chance: Random) -> str:
    cases = (f"{kind}/{_SOME}" for kind in ("review", "item_a"))
    others = ("organisation/w", f"review/{_SOME}/refusals", f"cycle/{_SOME}", "text/scheme")
    return chance.choice((*cases, *(() if each.of_case else others)))


@_value.register
def _(each: house.Choice, chance: Random) -> Any:
    return chance.choice(each.choices)


@_value.register
def _(_each: house.Uuid, chance: Random) -> str:
    return f"0191f3a0-0000-7000-8000-{chance.randrange(16**12):012x}"


@_value.register
def _(_each: house.Instant, chance: Random) -> str:
    return f"20{chance.randrange(100):02}-02-28T{chance.randrange(24):02}:30:59.999999Z"


@_value.register
def _(_each: house.Day, chance: Random) -> str:
    return chance.choice(("2000-01-01", "2020-02-29", "2100-12-31"))


@_value.register
def _(_each: house.Score, chance: Random) -> str:
    return chance.choice(("0.00", "9.50", "91.50", "100.00"))


@_value.register
def _(_each: house.Plain, chance: Random) -> Any:
    return chance.choice((0, -MAX_INTEGER, MAX_INTEGER, "述", "𠮷" * 200))


@_value.register
def _(each: house.AnyOf, chance: Random) -> Any:
    return _value(chance.choice(each.alternatives), chance)


@_value.register
def _(each: house.ListOf, chance: Random) -> list[Any]:
    n = min(each.most, each.least + chance.randrange(3))
    return [_value(each.inner, chance) for _ in range(n)]


@_value.register
def _(each: house.ObjectOf, chance: Random) -> Json:
    return _object(each.schema, chance)


@_value.register
def _(_each: fields.Dict, _chance: Random) -> Json:
    return {}


@_value.register
def _(each: house.MapOf, chance: Random) -> Json:
    n = chance.randrange(4)
    return {_value(each.key_field, chance): _value(each.value_field, chance) for _ in range(n)}


@_value.register
def _(_each: Scores, chance: Random) -> Json:
    score = house.Score(on_the_wire=True)
    names = chance.sample(("ballot", "superior", "x_1"), chance.randrange(4))
    return {"grade": "good"} | {name: _value(score, chance) for name in ("final", *names)}
