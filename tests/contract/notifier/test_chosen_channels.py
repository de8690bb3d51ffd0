"""By which channels people chose to be told: where the policy lets them, and nowhere else.

The inbox keeps its copy whatever anybody chooses; what they did without stands in the ledger.
"""

from typing import Any

import pytest

from schemas.canonical import parse_strict
from schemas.document import Document
from schemas.policy import Policy
from schemas.policy_reading import read_policy
from services.notifier.adapters.database import SqlStore
from services.notifier.application.ports import Way
from services.notifier.domain.errors import PermanentFailure, TemporaryFailure
from services.notifier.domain.notice import Notice
from tests.contract.notifier.test_truth import hand_over
from tests.contract.notifier.town import ListChannel, Town
from tests.unit.notifier.world import POLICY, at, due

BOTH = ["email", "wecom_app"]
Line = tuple[str, str, str, str]  # channel, status, reason, why by this channel


def letting(*choices: dict[str, Any]) -> Policy:
    """Return the policy with *choices* left to people."""
    return read_policy(Document({**parse_strict(POLICY.canonical), "choices": [*choices]}))


def in_town(store: SqlStore, policy: Policy, channels: tuple[str, ...] = ("wecom_app",)) -> Town:
    """Build a town under *policy* that has these *channels* beside mail and the inbox."""
    town = Town(store)
    town.channels = {"inapp": "inapp", "email": "email", **{one: one for one in channels}}
    town.ways |= {one: Way(channel=ListChannel(), address="email") for one in channels}
    town.policy = policy
    town.restart()
    town.log.organise()
    town.log.open()
    return town


def chose(town: Town, *channels: str, person: str = "ws", **more: Any) -> None:
    data = {"person": person, "channels": [*channels], **more}
    town.log.append("organisation/work", "channels_chosen", at(1, 8, 8, 20), data)
    town.run(at(1, 8, 8, 30))


def line(one: Notice) -> Line:
    return (one.channel, one.status, one.reason, one.why_channel)


def lines(town: Town, rung: str = "before") -> list[Line]:
    return sorted(line(one) for one in town.notices() if one.rung == rung)


INBOX: Line = ("inapp", "sent", "before_deadline", "")
MAIL: Line = ("email", "sent", "before_deadline", "")


def test_who_chose_a_channel_is_told_by_it_and_the_ledger_says_that_they_did(
    store: SqlStore,
) -> None:
    town = in_town(store, letting({"channels": BOTH}))
    chose(town, "wecom_app")
    town.run(at(1, 8, 10))
    assert lines(town) == [
        ("email", "not_sent", "not_chosen", ""),
        INBOX,
        ("wecom_app", "sent", "before_deadline", "chosen"),
    ]
    told = {one["channel"]: one.get("why_channel") for one in town.workflow.recorded.values()}
    assert told == {"inapp": None, "email": None, "wecom_app": "chosen"}


def test_who_chose_none_has_the_inbox_alone(store: SqlStore) -> None:
    town = in_town(store, letting({"channels": ["email"]}))
    chose(town)
    town.run(at(1, 8, 10))
    assert lines(town) == [("email", "not_sent", "not_chosen", ""), INBOX]


def test_who_chose_nothing_or_took_it_back_is_told_as_the_policy_says(store: SqlStore) -> None:
    town = in_town(store, letting({"channels": BOTH}))
    chose(town, "wecom_app", person="hs")
    chose(town, "wecom_app")
    chose(town, "wecom_app", revoked=True)
    town.run(at(1, 8, 10))
    assert lines(town) == [MAIL, INBOX]


def test_a_choice_holds_for_the_rungs_that_the_policy_names_alone(store: SqlStore) -> None:
    town = in_town(store, letting({"channels": ["email"], "rungs": ["before"]}))
    chose(town)
    town.run(at(1, 8, 10))
    town.run(at(1, 10, 10))
    assert ("email", "not_sent", "not_chosen", "") in lines(town)
    assert ("email", "sent", "due_today", "choice_not_let") in lines(town, "due_day")


@pytest.mark.parametrize(
    ("policy", "channels"),
    [
        (POLICY, ("wecom_app",)),
        (letting({"channels": ["email"]}), ("wecom_app",)),
        (letting({"channels": BOTH}), ()),
    ],
    ids=["nothing may be chosen", "another may be chosen", "the channel is not here"],
)
def test_a_choice_that_is_not_let_any_more_falls_back_with_the_reason(
    store: SqlStore, policy: Policy, channels: tuple[str, ...]
) -> None:
    town = in_town(store, policy, channels)
    chose(town, "wecom_app")
    town.run(at(1, 8, 10))
    assert lines(town) == [("email", "sent", "before_deadline", "choice_not_let"), INBOX]


def test_a_deputy_is_told_by_the_channels_that_they_chose_themselves(store: SqlStore) -> None:
    town = in_town(store, letting({"channels": BOTH}))
    days = {"person": "ws", "from": "2020-01-08", "until": "2020-01-09"}
    handed_on = {**days, "deputy": "hd", "unit": "ward", "roles": ["secretary"]}
    for fact, data in (("absent", days), ("delegated", handed_on)):
        town.log.append("organisation/work", fact, at(1, 8, 8, 10), data)
    chose(town)
    chose(town, "wecom_app", person="hd")
    town.run(at(1, 8, 10))
    to = {one.recipient.person for one in town.notices() if one.recipient}
    assert to == {"hd"}
    assert ("wecom_app", "sent", "before_deadline", "chosen") in lines(town)


