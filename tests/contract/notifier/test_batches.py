"""What is handed over in one pass: all that goes to the inbox, few messages, and no letter cut."""

from uuid import UUID

import pytest

from schemas.policy import Policy
from services.notifier.adapters.database import SqlStore
from services.notifier.application.deliver import MESSAGES
from tests.contract.notifier.test_letters import AFTER_LETTERS, BEFORE_LETTERS, DAILY
from tests.contract.notifier.town import Town
from tests.unit.notifier.world import POLICY

REVIEWS = [str(UUID(int=n)) for n in range(1, MESSAGES + 11)]


def many(store: SqlStore, by: Policy) -> Town:
    """A town in which one person is reminded of ten cases more than messages leave in a pass."""
    town = Town(store)
    town.policy = by
    town.restart()
    town.log.organise()
    for review in REVIEWS:
        town.log.open(review)
    town.engine.hear()
    town.clock.set(BEFORE_LETTERS)
    return town


def test_the_inbox_has_all_by_one_call_and_mails_leave_few_at_a_time(
    store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    town, calls = many(store, POLICY), list[int]()
    record = town.workflow.record

    def counted(notices: list[dict[str, object]]) -> object:
        calls.append(len(notices))
        return record(notices)

    monkeypatch.setattr(town.workflow, "record", counted)
    town.engine.step(0)
    assert calls[0] == len(REVIEWS)
    assert len(town.mail.sent) == MESSAGES
    town.engine.step(0)
    assert len(town.mail.sent) == len(REVIEWS)


def test_a_letter_of_many_notices_leaves_whole(store: SqlStore) -> None:
    town = many(store, DAILY)
    town.run()
    town.run(AFTER_LETTERS)
    (letter,) = town.mail.sent
    assert f"今日 {len(REVIEWS)} 件" in letter.subject
