"""A calendar file: whatever contradicts itself is told at once, with its line."""

import json
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from schemas.calendar import WorkingDays
from schemas.calendar_reading import read_calendar
from schemas.calendars import read, versions
from schemas.document import Faults, read_document
from services.workflow.adapters.files.yaml_nodes import compose

Tree = dict[str, Any]


def faults(text: str) -> list[str]:
    with pytest.raises(Faults) as caught:
        read_calendar(read_document(text, compose, "calendar.json"))
    return [str(fault) for fault in caught.value.faults]


def broken(change: Callable[[Tree], Any]) -> list[str]:
    tree = json.loads(read())
    change(tree)
    return faults(json.dumps(tree))


def holiday(day: str) -> Callable[[Tree], Any]:
    return lambda tree: tree["years"][0]["holidays"].append(day)


@pytest.mark.parametrize("version", versions())
def test_every_shipped_calendar_is_sound_and_means_the_same_either_way(version: str):
    data = read(version=version)
    found = read_calendar(read_document(data.decode(), compose, version))
    assert (found.version, found.hash) == (version, WorkingDays.from_json(data).hash)


@pytest.mark.parametrize(
    ("change", "where"),
    [
        (lambda t: t.pop("id"), "id: id is missing"),
        (lambda t: t.update(id="国务院"), "id: a name has"),
        (lambda t: t.update(more=1), "more: nothing reads this key"),
        (lambda t: t.update(years=[]), "years: at least one year"),
        (lambda t: t.update(years=[1]), "years[0]: a mapping"),
        (lambda t: t["years"].pop(1), "years[1].year: 2020 is expected after 2019"),
        (lambda t: t["years"][0].update(year=1999), "years[0].year: a whole number"),
        (
            lambda t: t["years"][0].pop("provisional"),
            "years[0].provisional: prov",
        ),
        (lambda t: t["years"][0].update(published=""), "years[0].published: a day is expected"),
        (lambda t: t["years"][0].update(holidays="all"), "years[0].holidays: a list of"),
        (
            lambda t: t["years"][0]["holidays"].append("2019-02-30"),
            "holidays[28]: a day is expected",
        ),
        (
            lambda t: t["years"][0]["holidays"].append("2020-01-01"),
            "holidays[28]: 2020-01-01 is not",
        ),
        (
            lambda t: t["years"][0]["holidays"].append("2019-10-07"),
            "holidays[28]: 2019-10-07 is rep",
        ),
        (
            lambda t: t["years"][0]["holidays"].append("2019-10-01"),
            "holidays[28]: 2019-10-01 comes",
        ),
        (
            lambda t: t["years"][0].update(working_weekends=["2019-02-09"]),
            "working_weekends[0]: 2019-02-09 is a holiday as well",
        ),
        (
            lambda t: t["years"][0].update(working_weekends=["2019-03-04"]),
            "working_weekends[0]: 2019-03-04 is no Saturday or Sunday",
        ),
    ],
)
def test_each_fault_is_named_with_its_path(change: Callable[[Tree], Any], where: str):
    assert any(where in fault for fault in broken(change))


def test_all_faults_are_told_at_once_each_with_its_line():
    text = read().decode().replace('"2019-02-02"', '"2019-02-05"').replace('"2020-01-24"', '"24"')
    found = faults(text)
    assert [fault.split(":")[1] for fault in found] == ["18", "18", "27"]


def test_more_days_than_a_year_has_are_one_fault():
    days = [f"{n}" for n in range(1_000)]
    assert len(broken(lambda t: t["years"][0].update(holidays=days))) == 1


def test_spring_festival_was_prolonged_by_the_later_of_the_two():
    before, after = (WorkingDays.from_json(read(version=one)) for one in versions())
    friday, saturday = date(2020, 1, 31), date(2020, 2, 1)
    assert before.is_working(friday)
    assert before.is_working(saturday)
    assert not after.is_working(friday)
    assert not after.is_working(saturday)
    assert before.hash == "b1a69c25e88135943706204234855c8cbce254489da060549de214416d823d39"
    assert after.hash == "d57a4afec7b6f303bef665d166e6739a19a83aff42b5e4623130052ff9b6536f"