def test_what_stands_in_for_a_chosen_channel_is_nobodys_choice(store: SqlStore) -> None:
    tree = {**parse_strict(POLICY.canonical), "choices": [{"channels": ["email"]}]}
    tree["fallback"] = [{"from": "email", "to": "wecom_app", "when_unknown": "leave"}]
    town = in_town(store, read_policy(Document(tree)))
    chose(town, "email")
    town.mail.failures = [PermanentFailure("smtp_550")]
    town.run(at(1, 8, 10))
    assert lines(town) == [
        ("email", "failed", "smtp_550", "chosen"),
        INBOX,
        ("wecom_app", "sent", "before_deadline", ""),
    ]


@pytest.mark.parametrize(
    ("wanted", "told"),
    [
        (
            ["wecom_app"],
            [("email", "not_sent", "not_chosen", ""), ("wecom_app", "sent", "{}", "chosen")],
        ),
        ([], [("email", "not_sent", "not_chosen", ""), ("inapp", "sent", "{}", "")]),
        (None, [("email", "sent", "{}", "")]),
    ],
    ids=["another", "none", "nothing chosen"],
)
@pytest.mark.parametrize("urged", [False, True], ids=["a rung", "by hand"])
def test_who_takes_a_notice_over_has_it_by_the_channels_that_they_chose_themselves(
    store: SqlStore, wanted: list[str] | None, told: list[Line], *, urged: bool
) -> None:
    town = in_town(store, letting({"channels": BOTH}))
    town.log.change("unit_audit", at(1, 8, 8, 1), ("hospital", "office"), due(1, 10))
    town.mail.failures = [TemporaryFailure("smtp_451")] * 30
    if urged:
        town.log.urge(at(1, 8, 8, 4))
    town.run(at(1, 8, 8, 30) if urged else at(1, 8, 10))
    if wanted is not None:
        chose(town, *wanted, person="ts")
    hand_over(town, "ho", "ts")
    town.mail.failures.clear()
    for _ in range(2):
        town.run(at(1, 8, 8, 55) if urged else at(1, 8, 12))
        town.restart()
    rung, reason = ("urge", "urged") if urged else ("before", "before_deadline")
    found = [line(one) for one in town.notices(recipient="ts") if one.rung == rung]
    assert sorted(found) == [(one, what, why.format(reason), by) for one, what, why, by in told]


def waiting(store: SqlStore, policy: Policy) -> Town:
    """Return a town whose first reminder is in the inbox, its mail waiting for the server."""
    town = in_town(store, policy)
    town.mail.failures = [TemporaryFailure("smtp_451")]
    town.run(at(1, 8, 10))
    assert ("email", "retry", "before_deadline", "") in lines(town)
    return town


def chose_while_it_waited(town: Town, *channels: str, **more: Any) -> None:
    data = {"person": "ws", "channels": [*channels], **more}
    town.log.append("organisation/work", "channels_chosen", at(1, 8, 10, 1), data)
    town.run(at(1, 8, 18))


def test_what_waits_as_somebody_does_without_mail_does_not_leave_by_it(store: SqlStore) -> None:
    town = waiting(store, letting({"channels": BOTH}))
    chose_while_it_waited(town)
    assert lines(town) == [("email", "not_sent", "not_chosen", ""), INBOX]
    assert town.mail.sent == []


def test_what_waits_as_somebody_chooses_another_channel_leaves_by_that(store: SqlStore) -> None:
    town = waiting(store, letting({"channels": BOTH}))
    chose_while_it_waited(town, "wecom_app")
    assert lines(town) == [
        ("email", "not_sent", "not_chosen", ""),
        INBOX,
        ("wecom_app", "sent", "before_deadline", "chosen"),
    ]


def test_a_duty_that_waits_leaves_whatever_was_chosen_meanwhile(store: SqlStore) -> None:
    town = waiting(store, letting({"channels": ["email"], "rungs": ["due_day"]}))
    chose_while_it_waited(town)
    assert lines(town) == [MAIL, INBOX]


def test_what_waits_by_a_chosen_channel_leaves_by_the_policys_once_the_choice_is_taken_back(
    store: SqlStore,
) -> None:
    town = in_town(store, letting({"channels": BOTH}))
    chose(town, "wecom_app")
    channel = town.ways["wecom_app"].channel
    assert isinstance(channel, ListChannel)
    channel.failures = [TemporaryFailure("busy")]
    town.run(at(1, 8, 10))
    chose_while_it_waited(town, "wecom_app", revoked=True)
    assert lines(town) == [
        ("email", "not_sent", "not_chosen", ""),
        MAIL,
        INBOX,
        ("wecom_app", "not_sent", "not_chosen", "chosen"),
    ]
    assert len(town.mail.sent) == 1
