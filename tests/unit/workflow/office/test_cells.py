"""What cells say, whichever way an office suite keeps it; what is none of it is handed on."""

from datetime import date, datetime
from typing import Any

import pytest

from schemas.fields import Choice, Day, Figure, Identifier, Instant, Score, StrictBool, StrictInt
from services.workflow.application.cells import given, said
from services.workflow.domain.data.setting import Deadline

GRADES = Choice(["good", "fair"])
GRADES.metadata = {**GRADES.metadata, "labels": {"good": "好", "fair": "较好"}}
TOLD: list[tuple[Any, Any, Any]] = [
    (Identifier(), "０07", "007"),  # zeros in front are kept
    (Identifier(), 12.0, "12"),
    (Score(), 85.350000000000009, "85.35"),  # what is behind fifteen digits is the machine's
    (Score(), "085.50", "85.50"),
    (Score(), "９１．5", "91.5"),
    (Score(), "一百", "一百"),
    (Figure(), "-03.5", "-3.5"),
    (StrictInt(), "１２", 12),
    (StrictInt(), 3.0, 3),
    (StrictInt(), 3.5, 3.5),
    (StrictInt(), "3 人", "3 人"),
    (StrictBool(), "是", True),
    (StrictBool(), "不", "不"),
    (GRADES, "较好", "fair"),
    (GRADES, "差", "差"),
    (Day(), date(2020, 3, 2), "2020-03-02"),
    (Day(), datetime(2020, 3, 2), "2020-03-02"),  # noqa: DTZ001 - sheets know no zones
    (Day(), "2020年3月2日", "2020-03-02"),
    (Day(), "2020/03/2", "2020-03-02"),
    (Day(), "2020.3.2", "2020-03-02"),
    (Day(), "３月２日", "3月2日"),
    (Instant(), datetime(2020, 3, 2, 15), "2020-03-02T07:00:00.000000Z"),  # noqa: DTZ001 - as above
    (Instant(), "2020-03-02 15:00", "2020-03-02T07:00:00.000000Z"),
    (Instant(), "２０２０年3月2日15:00", "2020-03-02T07:00:00.000000Z"),
    (Instant(), "2020/3/2 15:00:30", "2020-03-02T07:00:30.000000Z"),
    (Instant(), "2020-03-02T15:00:00Z", "2020-03-02T15:00:00Z"),
    (Instant(), "2020-02-30 15:00", "2020-02-30 15:00"),
    (Deadline(), datetime(2020, 3, 2), "2020-03-02T16:00:00.000000Z"),  # noqa: DTZ001 - as above
    (Deadline(), "2020年3月2日", "2020-03-02T16:00:00.000000Z"),  # all of that day
    (Deadline(), "2020-03-02 15:00", "2020-03-02T07:00:00.000000Z"),
    (Deadline(), "2020-02-30", "2020-02-30"),
]


@pytest.mark.parametrize(("field", "value", "told"), TOLD)
def test_spellings_of_one_thing_are_one(field: Any, value: Any, told: Any):
    said = given(field, value)
    assert (said, type(said)) == (told, type(told))


@pytest.mark.parametrize(
    ("field", "typed", "told"),
    [
        (Instant(), "2021-02-05 09:30", "2021-02-05 09:30"),
        (Instant(), datetime.fromisoformat("2021-02-05 09:30"), "2021-02-05 09:30"),
        (Instant(), "2021-02-05 00:00", "2021-02-05 00:00"),
        (Instant(), "2021-02-05 09:30:45", "2021-02-05 09:30:45"),
        (Deadline(), date(2021, 7, 1), "2021-07-01 24:00"),
        (Deadline(), "2021年7月1日", "2021-07-01 24:00"),
        (Instant(), "明天", "明天"),
        (Score(), 88.5, "88.5"),
        (StrictBool(), "否", "否"),
    ],
)
def test_what_was_read_is_told_as_people_write_it(field: Any, typed: Any, told: str):
    assert said(field, given(field, typed)) == told
