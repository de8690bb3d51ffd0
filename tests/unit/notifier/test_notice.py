"""The life of a notice: ids that follow from the decision, outcomes that say what is known."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from schemas.policy import Retry
from services.notifier.domain.late_starts import late_starts
from services.notifier.domain.notice import (
    Notice,
    Terms,
    decide,
    delivered,
    in_doubt,
    postponed,
    refused,
    withheld,
)
from services.notifier.domain.plan import LateStart, plan
from tests.unit.notifier.world import CALENDAR, POLICY, at, organisation, review

NOW = at(1, 10)
RETRY = Retry(first=timedelta(seconds=60), cap=timedelta(seconds=200), attempts=4)


def decisions(channels: tuple[str, ...] = ("inapp", "email")) -> list[Notice]:
    coming = plan(review(), {"deadline": 1}, POLICY, CALENDAR, organisation(), NOW)
    return decide(coming[0], review(), Terms(POLICY, channels, NOW))


MAIL = replace(decisions()[1], status="sending", attempts=1)


def test_the_same_decision_has_the_same_id_and_each_channel_its_own() -> None:
    first, again = decisions(), decisions()
    assert [notice.id for notice in first] == [notice.id for notice in again]
    assert len({notice.id for notice in first}) == 2


def test_a_later_version_of_the_review_is_another_notice() -> None:
    later = review(version=2)
    coming = plan(later, {"deadline": 1}, POLICY, CALENDAR, organisation(), NOW)
    ids = {notice.id for notice in decide(coming[0], later, Terms(POLICY, ("inapp",), NOW))}
    assert not ids & {notice.id for notice in decisions()}


def test_a_rung_that_reaches_nobody_is_one_notice_not_sent() -> None:
    nobody = organisation(without=("ws", "hs", "hd", "oo"))
    coming = plan(review(), {"deadline": 1}, POLICY, CALENDAR, nobody, NOW)
    (notice,) = decide(coming[0], review(), Terms(POLICY, ("inapp", "email"), NOW))
    assert (notice.status, notice.reason) == ("not_sent", "top_of_ladder")
    assert notice.skipped


@pytest.mark.parametrize(("attempts", "seconds"), [(1, 60), (2, 120), (3, 200)])
def test_waiting_doubles_up_to_the_cap(attempts: int, seconds: int) -> None:
    waiting = postponed(replace(MAIL, attempts=attempts), "smtp_451", RETRY, NOW)
    assert (waiting.status, waiting.retry_at) == ("retry", NOW + timedelta(seconds=seconds))


def test_after_the_last_attempt_it_has_failed_and_says_how() -> None:
    given_up = postponed(replace(MAIL, attempts=4), "smtp_451", RETRY, NOW)
    assert (given_up.status, given_up.reason) == ("failed", "gave_up_smtp_451")


def test_an_unknown_outcome_is_tried_once_more_and_stays_unknown() -> None:
    doubted = in_doubt(MAIL, send_again=True, now=NOW)
    assert (doubted.status, doubted.retry_at) == ("retry", NOW)
    assert delivered(doubted, NOW).status == "unknown"
    assert refused(doubted, "smtp_550", NOW).status == "unknown"
    assert withheld(doubted, "overtaken", NOW).status == "unknown"


def test_it_is_never_tried_a_third_time() -> None:
    twice = in_doubt(in_doubt(MAIL, send_again=True, now=NOW), send_again=True, now=NOW)
    assert (twice.status, twice.reason) == ("unknown", "outcome_unknown")


def test_a_rung_may_choose_at_most_once() -> None:
    assert in_doubt(MAIL, send_again=False, now=NOW).status == "unknown"


LATER = NOW + timedelta(hours=1)
START = replace(MAIL, rung="late_start", due_at=review().due_at)


@pytest.mark.parametrize(
    ("notices", "settled_at"),
    [
        ([delivered(START, LATER)], LATER),
        ([delivered(START, LATER), delivered(START, NOW)], NOW),  # the first of two channels
        ([START], None),
        ([START, delivered(START, LATER)], LATER),  # by one channel is enough
        ([START, refused(START, "smtp_550", NOW)], None),
        ([refused(START, "smtp_550", NOW), refused(START, "smtp_550", LATER)], LATER),
        ([in_doubt(START, send_again=False, now=LATER)], LATER),
        ([replace(START, status="not_sent")], NOW),
    ],
)
def test_a_late_start_is_settled_when_the_holder_was_told_or_cannot_be(
    notices: list[Notice], settled_at: datetime | None
) -> None:
    assert late_starts(review(), notices) == {"deadline": LateStart(settled_at)}


def test_what_was_told_of_another_deadline_holds_nobody_back() -> None:
    other = replace(START, due_at=review().due_at + timedelta(days=1))
    assert late_starts(review(), [other, MAIL]) == {}
    assert late_starts(review(entered_version=2), [START]) == {}
