"""The ways that do not lead forward: returned, recalled, revoked, done again, withdrawn."""

import json

from tests.end_to_end.world import REPORT, SCORES, World, codes

FINDINGS = ["问题清单空泛，没有具体事例", "没有回应去年督查指出的第二条"]


def test_a_hollow_report_goes_back_with_findings_and_comes_again(world: World) -> None:
    world.submit("h1-1")
    world.act("h1-1", "return_unit_audit", "h1.off", data={"findings": FINDINGS})
    assert world.case("h1-1")["holder"]["person"] == "h1-1.sec"
    world.submit("h1-1")
    world.act("h1-1", "pass_unit_audit", "h1.off")
    assert world.case("h1-1")["state"] == "cleared"
    moves = (event["data"] for event in world.events("h1-1", "state_changed"))
    filed = [document for move in moves for document in move.get("documents", ())]
    assert [one["version"] for one in filed if one["name"] == "report"] == [1, 2]


def test_findings_are_read_by_who_has_to_answer_them_and_stand_in_no_event(world: World) -> None:
    world.submit("b1")
    world.act("b1", "return_organ_audit", "c.off", data={"findings": FINDINGS})
    path = f"/v1/reviews/{world.cases['b1']}/events"
    items = world.api.get(path, "b1.sec").body["items"]
    rows = [text for item in items for text in item["texts"].values()][-2:]
    assert [json.loads(row) for row in rows] == [{"finding": one} for one in FINDINGS]
    assert FINDINGS[0] not in str([item["event"] for item in items])


def test_who_submitted_may_take_it_back_before_a_verdict(world: World) -> None:
    world.submit("h1-2")
    world.act("h1-2", "recall", "h1-2.sec", reason="发现数字有误")
    assert world.path("h1-2")[-1] == ("recall", "drafting")
    world.submit("h1-2")
    world.act("h1-2", "pass_unit_audit", "h1.off")
    refused = world.fire("h1-2", "recall", "h1-2.sec")
    assert (refused.status, refused.body["state"]) == (409, "cleared")


def test_after_the_first_of_two_audits_nothing_is_taken_back(world: World) -> None:
    world.submit("h1")
    world.act("h1", "pass_unit_audit", "h1.dep")
    refused = world.fire("h1", "recall", "h1.sec")
    assert refused.status == 422
    assert codes(refused) == ["verdict_given"]
    assert world.case("h1")["state"] == "organ_audit"


def test_nobody_audits_their_own_report_nor_one_they_submitted(world: World) -> None:
    world.submit("h3")
    assert world.fire("h3", "pass_unit_audit", "h3.sec").status == 403
    world.act("h3", "pass_unit_audit", "h3.dep")
    assert world.fire("h3", "pass_organ_audit", "h3.sec").status == 403


def test_who_passed_a_report_may_revoke_that_with_a_reason(world: World) -> None:
    world.submit("b2")
    world.act("b2", "pass_organ_audit", "c.off")
    assert codes(world.fire("b2", "revoke_clearance", "c.off")) == ["reason_required"]
    world.act("b2", "revoke_clearance", "c.off", reason="核查发现成绩不实")
    case = world.case("b2")
    assert (case["state"], case["holder"]["person"]) == ("drafting", "b2.sec")


def test_a_perfunctory_round_is_done_again_by_a_new_deadline(world: World) -> None:
    world.submit("h1-3")
    world.act("h1-3", "pass_unit_audit", "h1.off")
    world.act("h1-3", "present", "h1.off")
    world.act("h1-3", "score", "h1.off", data=SCORES)
    assert (
        world.fire("h1-3", "redo", "h1.off", data={"due_at": "2020-02-21T00:00:00+08:00"}).status
        == 403
    )
    world.act(
        "h1-3", "redo", "c.off", data={"due_at": "2020-02-21T00:00:00+08:00"}, reason="走过场"
    )
    case = world.case("h1-3")
    assert (case["state"], case["due_at"]) == ("drafting", "2020-02-20T16:00:00.000000Z")


def test_a_deadline_is_moved_with_a_reason_and_both_dates_are_kept(world: World) -> None:
    before = world.case("b3")["due_at"]
    world.act(
        "b3",
        "change_deadline",
        "c.off",
        reason="会期调整",
        data={"due_at": "2020-01-18T00:00:00+08:00"},
    )
    (changed,) = world.events("b3", "deadline_changed")
    (due,) = changed["data"]["dues"]
    assert due["previous_due_at"] == before
    assert world.case("b3")["due_at"] == due["due_at"] == "2020-01-17T16:00:00.000000Z"


def test_a_withdrawn_case_is_over(world: World) -> None:
    world.act("h1-4", "withdraw", "h1.sec", reason="书记调离")
    assert (world.case("h1-4")["state"], world.case("h1-4")["holder"]) == ("withdrawn", None)
    refused = world.fire("h1-4", "submit", "h1-4.sec", data=REPORT)
    assert (refused.status, refused.body["state"]) == (409, "withdrawn")


def test_afterwards_the_log_is_whole(world: World) -> None:
    world.require_whole()
