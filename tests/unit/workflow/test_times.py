"""When an act takes effect, when it is recorded, and which deadline it leaves."""

from datetime import UTC, datetime, timedelta

import pytest

from schemas.instants import instant
from services.workflow.domain.case.acts import SKEW, clamp
from tests.unit.workflow.hospital import OPENED, Hospital

MICROSECOND = timedelta(microseconds=1)
REASON = {"reason": "出差"}


@pytest.fixture
def hospital() -> Hospital:
    return Hospital()


def codes(hospital: Hospital, effective_at: datetime) -> set[str]:
    asked = hospital.fire("zhang", "submit", effective_at=effective_at, dry_run=True)
    return {blocker.code for blocker in asked.blockers}


def test_an_act_may_go_back_as_far_as_the_scheme_lets_and_no_microsecond_further(
    hospital: Hospital,
):
    hospital.clock += timedelta(days=20)
    furthest = hospital.clock - timedelta(days=15)
    assert "effective_too_old" not in codes(hospital, furthest)
    assert "effective_too_old" in codes(hospital, furthest - MICROSECOND)


def test_an_act_may_take_effect_with_the_last_and_not_before_it(hospital: Hospital):
    hospital.clock += timedelta(days=1)
    assert "effective_before_last" not in codes(hospital, OPENED)
    assert "effective_before_last" in codes(hospital, OPENED - MICROSECOND)


def test_sixty_seconds_ahead_are_a_clocks_skew_and_more_is_the_future(hospital: Hospital):
    assert timedelta(seconds=60) == SKEW
    assert clamp(OPENED + SKEW, OPENED) == OPENED
    assert clamp(OPENED + SKEW + MICROSECOND, OPENED) == OPENED + SKEW + MICROSECOND
    assert clamp(OPENED - MICROSECOND, OPENED) == OPENED - MICROSECOND
    assert "effective_in_future" not in codes(hospital, OPENED + SKEW)
    assert "effective_in_future" in codes(hospital, OPENED + SKEW + MICROSECOND)


def test_a_deadline_set_by_hand_is_not_moved_by_a_pause(hospital: Hospital):
    hospital.go_to("presented")
    by_hand = datetime(2020, 3, 2, 16, tzinfo=UTC)
    moved = {"data": {"due_at": instant(by_hand)}, "reason": "补材料"}
    assert hospital.fire("li", "change_deadline", **moved).outcome == "done"
    assert hospital.fire("li", "suspend", **REASON).outcome == "done"
    hospital.pass_time(days=7)
    assert hospital.fire("li", "resume", **REASON).outcome == "done"
    assert hospital.review.due_at == by_hand


def test_a_deadline_of_working_days_grows_by_those_of_a_pause(hospital: Hospital):
    hospital.go_to("presented")
    before = hospital.review.due_at
    assert hospital.fire("li", "suspend", **REASON).outcome == "done"
    hospital.pass_time(days=2)  # Wednesday to Friday
    assert hospital.fire("li", "resume", **REASON).outcome == "done"
    assert before == datetime(2020, 1, 13, 16, tzinfo=UTC)
    assert hospital.review.due_at == datetime(2020, 1, 15, 16, tzinfo=UTC)


def test_the_deadline_that_comes_with_an_order_to_do_it_again_is_set_by_hand(hospital: Hospital):
    hospital.go_to("presented")
    deadline = datetime(2020, 2, 20, 16, tzinfo=UTC)
    assert hospital.fire("chen", "redo", data={"due_at": instant(deadline)}).outcome == "done"
    assert (hospital.review.state, hospital.review.due.by_hand) == ("drafting", True)
    hospital.fire("li", "suspend", **REASON)
    hospital.pass_time(days=5)
    hospital.fire("li", "resume", **REASON)
    assert hospital.review.due_at == deadline


def test_the_next_state_has_a_deadline_of_its_own_again(hospital: Hospital):
    hospital.go_to("presented")
    deadline = {"due_at": "2020-02-20T16:00:00Z"}
    assert hospital.fire("chen", "redo", data=deadline).outcome == "done"
    hospital.go_to("unit_audit")
    assert hospital.review.due.by_hand is False


def test_nothing_is_recorded_before_what_its_stream_holds_already(hospital: Hospital):
    """Another machine's clock may have been ahead of ours: the log orders by recorded time."""
    hospital.go_to("unit_audit")
    hospital.fire("li", "present")  # refused: a stream of its own
    ahead = hospital.clock
    hospital.clock -= timedelta(seconds=5)
    hospital.fire("li", "close")
    hospital.fire("li", "suspend", **REASON)
    assert [event.time for event in hospital.events[-2:]] == [ahead, ahead]


def test_a_deadline_may_count_from_the_entry_of_a_state_before():
    scored = "    label: 已评分\n    desk: {party: hearing_body, roles: [office]}\n    due: "
    hospital = Hospital(
        (scored + "{working_days: 10}", scored + "{working_days: 3, after: presented}")
    )
    hospital.go_to("presented")
    hospital.pass_time(days=1)
    hospital.go_to("scored")
    assert hospital.review.due_at == datetime(2020, 1, 13, 16, tzinfo=UTC)
