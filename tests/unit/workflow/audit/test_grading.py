"""Every grade is worked out again, from what a case was given and the scheme under its hash."""

from collections.abc import Callable
from hashlib import sha256
from typing import Any

import orjson
import pytest

from schemas.canonical import canonical_bytes
from services.workflow.audit import Code
from services.workflow.audit.grading import MARKS, TALLY, GradeChecker
from tests.builders import superior
from tests.unit.workflow.audit.test_verify import audit, row, sign
from tests.unit.workflow.case.played import Play
from tests.unit.workflow.case.test_notice_2019 import ALONE, GOOD, B, scored

DOCUMENTS = {ALONE.hash: ALONE.canonical}
EXACT = {"components": {"ballot": "89.99", "superior": superior("90.02")}}  # 89.999: good
Event = dict[str, Any]


@pytest.fixture(scope="module")
def events() -> list[Event]:
    play = Play(ALONE)
    play.open()
    scored(play, EXACT)
    play.done(B, "correct_score", "office.c", reason="记错", data=GOOD)
    bodies = [one.body for one in play.written if any(mark in one.body for mark in MARKS)]
    return [orjson.loads(one) for one in bodies]


def found(events: list[Event], documents: dict[str, bytes]) -> list[str]:
    checker = GradeChecker(documents)
    return [detail for one in events for detail in checker.check(one)]


def test_grades_that_follow_are_found_to_do_so(events: list[Event]):
    assert sum("grades" in one["data"] for one in events) == 2
    assert found(events, DOCUMENTS) == []


def changed(events: list[Event], change: Callable[[Event], object]) -> list[Event]:
    told: list[Event] = orjson.loads(orjson.dumps(events))
    change(next(one for one in told if "grades" in one["data"])["data"])
    return told


@pytest.mark.parametrize(
    "change",
    [
        lambda data: data["grades"]["person"].update(figure="89.99"),
        lambda data: data["grades"]["person"].update(grade="fair"),
        lambda data: data["grades"]["person"].update(uncapped="fair"),
        lambda data: data["components"]["ballot"].update(figure="89.98"),
        lambda data: data["components"]["ballot"].update(exact="8998/100"),
        lambda data: data["components"]["superior"]["parts"].update(daily="80.00"),
        lambda data: data["components"]["superior"].update(figure="90.03"),
        lambda data: data["components"].pop("superior"),
        lambda data: data.pop("grades"),
    ],
)
def test_a_grade_that_does_not_follow_is_told(
    events: list[Event], change: Callable[[Event], object]
):
    assert found(changed(events, change), DOCUMENTS)


def test_a_grade_that_was_taken_down_says_from_which(events: list[Event]):
    capped = changed(
        events, lambda data: data["grades"]["person"].update(grade="fair", uncapped="good")
    )
    assert found(capped, DOCUMENTS) == []


def test_a_scheme_that_is_not_kept_is_told(events: list[Event]):
    assert found(events, {}) == ["its grades cannot be worked out again: KeyError"] * 2


# --- A forged log, every leaf of it hashed again and signed ---


def forged(events: list[Event], documents: dict[str, bytes]) -> list[str]:
    """Return what the verifier says of GRADE_DIFFERS, told as of one whole log."""
    rows = [
        row(i, one["subject"], one["streamversion"], canonical_bytes(one))
        for i, one in enumerate(events, 1)
    ]
    found, _ = audit(rows, sign(rows), documents=documents)
    return [one.detail for one in found if one.code is Code.GRADE_DIFFERS]


def polled(events: list[Event]) -> tuple[list[Event], dict[str, bytes]]:
    """Return *events* after a tally that covered their cases, and what is kept beside the log."""
    case = next(one["subject"] for one in events if "grades" in one["data"])
    counts = canonical_bytes({"counts": [["members", case, "overall", "good", 3]]})
    hash_ = sha256(counts).hexdigest()
    tally = {**events[0], "type": TALLY, "subject": "meeting/018f0000-0000-7000-8000-000000000001"}
    tally["data"] = {"poll": "hall", "counts": hash_, "rule": hash_}
    return [tally, *events], {**DOCUMENTS, hash_: counts}


def test_a_grade_that_is_left_out_of_a_forged_log_is_missed(events: list[Event]):
    told = changed(events, lambda data: data.pop("grades"))
    assert forged(events, DOCUMENTS) == []
    assert forged(told, DOCUMENTS) == ["the grade person is missing, though its figures are there"]


def test_a_corrected_figure_without_the_grade_it_comes_to_is_missed(events: list[Event]):
    told: list[Event] = orjson.loads(orjson.dumps(events))
    next(one for one in told if one["type"].startswith("workflow.corrected."))["data"].pop("grades")
    told[-1]["data"]["components"]["ballot"]["figure"] = "50.00"
    assert forged(told, DOCUMENTS) == ["the grade person is missing, though its figures are there"]


def test_a_decided_grade_that_is_left_out_is_missed():
    scheme = {"cases": {"town": {"triggers": {"rate": {"takes": [{"grade": "whole"}]}}}}}
    scheme |= {"components": [], "gradings": {"whole": {"by": "decision", "grades": []}}}
    told = {"subject": "town/1", "schemehash": "s", "type": "workflow.case_opened.v1", "data": {}}
    rated: Event = {**told, "type": "workflow.case_changed.v1"}
    rated["data"] = {"trigger": "rate", "grades": {"whole": {"grade": "good"}}}
    bare: Event = {**rated, "data": {"trigger": "rate"}}
    checker = GradeChecker({"s": orjson.dumps({"format": 2, **scheme})})
    assert [*checker.check(told), *checker.check(rated)] == []
    assert any(mark in canonical_bytes(bare) for mark in checker.marks)
    assert [*checker.check(bare)] == ["the grade whole is missing, which this act decides"]


def test_a_figure_typed_in_where_a_poll_was_counted_says_so(events: list[Event]):
    told, documents = polled(events)
    assert forged(told, documents) == []
    bare = changed(told, lambda data: data["components"]["ballot"].pop("by_hand"))
    says = ["the ballot was typed in where a poll was counted, and does not say so"]
    assert forged(bare, documents) == says
    unmarked = changed(told, lambda _data: None)
    unmarked[-1]["type"] = "workflow.state_changed.v2"  # a correction that does not say it is one
    assert forged(unmarked, documents) == says
