"""Killed at each step (K12 to K15) and started again: nothing lost, in-app never twice."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import pytest

from services.notifier.application.ports import Recorded
from services.notifier.domain.errors import (
    OutcomeUnknown,
    PermanentFailure,
    TemporaryFailure,
    WorkflowRefused,
)
from tests.contract.notifier.town import Killed, Town
from tests.unit.notifier.world import at, due

TEN = at(1, 8, 10)


def die(*_: object, **__: object) -> None:
    raise Killed


@pytest.mark.parametrize(
    "step",
    [
        "progress.SqlProgress.reading",  # K12: polled, nothing kept
        "progress.SqlProgress.save",  # facts written, offset not
        "ledger.SqlLedger.add",  # timer fired, decision not kept
        "timers.SqlTimers.move",
        "ledger.SqlLedger.open",  # K13: decided, nothing handed over
        "ledger.SqlLedger.save",
        "ledger.SqlLedger.reported",  # K14 for the inbox: recorded there, not here
        "ledger.SqlLedger.unreported",  # K15: handed over, not reported
    ],
)
def test_a_kill_at_any_step_loses_nothing_and_repeats_nothing(
    town: Town, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(f"services.notifier.adapters.database.{step}", die)
        town.dies(TEN)
    town.run(TEN)
    assert town.told() == [("before", "ws", "sent")]
    assert town.told("email") == [("before", "ws", "sent")]
    assert len(town.workflow.texts()) == 1
    assert len(town.mail.sent) == 1


def test_a_kill_after_the_inbox_took_it_finds_it_taken(town: Town) -> None:
    town.workflow.die_after_recording = True
    town.dies(TEN)
    town.workflow.die_after_recording = False
    town.run(TEN)
    assert town.told() == [("before", "ws", "sent")]
    assert len(town.workflow.texts()) == 1


def test_what_lies_in_the_inbox_was_sent_whatever_has_come_of_it_meanwhile(town: Town) -> None:
    town.workflow.die_after_recording = True
    town.dies(TEN)
    town.workflow.die_after_recording = False
    first = town.workflow.texts()
    town.log.change("unit_audit", TEN, ("hospital", "office"), due(1, 14))
    town.run(at(1, 9, 10))
    assert town.told() == [("before", "ws", "sent")]
    assert town.workflow.texts() == first


def withheld_and_lost(town: Town) -> None:
    """Let a notice be told as not sent, its answer be lost, and its reason be gone by then."""
    town.workflow.strangers = {"ws"}
    town.workflow.die_after_recording = True
    town.dies(TEN)
    (first,) = town.workflow.recorded.values()
    assert (first["outcome"], first["reason"]) == ("not_sent", "no_such_person")
    town.workflow.strangers.clear()
    town.workflow.die_after_recording = False


def test_what_is_on_record_as_not_sent_was_not_and_they_are_told_by_another(town: Town) -> None:
    withheld_and_lost(town)
    town.run(TEN)
    assert town.told() == [("before", "ws", "not_sent"), ("before", "ws", "sent")]
    of_inbox = [notice for notice in town.notices() if notice.channel == "inapp"]
    recorded = town.workflow.recorded
    assert {n.id: (n.status, n.reason) for n in of_inbox} == {
        n.id: (recorded[n.id]["outcome"], recorded[n.id]["reason"]) for n in of_inbox
    }
    assert len(town.workflow.texts()) == 1
    town.restart()
    town.run(TEN)
    assert len(town.workflow.texts()) == 1


def test_they_are_told_by_another_once_though_its_answer_is_lost_as_well(town: Town) -> None:
    withheld_and_lost(town)
    town.run(TEN, n_passes=1)
    town.workflow.die_after_recording = True
    town.dies(TEN)
    town.workflow.die_after_recording = False
    town.run(TEN)
    assert town.told() == [("before", "ws", "not_sent"), ("before", "ws", "sent")]
    assert len(town.workflow.texts()) == 1


def test_a_workflow_of_before_that_does_not_say_what_stands_is_read_as_ever(town: Town) -> None:
    town.workflow.says_what_stands = False
    withheld_and_lost(town)
    town.run(TEN)
    assert town.told() == [("before", "ws", "sent")]


def test_a_kill_after_the_mail_left_sends_it_once_more_and_says_unknown(town: Town) -> None:
    town.mail.die_after = True
    town.dies(TEN)
    town.mail.die_after = False
    town.run(TEN)
    assert [message.notice for message in town.mail.sent] == [town.mail.sent[0].notice] * 2
    assert town.told("email") == [("before", "ws", "unknown")]
    reported = town.workflow.recorded[town.mail.sent[0].notice]
    assert (reported["outcome"], reported["reason"]) == ("unknown", "sent_again")


def test_a_second_kill_is_not_followed_by_a_third_mail(town: Town) -> None:
    town.mail.die_after = True
    town.dies(TEN)
    town.dies(TEN)
    town.mail.die_after = False
    town.run(TEN)
    assert len(town.mail.sent) == 2
    assert [notice.reason for notice in town.notices(status="unknown")] == ["outcome_unknown"]


def test_a_kill_before_the_mail_left_cannot_be_told_from_one_after(town: Town) -> None:
    town.mail.die_before = True
    town.dies(TEN)
    town.mail.die_before = False
    town.run(TEN)
    assert len(town.mail.sent) == 1
    assert town.told("email") == [("before", "ws", "unknown")]


def test_a_connection_lost_after_the_last_byte_is_treated_like_a_kill(town: Town) -> None:
    town.mail.failures = [OutcomeUnknown("smtp_connection_lost")]
    town.run(TEN)
    assert town.told("email") == [("before", "ws", "unknown")]
    assert len(town.mail.sent) == 1


def test_a_temporary_failure_is_tried_again_by_the_clock(town: Town) -> None:
    town.mail.failures = [TemporaryFailure("smtp_451"), TemporaryFailure("smtp_451")]
    town.run(TEN)
    assert town.told("email") == [("before", "ws", "retry")]
    town.run(TEN + timedelta(seconds=60))
    town.run(TEN + timedelta(seconds=60 + 119))
    assert town.told("email") == [("before", "ws", "retry")]
    town.run(TEN + timedelta(seconds=60 + 120))
    assert town.told("email") == [("before", "ws", "sent")]
    assert town.notices(status="sent")[0].attempts + town.notices(status="sent")[1].attempts == 3


def test_a_permanent_failure_is_final_and_reported(town: Town) -> None:
    town.mail.failures = [PermanentFailure("smtp_550")]
    town.run(TEN)
    (failed,) = town.notices(status="failed")
    assert town.workflow.recorded[failed.id]["reason"] == "smtp_550"


def test_what_the_holder_has_done_meanwhile_is_not_told_any_more(town: Town) -> None:
    town.mail.failures = [TemporaryFailure("smtp_451")]
    town.run(TEN)
    town.log.change("unit_audit", TEN, ("hospital", "office"), due(1, 14))
    town.run(TEN + timedelta(seconds=60))
    (late,) = town.notices(status="not_sent")
    assert (late.channel, late.reason) == ("email", "overtaken")


def test_while_the_workflow_is_away_everything_waits_and_nothing_is_lost(town: Town) -> None:
    town.run()
    town.workflow.away = True
    town.run(TEN, n_passes=3)
    assert [notice.status for notice in town.notices()] == ["pending", "pending"]
    town.restart()
    town.workflow.away = False
    town.run(TEN)
    assert town.told() == [("before", "ws", "sent")]


def test_an_in_app_notice_the_workflow_cannot_read_holds_back_no_mail_and_no_report(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    town.run(at(1, 8, 8, 59))
    record = town.workflow.record

    def unreadable(notices: Sequence[Mapping[str, Any]]) -> Mapping[str, Recorded]:
        if any("text" in notice for notice in notices):
            raise WorkflowRefused("400", 400)
        return record(notices)

    monkeypatch.setattr(town.workflow, "record", unreadable)
    town.run(TEN)
    assert (town.told(), town.told("email")) == (
        [("before", "ws", "pending")],
        [("before", "ws", "sent")],
    )
    assert [notice["channel"] for notice in town.workflow.recorded.values()] == ["email"]
    assert town.engine.status.problems == {"workflow": "400"}


def test_a_notice_the_workflow_refuses_is_failed_with_its_status(town: Town) -> None:
    town.run(at(1, 8, 8, 59))
    record = town.workflow.record
    town.workflow.record = lambda notices: dict.fromkeys(record(notices), Recorded(404))  # type: ignore[method-assign]
    town.run(TEN)
    (inapp,) = (notice for notice in town.notices() if notice.channel == "inapp")
    assert (inapp.status, inapp.reason) == ("failed", "refused_404")
