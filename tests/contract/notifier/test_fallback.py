"""Whom one channel cannot tell is told by the next, once, and not where the first arrived."""

from collections.abc import Sequence
from typing import Any

import pytest

from schemas.canonical import canonical_bytes, parse_strict
from schemas.policy import Policy
from services.notifier.adapters.database import SqlStore
from services.notifier.application.ports import Way
from services.notifier.application.rules import policy_of
from services.notifier.domain.errors import OutcomeUnknown, PermanentFailure, TemporaryFailure
from services.notifier.domain.notice import Notice
from services.notifier.simulating import compare
from tests.contract.notifier.town import ListChannel, Town
from tests.unit.notifier.world import POLICY, at

WECOM = "wecom_app"
NOW = at(1, 8, 12)


def policy(when_unknown: str = "leave", **others: Any) -> Policy:
    """Return the policy by which WeCom tells people, and a mail those whom it cannot."""
    tree = parse_strict(POLICY.canonical)
    for track in tree["tracks"]:
        for rung in track["rungs"]:
            rung["when_unknown"] = "leave"
    stands_in = {"from": WECOM, "to": "email", "when_unknown": when_unknown, **others}
    changed = {"channels": ["inapp", WECOM], "fallback": [stands_in]}
    return policy_of(canonical_bytes({**tree, **changed}))


class Chatty(Town):
    """A town whose people are told by WeCom first."""

    def __init__(
        self, store: SqlStore, rules: Policy, here: Sequence[str] = (WECOM, "email")
    ) -> None:
        self.wecom = ListChannel()
        super().__init__(store, {"inapp": "inapp", **{name: name for name in here}})
        self.ways = {name: way for name, way in self._open().items() if name in here}
        self.policy = rules
        self.restart()
        self.log.organise()
        self.log.open()

    def _open(self) -> dict[str, Way]:
        return {
            WECOM: Way(channel=self.wecom, address="email"),
            "email": Way(channel=self.mail, address="email"),
        }

    def line(self, channel: str) -> Notice:
        (found,) = [one for one in self.notices() if one.channel == channel]
        return found


def test_who_was_told_is_told_by_no_other_channel(store: SqlStore) -> None:
    town = Chatty(store, policy("next"))
    town.run(NOW)
    assert (len(town.wecom.sent), town.mail.sent) == (1, [])
    assert [one.channel for one in town.notices() if one.channel == "email"] == []


@pytest.mark.parametrize("when_unknown", ["leave", "next"])
def test_whom_a_channel_refuses_for_good_is_told_by_the_next_and_the_ledger_says_so(
    store: SqlStore, when_unknown: str
) -> None:
    town = Chatty(store, policy(when_unknown))
    town.wecom.failures = [PermanentFailure("invalid_user")]
    town.run(NOW)
    town.run()
    first, second = town.line(WECOM), town.line("email")
    assert (first.status, first.reason) == ("failed", "invalid_user")
    assert (second.status, second.reason, second.instead_of) == (
        "sent",
        "before_deadline",
        first.id,
    )
    assert (second.recipient, second.rung, second.due_at) == (
        first.recipient,
        first.rung,
        first.due_at,
    )
    assert len(town.mail.sent) == 1
    recorded = town.workflow.recorded
    assert recorded[second.id]["instead_of"] == first.id
    assert "instead_of" not in recorded[first.id]


def test_what_was_tried_too_often_is_handed_on(store: SqlStore) -> None:
    town = Chatty(store, policy())
    town.wecom.failures = [TemporaryFailure("busy") for _ in range(20)]
    for hour in range(12, 20):
        town.run(at(1, 8, hour))
    assert town.line(WECOM).reason == "gave_up_busy"
    assert town.line("email").status == "sent"


@pytest.mark.parametrize(("when_unknown", "n_mails"), [("leave", 0), ("next", 1)])
def test_where_nobody_can_say_whether_it_arrived_the_policy_says_what_follows(
    store: SqlStore, when_unknown: str, n_mails: int
) -> None:
    town = Chatty(store, policy(when_unknown))
    town.wecom.failures = [OutcomeUnknown("cut")]
    town.run(NOW)
    town.run()
    assert (town.line(WECOM).status, len(town.mail.sent)) == ("unknown", n_mails)


