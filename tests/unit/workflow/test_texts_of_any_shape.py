"""Whatever stands in the file of a calendar or a policy, the answer is faults and never a crash."""

import json
from pathlib import Path
from typing import Any

import pytest

from schemas.calendars import read
from schemas.document import Faults
from services.workflow import schemes
from services.workflow.adapters.files import drafts
from tests.unit.workflow.scheme.test_scheme_bad_input import BAD, paths, put

ALIASES = [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 20)]
ANY_SIZE = {
    "too large": "# row\n" * 400_000,
    "rows": "rows:\n" + "- {a: 1}\n" * 20_000,
    "keys": "".join(f"k{n}: 1\n" for n in range(20_000)),
    "depth": "[" * 100_000,
    "aliases": "\n".join(["a0: &a0 [x, x]", *ALIASES]),
}


def shipped(kind: str) -> Any:
    """Return what a sound file of *kind* says."""
    if kind == "policy":
        text = schemes.policy(schemes.names()[0]).decode()
        return json.loads(drafts.load_policy(text, "policy").canonical)
    return json.loads(read())


def refused(kind: str, folder: Path, text: str) -> bool:
    file = folder / f"{kind}.yaml"
    file.write_text(text, encoding="utf-8")
    try:
        drafts.load(kind, str(file))
    except Faults as found:
        return bool(found.faults)
    return False


@pytest.mark.timeout(60)
@pytest.mark.parametrize("kind", ["calendar", "policy"])
@pytest.mark.parametrize("text", ANY_SIZE.values(), ids=ANY_SIZE.keys())
def test_a_file_of_any_size_is_refused_in_bounded_time(kind: str, text: str, tmp_path: Path):
    assert refused(kind, tmp_path, text)


@pytest.mark.parametrize("bad", BAD, ids=["absent", *(repr(bad) for bad in BAD[1:])])
@pytest.mark.parametrize("kind", ["calendar", "policy"])
def test_a_wrong_value_anywhere_is_a_fault_and_never_a_crash(kind: str, bad: Any, tmp_path: Path):
    sound = shipped(kind)
    # One place of each shape is enough.
    places = {tuple(str(step) for step in path[-2:]): path for path in paths(sound) if path}
    n_refused = 0
    for path in [*places.values()][:60]:
        tree = json.loads(json.dumps(sound))
        put(tree, path, bad)
        n_refused += refused(kind, tmp_path, json.dumps(tree, ensure_ascii=False))
    assert n_refused
