"""A rung that is repeated until somebody whom it told has acted on the case."""

from typing import Any

import pytest

from schemas.canonical import parse_strict
from schemas.document import Document
from schemas.instants import instant
from schemas.policy import Policy
from schemas.policy_reading import read_policy
from services.notifier.adapters.database import SqlStore
from services.notifier.application.questions import Questions
from services.notifier.application.watching import how_armed
from services.notifier.domain.case import stays
from services.notifier.domain.errors import TemporaryFailure
from tests.contract.notifier.test_late_start import hand_over_late
from tests.contract.notifier.town import Town
from tests.unit.notifier.world import BRANCH_REVIEW, SHIPPED, at, due

STREAM = f"review/{BRANCH_REVIEW}"
COMMITTEE, OFFICE = "hs", "oo"  # told one working day over, and three


def repeating(**more: Any) -> Policy:
    """Return the shipped policy, each mail by itself, its last rung again on every working day."""
    tree = parse_strict(SHIPPED.canonical)
    for word in ("digest", "windows", "quiet"):
        del tree[word]
    tree["tracks"][0]["rungs"][3]["repeat"] = {"every": 1, "times": 3} | more
    return read_policy(Document(tree))


@pytest.fixture
def over(store: SqlStore) -> Town:
    """A town in which the office was told that a case is three working days over."""
    town = Town(store)
    town.policy = repeating(until="acted")
    town.restart()
    town.log.organise()
    town.log.open()  # due on 10 January
    for day in (8, 10, 14, 16):
        town.run(at(1, day, 10))
    assert again(town) == ["organ_office"]
    return town


def again(town: Town, channel: str = "inapp") -> list[str]:
    """Return what was decided to tell the office, told or not: of what has ended nothing is."""
    return [rung for rung, _, _ in town.told(channel) if "office" in rung]


def days_pass(town: Town) -> None:
    for day in (17, 19, 20, 21, 22):  # Sunday the 19th is worked
        town.run(at(1, day, 10))


def test_it_is_told_again_while_nobody_whom_it_told_has_acted(over: Town) -> None:
    days_pass(over)
    assert again(over) == ["organ_office", *(f"organ_office/{nth}" for nth in (2, 3, 4))]


@pytest.mark.parametrize("kind", ["note", "urge"])
def test_a_remark_or_a_reminder_by_hand_of_whom_it_told_ends_it(over: Town, kind: str) -> None:
    over.log.note(at(1, 17, 8), OFFICE, kind=kind)
    days_pass(over)
    assert again(over) == ["organ_office"]


def test_an_act_in_the_case_that_leaves_it_where_it_is_ends_it(over: Town) -> None:
    data = {"trigger": "file_note", "effective_at": instant(at(1, 17, 8))}
    over.log.append(STREAM, "case_changed", at(1, 17, 8), data, actor=OFFICE)
    days_pass(over)
    assert again(over) == ["organ_office"]


def test_whoever_acts_for_whom_it_told_ends_it(over: Town) -> None:
    text = {"kind": "note", "text": {"sha256": "0" * 64, "length": 1}}
    acts = {"actor": "ts", "deputyfor": OFFICE}
    over.log.append(f"{STREAM}/notices", "note_added", at(1, 17, 8), text, **acts)
    days_pass(over)
    assert again(over) == ["organ_office"]


@pytest.mark.parametrize("who", [COMMITTEE, "ws", "ts"], ids=["below", "the holder", "another"])
def test_nobody_else_ends_it(over: Town, who: str) -> None:
    over.log.note(at(1, 17, 8), who)
    days_pass(over)
    assert len(again(over)) == 4


def test_what_was_done_before_they_were_told_ends_nothing(store: SqlStore) -> None:
    town = Town(store)
    town.policy = repeating(until="acted")
    town.restart()
    town.log.organise()
    town.log.open()
    for day in (8, 10, 14):
        town.run(at(1, day, 10))
    town.log.note(at(1, 15, 8), OFFICE)
    town.run(at(1, 16, 10))
    days_pass(town)
    assert len(again(town)) == 4


