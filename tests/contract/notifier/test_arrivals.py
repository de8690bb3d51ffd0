"""Work that comes to somebody: told at once, once, and not to who did it themselves."""

import json
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select, update

from schemas.facts import EVENTS
from schemas.instants import instant
from services.notifier.adapters.database import SqlStore
from services.notifier.adapters.database.tables import case_head
from services.notifier.domain.errors import TemporaryFailure
from tests.contract.notifier.test_truth import hand_over
from tests.contract.notifier.town import Town
from tests.unit.notifier.world import (
    BRANCH_REVIEW,
    BY_ITSELF,
    HOSPITAL_REVIEW,
    at,
    due,
)

CASE = f"review/{BRANCH_REVIEW}"
OFFICE, SECRETARY = ("hospital", "office"), ("ward", "secretary", "ws")
OPENED = ("arrival", "ws", "sent")


@pytest.fixture
def busy(store: SqlStore) -> Town:
    """A town under the shipped policy without its letter of a day, with a review in drafting."""
    town = Town(store)
    town.policy = BY_ITSELF
    town.restart()
    town.log.organise()
    town.log.open()
    return town


def move(town: Town, to: str, when: Any, holder: tuple[str, ...], **others: Any) -> None:
    """Let somebody move the review."""
    desk = dict(zip(("unit", "role", "person"), holder, strict=False))
    data = {
        "trigger": "submit",
        "from": "drafting",
        "to": to,
        "effective_at": instant(when),
        "holders": [{**desk, "due_at": instant(due(1, 14))}],
        **others.pop("data", {}),
    }
    town.log.append(
        CASE, "state_changed", when, data, type=EVENTS.latest("state_changed"), **others
    )


def send_back(town: Town, when: Any, actor: str = "ho") -> None:
    back = {"trigger": "return_unit_audit", "from": "unit_audit"}
    verdict = {"state": "unit_audit", "result": "back", "body": "hospital"}
    move(town, "drafting", when, SECRETARY, actor=actor, data={**back, "verdict": verdict})


def test_nobody_is_told_that_it_came_before_it_came(busy: Town) -> None:
    busy.run(at(1, 8, 8, 1))
    move(busy, "unit_audit", at(1, 8, 10), OFFICE)
    busy.feed.pending_since = at(1, 8, 10)  # another event of that instant has no position yet
    busy.run(at(1, 8, 10))
    told = [one for one in busy.notices() if one.rung == "arrival"]
    assert {one.case_version for one in told} == {1, 2}
    assert [one for one in told if one.decided_at < one.planned_at] == []


def test_whoever_a_case_comes_to_is_told_at_once_by_every_channel(busy: Town) -> None:
    busy.run(at(1, 8, 8, 1))
    assert busy.told() == busy.told("email") == [OPENED]
    (text,) = busy.workflow.texts()
    assert "1月8日 08:00立案" in text
    assert "期限：2020年1月10日" in text


def test_the_next_desk_is_told_who_did_what(busy: Town) -> None:
    busy.run(at(1, 8, 8, 1))
    move(busy, "unit_audit", at(1, 8, 8, 2), OFFICE, actor="ws")
    busy.run(at(1, 8, 8, 3))
    assert busy.told() == [("arrival", "ho", "sent"), OPENED]
    assert "1月8日 08:02，内科支部书记示例ws：提交报告" in busy.workflow.texts()[-1]


def test_what_comes_back_says_so(busy: Town) -> None:
    move(busy, "unit_audit", at(1, 8, 8, 2), OFFICE, actor="ws")
    busy.run(at(1, 8, 8, 3))
    send_back(busy, at(1, 8, 8, 4))
    busy.run(at(1, 8, 8, 5))
    told = {(one.recipient.person, one.reason) for one in busy.notices() if one.recipient}
    assert told == {("ho", "arrived"), ("ws", "came_back")}
    assert "返回待办" in busy.mail.sent[-1].subject


def test_nobody_is_told_what_they_did_themselves(busy: Town) -> None:
    busy.run(at(1, 8, 8, 1))
    move(busy, "unit_audit", at(1, 8, 8, 2), OFFICE, actor="ho")
    busy.run(at(1, 8, 8, 3))
    assert busy.told() == [OPENED]


def test_a_case_that_goes_on_with_its_holder_has_not_come_to_them(busy: Town) -> None:
    busy.run(at(1, 8, 8, 1))
    move(busy, "rectification", at(1, 8, 8, 2), SECRETARY, actor="oo")
    busy.run(at(1, 8, 8, 3))
    assert busy.told() == [OPENED]


