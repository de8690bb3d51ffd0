"""What is kept of an attempt that was refused, how often, and what it leaves of the case."""

from datetime import timedelta

import pytest

from tests.unit.workflow.hospital import Hospital

TEN_MINUTES = timedelta(minutes=10)
MICROSECOND = timedelta(microseconds=1)


@pytest.fixture
def hospital() -> Hospital:
    return Hospital()


def refused(hospital: Hospital) -> int:
    return sum(event.fact == "trigger_refused" for event in hospital.events)


@pytest.mark.parametrize(
    ("later", "n"), [(TEN_MINUTES, 1), (TEN_MINUTES + MICROSECOND, 2)], ids=str
)
def test_the_same_refusal_within_ten_minutes_is_recorded_once(
    hospital: Hospital, later: timedelta, n: int
):
    assert hospital.fire("li", "close").outcome == "unfit"
    hospital.clock += later
    assert hospital.fire("li", "close").outcome == "unfit"
    assert refused(hospital) == n


@pytest.mark.parametrize(("who", "trigger"), [("wang", "close"), ("li", "present")])
def test_another_person_or_trigger_is_another_refusal(hospital: Hospital, who: str, trigger: str):
    hospital.fire("li", "close")
    hospital.fire(who, trigger)
    assert refused(hospital) == 2


def test_after_the_case_moved_the_same_attempt_is_another_refusal(hospital: Hospital):
    hospital.fire("li", "close")
    hospital.go_to("unit_audit")
    hospital.fire("li", "close")
    assert refused(hospital) == 2


def test_a_refusal_does_not_move_the_case(hospital: Hospital):
    before = hospital.review
    hospital.fire("li", "close")
    assert hospital.review == before


def test_a_refusal_is_recorded_no_earlier_than_the_one_before(hospital: Hospital):
    hospital.pass_time(minutes=1)
    hospital.fire("li", "present")
    ahead = hospital.clock
    hospital.clock -= timedelta(seconds=5)
    hospital.fire("li", "close")
    assert [event.time for event in hospital.events] == [ahead, ahead]


def test_a_refusal_is_recorded_no_earlier_than_the_case_that_it_met(hospital: Hospital):
    """Another machine's clock may have been ahead of ours."""
    hospital.go_to("unit_audit")
    hospital.clock -= timedelta(seconds=5)
    hospital.fire("li", "close")
    assert hospital.events[-1].fact == "trigger_refused"
    assert hospital.events[-1].time == hospital.review.recorded_at
