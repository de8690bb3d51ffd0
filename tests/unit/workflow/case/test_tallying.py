"""A tally is one event of the case that held the poll, and each covered case's figure (C5.1)."""

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from schemas.tally import Result
from services.workflow.application.firing.commands import Answer, TallyCommand
from services.workflow.domain.case.polling import Covered
from services.workflow.domain.case.tallying import Tally
from services.workflow.domain.case.wire import read_given
from tests.builders import superior
from tests.unit.workflow.case.played import Play, at_page, given
from tests.unit.workflow.case.test_links_2019 import UNIT, C, commented, in_order, unit_in_session
from tests.unit.workflow.case.test_notice_2019 import ALONE

HOST = "office.c.h1"
TOLD: dict[str, Any] = {
    "counts": "a" * 64,
    "rule": "b" * 64,
    "codes": "c" * 64,
    "n_codes": 9,
    "groups": [{"electorates": ["members"], "n_valid": 9}],
    "reconciliation": [
        {
            "electorate": "members",
            "n_issued": 9,
            "n_phone": 9,
            "n_paper": 0,
            "n_void": 0,
            "n_spoilt": 0,
            "n_returned": 0,
            "n_not_returned": 0,
            "difference": 0,
        }
    ],
}
GOT = Result(exact=Fraction("93.25"), votes={"good": 8, "fair": 1}, n_valid=9, n_blank=0)


@pytest.fixture
def balloting() -> Play:
    made = Play(ALONE)
    made.open()
    for number in C:
        commented(made, number)
    unit_in_session(made)
    in_order(made, UNIT, HOST)
    made.done(UNIT, "start_balloting", HOST)
    return made


def tally(play: Play, **changes: Any) -> Tally:
    covered = [Covered(stream=play.case(one).stream, person=play.case(one).person) for one in C]
    made = Tally(
        poll="hall",
        link="reviews",
        covered=covered,
        told=TOLD,
        results={one.stream: GOT for one in covered},
    )
    return replace(made, **changes)


def told(play: Play, counted: Tally, who: str = HOST) -> Answer:
    case = play.case(UNIT)
    command = TallyCommand(
        case=case.stream, trigger="hall", actor=at_page(who), tally=counted, **given({})
    )
    return play.firing.fire(command)


def test_one_event_tells_the_count_and_each_case_gets_its_figure(balloting: Play):
    assert told(balloting, tally(balloting)).outcome == "done"
    (event,) = balloting.told("tally_taken")
    assert (event["poll"], event["n_covered"], event["counts"]) == ("hall", 4, "a" * 64)
    for number in C:
        got = balloting.case(number).components["ballot"]
        assert (got.figure, got.votes, got.n_valid) == (GOT.figure, GOT.votes, 9)
        assert got.by == HOST
    balloting.replayed()


def test_each_figure_is_recorded_after_the_count_that_it_comes_from(balloting: Play):
    told(balloting, tally(balloting))
    counted_at = balloting.case(UNIT).recorded_at
    assert [one for one in C if balloting.case(one).recorded_at <= counted_at] == []


def test_the_grade_follows_once_the_superior_has_given_theirs(balloting: Play):
    told(balloting, tally(balloting))
    balloting.done(C[0], "score", HOST, data={"components": {"superior": superior("90.00")}})
    graded = balloting.case(C[0]).grades["person"]
    assert (graded.name, graded.figure) == ("good", Decimal("92.28"))
    balloting.replayed()


def test_what_a_poll_counted_is_put_aside_by_hand_for_a_reason_alone(balloting: Play):
    data = {"components": {"superior": superior("90.00"), "ballot": "99.00"}}
    told(balloting, tally(balloting))
    assert balloting.codes(C[0], "score", HOST, data=data) == ["reason_required"]
    case = balloting.done(C[0], "score", HOST, data=data, reason="计票录入有误")
    assert case.components["ballot"].figure == Decimal("99.00")


def test_scores_wait_for_the_poll_where_nobody_types_its_figure_in(balloting: Play):
    data = {"components": {"superior": superior("90.00")}}
    assert balloting.codes(C[0], "score", HOST, data=data) == ["component_lacking"]


def test_a_poll_is_counted_once(balloting: Play):
    told(balloting, tally(balloting))
    answer = told(balloting, tally(balloting))
    assert (answer.outcome, [one.code for one in answer.blockers]) == ("unfit", ["poll_counted"])


def test_nobody_else_tells_it(balloting: Play):
    for who in ("office.c.h2", "secretary.c.h1.a"):
        assert told(balloting, tally(balloting), who).outcome in ("absent", "not_allowed")
    assert balloting.told("tally_taken") == []


def test_who_was_withdrawn_or_replaced_meanwhile_is_struck_for_all(balloting: Play):
    counted = tally(balloting)
    balloting.done(C[0], "withdraw", HOST, reason="离任")
    covered = [*counted.covered]
    covered[1] = replace(covered[1], person="somebody.before")
    told(balloting, replace(counted, covered=covered))
    (event,) = balloting.told("tally_taken")
    assert [one["reason"] for one in event["struck"]] == ["abandoned", "replaced"]
    assert [bool(balloting.case(one).components) for one in C] == [False, False, True, True]
    balloting.replayed()


def test_who_nobody_judged_and_who_has_a_figure_are_left_out_and_named(balloting: Play):
    counted = tally(balloting)
    data = {"components": {"ballot": "88.00", "superior": superior("90.00")}}
    balloting.done(C[0], "score", HOST, data=data)
    none = Result(exact=None, votes={}, n_valid=0, n_blank=9)
    results = dict(counted.results) | {balloting.case(C[1]).stream: none}
    told(balloting, replace(counted, results=results))
    (event,) = balloting.told("tally_taken")
    reasons = {one["reason"]: one["cases"] for one in event["left_out"]}
    assert reasons == {
        "given_already": [balloting.case(C[0]).stream],
        "no_valid_ballot": [balloting.case(C[1]).stream],
    }
    assert balloting.case(C[0]).components["ballot"].figure == Decimal("88.00")


def test_a_reason_for_what_does_not_add_up_lies_beside_the_log(balloting: Play):
    told(balloting, tally(balloting, reason="一张票被带走"))
    (event,) = balloting.told("tally_taken")
    assert set(event["reason"]) == {"sha256", "length"}


def test_a_figure_that_was_typed_in_is_of_no_slips():
    assert read_given({"figure": "95.00"}, None).n_valid == 0
