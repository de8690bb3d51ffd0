"""A case as rows and back."""

from types import SimpleNamespace
from typing import Any

import orjson
import pytest

from services.workflow.adapters.database.case_rows import case_of, head_row, record_row
from services.workflow.domain.case.head import Case
from tests.contract.workflow.appends import moved, review


def row(of: Case, **facts: Any) -> SimpleNamespace:
    """Return the row a store reads *of* from, with more *facts*."""
    both = record_row(of) | head_row(of)
    both["facts"] = orjson.dumps(orjson.loads(both["facts"]) | facts).decode()
    return SimpleNamespace(**both)


def test_a_case_comes_back_as_it_went():
    for one in (review(), moved(review())):
        assert case_of(row(one)) == one


def test_what_another_release_wrote_is_not_dropped_unseen():
    with pytest.raises(LookupError, match="mood"):
        case_of(row(review(), mood="good"))