def test_another_deadline_begins_anew(over: Town) -> None:
    over.log.note(at(1, 17, 8), OFFICE)
    over.run(at(1, 17, 9))
    over.log.fact("deadline_changed", at(1, 17, 9, 30), due_at=instant(due(1, 20)))
    for day in (17, 19, 20, 21, 22, 23):
        over.run(at(1, day, 10))
    for day in (3, 4, 5, 6, 7):
        over.run(at(2, day, 10))
    assert len(again(over)) > 2


def test_without_that_word_it_is_told_as_often_as_the_policy_says(store: SqlStore) -> None:
    town = Town(store)
    town.policy = repeating()
    town.restart()
    town.log.organise()
    town.log.open()
    for day in (8, 10, 14, 16):
        town.run(at(1, day, 10))
    town.log.note(at(1, 17, 8), OFFICE)
    days_pass(town)
    assert len(again(town)) == 4


def test_a_mail_that_says_it_again_does_not_leave_after_the_act(over: Town) -> None:
    over.mail.failures = [TemporaryFailure("smtp_451")] * 30
    over.run(at(1, 17, 10))
    over.log.note(at(1, 17, 11), OFFICE)
    over.mail.failures.clear()
    over.run(at(1, 17, 12))
    (mail,) = [
        one for one in over.notices() if one.rung == "organ_office/2" and one.channel != "inapp"
    ]
    assert (mail.status, mail.reason) == ("not_sent", "acted_above")


def test_after_it_nothing_is_foretold_and_the_ladder_is_over(over: Town) -> None:
    over.log.note(at(1, 17, 8), OFFICE)
    over.run(at(1, 17, 8, 30))
    book = over.engine.book
    questions = Questions(store=over.store, book=book, clock=over.clock)
    assert questions.next_notices([STREAM])[STREAM] is None
    with over.store.seeing() as tx:
        case = tx.facts.cases([STREAM])[STREAM]
        rules = book.in_force(tx).of(case)
        timer = tx.timers.of([STREAM])[STREAM][("", "deadline")]
    assert rules is not None
    (stay,) = stays(case, {})
    track = rules.policy.tracks[0]
    assert how_armed(stay, track, timer, rules, at(1, 17, 8, 30)) == "ladder_over"


def test_the_letter_says_what_ends_it(over: Town) -> None:
    told = [one.text for one in over.mail.sent if "示例oo" in one.text]
    assert "您在本件上有所办理（含备注、催办）后不再重复" in told[-1]


def test_what_was_done_before_another_took_the_desk_over_ends_nothing_of_what_they_are_told(
    over: Town,
) -> None:
    over.log.note(at(1, 17, 8), actor=OFFICE)
    hand_over_late(over, at(1, 17, 9))
    for day in (17, 19, 20, 21, 22, 23):
        over.run(at(1, day, 10))
    assert again(over)[:1] == ["organ_office"]
    assert {"organ_office/2", "organ_office/3"} <= set(again(over))


def test_where_nobody_is_above_it_is_told_again_to_the_holder(store: SqlStore) -> None:
    town = Town(store)
    town.policy = repeating(until="acted")
    town.restart()
    town.log.organise(without=("hs", "hd", "oo"))
    town.log.open()
    for day in (8, 10, 14, 16, 17):
        town.run(at(1, day, 10))
    assert ("organ_office", "-", "not_sent") in town.told()
    assert ("organ_office/2", "ws", "sent") in town.told()
    assert ("organ_office/2", "ws", "sent") in town.told("email")
    assert "请您：完成述职报告并提交审核" in town.workflow.texts()[-1]
    assert "督促" not in town.workflow.texts()[-1]
    town.log.note(at(1, 17, 11), "ws")  # which is no end of it
    for day in (19, 20):
        town.run(at(1, day, 10))
    assert ("organ_office/4", "ws", "sent") in town.told()


def test_where_the_holder_has_gone_as_well_the_top_is_the_end(store: SqlStore) -> None:
    town = Town(store)
    town.policy = repeating()
    town.restart()
    town.log.organise(without=("ws", "hs", "hd", "oo"))
    town.log.open()
    for day in (8, 10, 14, 16, 17):
        town.run(at(1, day, 10))
    assert ("organ_office/2", "-", "not_sent") in town.told()
