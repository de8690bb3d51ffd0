"""What is said is so when it leaves: mails held up for days, and what became of them."""

import pytest

from schemas.instants import instant
from services.notifier.domain.errors import TemporaryFailure
from tests.contract.notifier.town import Town
from tests.unit.notifier.world import POSTS, at, due

DOWN = 30  # calls that the mail server does not take


@pytest.fixture
def held(town: Town) -> Town:
    """A town whose first reminder has left in-app and waits for the mail server."""
    town.mail.failures = [TemporaryFailure("smtp_451")] * DOWN
    town.run(at(1, 8, 10))
    assert town.told("email") == [("before", "ws", "retry")]
    return town


def mended(town: Town) -> None:
    town.mail.failures.clear()


def reasons(town: Town) -> set[tuple[str, str, str]]:
    return {(n.rung, n.status, n.reason) for n in town.notices() if n.channel == "email"}


def test_a_mail_held_up_counts_the_days_that_are_left_when_it_leaves(held: Town) -> None:
    mended(held)
    held.run(at(1, 9, 8))
    (mail,) = held.mail.sent
    assert "还有 1 个工作日" in mail.subject
    assert "将于1月10日 09:" in mail.text


def test_a_mail_held_up_over_the_deadline_says_that_it_is_over(held: Town) -> None:
    held.engine.release()
    mended(held)
    held.restart()
    held.run(at(1, 14, 8))
    (mail,) = [one for one in held.mail.sent if "示例ws" in one.text]
    assert "已逾期满 1 个工作日" in mail.subject
    assert "还有" not in mail.text
    assert "1月10日 09:" not in mail.text
    assert "将于1月15日 09:" in mail.text  # the rung above waits a working day for them
    assert ("before", "not_sent", "superseded") in reasons(held)  # this says it, and is one letter


def test_the_day_after_the_deadline_it_has_passed(held: Town) -> None:
    mended(held)
    held.run(at(1, 11, 8))
    (mail,) = held.mail.sent
    assert "已经过期" in mail.subject


def test_of_two_mails_held_up_the_later_one_leaves(held: Town) -> None:
    held.run(at(1, 10, 10))
    mended(held)
    held.run(at(1, 10, 13))
    (mail,) = held.mail.sent
    assert "最后一天" in mail.subject
    assert reasons(held) == {
        ("before", "not_sent", "superseded"),
        ("due_day", "sent", "due_today"),
    }


def test_what_the_holder_has_done_meanwhile_is_not_asked_for(held: Town) -> None:
    held.log.change("unit_audit", at(1, 8, 11), ("hospital", "office"), due(1, 14))
    mended(held)
    held.run(at(1, 8, 12))
    assert held.mail.sent == []
    assert reasons(held) == {("before", "not_sent", "overtaken")}


def test_a_deadline_that_moved_is_not_told_as_it_was(held: Town) -> None:
    held.log.fact("deadline_changed", at(1, 8, 11), due_at=instant(due(1, 20)))
    mended(held)
    held.run(at(1, 8, 12))
    assert held.mail.sent == []


def test_nobody_is_told_in_the_place_of_who_has_it_though_the_answer_was_lost(town: Town) -> None:
    town.log.change("unit_audit", at(1, 8, 8, 1), ("hospital", "office"), due(1, 10))
    town.workflow.die_after_recording = True
    town.dies(at(1, 8, 10))
    town.workflow.die_after_recording = False
    hand_over(town, "ho", "ts")
    town.run(at(1, 9, 8))
    assert town.told() == [("before", "ho", "sent")]


def test_whoever_sits_there_now_is_told_in_the_place_of_who_was_to_be(town: Town) -> None:
    town.log.change("unit_audit", at(1, 8, 8, 1), ("hospital", "office"), due(1, 10))
    town.mail.failures = [TemporaryFailure("smtp_451")] * DOWN
    town.run(at(1, 8, 10))
    assert town.told("email") == [("before", "ho", "retry")]
    hand_over(town, "ho", "ts")
    mended(town)
    town.run(at(1, 9, 8))
    assert town.told("email") == [("before", "ho", "not_sent"), ("before", "ts", "sent")]
    assert ("before", "not_sent", "replaced") in reasons(town)


def test_nobody_is_told_twice_for_that(town: Town) -> None:
    town.log.change("unit_audit", at(1, 8, 8, 1), ("hospital", "office"), due(1, 10))
    town.mail.failures = [TemporaryFailure("smtp_451")] * DOWN
    town.run(at(1, 8, 10))
    hand_over(town, "ho", "ts")
    mended(town)
    for _ in range(2):
        town.engine.release()
        town.restart()
        town.run(at(1, 9, 8))
    assert [one.address for one in town.mail.sent] == ["ts@example.org"]


def test_who_sits_there_now_gets_each_reminder_by_hand_as_well_and_once(town: Town) -> None:
    town.log.change("unit_audit", at(1, 8, 8, 1), ("hospital", "office"), due(1, 14))
    town.mail.failures = [TemporaryFailure("smtp_451")] * DOWN
    town.log.urge(at(1, 8, 8, 4))
    town.log.urge(at(1, 8, 8, 5))
    town.run(at(1, 8, 8, 6))
    assert town.told("email") == [("urge", "ho", "retry")] * 2
    hand_over(town, "ho", "ts")
    mended(town)
    for _ in range(2):
        town.run(at(1, 8, 12))
        town.restart()
    told = [("urge", "ho", "not_sent"), ("urge", "ts", "sent")]
    assert town.told("email") == sorted(told * 2)


def hand_over(town: Town, from_: str, to: str) -> None:
    """Give the posts of somebody to somebody else."""
    gone = [
        {"person": p, "unit": u, "role": r, "from": "2019-01-01"} for u, r, p in POSTS if p == from_
    ]
    town.log.append(
        "organisation/work",
        "organisation_changed",
        at(1, 8, 11),
        {
            "units": [],
            "people": [],
            "posts": [{**one, "person": to, "from": "2020-01-08"} for one in gone],
            "dropped": {"units": [], "people": [], "posts": gone},
        },
    )
