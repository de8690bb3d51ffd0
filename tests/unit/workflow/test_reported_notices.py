"""A notice is recorded once, however often it is reported, and never before what came before it."""

from datetime import timedelta
from typing import Any

import pytest

from tests.builders import client
from tests.unit.workflow.hospital import OPENED, Hospital

NOTIFIER = client("notify")
NOTICE = "018f0000-0000-7000-8000-0000000000{:02x}"


@pytest.fixture
def hospital() -> Hospital:
    return Hospital()


def notice(hospital: Hospital, n: int = 1, **others: Any) -> dict[str, Any]:
    return {
        "notice": NOTICE.format(n),
        "subject": f"review/{hospital.id}",
        "version": 1,
        "state": "drafting",
        "track": "due",
        "rung": "due_day",
        "kind": "reminder",
        "channel": "inapp",
        "outcome": "not_sent",
        "reason": "vacant",
        "skipped": [],
        "planned_at": OPENED,
        "decided_at": OPENED,
        "policyhash": "0" * 64,
        **others,
    }


def report(hospital: Hospital, *notices: dict[str, Any]) -> list[tuple[str, str]]:
    told = hospital.notices.report(NOTIFIER, notices, "request-1")
    return [(one.outcome, one.code) for one in told]


def test_one_notice_twice_in_a_call_is_recorded_once(hospital: Hospital):
    twice = [notice(hospital), notice(hospital)]
    assert report(hospital, *twice) == [("recorded", ""), ("recorded", "")]
    assert [event.data["notice"] for event in hospital.events] == [NOTICE.format(1)]


def test_a_notice_reported_again_is_known_and_another_under_its_id_is_not(hospital: Hospital):
    assert report(hospital, notice(hospital)) == [("recorded", "")]
    assert report(hospital, notice(hospital)) == [("known", "")]
    assert report(hospital, notice(hospital, reason="post_ended", attempts=1)) == [("known", "")]
    for name, value in (("rung", "before"), ("outcome", "sent"), ("channel", "email")):
        other = notice(hospital, **{name: value})
        assert report(hospital, other) == [("differs", "notice_differs")]
    assert len(hospital.events) == 1


def test_notices_of_one_case_are_each_recorded_in_their_order(hospital: Hospital):
    assert report(hospital, *(notice(hospital, n) for n in (1, 2, 3))) == [("recorded", "")] * 3
    assert [event.streamversion for event in hospital.events] == [1, 2, 3]


def test_all_notices_of_one_case_go_in_one_batch(
    hospital: Hospital, monkeypatch: pytest.MonkeyPatch
):
    batches, append = [], hospital.store.append
    monkeypatch.setattr(
        hospital.store, "append", lambda batch: batches.append(len(batch)) or append(batch)
    )
    report(hospital, *(notice(hospital, n) for n in range(1, 200)))
    assert batches == [199]


def test_a_notice_is_recorded_no_earlier_than_the_last_of_its_stream(hospital: Hospital):
    hospital.pass_time(minutes=1)
    ahead = hospital.clock
    report(hospital, notice(hospital, 1))
    hospital.clock -= timedelta(seconds=5)
    report(hospital, notice(hospital, 2))
    assert [event.time for event in hospital.events] == [ahead, ahead]


def test_a_notice_is_recorded_no_earlier_than_the_case_that_it_is_about(hospital: Hospital):
    hospital.go_to("unit_audit")
    hospital.clock -= timedelta(seconds=5)
    report(hospital, notice(hospital, 1))
    assert hospital.events[-1].time == hospital.review.recorded_at