@pytest.mark.parametrize("at_which", ["die_before", "die_after"])
@pytest.mark.parametrize(("when_unknown", "n_mails"), [("leave", 0), ("next", 1)])
def test_who_dies_within_the_call_hands_on_what_is_in_doubt_once(
    store: SqlStore, at_which: str, when_unknown: str, n_mails: int
) -> None:
    town = Chatty(store, policy(when_unknown))
    setattr(town.wecom, at_which, True)
    town.dies(NOW)
    setattr(town.wecom, at_which, False)
    for _ in range(2):
        town.run()
        town.engine.release()
        town.restart()
    assert (town.line(WECOM).status, len(town.mail.sent)) == ("unknown", n_mails)


def test_who_dies_while_the_next_is_told_leaves_that_in_doubt_and_hands_on_nothing_more(
    store: SqlStore,
) -> None:
    town = Chatty(store, policy("next"))
    town.wecom.failures = [PermanentFailure("invalid_user")]
    town.mail.die_after = True
    town.dies(NOW)
    town.mail.die_after = False
    town.run()
    statuses = sorted(one.status for one in town.notices() if one.channel != "inapp")
    assert (statuses, len(town.mail.sent)) == (["failed", "unknown"], 1)


def test_a_mail_that_comes_back_is_handed_on_once(store: SqlStore) -> None:
    tree = parse_strict(POLICY.canonical)
    stands_in = {"from": "email", "to": WECOM, "when_unknown": "leave"}
    rules = policy_of(canonical_bytes({**tree, "fallback": [stands_in]}))
    town = Chatty(store, rules)
    town.run(NOW)
    assert (len(town.mail.sent), town.wecom.sent) == (1, [])
    town.engine.returns = Came([town.mail.sent[0].notice])
    for _ in range(2):
        town.run(at(1, 8, 13))
    (back,) = [one for one in town.notices() if one.reason == "bounced"]
    assert (town.line(WECOM).status, town.line(WECOM).instead_of) == ("sent", back.id)
    assert len(town.wecom.sent) == 1


def test_a_mail_in_doubt_that_was_handed_on_and_comes_back_is_handed_on_no_more(
    store: SqlStore,
) -> None:
    tree = parse_strict(POLICY.canonical)
    for track in tree["tracks"]:
        for rung in track["rungs"]:
            rung["when_unknown"] = "leave"
    stands_in = {"from": "email", "to": WECOM, "when_unknown": "next"}
    town = Chatty(store, policy_of(canonical_bytes({**tree, "fallback": [stands_in]})))
    town.mail.failures = [OutcomeUnknown("cut")]
    town.run(NOW)
    town.run()
    assert (town.line("email").status, len(town.wecom.sent)) == ("unknown", 1)
    town.engine.returns = Came([town.line("email").id])
    for _ in range(2):
        town.run(at(1, 8, 13))
    assert [one.reason for one in town.notices() if one.reason == "bounced"] == ["bounced"]
    assert len(town.wecom.sent) == 1


def test_who_has_no_account_there_is_told_by_the_next(store: SqlStore) -> None:
    town = Chatty(store, policy())
    town.ways[WECOM] = Way(channel=town.wecom, address="wecom")
    town.run(NOW)
    town.run()
    assert (town.line(WECOM).reason, town.line("email").status) == ("no_address", "sent")


def test_what_has_no_sense_any_more_is_not_handed_on(store: SqlStore) -> None:
    town = Chatty(store, policy("next"))
    town.wecom.failures = [TemporaryFailure("busy")]
    town.run(NOW)
    town.log.change("unit_audit", at(1, 8, 12, 30), ("hospital", "office"))
    town.run(at(1, 8, 14))
    assert (town.line(WECOM).reason, town.mail.sent) == ("overtaken", [])


def test_a_channel_that_is_not_here_is_stood_in_for_from_the_beginning(store: SqlStore) -> None:
    town = Chatty(store, policy(), here=["email"])
    town.run(NOW)
    assert (town.line("email").status, town.line("email").instead_of) == ("sent", None)


