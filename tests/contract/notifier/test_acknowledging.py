"""A rung that asks whom it tells to acknowledge: it says so, the ledger keeps it, nothing waits."""

from datetime import date
from typing import Any

import pytest

from schemas.canonical import parse_strict
from schemas.document import Document
from schemas.instants import instant
from schemas.policy import Policy
from schemas.policy_reading import read_policy
from services.notifier.adapters.database import SqlStore
from services.notifier.domain.errors import TemporaryFailure
from tests.contract.notifier.test_truth import hand_over
from tests.contract.notifier.town import Town
from tests.unit.notifier.world import BRANCH_REVIEW, SHIPPED, at, due

STREAM = f"review/{BRANCH_REVIEW}"
ASKS = "请在收件箱里确认这条通知"


def asking(*without: str) -> Policy:
    """Return the shipped policy, asking with its first reminder and with news of work."""
    tree: dict[str, Any] = parse_strict(SHIPPED.canonical)
    for word in without:
        del tree[word]
    tree["tracks"][0]["rungs"][0]["acknowledgement"] = True
    tree["arrival"]["acknowledgement"] = True
    return read_policy(Document(tree))


ALONE = ("digest", "windows", "quiet")


def in_town(store: SqlStore, *without: str) -> Town:
    town = Town(store)
    town.policy = asking(*without)
    town.restart()
    town.log.organise()
    town.log.open()  # due on 10 January
    return town


@pytest.fixture
def asked(store: SqlStore) -> Town:
    town = in_town(store, *ALONE)
    town.run(at(1, 8, 10))
    return town


def test_the_message_the_ledger_and_the_log_say_that_it_is_to_be_acknowledged(asked: Town) -> None:
    found = {(one.rung, one.channel): one.asks for one in asked.notices()}
    assert found == {
        (rung, channel): True for rung in ("arrival", "before") for channel in ("inapp", "email")
    }
    assert all(ASKS in one.text for one in asked.mail.sent)
    assert all(one["acknowledgement"] for one in asked.workflow.recorded.values())


def test_what_asks_for_nothing_does_not_say_so(asked: Town) -> None:
    asked.run(at(1, 10, 10))
    (told,) = [one for one in asked.notices() if (one.rung, one.channel) == ("due_day", "email")]
    assert not told.asks
    assert ASKS not in asked.mail.sent[-1].text
    assert "acknowledgement" not in asked.workflow.recorded[told.id]


def test_whoever_reads_english_is_asked_in_english(store: SqlStore) -> None:
    town = in_town(store, *ALONE)
    town.workflow.languages["ws"] = "en"
    town.run(at(1, 8, 10))
    assert all("Please acknowledge this notice" in one.text for one in town.mail.sent)


def test_in_a_letter_of_the_day_each_line_that_asks_says_so(store: SqlStore) -> None:
    town = in_town(store)
    town.log.open("00000000-0000-7000-8000-000000000077", "ward", due(1, 10))
    town.run(at(1, 8, 8, 30))
    town.run(at(1, 8, 10))
    town.run(at(1, 8, 10, 59))
    (letter,) = town.mail.sent
    assert letter.text.count(ASKS) == 2  # for each case once: that it came, and the reminder


def test_without_an_answer_the_next_rung_goes_as_it_would(asked: Town) -> None:
    asked.run(at(1, 10, 10))
    assert ("due_day", "ws", "sent") in asked.told()


def test_an_acknowledgement_holds_back_what_it_holds_back_anywhere(asked: Town) -> None:
    asked.log.fact("deadline_changed", at(1, 8, 11), due_at=instant(due(1, 14)))
    said = {
        "notice": "00000000-0000-5000-8000-000000000001",
        "version": asked.log.versions[STREAM],
        "track": "deadline",
        "rung": "before",
        "until": date(2020, 1, 13).isoformat(),
    }
    asked.log.append(f"{STREAM}/notices", "notice_acknowledged", at(1, 8, 12), said, actor="ws")
    before = asked.told()
    asked.run(at(1, 13, 18))
    assert asked.told() == before
    asked.run(at(1, 14, 12))
    assert ("due_day", "ws", "sent") in asked.told()


def test_what_somebody_does_without_asks_for_nothing(store: SqlStore) -> None:
    town = in_town(store, *ALONE)
    chosen = {"person": "ws", "channels": []}
    town.log.append("organisation/work", "channels_chosen", at(1, 8, 7), chosen)
    town.run(at(1, 8, 10))
    (mail,) = [one for one in town.notices() if (one.rung, one.channel) == ("before", "email")]
    assert (mail.status, mail.asks) == ("not_sent", False)


def test_who_takes_a_message_over_is_not_asked_for_what_no_inbox_of_theirs_has(
    store: SqlStore,
) -> None:
    town = in_town(store, *ALONE)
    town.log.change("unit_audit", at(1, 8, 8, 1), ("hospital", "office"), due(1, 10))
    town.mail.failures = [TemporaryFailure("smtp_451")] * 30
    town.run(at(1, 8, 10))
    hand_over(town, "ho", "ts")
    town.mail.failures.clear()
    town.run(at(1, 8, 12))
    found = [one for one in town.notices(recipient="ts") if one.rung == "before"]
    assert [(one.channel, one.status, one.asks) for one in found] == [("email", "sent", False)]
    assert ASKS not in town.mail.sent[-1].text
