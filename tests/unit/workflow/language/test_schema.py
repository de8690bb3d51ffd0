"""What an editor underlines: the JSON Schema takes what is shipped, refuses what it can."""

import copy
from collections.abc import Iterator
from functools import cache
from typing import Any

import jsonschema_rs
import pytest

from schemas.document import Document, read_document
from schemas.reading import Reading
from services.workflow.adapters.files.yaml_nodes import compose
from services.workflow.domain.language.reading.scheme import SCHEME
from services.workflow.domain.language.schema import json_schema
from tests.unit.workflow.language.examples import EXAMPLES

SHIPPED = sorted(
    file
    for file in EXAMPLES.glob("*.yaml")
    if not file.name.endswith((".policy.yaml", ".organisation.yaml"))
)
SMALL = [file for file in SHIPPED if file.stat().st_size < 20_000]  # between them: every construct
Path = tuple[str | int, ...]


@cache
def editor() -> Any:
    return jsonschema_rs.validator_for(json_schema(), validate_formats=True)


def tree_of(file: Any) -> Any:
    return read_document(file.read_text(), compose).tree


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: file.stem)
def test_every_shipped_scheme_is_taken(file: Any):
    assert [error.message for error in editor().iter_errors(tree_of(file))] == []


def places(value: Any, path: Path = ()) -> Iterator[Path]:
    yield path
    members = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    for key, below in members:
        yield from places(below, (*path, key))


def put(tree: Any, path: Path, value: Any) -> Any:
    made = at = copy.deepcopy(tree)
    for step in path[:-1]:
        at = at[step]
    at[path[-1]] = value
    return made


# One place of each sort is enough: what stands below names of the same sort is read alike.
@cache
def chosen() -> dict[tuple[str, ...], tuple[Any, Path]]:
    found: dict[tuple[str, ...], tuple[Any, Path]] = {}
    for file in SMALL:
        tree = tree_of(file)
        for path in places(tree):
            sort = tuple(str(step) for step in path if isinstance(step, str))[-2:]
            if path and sort not in found:
                found[sort] = (tree, path)
    return found


BEYOND = ("unknown time zone",)  # lists that are not the language's


@pytest.mark.parametrize("bad", [-1, "x y z", {"nothing": 1}], ids=repr)
def test_what_the_reader_refuses_by_its_shape_the_schema_refuses(bad: Any):
    """A wrong value is refused by both, or by the check of the whole: never by the schema alone."""
    for tree, path in chosen().values():
        made = put(tree, path, bad)
        reasons = [one for one in refused(made) if not one.startswith(BEYOND)]
        assert editor().is_valid(made) != bool(reasons), (path, reasons)


def refused(tree: Any) -> list[str]:
    """Return what is wrong with each value by itself."""
    reading = Reading(Document(tree, "f"))
    SCHEME.of(reading.root())
    reading.finish()
    return [fault.reason for fault in reading.faults]
