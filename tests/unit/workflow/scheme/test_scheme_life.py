"""The lives that the 2019 scheme gives to the reviews of each tier."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from services.workflow.domain.report import ReportCount
from services.workflow.domain.scheme import State, Tier
from tests.unit.workflow.scheme.cases import A_REPORT, NOON, SCHEME, attempt, live

A, B, C = (SCHEME.tiers[name] for name in "ABC")
AFTER_AUDITS = ("present", "score", "give_feedback", "start_rectification", "close")
TAIL = ["cleared", "presented", "scored", "feedback", "rectification", "closed"]


@pytest.mark.parametrize(
    ("tier", "kind", "audits"),
    [
        (A, "organ_committee", ["organ_audit"]),
        (B, "unit_committee", ["unit_audit", "organ_audit"]),
        (B, "organ_branch", ["organ_audit"]),
        (B, "unit_branch", ["organ_audit"]),
        (C, "general_branch", ["unit_audit"]),
        (C, "grassroots_branch", ["unit_audit"]),
    ],
)
def test_a_review_passes_the_audits_of_its_kind_and_closes(
    tier: Tier, kind: str, audits: list[str]
):
    triggers = ("submit", *(f"pass_{stage}" for stage in audits), *AFTER_AUDITS)
    assert live(tier, kind, triggers) == ["drafting", *audits, *TAIL]


def test_the_tier_follows_the_kind():
    kinds = ("organ_committee", "unit_committee", "grassroots_branch")
    assert [SCHEME.tier_of(kind) for kind in kinds] == [A, B, C]


def test_kinds_that_are_not_appraised_have_no_tier():
    assert SCHEME.tier_of("leadership_group") is None


@pytest.mark.parametrize("stage", ["unit_audit", "organ_audit"])
def test_either_audit_can_return_the_report(stage: str):
    assert attempt(B, "unit_committee", f"return_{stage}", stage).target == "drafting"


def test_a_report_is_recalled_before_a_verdict():
    assert attempt(B, "unit_committee", "recall", "unit_audit").target == "drafting"
    assert attempt(B, "unit_branch", "recall", "organ_audit").target == "drafting"


def test_a_report_is_not_recalled_after_a_verdict():
    tried = attempt(B, "unit_committee", "recall", "organ_audit")
    assert [blocker.code for blocker in tried.blockers] == ["verdict_given"]


@pytest.mark.parametrize("state", ["cleared", "presented", "scored"])
def test_a_redo_leads_back_to_drafting(state: str):
    assert attempt(B, "unit_branch", "redo", state).target == "drafting"


@pytest.mark.parametrize("state", ["drafting", "unit_audit", "feedback", "rectification"])
def test_a_redo_comes_after_the_audits_and_before_the_feedback(state: str):
    assert not attempt(B, "unit_branch", "redo", state).fits


@pytest.mark.parametrize("state", [state for state in B.states if not state.final])
def test_every_open_review_can_be_withdrawn_and_suspended(state: State):
    assert attempt(B, "unit_committee", "withdraw", state.name).target == "withdrawn"
    suspended = attempt(B, "unit_committee", "suspend", state.name)
    assert suspended.passes
    assert suspended.target is None


@pytest.mark.parametrize("state", ["closed", "withdrawn"])
def test_nothing_leaves_a_final_state(state: str):
    assert B.triggers_from(state, suspended=False) == ()
    assert not any(attempt(B, "unit_branch", each, state).fits for each in B.transitions)


def test_a_suspended_review_is_only_resumed_or_withdrawn():
    assert set(B.triggers_from("organ_audit", suspended=True)) == {"resume", "withdraw"}
    tried = attempt(B, "unit_branch", "pass_organ_audit", "organ_audit", suspended=True)
    assert not tried.fits
    assert [blocker.code for blocker in tried.blockers] == ["suspended"]


def test_only_a_suspended_review_is_resumed():
    assert attempt(B, "unit_branch", "resume", "organ_audit", suspended=True).passes
    tried = attempt(B, "unit_branch", "resume", "organ_audit")
    assert [blocker.code for blocker in tried.blockers] == ["not_suspended"]


def test_a_skipped_state_is_told_by_name():
    tried = attempt(B, "unit_committee", "pass_organ_audit", "drafting")
    assert (tried.fits, tried.target) == (False, None)
    assert tried.blockers[0].code == "wrong_state"
    assert tried.blockers[0].params["state_label"] == "起草"


def test_a_trigger_of_another_tier_is_known_but_fits_nowhere():
    assert A.transition("pass_unit_audit") is not None
    assert not attempt(A, "organ_committee", "pass_unit_audit", "organ_audit").fits


def test_an_unknown_trigger_is_told():
    tried = attempt(B, "unit_branch", "fly", "drafting")
    assert tried.blockers[0].code == "unknown_trigger"
    assert B.transition("fly") is None


def test_all_blockers_are_told_at_once_with_the_state_it_would_lead_to():
    report = ReportCount(achievements=0, problems=0, tasks=3001)
    tried = attempt(B, "unit_committee", "submit", "drafting", characters=report)
    codes = [blocker.code for blocker in tried.blockers]
    assert codes == ["report_list_empty", "report_list_empty", "report_too_long"]
    assert (tried.fits, tried.target, tried.passes) == (True, "unit_audit", False)


def test_three_thousand_characters_are_not_too_many():
    assert attempt(B, "unit_branch", "submit", "drafting", characters=A_REPORT).passes
    longer = replace(A_REPORT, tasks=A_REPORT.tasks + 1)
    tried = attempt(B, "unit_branch", "submit", "drafting", characters=longer)
    assert tried.blockers[0].params == {"total": 3001, "limit": 3000, "over": 1}


@pytest.mark.parametrize("trigger", ["revoke_clearance", "suspend", "change_deadline", "withdraw"])
def test_a_reason_is_required_where_the_contract_says_so(trigger: str):
    tried = attempt(B, "unit_branch", trigger, "cleared", reason_given=False)
    assert [blocker.code for blocker in tried.blockers] == ["reason_required"]


def test_scores_must_be_there_and_between_0_and_100():
    scores = {"ballot": Decimal("100.01")}
    tried = attempt(B, "unit_branch", "score", "presented", scores=scores)
    told = {blocker.field: blocker.code for blocker in tried.blockers}
    assert told == {
        "data.ballot_score": "score_out_of_range",
        "data.superior_score": "score_missing",
    }


def test_a_score_that_is_no_number_is_out_of_range():
    scores = {"ballot": Decimal("NaN"), "superior": Decimal(100)}
    tried = attempt(B, "unit_branch", "score", "presented", scores=scores)
    assert [blocker.code for blocker in tried.blockers] == ["score_out_of_range"]


def test_a_new_deadline_lies_ahead_and_differs():
    behind = attempt(B, "unit_branch", "redo", "cleared", new_due_at=NOON)
    assert [blocker.code for blocker in behind.blockers] == ["deadline_not_ahead"]
    due = datetime(2020, 1, 20, tzinfo=UTC)
    same = attempt(B, "unit_branch", "change_deadline", "cleared", new_due_at=due, due_at=due)
    assert [blocker.code for blocker in same.blockers] == ["deadline_unchanged"]


def test_a_decision_is_of_a_meeting_that_was_held():
    days = (NOON.date(), NOON.date().replace(day=10))
    tried = attempt(B, "unit_branch", "give_feedback", "scored", decision_days=days)
    assert [blocker.field for blocker in tried.blockers] == ["data.decisions[1].date"]


def test_facts_without_a_route_are_a_bug_and_not_a_refusal():
    with pytest.raises(ValueError, match="no route"):
        attempt(A, "organ_committee", "submit", "drafting", audits=("unit_audit",))
