"""A case as rows and back."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import orjson
import pytest

from services.workflow.adapters.database.case_rows import (
    case_of,
    facts_of,
    head_row,
    record_row,
)
from services.workflow.adapters.database.case_spelling import BEEN
from services.workflow.domain.case.head import Case, Due, Holder
from tests.contract.workflow.appends import START, moved, review


def row(of: Case, **facts: Any) -> SimpleNamespace:
    """Return the row a store reads *of* from, with more *facts*."""
    both = record_row(of) | head_row(of)
    told = dict(orjson.loads(both["facts"])) | facts
    both["facts"] = orjson.dumps(list(told.items())).decode()
    return SimpleNamespace(**both)


def test_a_case_comes_back_as_it_went():
    for one in (review(), moved(review())):
        assert case_of(row(one)) == one


def test_of_a_lone_desk_facts_say_nothing_that_columns_tell_and_it_comes_back_all_the_same():
    due = Due(at=START, rule={"day": "2020-01-09"})
    lone = Holder(unit="h-a", role="office", person="zhang", due=due, vacant=True)
    several = [replace(lone, desk=name) for name in ("first", "second")]
    bare = Holder(unit="h-a", role="office")
    for desks in ((lone,), (bare,), tuple(several), tuple(several[:1])):
        case = moved(review(), holders=desks, due=desks[0].due)
        assert case_of(row(case)) == case
        assert ('"office"' in facts_of(case)) is (desks[0].desk != "")


def test_what_a_case_has_been_through_stays_the_end_of_its_facts():
    """PostgreSQL logs of a row what lies before the end that it has in common with the last."""
    entered = review().reached["opened"]
    before = moved(review(), reached={"opened": entered}, fired={"submit": ("zhang",)})
    fired = {**before.fired, "pass": ("li", "wang")}
    after = moved(before, reached={**before.reached, "next": entered}, fired=fired)
    been = facts_of(before).partition(f'"{BEEN}",[')[2]
    assert '"submit"' in been
    assert facts_of(after).endswith(been)


def test_what_another_release_wrote_is_not_dropped_unseen():
    with pytest.raises(LookupError, match="mood"):
        case_of(row(review(), mood="good"))
