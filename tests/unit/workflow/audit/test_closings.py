"""What a round was closed over is held against how its cases stood, to within moments."""

from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from schemas.canonical import canonical_bytes
from services.workflow.application.closings_audit import Closings
from services.workflow.domain.case.head import Case
from tests.contract.workflow.appends import START, moved, review

AT = START + timedelta(hours=1)
WITHIN, BEYOND = timedelta(seconds=60), timedelta(seconds=61)


def closing(*listed: Case, n: int | None = None) -> Any:
    """Return the event of a closing over *listed*, and its list."""
    counted = len(listed) if n is None else n
    kinds = [{"name": "review", "tier": listed[0].tier, "open": counted}] if listed else []
    lines = [
        {"case": one.stream, "number": one.number, "state": one.state, "version": one.version}
        for one in listed
    ]
    data = {"cycle": review(1).cycle, "kinds": kinds}
    event = SimpleNamespace(subject="cycle/c", streamversion=2, time=AT, data=data)
    return event, canonical_bytes(lines)


def told(closed: Any, *lives: list[Case]) -> list[str]:
    closings = Closings()
    found = [*closings.add(*closed)]
    for states in lives:
        found += closings.see(states)
    return [one.detail for one in (*found, *closings.findings())]


def ended(case: Case, at: Any) -> Case:
    return replace(moved(case, "withdrawn", final="abandoned"), recorded_at=at)


def test_a_list_that_is_how_cases_stood_is_whole():
    first, second = review(1), review(2)
    assert told(closing(first), [first], [second, ended(second, AT - BEYOND)]) == []


@pytest.mark.parametrize("listed", [None, b"", b"{}", b"[1]", b'[{"case":[]}]', b"7"])
def test_a_list_that_is_gone_or_is_none_is_told(listed: bytes | None):
    event, _ = closing(review(1))
    (found,) = told((event, listed), [review(1)])
    assert found.startswith("what is kept of what was open is ")


@pytest.mark.parametrize("by", [-BEYOND, -WITHIN, WITHIN, BEYOND])
def test_what_was_recorded_within_a_minute_may_stand_before_or_after(by: timedelta):
    first = review(1)
    states = [first, ended(first, AT + by)]
    as_open, as_ended = told(closing(first), states), told(closing(), states)
    assert (as_open == [], as_ended == []) == (by >= -WITHIN, by <= WITHIN)


@pytest.mark.parametrize("by", [-BEYOND, -WITHIN])
def test_a_case_that_was_opened_more_than_a_minute_before_is_listed(by: timedelta):
    opened = replace(review(1), recorded_at=AT + by)
    assert (told(closing(), [opened]) == []) == (by == -WITHIN)


def test_a_case_that_cannot_be_lived_through_is_not_told_twice():
    first, second = review(1), review(2)
    closings = Closings()
    assert [*closings.add(*closing(first, second, n=2))] == []
    closings.pass_over(second.stream)
    assert [*closings.see([first])] == []
    assert [*closings.findings()] == []


def test_a_closing_counts_what_it_lists():
    assert told(closing(review(1), n=2), [review(1)]) == ["it counts other than it lists"]
