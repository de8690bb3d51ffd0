"""What no count of characters would notice is bounded all the same."""

from types import SimpleNamespace
from typing import Any

import pytest

from services.workflow.domain.case.lengths import MOST_CODE_POINTS, lengths_at_fault
from services.workflow.domain.data.columns import FileRef


def codes(n_parts: int, length: int, limit: int = 3000) -> list[str]:
    """Return what is wrong with parts of single letters, *length* code points in all."""
    text = "x " * (length // n_parts // 2)
    given = {"parts": {f"p{n}": text for n in range(n_parts)}}
    asked: Any = SimpleNamespace(
        act=SimpleNamespace(given={"documents": {"any": given}}),
        world=SimpleNamespace(
            scheme=SimpleNamespace(documents={"any": SimpleNamespace(limit=limit)})
        ),
    )
    return [one.code for one in lengths_at_fault(asked)]


@pytest.mark.parametrize(
    ("length", "found"), [(MOST_CODE_POINTS, []), (MOST_CODE_POINTS + 8, ["too_long"])]
)
def test_all_parts_together_have_a_bound_of_code_points(length: int, found: list[str]):
    assert codes(4, length) == found


def test_a_document_that_counts_no_characters_has_none():
    assert codes(4, MOST_CODE_POINTS + 8, limit=0) == []


@pytest.mark.parametrize(("length", "told"), [(0, 1), (1, 0), (5_242_880, 0), (5_242_881, 1)])
def test_a_file_has_at_most_five_mebibytes(length: int, told: int):
    assert len(FileRef().validate({"sha256": "0" * 64, "length": length})) == told
