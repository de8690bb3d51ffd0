"""The one machine of a tier: shared by threads, and free of what machines are known to do."""

from concurrent.futures import ThreadPoolExecutor

from tests.unit.workflow.scheme.cases import SCHEME, attempt, live

B = SCHEME.tiers["B"]
WAYS = {
    "unit_committee": ("submit", "pass_unit_audit", "pass_organ_audit", "present"),
    "unit_branch": ("submit", "pass_organ_audit", "present"),
    "organ_branch": ("submit", "return_organ_audit", "submit", "recall"),
}


def test_many_threads_live_different_lives_over_one_machine():
    kinds = list(WAYS) * 200
    alone = {kind: live(B, kind, way) for kind, way in WAYS.items()}
    with ThreadPoolExecutor(max_workers=16) as threads:
        lives = list(threads.map(lambda kind: live(B, kind, WAYS[kind]), kinds))
    assert lives == [alone[kind] for kind in kinds]


def test_blockers_of_one_attempt_never_reach_another():
    def one(reason_given: bool) -> int:
        tried = attempt(B, "unit_branch", "withdraw", "cleared", reason_given=reason_given)
        return len(tried.blockers)

    with ThreadPoolExecutor(max_workers=16) as threads:
        found = list(threads.map(one, [True, False] * 500))
    assert found == [0, 1] * 500


def test_no_trigger_jumps_to_a_state_past_all_guards():
    machine = B._machine
    assert set(machine.events) == set(B.transitions)
    assert not machine.models


def test_a_failed_attempt_changes_nothing():
    tried = [attempt(B, "unit_branch", "withdraw", "cleared", reason_given=False) for _ in "12"]
    assert tried[0] == tried[1]
