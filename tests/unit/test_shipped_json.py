"""JSON files that are shipped: a key that stands twice hides what stood first."""

import json
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SHIPPED = [
    path for folder in ("schemas", "services", "docs") for path in (ROOT / folder).rglob("*.json")
]


def once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    twice = [key for key, n in Counter(key for key, _ in pairs).items() if n > 1]
    assert twice == []
    return dict(pairs)


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_no_key_stands_twice(path: Path):
    json.loads(path.read_text("utf-8"), object_pairs_hook=once)
