"""A review as rows and back."""

from types import SimpleNamespace
from typing import Any

import orjson
import pytest

from services.workflow.adapters.database.rows import head_row, pinned_row, review_of
from services.workflow.domain.review import Review
from tests.contract.workflow.appends import moved, review


def row(of: Review, **facts: Any) -> SimpleNamespace:
    """Return the row a store reads *of* from, with more *facts*."""
    both = pinned_row(of) | head_row(of)
    both["facts"] = orjson.dumps(orjson.loads(both["facts"]) | facts).decode()
    return SimpleNamespace(**both)


def test_a_review_comes_back_as_it_went():
    for one in (review(), moved(review())):
        assert review_of(row(one)) == one


def test_what_another_release_wrote_is_not_dropped_unseen():
    with pytest.raises(LookupError, match="mood"):
        review_of(row(review(), mood="good"))