def test_nothing_is_told_twice_over_a_new_start_and_a_log_read_again(busy: Town) -> None:
    busy.run(at(1, 8, 8, 1))
    busy.engine.release()
    with busy.store.writing(busy.store.claim("reader") or 0) as tx:
        tx.progress.save("http", replace(tx.progress.reading("http"), position=0), {0: 1})
        tx.timers.settle([])
    busy.restart()
    busy.run(at(1, 8, 8, 2), n_passes=40)
    assert busy.told() == busy.told("email") == [OPENED]
    assert len(busy.mail.sent) == 1


def test_a_notifier_set_up_anew_announces_no_old_work(busy: Town) -> None:
    busy.log.fact("suspended", at(1, 8, 8, 1))  # no rung runs beside it
    busy.run(at(1, 13, 8))
    assert busy.notices() == []


def test_work_of_the_day_before_yesterday_is_still_told(busy: Town) -> None:
    busy.log.fact("suspended", at(1, 8, 8, 1))
    busy.run(at(1, 10, 8))
    assert busy.told() == [OPENED]


def test_what_has_gone_on_before_it_was_told_is_told_where_it_went(busy: Town) -> None:
    move(busy, "unit_audit", at(1, 8, 8, 2), OFFICE, actor="ws")
    busy.run(at(1, 8, 8, 3))
    assert busy.told() == [("arrival", "ho", "sent")]


def test_what_came_late_is_told_by_the_late_start_alone(busy: Town) -> None:
    busy.run(at(1, 8, 8, 1))
    busy.log.open(review=HOSPITAL_REVIEW, unit="hospital", due_at=due(1, 7), when=at(1, 8, 9))
    busy.run(at(1, 8, 9, 1))
    case = f"review/{HOSPITAL_REVIEW}"
    told = {(n.rung, n.status, n.reason) for n in busy.notices(case=case)}
    assert told == {("late_start", "sent", "late_start"), ("arrival", "not_sent", "superseded")}


def test_a_vacant_desk_says_so_and_nothing_climbs(store: SqlStore) -> None:
    town = Town(store)
    town.policy = BY_ITSELF
    town.restart()
    town.log.organise(without=("ho",))
    town.log.open()
    move(town, "unit_audit", at(1, 8, 8, 2), OFFICE, actor="ws")
    town.run(at(1, 8, 8, 3))
    assert {(n.status, n.reason) for n in town.notices()} == {("not_sent", "vacant")}


def test_who_has_two_desks_is_told_of_one_event_once(busy: Town) -> None:
    hand_over(busy, "hd", "ho")
    busy.run(at(1, 8, 12))
    office = {"desk": "a", "unit": "hospital", "role": "office"}
    deputy = {"desk": "b", "unit": "hospital", "role": "deputy_secretary"}
    due_at = instant(due(1, 14))
    both = {"holders": [{**office, "due_at": due_at}, {**deputy, "due_at": due_at}]}
    move(busy, "unit_audit", at(1, 8, 12, 1), OFFICE, actor="ws", data=both)
    busy.run(at(1, 8, 12, 2))
    assert [one for one in busy.told() if one[1] == "ho"] == [("arrival", "ho", "sent")]


def test_who_sits_there_by_now_is_not_told_of_what_they_did_themselves(busy: Town) -> None:
    busy.run(at(1, 8, 8, 1))
    busy.mail.failures = [TemporaryFailure("smtp_451")] * 30
    move(busy, "unit_audit", at(1, 8, 8, 2), OFFICE, actor="ts")
    busy.run(at(1, 8, 8, 3))
    assert ("arrival", "ho", "retry") in busy.told("email")
    hand_over(busy, "ho", "ts")
    busy.mail.failures.clear()
    busy.run(at(1, 8, 12))
    assert busy.told("email") == [("arrival", "ho", "not_sent"), OPENED]


def test_a_policy_without_the_word_tells_nobody(town: Town) -> None:
    town.run(at(1, 8, 8, 1))
    assert town.notices() == []


