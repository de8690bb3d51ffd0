"""From an event to a notice: ten-line stories that move the clock and look who was told."""

from datetime import timedelta

from schemas.instants import instant
from tests.contract.notifier.town import Town
from tests.unit.notifier.world import BRANCH_REVIEW, HOSPITAL_REVIEW, POLICY, at, due


def test_nobody_is_told_before_the_first_rung(town: Town) -> None:
    town.run(at(1, 8, 8, 59))
    assert town.notices() == []


def test_an_overdue_draft_climbs_rung_by_rung(town: Town) -> None:
    for day in (8, 9, 10, 13, 14, 15, 16, 17):
        town.run(at(1, day, 10))
    assert town.told() == [
        ("before", "ws", "sent"),
        ("committee", "hs", "sent"),
        ("due_day", "ws", "sent"),
        ("organ_office", "oo", "sent"),
    ]
    assert len(town.mail.sent) == 4


def test_submitting_in_time_stops_the_ladder(town: Town) -> None:
    town.run(at(1, 8, 10))
    town.log.change("unit_audit", at(1, 9), ("hospital", "office"), due(1, 14))
    for day in (9, 10, 13):
        town.run(at(1, day, 12))
    assert town.told() == [("before", "ho", "sent"), ("before", "ws", "sent")]


def test_the_end_of_a_case_disarms_it(town: Town) -> None:
    town.log.change("withdrawn", at(1, 8, 8, 30), None)
    town.run(at(1, 20))
    assert town.notices() == []


def test_suspension_stops_the_clock_and_resuming_sets_it_anew(town: Town) -> None:
    town.log.fact("suspended", at(1, 8, 8, 30))
    town.run(at(1, 13))
    assert town.notices() == []
    later = instant(due(1, 15))
    town.log.fact("resumed", at(1, 13), suspended_working_days=3, due_at=later)
    town.run(at(1, 13, 13))
    town.run(at(1, 15, 10))
    assert town.told() == [("due_day", "ws", "sent")]


def test_what_was_told_before_a_suspension_is_not_told_again_after_it(town: Town) -> None:
    for day in (8, 10, 14):
        town.run(at(1, day, 10))
    told = town.told()
    assert ("committee", "hs", "sent") in told
    town.log.fact("suspended", at(1, 14, 11))
    town.run(at(1, 15))
    town.log.fact("resumed", at(1, 15), suspended_working_days=0, due_at=instant(due(1, 10)))
    town.run(at(1, 15, 13))
    assert town.told() == told
    town.run(at(1, 16, 10))
    assert town.told() == sorted([*told, ("organ_office", "oo", "sent")])


def test_a_case_that_comes_back_has_its_rungs_again(town: Town) -> None:
    town.run(at(1, 8, 10))
    town.log.change("unit_audit", at(1, 8, 11), ("hospital", "office"), due(1, 14))
    town.log.change("drafting", at(1, 8, 12), ("ward", "secretary", "ws"), due(1, 10))
    town.run(at(1, 10, 10))
    assert town.told() == [("before", "ws", "sent"), ("due_day", "ws", "sent")]


def test_a_deadline_that_moves_moves_the_rungs(town: Town) -> None:
    town.log.fact("deadline_changed", at(1, 8, 8, 30), due_at=instant(due(1, 14)))
    town.run(at(1, 9))
    assert town.notices() == []
    town.run(at(1, 10, 10))
    assert town.told() == [("before", "ws", "sent")]


def test_a_reminder_by_hand_goes_to_the_holder_at_once(town: Town) -> None:
    town.run()
    town.log.urge(at(1, 8, 8, 5), actor="oo")
    town.run(at(1, 8, 8, 6))
    assert town.told() == [("urge", "ws", "sent")]
    assert "示例oo向您催办" in town.workflow.texts()[0]


def test_unit_and_role_stand_beside_everybody_a_letter_names(town: Town) -> None:
    people = town.workflow.people
    town.workflow.people = lambda ids: {  # type: ignore[method-assign]
        id_: type(person)(id=id_, name="同名") for id_, person in people(ids).items()
    }
    town.log.urge(at(1, 8, 8, 5), actor="oo")
    town.run(at(1, 8, 8, 6))
    text = town.workflow.texts()[0]
    assert "机关党委办公室同名向您催办" in text
    assert "内科支部书记同名同志的" in text


def test_two_reminders_by_hand_are_two_notices(town: Town) -> None:
    town.log.urge(at(1, 8, 8, 5))
    town.log.urge(at(1, 8, 8, 6))
    town.run(at(1, 8, 8, 7))
    assert town.told() == [("urge", "ws", "sent"), ("urge", "ws", "sent")]


def test_a_reminder_by_hand_of_long_ago_is_told_to_nobody_by_a_notifier_set_up_anew(
    town: Town,
) -> None:
    town.log.fact("suspended", at(1, 8, 8, 4))  # no rung runs beside it
    town.log.urge(at(1, 8, 8, 5))
    town.run(at(1, 22, 8, 6))
    assert [(notice.status, notice.reason) for notice in town.notices()] == [
        ("not_sent", "too_late")
    ]
    town.log.urge(at(1, 22, 8, 5))
    town.run(at(1, 22, 8, 7))
    assert town.told() == [("urge", "-", "not_sent"), ("urge", "ws", "sent")]


