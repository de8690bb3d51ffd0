"""A case that is late when it comes: the holder first, at once; those above a working day after.

Due on Friday the 10th, the rungs above would be due on the 14th and the 16th, by then both behind:
of the two the higher one is told.
"""

from typing import Any

import pytest

from schemas.canonical import parse_strict
from schemas.document import Document
from schemas.instants import instant
from schemas.policy_reading import read_policy
from services.notifier.adapters.database import SqlStore
from services.notifier.application.questions import Questions
from services.notifier.domain.errors import PermanentFailure, TemporaryFailure
from tests.contract.notifier.test_promises import change_posts
from tests.contract.notifier.test_truth import hand_over
from tests.contract.notifier.town import Town
from tests.unit.notifier.world import BRANCH_REVIEW, HOSPITAL_REVIEW, POLICY, SHIPPED, at, due

FOUND = at(1, 16, 15)
HOLDER, ABOVE = ("late_start", "ws", "sent"), [("committee", "hs", "sent")]
GIVES_WAY, TOP = ("committee", "-", "not_sent"), ("organ_office", "oo", "sent")


@pytest.fixture
def late(store: SqlStore) -> Town:
    """A town with one case, opened on the 16th and due on the 10th."""
    return opened_late(Town(store))


@pytest.fixture
def busy(store: SqlStore) -> Town:
    """A town under the shipped policy, which tells that work came."""
    return under_shipped(Town(store))


def under_shipped(town: Town) -> Town:
    town.policy = SHIPPED
    town.restart()
    town.log.organise()
    return town


def opened_late(town: Town, without: tuple[str, ...] = ()) -> Town:
    town.log.organise(without=without)
    town.log.open(when=FOUND)
    return town


def test_a_case_late_at_birth_tells_its_holder_at_once_and_nobody_else(late: Town) -> None:
    late.run(FOUND)
    assert late.told() == [HOLDER]
    assert late.told("email") == [HOLDER]
    assert "期限为2020年1月10日，已逾期满 3 个工作日" in late.workflow.texts()[0]
    assert "将于1月17日 09:" in late.workflow.texts()[0]


def test_those_above_are_told_on_the_working_day_after(late: Town) -> None:
    late.run(FOUND)
    late.run(at(1, 17, 8, 59))
    assert late.told() == [HOLDER]
    late.run(at(1, 17, 10))
    assert late.told() == [GIVES_WAY, HOLDER, TOP]


def test_a_holder_told_on_a_day_of_rest_has_a_working_day_before_those_above_are(
    store: SqlStore,
) -> None:
    town = Town(store)
    town.log.organise()
    town.log.open(when=at(1, 18, 15))  # a Saturday; the Sunday after it was worked
    town.run(at(1, 18, 15))
    assert town.told() == [HOLDER]
    town.run(at(1, 19, 23))
    assert town.told() == [HOLDER]
    town.run(at(1, 20, 10))
    assert TOP in town.told()


def test_a_report_that_comes_back_late_tells_its_holder_first(town: Town) -> None:
    town.run(at(1, 8, 8, 5))
    town.log.change("unit_audit", at(1, 8, 8, 30), ("hospital", "office"), due(1, 14))
    town.log.change("drafting", at(1, 13, 15), ("ward", "secretary", "ws"), due(1, 10))
    town.run(at(1, 13, 15, 1))
    assert ("late_start", "ws", "sent") in town.told()
    town.run(at(1, 14, 10))
    assert set(ABOVE) < set(town.told())


def test_the_holder_who_acts_in_time_is_not_escalated(late: Town) -> None:
    late.run(FOUND)
    late.log.change("unit_audit", at(1, 16, 17), ("hospital", "office"), due(1, 22))
    late.run(at(1, 17, 10))
    assert late.told() == [HOLDER]


def test_nothing_is_told_twice_over_a_new_start_and_events_in_between(late: Town) -> None:
    late.run(FOUND)
    late.log.fact("suspended", at(1, 16, 16))
    late.log.fact("resumed", at(1, 16, 17), suspended_working_days=0, due_at=instant(due(1, 10)))
    late.restart()
    late.run(at(1, 16, 18))
    assert late.told() == [HOLDER]
    late.run(at(1, 17, 10))
    late.run(at(1, 20, 10))
    assert late.told() == [GIVES_WAY, HOLDER, TOP]


