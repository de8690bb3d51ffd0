"""Whatever stands in a file, the answer is a scheme or a list of faults, never a crash."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from schemas.document import Document, Faults
from services.workflow.domain.language import loading
from tests.texts import faults_in
from tests.unit.workflow.scheme.cases import SCHEME

Path = tuple[str | int, ...]
NOTHING = object()
BAD: tuple[Any, ...] = (NOTHING, None, -1, "x", [], {})


def paths(value: Any, path: Path = ()) -> Iterator[Path]:
    members: Any = ()
    if isinstance(value, dict):
        members = value.items()
    elif isinstance(value, list):
        members = enumerate(value)
    yield path
    for key, below in members:
        yield from paths(below, (*path, key))


TREE = json.loads(SCHEME.canonical)
# One place of each shape is enough: the keys of A, B and C are read by the same lines.
PLACES = {tuple(str(step) for step in path[-2:]): path for path in paths(TREE) if path}


# Every place is tried without its value, and with two of the five that are wrong there.
TRIED = {
    n: [path for at, path in enumerate(PLACES.values()) if n == 0 or (at + n) % 5 < 2]
    for n in range(len(BAD))
}


@pytest.mark.parametrize("nth", TRIED, ids=["absent", *(repr(bad) for bad in BAD[1:])])
def test_a_wrong_value_anywhere_is_a_fault_and_never_a_crash(nth: int):
    bad, refused = BAD[nth], 0
    for path in TRIED[nth]:
        tree = json.loads(SCHEME.canonical)
        put(tree, path, bad)
        try:
            loading.load(Document(tree, "s.yaml"))
        except Faults:
            refused += 1
    assert refused > len(TRIED[nth]) / 3  # some keys may be left out, and a label may be "x"


def put(tree: Any, path: Path, value: Any) -> None:
    for step in path[:-1]:
        tree = tree[step]
    if value is NOTHING:
        del tree[path[-1]]
    else:
        tree[path[-1]] = value


def test_a_file_of_aliases_of_aliases_is_refused_at_once():
    levels = [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 20)]
    bomb = "\n".join(["format: 1", "a0: &a0 [x, x]", *levels])
    reasons = {fault.reason for fault in faults_in(bomb, "s.yaml")}
    assert "anchors and aliases are not used here" in reasons


def test_a_file_too_deep_or_too_large_is_one_fault():
    for text, reason in (("[" * 100_000, "levels deep"), ("x" * 2_000_000, "larger than")):
        (fault,) = faults_in(text, "s.yaml")
        assert reason in fault.reason
