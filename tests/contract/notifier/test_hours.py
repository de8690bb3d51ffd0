"""Mails leave in working hours; the inbox has everything at once."""

from datetime import datetime, timedelta

import pytest

from services.notifier.adapters.database import SqlStore
from services.notifier.domain.errors import TemporaryFailure
from tests.contract.notifier.town import Town
from tests.unit.notifier.world import HOSPITAL_REVIEW, SHIPPED, at, due, policy_without


@pytest.fixture
def town(store: SqlStore) -> Town:
    """A town under the shipped policy but for its letters of a day, with nothing to do yet."""
    town = Town(store)
    town.policy = policy_without(SHIPPED, "digest")
    town.restart()
    town.log.organise()
    return town


def test_what_comes_after_work_is_in_the_inbox_at_once_and_mailed_next_morning(town: Town) -> None:
    town.log.open(when=at(1, 8, 18))
    town.run(at(1, 8, 18, 1))
    assert town.told() == [("arrival", "ws", "sent")]
    assert town.told("email") == [("arrival", "ws", "retry")]
    (leaves,) = {one.retry_at for one in town.notices() if one.channel == "email"}
    assert leaves is not None
    assert at(1, 9, 8) < leaves < at(1, 9, 9)
    town.run(leaves - timedelta(seconds=1))
    assert town.mail.sent == []
    town.run(leaves)
    assert len(town.mail.sent) == 1


def test_a_late_start_on_a_day_of_rest_is_mailed_on_the_next_working_day(town: Town) -> None:
    town.log.open(when=at(1, 18, 15))
    town.run(at(1, 18, 15, 1))
    assert ("late_start", "ws", "sent") in town.told()
    town.run(at(1, 18, 20))
    assert town.mail.sent == []
    town.run(at(1, 19, 9, 1))  # a Sunday that was worked
    assert "late_start" in {one[0] for one in town.told("email") if one[2] == "sent"}


@pytest.mark.parametrize(
    ("urged", "waits", "leaves"),
    [
        (at(1, 8, 12, 10), at(1, 8, 12, 59), at(1, 8, 14, 1)),  # lunch
        (at(1, 8, 10, 30), at(1, 8, 10, 30), at(1, 8, 10, 32)),  # everybody's minute
        (at(1, 8, 10, 29), None, at(1, 8, 10, 29)),
    ],
)
def test_a_reminder_by_hand_is_mailed_at_once_or_in_the_next_hour_that_is_open(
    town: Town, urged: datetime, waits: datetime | None, leaves: datetime
) -> None:
    town.log.open(due_at=due(1, 20))
    town.run(at(1, 8, 9, 59))
    town.mail.sent.clear()
    town.log.urge(urged)
    if waits:
        town.run(urged)
        town.run(waits)
        assert town.mail.sent == []
    town.run(leaves)
    assert len(town.mail.sent) == 1


def test_what_would_leave_when_its_day_is_over_leaves_at_night(town: Town) -> None:
    town.log.open(when=at(1, 8, 20), due_at=due(1, 8))
    town.run(at(1, 8, 20, 1))
    (mail,) = town.mail.sent
    assert "期限：2020年1月8日" in mail.text


def test_what_a_mail_server_was_away_for_is_not_tried_over_lunch(town: Town) -> None:
    town.mail.failures = [TemporaryFailure("smtp_451")] * 2
    town.log.open(when=at(1, 8, 11, 58))
    town.run(at(1, 8, 11, 58))
    town.run(at(1, 8, 11, 59))
    n_tried = len(town.mail.failures)
    town.run(at(1, 8, 12, 30))
    assert len(town.mail.failures) == n_tried
    assert ("arrival", "ws", "retry") in town.told("email")
    town.run(at(1, 8, 14, 1))
    town.run(at(1, 8, 15, 1))
    assert town.told("email") == [("arrival", "ws", "sent")]


def test_after_an_outage_that_ends_at_night_mails_wait_for_the_morning(town: Town) -> None:
    town.log.open(HOSPITAL_REVIEW, "hospital", due_at=due(1, 10))
    town.run(at(1, 8, 8, 5))
    n_before = len(town.mail.sent)
    town.run(at(1, 16, 3))  # rungs of the 14th and 15th are behind
    assert len(town.mail.sent) == n_before
    assert any(one[2] == "sent" and one[0] != "arrival" for one in town.told())
    town.run(at(1, 16, 9, 1))
    assert len(town.mail.sent) > n_before