def test_a_vacant_desk_is_passed_over_with_the_reason_and_the_rungs_above_go_on(
    store: SqlStore,
) -> None:
    town = opened_late(Town(store), without=("ws",))
    town.run(FOUND)
    (passed,) = town.notices()
    assert (passed.rung, passed.status, passed.reason) == ("late_start", "not_sent", "post_ended")
    assert town.workflow.recorded[passed.id]["reason"] == "post_ended"
    town.run(at(1, 17, 10))
    assert TOP in town.told()


def test_a_holder_who_could_not_be_reached_holds_nobody_back(store: SqlStore) -> None:
    town = opened_late(Town(store, channels={"email": "email"}))
    town.mail.failures = [PermanentFailure("smtp_550")]
    town.run(FOUND)
    assert town.told("email") == [("late_start", "ws", "failed")]
    town.run(at(1, 17, 10))
    assert TOP in town.told("email")


def test_while_the_holder_is_not_told_yet_nobody_above_is(store: SqlStore) -> None:
    town = opened_late(Town(store, channels={"email": "email"}))
    town.mail.failures = [TemporaryFailure("smtp_451")] * 2
    town.run(FOUND)
    town.run(at(1, 17, 10))
    assert town.told("email") == [("late_start", "ws", "retry")]
    town.run(at(1, 19, 8))  # a Sunday that was worked
    assert town.told("email") == [HOLDER]
    town.run(at(1, 19, 10))
    assert town.told("email") == [HOLDER]
    town.run(at(1, 20, 10))
    assert TOP in town.told("email")


def test_what_is_shown_as_next_is_what_will_be_sent(late: Town) -> None:
    late.run(FOUND)
    questions = Questions(store=late.store, book=late.engine.book, clock=late.clock)
    foretold = questions.next_notices([f"review/{BRANCH_REVIEW}"])[f"review/{BRANCH_REVIEW}"]
    late.run(at(1, 17, 10))
    sent = {notice.planned_at for notice in late.notices() if notice.rung == "organ_office"}
    assert foretold is not None
    assert foretold.rung == "organ_office"  # type: ignore[union-attr]
    assert sent == {foretold.at}  # type: ignore[union-attr]


def test_a_deadline_that_goes_by_during_a_suspension_is_told_to_the_holder_first(
    town: Town,
) -> None:
    town.log.fact("suspended", at(1, 8, 8, 30))
    town.run(at(1, 16))
    town.log.fact("resumed", FOUND, suspended_working_days=6, due_at=instant(due(1, 10)))
    town.run(FOUND)
    assert town.told() == [HOLDER]
    town.run(at(1, 17, 10))
    assert TOP in town.told()


def test_a_reminder_by_hand_of_the_outage_is_the_late_start_and_those_above_wait(
    town: Town,
) -> None:
    town.run(at(1, 8, 8, 5))
    town.log.urge(at(1, 9, 11))
    town.run(at(1, 14, 15))
    assert told_so_far(town) == [("urge", "ws", "sent")]
    assert ("late_start", "not_sent", "superseded") in outcomes(town)
    assert "2020年1月10日，已逾期满 1 个工作日" in town.workflow.texts()[-1]
    town.restart()
    town.run(at(1, 15, 8))
    assert told_so_far(town) == [("urge", "ws", "sent")]
    town.run(at(1, 15, 10))
    assert told_so_far(town) == [*ABOVE, ("urge", "ws", "sent")]


