"""One letter a day to each person, whatever there is to say; what is urgent leaves by itself."""

from collections import Counter
from datetime import timedelta

import pytest

from schemas.calendar import local_day
from schemas.canonical import canonical_bytes, parse_strict
from services.notifier.adapters.database import SqlStore
from services.notifier.application.rules import policy_of
from services.notifier.domain.errors import OutcomeUnknown, TemporaryFailure
from services.notifier.domain.words import words_of
from tests.contract.notifier.town import Town
from tests.unit.notifier.world import BRANCH_REVIEW, POLICY, SHIPPED, ZONE, at, due

REVIEWS = [BRANCH_REVIEW, *(f"00000000-0000-7000-8000-0000000000f{nth}" for nth in range(4))]
DIGEST = {"hour": 10, "channels": ["email"], "at_once": ["late_start", "urge"]}
DAILY = policy_of(canonical_bytes({**parse_strict(POLICY.canonical), "digest": DIGEST}))
BEFORE_LETTERS, AFTER_LETTERS = at(1, 8, 10), at(1, 8, 11)


@pytest.fixture
def daily(store: SqlStore) -> Town:
    """A town whose policy sends one letter a day, with five reviews on one desk, due on one day."""
    town = Town(store)
    town.policy = DAILY
    town.restart()
    town.log.organise()
    for review in REVIEWS:
        town.log.open(review)
    return town


def test_five_reminders_of_a_day_are_five_lines_and_one_letter(daily: Town) -> None:
    daily.run(BEFORE_LETTERS)
    assert len(daily.told()) == 5
    assert daily.mail.sent == []
    daily.run(AFTER_LETTERS)
    (letter,) = daily.mail.sent
    assert "今日 5 件" in letter.subject
    assert letter.text.count("还有 2 个工作日") == 5
    assert letter.text.count("提醒：述职评议“起草”") == 1
    assert daily.told("email") == [("before", "ws", "sent")] * 5


def test_a_case_is_one_line_of_a_letter_whatever_there_is_to_say_of_it(store: SqlStore) -> None:
    town = Town(store)
    town.policy = SHIPPED
    town.restart()
    town.log.organise()
    town.log.open(when=at(1, 9, 16))  # after the letter of that day, and due on the next
    for hour in (9, 10, 11, 15, 17):
        town.run(at(1, 10, hour, 45))
    assert town.told("email") == [("arrival", "ws", "sent"), ("due_day", "ws", "sent")]
    (letter,) = town.mail.sent
    assert "今日 1 件" in letter.subject
    assert letter.text.count("今天是办理期限的最后一天、新到待办") == 1
    assert letter.text.count("2019-C-0001") == 1


def test_each_mail_of_a_duty_says_once_that_there_is_no_way_out_of_it(daily: Town) -> None:
    daily.run(BEFORE_LETTERS)
    daily.log.urge(at(1, 8, 9, 50))
    for when in (BEFORE_LETTERS + timedelta(seconds=1), AFTER_LETTERS):
        daily.run(when)
    urge, letter = daily.mail.sent
    assert "向您催办" in urge.subject
    assert [one.text.count("不能退订") for one in (urge, letter)] == [1, 1]
    texts = daily.workflow.texts()
    assert len(texts) > 5
    assert not any("退订" in text for text in texts), "the inbox says so beside its letters"


def test_each_notice_of_a_letter_has_the_digest_of_the_letter_that_left(daily: Town) -> None:
    daily.run(BEFORE_LETTERS)
    daily.run(AFTER_LETTERS)
    (letter,) = daily.mail.sent
    kept = [one.words for one in daily.notices() if one.channel == "email" and one.words]
    assert len(kept) == 5
    for one in kept:
        assert one == words_of(letter.subject, letter.text, bytes.fromhex(one.salt))


def test_a_letter_leaves_in_its_own_minute_of_the_hour(daily: Town) -> None:
    daily.run(BEFORE_LETTERS)
    (at_,) = {one.retry_at for one in daily.notices() if one.channel == "email"}
    assert at_ is not None
    assert at(1, 8, 10) < at_ < at(1, 8, 11)
    assert at_.minute not in {0, 30}
    daily.run(at_ - timedelta(seconds=1))
    assert daily.mail.sent == []
    daily.run(at_)
    assert len(daily.mail.sent) == 1


def test_what_is_urgent_leaves_by_itself(daily: Town) -> None:
    daily.run(BEFORE_LETTERS)
    daily.log.urge(at(1, 8, 9, 50))
    daily.run(BEFORE_LETTERS + timedelta(seconds=1))
    (mail,) = daily.mail.sent
    assert "向您催办" in mail.subject


def test_what_is_decided_after_the_letter_of_a_day_waits_for_the_next(daily: Town) -> None:
    daily.run(BEFORE_LETTERS)
    daily.run(AFTER_LETTERS)
    late = "00000000-0000-7000-8000-0000000000ff"
    daily.log.open(late, when=at(1, 8, 11, 1), due_at=due(1, 9))
    daily.run(at(1, 8, 18))
    daily.run(at(1, 9, 10))
    assert len(daily.mail.sent) == 1
    daily.run(at(1, 9, 11))
    _, second = daily.mail.sent
    assert "最后一天" in second.subject