def test_what_was_decided_for_a_channel_that_is_taken_away_is_handed_on(store: SqlStore) -> None:
    town = Chatty(store, policy())
    town.wecom.failures = [TemporaryFailure("busy")]
    town.run(NOW)
    town.channels = {"inapp": "inapp", "email": "email"}
    town.ways = {"email": town.ways["email"]}
    town.restart()
    town.run(at(1, 8, 14))
    town.run()
    first, second = town.line(WECOM), town.line("email")
    assert (first.status, first.reason) == ("failed", "channel_off")
    assert (second.status, second.instead_of) == ("sent", first.id)
    assert len(town.mail.sent) == 1


def test_what_stands_in_from_the_beginning_waits_for_the_letter_of_the_day(store: SqlStore) -> None:
    digest = {"hour": 10, "channels": [WECOM], "at_once": ["urge"]}
    tree = {**parse_strict(policy().canonical), "digest": digest}
    town = Chatty(store, policy_of(canonical_bytes(tree)), here=["email"])
    for nth in range(3):
        town.log.open(f"00000000-0000-7000-8000-0000000000f{nth}")
    town.run(at(1, 8, 10))
    town.run(at(1, 8, 11))
    assert len(town.mail.sent) == 1
    assert town.told("email") == [("before", "ws", "sent")] * 4


def test_nobody_is_told_an_earlier_rung_by_another_channel_after_a_later_one(
    store: SqlStore,
) -> None:
    tree = parse_strict(POLICY.canonical)
    stands_in = {"from": "email", "to": WECOM, "when_unknown": "leave"}
    town = Chatty(store, policy_of(canonical_bytes({**tree, "fallback": [stands_in]})))
    town.run(NOW)
    town.run(at(1, 10, 12))
    assert town.told("email") == [("before", "ws", "sent"), ("due_day", "ws", "sent")]
    town.engine.returns = Came([town.mail.sent[0].notice])
    for _ in range(2):
        town.run(at(1, 10, 13))
    assert (town.line(WECOM).reason, town.wecom.sent) == ("superseded", [])


def test_a_rung_that_is_not_named_is_not_handed_on(store: SqlStore) -> None:
    town = Chatty(store, policy(rungs=["due_day"]))
    town.wecom.failures = [PermanentFailure("invalid_user")] * 9
    town.run(NOW)
    assert [one.rung for one in town.notices() if one.channel == "email"] == []
    town.run(at(1, 10, 12))
    assert [one.rung for one in town.notices() if one.channel == "email"] == ["due_day"]


def test_what_would_have_been_one_letter_is_one_mail(store: SqlStore) -> None:
    digest = {"hour": 10, "channels": [WECOM], "at_once": ["urge"]}
    tree = {**parse_strict(policy().canonical), "digest": digest}
    town = Chatty(store, policy_of(canonical_bytes(tree)))
    for nth in range(3):
        town.log.open(f"00000000-0000-7000-8000-0000000000f{nth}")
    town.wecom.failures = [PermanentFailure("invalid_user")]
    town.run(at(1, 8, 10))
    town.run(at(1, 8, 11))
    town.run()
    assert len(town.mail.sent) == 1
    assert town.told("email") == [("before", "ws", "sent")] * 4
    assert town.told(WECOM) == [("before", "ws", "failed")] * 4


def test_a_simulation_that_sends_nothing_does_not_differ_by_what_channels_answered(
    store: SqlStore,
) -> None:
    town = Chatty(store, policy())
    town.wecom.failures = [PermanentFailure("invalid_user")]
    town.run(NOW)
    town.run()
    ledger = town.notices()
    decided = [one for one in ledger if one.instead_of is None]
    assert (len(ledger) - len(decided), compare(ledger, decided).differing) == (1, ())


class Came:
    """A mailbox in which mail has come back, again and again."""

    problem = ""

    def __init__(self, notices: list[str]) -> None:
        self.notices = notices

    def waiting(self) -> Sequence[str]:
        return self.notices

    def written(self) -> None: ...
    def close(self) -> None: ...
