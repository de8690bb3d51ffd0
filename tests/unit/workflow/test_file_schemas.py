"""What editors underline in an organisation, policy or calendar file, the import refuses."""

import copy
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import jsonschema_rs
import pytest

from schemas.calendar_reading import read_calendar
from schemas.document import Document, Faults, read_document
from schemas.file_schemas import calendar_file, policy_file
from schemas.policy_reading import read_new_policy
from services.workflow.adapters.files.yaml_nodes import compose
from services.workflow.domain.organisation import parse
from services.workflow.domain.organisation.schema import json_schema

SCHEMES = Path("services/workflow/schemes")
Place = tuple[str | int, ...]


class Sort(NamedTuple):
    """One sort of file: what reads it, what editors have, and what is shipped."""

    read: Callable[[Document], Any]
    schema: Callable[[], Any]
    files: list[Path]

    def refused(self, tree: Any) -> bool:
        try:
            self.read(Document(tree, "f"))
        except Faults:
            return True
        return False


SORTS = {
    "calendar": Sort(read_calendar, calendar_file, [*Path("schemas/calendars").rglob("*.json")]),
    "policy": Sort(read_new_policy, policy_file, [*SCHEMES.rglob("*.policy.yaml")]),
    "organisation": Sort(parse, json_schema, [*SCHEMES.rglob("*.organisation.yaml")]),
}
EVERY = pytest.mark.parametrize("sort", SORTS.values(), ids=SORTS)
DEMO = Path("deploy/demo/organisation.yaml")


@cache
def tree_of(file: Path) -> Any:
    return read_document(file.read_text(), compose).tree


def editor(sort: Sort) -> Any:
    return jsonschema_rs.validator_for(sort.schema(), validate_formats=True)


def places(value: Any, at: Place = ()) -> Iterator[Place]:
    yield at
    if isinstance(value, dict | list):
        for key, below in value.items() if isinstance(value, dict) else enumerate(value):
            yield from places(below, (*at, key))


def chosen(sort: Sort) -> Iterator[tuple[Any, Place]]:
    """Yield one place of each sort: what stands in a list is read alike."""
    seen: set[Place] = set()
    for file in sort.files:
        for at in places(tree_of(file)):
            like = tuple(step for step in at if isinstance(step, str))
            if at and (like, isinstance(at[-1], int)) not in seen:
                seen.add((like, isinstance(at[-1], int)))
                yield tree_of(file), at


def put(tree: Any, at: Place, value: Any) -> Any:
    made = there = copy.deepcopy(tree)
    for step in at[:-1]:
        there = there[step]
    there[at[-1]] = value
    return made


@EVERY
def test_every_shipped_file_is_taken(sort: Sort):
    for file in [*sort.files, *([DEMO] if sort.read is parse else [])]:
        assert [one.message for one in editor(sort).iter_errors(tree_of(file))] == []
    assert sort.files


@EVERY
@pytest.mark.parametrize("bad", [-1, "x y\nz", {"nothing": [1]}, [[1]]], ids=repr)
def test_a_value_of_no_sort_is_refused_by_both(sort: Sort, bad: Any):
    check = editor(sort)
    for tree, at in chosen(sort):
        made = put(tree, at, bad)
        assert (check.is_valid(made), sort.refused(made)) == (False, True), at


@EVERY
def test_what_is_left_out_is_refused_by_the_schema_only_where_the_reader_needs_it(sort: Sort):
    check = editor(sort)
    for tree, at in chosen(sort):
        made = copy.deepcopy(tree)
        there = made
        for step in at[:-1]:
            there = there[step]
        del there[at[-1]]
        assert check.is_valid(made) or sort.refused(made), at


@EVERY
def test_a_key_that_nothing_reads_is_refused_by_both(sort: Sort):
    check = editor(sort)
    for tree, at in chosen(sort):
        made = put(tree, (*at, "NoWord"), 1) if isinstance(_at(tree, at), dict) else None
        assert made is None or (check.is_valid(made), sort.refused(made)) == (False, True), at


def test_an_organisation_of_one_unit_is_taken_by_both():
    one = {"id": "w", "name": "工委", "kind": "work_committee"}
    tree = {"units": [one], "people": [], "posts": []}
    assert editor(SORTS["organisation"]).is_valid(tree)
    assert not SORTS["organisation"].refused(tree)


def _at(tree: Any, at: Place) -> Any:
    for step in at:
        tree = tree[step]
    return tree