def test_what_the_letter_would_tell_too_late_leaves_by_itself(store: SqlStore) -> None:
    town = shipped(store)
    town.log.open(when=at(1, 8, 11, 1), due_at=due(1, 8))  # after the letter of the last day
    town.run(at(1, 8, 11, 2))
    (mail,) = town.mail.sent
    assert "新到待办" in mail.subject
    assert "期限：2020年1月8日" in mail.text


def test_what_cannot_wait_after_an_outage_over_the_hour_of_letters_is_one_letter(
    store: SqlStore,
) -> None:
    town = shipped(store)
    for review in REVIEWS:
        town.log.open(review)
    town.run(at(1, 8, 8, 30), n_passes=40)
    town.run(at(1, 9, 11, 1), n_passes=40)
    n_before = len(town.mail.sent)
    town.run(
        at(1, 10, 11, 1), n_passes=40
    )  # the last day: both its rungs and its letter are behind
    (letter,) = town.mail.sent[n_before:]
    assert "今日 5 件" in letter.subject
    assert letter.text.count("最后一天") == 5


def test_under_the_shipped_policy_each_gets_one_mail_a_day_at_most_unless_it_is_urgent(
    store: SqlStore,
) -> None:
    town = shipped(store)
    for review in REVIEWS:
        town.log.open(review)
    for day in (8, 9, 10, 13, 14, 15, 16, 17):
        for hour in (9, 10, 11, 15):
            town.run(at(1, day, hour, 1), n_passes=40)
    by_day = Counter((mail.address, local_day(mail.sent_at, ZONE)) for mail in town.mail.sent)
    assert {to for to, _ in by_day} == {"ws@example.org", "hs@example.org", "oo@example.org"}
    assert set(by_day.values()) == {1}
    town.log.urge(at(1, 17, 15, 2))
    town.run(at(1, 17, 15, 2))
    assert "向您催办" in town.mail.sent[-1].subject


def shipped(store: SqlStore) -> Town:
    """Return a town under the policy as it is shipped."""
    town = Town(store)
    town.policy = SHIPPED
    town.restart()
    town.log.organise()
    return town


def test_what_has_been_done_until_then_is_not_in_it(daily: Town) -> None:
    daily.run(BEFORE_LETTERS)
    for review in REVIEWS[:3]:
        daily.log.change("unit_audit", at(1, 8, 9, 59), ("hospital", "office"), due(1, 20), review)
    daily.run(AFTER_LETTERS)
    (letter,) = daily.mail.sent
    assert "今日 2 件" in letter.subject


def test_a_letter_that_fails_is_tried_again_whole_and_under_its_id(daily: Town) -> None:
    daily.run(BEFORE_LETTERS)
    daily.mail.failures = [TemporaryFailure("smtp_451")]
    daily.run(at(1, 8, 10, 59))
    daily.run(AFTER_LETTERS)
    (letter,) = daily.mail.sent
    assert "今日 5 件" in letter.subject
    assert {one.status for one in daily.notices()} == {"sent"}


def test_a_letter_in_doubt_is_sent_once_more_under_its_id_and_never_again(daily: Town) -> None:
    daily.run(BEFORE_LETTERS)
    daily.mail.failures = [OutcomeUnknown("cut off")]
    daily.run(AFTER_LETTERS)
    daily.run(at(1, 8, 12))
    assert len(daily.mail.sent) == 1
    mails = {(n.status, n.reason) for n in daily.notices() if n.channel == "email"}
    assert mails == {("unknown", "sent_again")}


def test_a_process_killed_with_a_letter_in_its_hand_leaves_one_more_at_most(daily: Town) -> None:
    daily.run(BEFORE_LETTERS)
    daily.mail.die_after = True
    daily.dies(AFTER_LETTERS)
    daily.mail.die_after = False
    daily.run(at(1, 8, 11, 1), n_passes=40)
    first, second = daily.mail.sent
    assert first.notice == second.notice
    assert {n.status for n in daily.notices() if n.channel == "email"} == {"unknown"}


def test_no_letter_leaves_before_all_that_belongs_to_it_is_decided(daily: Town) -> None:
    daily.run(BEFORE_LETTERS)
    daily.feed.away = True
    daily.run(AFTER_LETTERS)
    assert daily.mail.sent == []
    daily.feed.away = False
    daily.run(at(1, 8, 11, 1))
    assert len(daily.mail.sent) == 1


def test_a_day_of_rest_has_no_letter(daily: Town) -> None:
    daily.log.fact("suspended", at(1, 8, 8, 30))
    for review in REVIEWS[1:]:
        daily.log.change("withdrawn", at(1, 8, 8, 30), None, review=review)
    daily.log.open("00000000-0000-7000-8000-0000000000fe", when=at(1, 10, 17), due_at=due(1, 13))
    daily.run(at(1, 10, 17, 1))
    daily.run(at(1, 12))
    assert daily.mail.sent == []


def test_what_waits_for_its_letter_is_no_work_left_over(daily: Town) -> None:
    daily.run(BEFORE_LETTERS)
    with daily.store.seeing() as tx:
        backlog = tx.ledger.backlog()
    assert (backlog["pending"], backlog["retry"]) == (0, 5)