def stay(
    town: Town, when: Any, trigger: str, asked: bool, fact: str = "case_changed", **others: Any
) -> None:
    """Let something be done that leaves the review where it is: with a request, or without."""
    due_at = instant(others.pop("due_at", due(1, 10)))
    office = others.pop("office", "office")
    own = {"unit": "ward", "role": "secretary", "person": "ws", "due_at": due_at}
    desk = {"desk": "request", "unit": "hospital", "role": office}
    data = {
        "trigger": trigger,
        "effective_at": instant(when),
        "holders": [own, desk] if asked else [own],
        **({"dues": [{"due_at": due_at}]} if fact == "deadline_changed" else {}),
        **others.pop("data", {}),
    }
    town.log.append(CASE, fact, when, data, type=EVENTS.latest(fact), **others)


def test_who_may_answer_a_request_is_told_of_it_and_who_asked_of_the_answer(busy: Town) -> None:
    busy.run(at(1, 8, 8, 1))
    stay(busy, at(1, 8, 8, 2), "submit", asked=True, actor="ws")
    busy.run(at(1, 8, 8, 3))
    to_office = [(one.reason, one.desk) for one in busy.notices(recipient="ho")]
    assert set(to_office) == {("asked", "request")}
    text = busy.workflow.texts()[-1]
    assert "这项申请由您（" in text
    assert "请您：答复“提交报告”" in text
    assert "有申请待您答复" in text
    stay(
        busy,
        at(1, 8, 8, 4),
        "change_deadline",
        asked=False,
        fact="deadline_changed",
        actor="ho",
        due_at=due(1, 20),
    )
    busy.run(at(1, 8, 8, 5))
    told = [one.reason for one in busy.notices(recipient="ws") if one.channel == "inapp"]
    assert sorted(told) == ["arrived", "replied"]
    text = busy.workflow.texts()[-1]
    assert "您的申请已答复（1月8日 08:04" in text
    assert "期限：2020年1月20日" in text


def replied(town: Town) -> dict[str, str]:
    """Return whom the inbox tells that their request was answered, each with the text."""
    return {
        one.recipient.person: town.workflow.recorded[one.id]["text"]
        for one in town.notices()
        if one.recipient and (one.reason, one.channel) == ("replied", "inapp")
    }


def test_who_asked_is_told_of_the_answer_though_another_has_to_give_it_by_then(busy: Town) -> None:
    stay(busy, at(1, 8, 8, 2), "submit", asked=True, actor="ws")
    busy.run(at(1, 8, 8, 3))
    stay(busy, at(1, 8, 8, 4), "reassign", asked=True, office="secretary", actor="oo")
    busy.run(at(1, 8, 8, 5))
    assert {one.reason for one in busy.notices(recipient="hs")} == {"asked"}
    assert "请您：答复“提交报告”" in busy.workflow.texts()[-1]
    stay(busy, at(1, 8, 8, 6), "refuse", asked=False, actor="hs")
    busy.run(at(1, 8, 8, 7))
    assert {*replied(busy)} == {"ws"}


def test_who_asked_is_told_of_the_answer_where_a_release_before_kept_the_desk(busy: Town) -> None:
    stay(busy, at(1, 8, 8, 2), "submit", asked=True, actor="ws")
    busy.run(at(1, 8, 8, 3))
    with busy.store._engine.begin() as connection:
        desks = json.loads(connection.execute(select(case_head.c.desks)).scalar_one())
        kept = [{**one, "asked": bool(one["asked"])} for one in desks]
        connection.execute(update(case_head).values(desks=json.dumps(kept)))
    stay(busy, at(1, 8, 8, 4), "refuse", asked=False, actor="ho")
    busy.run(at(1, 8, 8, 5))
    assert {*replied(busy)} == {"ws"}


def test_who_asked_last_is_told_of_the_answer(busy: Town) -> None:
    filed = {"documents": [{"name": "request", "version": 1}]}
    stay(busy, at(1, 8, 8, 2), "submit", asked=True, actor="ws", data=filed)
    stay(busy, at(1, 8, 8, 3), "note", asked=True, actor="ts")
    stay(busy, at(1, 8, 8, 4), "submit", asked=True, actor="os", data=filed)
    stay(busy, at(1, 8, 8, 5), "refuse", asked=False, actor="ho")
    busy.run(at(1, 8, 8, 6))
    assert {*replied(busy)} == {"os"}


def test_who_asked_before_requests_lay_with_anybody_is_told_of_the_answer(busy: Town) -> None:
    filed = {"documents": [{"name": "remarks", "version": 1}]}
    whose = {"submitters": {"request": "ws", "remarks": "ho"}}
    stay(busy, at(1, 8, 8, 2), "refuse", asked=False, actor="ho", data=filed | whose)
    busy.run(at(1, 8, 8, 3))
    assert {*replied(busy)} == {"ws"}