def test_a_reminder_by_hand_that_the_holder_has_overtaken_is_not_sent(town: Town) -> None:
    town.log.urge(at(1, 8, 8, 5))
    town.log.change("unit_audit", at(1, 8, 8, 6), ("hospital", "office"), due(1, 14))
    town.run(at(1, 8, 8, 7))
    assert [(notice.status, notice.reason) for notice in town.notices()] == [
        ("not_sent", "overtaken")
    ]


def test_a_notice_says_why_you_why_now_what_to_do_and_what_comes_next(town: Town) -> None:
    town.run(at(1, 8, 10))
    (text,) = town.workflow.texts()
    assert "示例ws同志" in text
    assert "内科支部书记" in text
    assert "还有 2 个工作日" in text
    assert "完成述职报告并提交审核" in text
    assert "将于1月10日 09:" in text
    assert f"https://shuping.example.org/cases/{BRANCH_REVIEW}" in text


def test_an_escalation_says_what_was_passed_over(town: Town) -> None:
    town.log.bodies.clear()
    town.log.versions.clear()
    town.log.organise(without=("hs",))
    town.log.open()
    for day in (8, 10, 14):
        town.run(at(1, day, 10))
    text = next(text for text in town.workflow.texts() if "示例hd同志" in text)
    assert "医院党委书记" in text
    assert "空缺" in text
    assert "已逾期满 1 个工作日" in text


def test_an_escalation_says_why_each_was_passed_over_and_of_no_vacancy_that_is_none(
    town: Town,
) -> None:
    town.log.open(HOSPITAL_REVIEW, "hospital", due(1, 10))
    away = {"person": "hd", "from": "2020-01-13", "until": "2020-01-31"}
    town.log.append("organisation/work", "absent", at(1, 8, 9), away)
    for day in (8, 10, 14):
        town.run(at(1, day, 10))
    (text,) = (one for one in town.workflow.texts() if "示例oo同志" in one)
    assert "（医院党委书记即当事人本人、医院党委副书记外出，逐级上报至您）" in text


def test_a_name_is_put_in_literally(town: Town) -> None:
    people = town.workflow.people
    town.workflow.people = lambda ids: {  # type: ignore[method-assign]
        id_: type(person)(id=id_, name="$link {{7*7}} ${name}\nBcc: x@example.org")
        for id_, person in people(ids).items()
    }
    town.run(at(1, 8, 10))
    assert "$link {{7*7}} ${name} Bcc: x@example.org同志" in town.workflow.texts()[0]


def test_everything_sent_and_not_sent_is_reported_once(town: Town) -> None:
    town.workflow.away = True
    town.run(at(1, 8, 10))
    town.workflow.away = False
    for day in (8, 10, 14):
        town.run(at(1, day, 11))
    outcomes = {
        (notice["rung"], notice["channel"], notice["outcome"])
        for notice in town.workflow.recorded.values()
    }
    assert len(town.workflow.recorded) == len(town.notices()) == len(outcomes) == 6
    assert {outcome for _, _, outcome in outcomes} == {"sent"}
    assert len(town.workflow.reported) == len(set(town.workflow.reported))


def test_a_rung_that_reaches_nobody_is_reported_as_not_sent_with_the_reason(town: Town) -> None:
    town.log.bodies.clear()
    town.log.versions.clear()
    town.log.organise(without=("hs", "hd", "oo"))
    town.log.open()
    for day in (8, 10, 14):
        town.run(at(1, day, 10))
    (report,) = (one for one in town.workflow.recorded.values() if one["rung"] == "committee")
    assert (report["outcome"], report["reason"]) == ("not_sent", "top_of_ladder")
    assert {entry["reason"] for entry in report["skipped"]} == {"vacant"}
    assert "recipient" not in report


def test_of_reminders_that_fell_due_together_only_the_last_is_sent(town: Town) -> None:
    town.run(at(1, 10, 10))
    reasons = {notice.rung: (notice.status, notice.reason) for notice in town.notices()}
    assert reasons["before"] == ("not_sent", "superseded")
    assert reasons["due_day"][0] == "sent"


def test_a_reminder_that_comes_after_the_deadline_is_not_sent(town: Town) -> None:
    town.run(at(1, 11))
    told = {(n.rung, n.status, n.reason) for n in town.notices()}
    assert told == {
        ("before", "not_sent", "too_late"),
        ("due_day", "not_sent", "too_late"),
        ("late_start", "sent", "late_start"),
    }


def test_a_new_policy_sets_the_timers_anew_and_repeats_no_rung(town: Town) -> None:
    town.run(at(1, 8, 10))
    with town.store.writing(1) as tx:
        tx.texts.save_timers_set_by({POLICY.scheme: ("0" * 64, "1" * 64)})
    town.engine.release()
    town.restart()
    town.run(at(1, 8, 10) + timedelta(minutes=1))
    assert town.told() == [("before", "ws", "sent")]
