"""What is left of data once what is at fault in them is taken out."""

from typing import Any

import pytest

from schemas.complaints import load
from schemas.fields import Day, ListOf, ObjectOf, StrictInt, StrictSchema
from services.workflow.domain.data.sound import sound


class Span(StrictSchema):
    """Needs both its days."""

    begins = Day(required=True)
    ends = Day(required=True)


class Row(StrictSchema):
    """Needs nothing, as a row of a list."""

    n = StrictInt(least=1)
    span = ObjectOf(Span())


class Data(StrictSchema):
    """Rows that have to be there, and a figure beside them."""

    rows = ListOf(ObjectOf(Row()), most=9, required=True)
    n = StrictInt(least=1)


@pytest.mark.parametrize(
    ("rows", "left"),
    [
        ([{"n": 0}, {"n": 2}], [{}, {"n": 2}]),
        ([{"n": 1, "span": {"begins": "2020-01-01"}}], [{"n": 1}]),  # half a span is none
        ([{"n": 1, "m": 1}, {"m": 1}], [{"n": 1}, {}]),
        ([1, {"n": 0}], None),  # an entry that is taken out would move those behind it
    ],
)
def test_as_little_is_taken_out_as_makes_the_rest_fit(rows: Any, left: Any):
    data = {"rows": rows, "n": 1}
    _, faults = load(Data(), data)
    assert sound(Data(), data, faults) == ({"n": 1} if left is None else {"rows": left, "n": 1})
    assert data["rows"] is rows  # as it was sent


def test_what_has_to_be_there_and_is_not_leaves_the_rest():
    _, faults = load(Data(), {"n": 1})
    assert sound(Data(), {"n": 1}, faults) == {"n": 1}
