"""What releases wrote verifies for good; what they wrote amiss is found, until it is named."""

import gzip
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest

from schemas.checkpoint import split_notes
from schemas.merkle import leaf_hash
from services.workflow.application.gate import fits
from services.workflow.audit import Code, Finding, Known, verify

HISTORY = Path(__file__).parents[3] / "histories" / "before_the_gate"
Row = tuple[int, str, int, bytes, bytes]


def entries(folder: Path) -> Iterator[Row]:
    with gzip.open(folder / "log.jsonl.gz") as lines:
        for position, line in enumerate(lines, start=1):
            body = line.removesuffix(b"\n")
            event = orjson.loads(body)
            yield position, event["subject"], event["streamversion"], leaf_hash(body), body


def findings(folder: Path, known: Known | None = None) -> list[Finding]:
    notes = split_notes((folder / "checkpoints.txt").read_text())
    key = (folder / "log.pub").read_text()
    return list(verify(entries(folder), notes[-1], notes, key, fits=fits, known=known))


@pytest.mark.parametrize("store", ["sqlite", "postgres"])
def test_what_was_stored_before_the_gate_is_found_unless_it_is_known(store: str):
    found = findings(HISTORY / store)
    assert [one.code for one in found] == [Code.SCHEMA_OLD] * 4
    leaves = {position: leaf for position, _, _, leaf, _ in entries(HISTORY / store)}
    known = Known({one.position: leaves[one.position] for one in found if one.position})
    assert findings(HISTORY / store, known) == []
    assert known.left == []