def test_who_a_reminder_by_hand_told_is_not_told_anew_however_many_there_were(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.notifier.application.sweep._BATCH", 2)
    town.log.open(HOSPITAL_REVIEW, "hospital", due_at=due(1, 20))
    town.run(at(1, 8, 8, 5))
    for minute in range(5):
        town.log.urge(at(1, 9, 11, minute), review=HOSPITAL_REVIEW)
    town.log.urge(at(1, 9, 12))
    town.run(at(1, 14, 15), n_passes=40)
    of_it = {n.rung for n in town.notices(case=f"review/{BRANCH_REVIEW}") if n.status == "sent"}
    assert of_it == {"urge"}


def test_a_reminder_by_hand_to_those_above_is_no_late_start_of_the_holder(store: SqlStore) -> None:
    town = opened_late(Town(store), without=("ws",))
    town.log.urge(at(1, 16, 15, 1))
    town.run(at(1, 16, 15, 2))
    assert told_so_far(town) == [("urge", "hs", "sent")]
    assert ("late_start", "not_sent", "post_ended") in outcomes(town)


def test_what_was_told_of_an_earlier_stay_is_no_late_start_of_this_one(late: Town) -> None:
    late.run(FOUND)
    late.log.urge(at(1, 16, 15, 1))
    late.run(at(1, 16, 15, 2))
    late.log.change("unit_audit", at(1, 16, 16), ("hospital", "office"), due(1, 22))
    late.log.change("drafting", at(1, 16, 17), ("ward", "secretary", "ws"), due(1, 10))
    late.run(at(1, 16, 18))
    assert told_so_far(late) == [HOLDER, HOLDER, ("urge", "ws", "sent")]


def test_a_case_that_came_in_the_outage_and_is_over_by_now_is_told_once(busy: Town) -> None:
    busy.run(at(1, 13, 8))
    busy.log.open(HOSPITAL_REVIEW, "hospital", due_at=due(1, 14), when=at(1, 14, 9))
    busy.run(at(1, 15, 15))
    case = f"review/{HOSPITAL_REVIEW}"
    told = [n for n in busy.notices(case=case) if n.channel == "inapp"]
    assert {(n.rung, n.status) for n in told if n.status == "sent"} == {("arrival", "sent")}
    assert ("late_start", "superseded") in {(n.rung, n.reason) for n in told}
    assert "期限：2020年1月14日，已经过期" in busy.workflow.texts()[-1]


def told_so_far(town: Town) -> list[tuple[str, str, str]]:
    return [one for one in town.told() if one[2] == "sent"]


def outcomes(town: Town) -> set[tuple[str, str, str]]:
    return {(one.rung, one.status, one.reason) for one in town.notices()}


def test_a_case_that_comes_in_time_has_no_late_start(town: Town) -> None:
    town.log.open(HOSPITAL_REVIEW, "hospital")
    for day in (8, 10, 14, 16):
        town.run(at(1, day, 10))
    assert "late_start" not in {notice.rung for notice in town.notices()}


def with_track(town: Town, **track: Any) -> Town:
    """Let *town* be under its policy with other words of the one track."""
    tree = parse_strict(POLICY.canonical)
    tree["tracks"] = [{"track": "deadline", "rungs": tree["tracks"][0]["rungs"]} | track]
    town.policy = read_policy(Document(tree))
    town.restart()
    return town


def test_a_deadline_known_too_late_for_any_reminder_is_told_to_its_holder_at_once(
    town: Town,
) -> None:
    town.log.open(HOSPITAL_REVIEW, "hospital", due(1, 10), when=at(1, 10, 15))
    town.run(at(1, 10, 15))
    assert [one for one in town.told() if one[1] == "hs"] == [("due_day", "hs", "sent")]


def test_nobody_above_is_the_first_to_be_told_though_the_policy_says_nothing_of_it(
    store: SqlStore,
) -> None:
    rungs = parse_strict(POLICY.canonical)["tracks"][0]["rungs"]
    town = with_track(Town(store), rungs=rungs[2:])
    town.log.organise()
    town.log.open(when=at(1, 8, 8), due_at=due(1, 10))
    town.run(at(1, 8, 8))
    town.run(at(1, 14, 10))
    assert town.told() == [("late_start", "ws", "sent")]
    town.run(at(1, 15, 10))
    assert town.told() == [("committee", "hs", "sent"), ("late_start", "ws", "sent")]


def test_what_is_late_is_told_to_its_holder_first_though_the_policy_says_nothing_of_it(
    store: SqlStore,
) -> None:
    town = opened_late(with_track(Town(store)))
    town.run(FOUND)
    assert town.told() == [HOLDER]
    town.run(at(1, 17, 10))
    assert TOP in town.told()


def hand_over_late(town: Town, when: Any) -> None:
    """Let the deputy take the review over from the secretary, who goes; it is late by then."""
    desk = {"unit": "ward", "role": "deputy_secretary", "person": "wd"}
    change_posts(town, when, desk | {"from": "2019-01-01"})
    holders = [desk | {"due_at": instant(due(1, 10))}]
    town.log.fact("subject_replaced", when, subject="wd", previous="ws", holders=holders)


@pytest.mark.parametrize("told_late", [False, True])
def test_whoever_takes_over_what_is_late_is_told_first_and_those_above_a_working_day_after(
    store: SqlStore, *, told_late: bool
) -> None:
    town = Town(store)
    town.log.organise()
    town.log.open(when=FOUND if told_late else at(1, 8, 8))
    town.run(at(1, 10, 12))
    town.run(at(1, 16, 16))
    hand_over_late(town, at(1, 16, 17))
    town.run(at(1, 16, 17, 1))
    assert ("late_start", "wd", "sent") in town.told()
    n_above = len([one for one in town.notices() if one.kind == "escalation"])
    town.run(at(1, 17, 8))
    assert len([one for one in town.notices() if one.kind == "escalation"]) == n_above
    town.run(at(1, 17, 10))
    assert TOP in town.told()


def test_who_sits_at_a_desk_since_it_was_late_is_told_before_those_above_are(busy: Town) -> None:
    busy.log.open()
    busy.log.change("unit_audit", at(1, 8, 9), ("hospital", "office"), due(1, 10))
    busy.run(at(1, 10, 17))
    assert ("due_day", "ho", "sent") in busy.told()
    hand_over(busy, "ho", "ts")
    busy.run(at(1, 14, 12))
    assert [one for one in busy.told() if one[0] not in {"arrival", "before", "due_day"}] == [
        ("late_start", "ts", "sent")
    ]
    busy.run(at(1, 15, 12))
    assert ("committee", "hs", "sent") in busy.told()


def test_another_who_has_sat_there_all_the_time_is_told_nothing_anew(busy: Town) -> None:
    busy.log.open()
    busy.log.change("unit_audit", at(1, 8, 9), ("hospital", "office"), due(1, 10))
    more = {"person": "ts", "unit": "hospital", "role": "office", "from": "2019-01-01"}
    change_posts(busy, at(1, 9, 9), more)
    busy.run(at(1, 10, 17))
    gone = {"person": "ho", "unit": "hospital", "role": "office", "from": "2019-01-01"}
    change_posts(busy, at(1, 11, 9), dropped=(gone,))
    busy.run(at(1, 14, 12))
    assert ("committee", "hs", "sent") in busy.told()
    assert not any(one[0] == "late_start" for one in busy.told())


def test_a_holder_who_is_not_known_any_more_holds_nobody_back(store: SqlStore) -> None:
    town = Town(store)
    town.workflow.strangers = {"ws"}
    opened_late(town)
    town.run(FOUND)
    assert {one[2] for one in town.told()} == {"not_sent"}
    town.run(at(1, 17, 10))
    assert TOP in town.told()


def test_a_deadline_moved_to_the_very_day_is_told_to_its_holder_at_once(busy: Town) -> None:
    busy.log.open(due_at=due(1, 20))
    busy.run(at(1, 8, 9))
    busy.log.fact("deadline_changed", at(1, 14, 12), due_at=instant(due(1, 14)))
    busy.run(at(1, 14, 12, 1))
    assert busy.told() == [("arrival", "ws", "sent"), ("due_day", "ws", "sent")]
    assert "今天是办理期限的最后一天" in busy.workflow.texts()[-1]
    busy.run(at(1, 16, 10))
    assert ("committee", "hs", "sent") in busy.told()


def test_after_an_outage_the_holder_is_first_though_the_policy_says_nothing_of_it(
    store: SqlStore,
) -> None:
    town = with_track(Town(store))
    town.log.organise()
    town.log.open(due_at=due(1, 13))
    town.run(at(1, 8, 9))
    town.run(at(1, 15, 12))
    assert {one for one in town.told() if one[2] == "sent"} == {HOLDER}
    town.run(at(1, 16, 12))
    assert {*ABOVE} <= {*town.told()}
