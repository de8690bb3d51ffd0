"""Each tier's whole life, from drafting to closed, by different people, on the notice's days."""

import re
import subprocess
import sys
from typing import Any

import pytest

from deploy.running import ROOT
from services.workflow.audit.ed25519 import load_signer
from tests.end_to_end.world import REPORT, SCORES, World

HOW_TO = ROOT / "docs" / "how-to" / "audit.md"
PAPER = {"reference": "省直工委函〔2020〕3号"}
DECISIONS = [
    {"body": "c", "date": "2020-02-03", "minutes": "机关党委会议纪要〔2020〕2号"},
    {"body": "g", "date": "2020-02-04", "minutes": "党组会议纪要〔2020〕5号"},
]
# Tier A; B with a committee of its own; B without; C.
UNITS = {"A": "c", "B with a committee": "h1", "B without": "b1", "C": "h1-1"}
ACTS: list[tuple[str, str, str, str, dict[str, Any]]] = [
    ("01-08 10:00", "c", "submit", "c.sec", {"data": REPORT}),
    ("01-08 10:00", "h1", "submit", "h1.sec", {"data": REPORT}),
    ("01-08 10:00", "b1", "submit", "b1.sec", {"data": REPORT}),
    ("01-08 10:00", "h1-1", "submit", "h1-1.sec", {"data": REPORT}),
    ("01-10 15:00", "c", "pass_organ_audit", "w.lia", PAPER),
    ("01-10 15:00", "h1", "pass_unit_audit", "h1.dep", {}),
    ("01-10 15:00", "b1", "pass_organ_audit", "c.off", {}),
    ("01-10 15:00", "h1-1", "pass_unit_audit", "h1.off", {}),
    ("01-13 11:00", "h1", "pass_organ_audit", "c.dep", {}),
    ("01-21 14:00", "c", "present", "w.lia", PAPER),
    ("01-21 14:00", "h1", "present", "c.off", {}),
    ("01-21 14:00", "b1", "present", "c.sec", {}),
    ("01-21 14:00", "h1-1", "present", "h1.sec", {}),
    ("01-22 10:00", "c", "score", "w.lia", {"data": SCORES}),
    ("01-22 10:00", "h1", "score", "c.off", {"data": SCORES}),
    ("01-22 10:00", "b1", "score", "c.off", {"data": SCORES}),
    ("01-22 10:00", "h1-1", "score", "h1.off", {"data": SCORES}),
    ("02-05 16:00", "c", "give_feedback", "w.lia", PAPER),
    ("02-05 16:00", "h1", "give_feedback", "c.off", {"data": {"decisions": DECISIONS}}),
    ("02-05 16:00", "b1", "give_feedback", "c.off", {"data": {"decisions": DECISIONS}}),
    ("02-05 16:00", "h1-1", "give_feedback", "h1.off", {}),
    ("02-12 09:00", "c", "start_rectification", "c.sec", {}),
    ("02-12 09:00", "h1", "start_rectification", "h1.sec", {}),
    ("02-12 09:00", "b1", "start_rectification", "b1.sec", {}),
    ("02-12 09:00", "h1-1", "start_rectification", "h1-1.sec", {}),
    ("04-20 15:00", "c", "close", "w.lia", PAPER),
    ("04-20 15:00", "h1", "close", "c.off", {}),
    ("04-20 15:00", "b1", "close", "c.off", {}),
    ("04-20 15:00", "h1-1", "close", "h1.off", {}),
]
FROM_THE_MEETING_ON = ["presented", "scored", "feedback", "rectification", "closed"]
BEFORE_THE_MEETING = {
    "A": ["organ_audit", "cleared"],
    "B with a committee": ["unit_audit", "organ_audit", "cleared"],
    "B without": ["organ_audit", "cleared"],
    "C": ["unit_audit", "cleared"],
}
# Where the desks are, as each state is entered; the appraised person's own is theirs by name.
HOLDERS = {
    "A": ["w/liaison"] * 4 + ["c/secretary"] * 2,
    "B with a committee": ["h1/office"] + ["c/office"] * 4 + ["h1/secretary"] * 2,
    "B without": ["c/office"] * 4 + ["b1/secretary"] * 2,
    "C": ["h1/office"] * 4 + ["h1-1/secretary"] * 2,
}


@pytest.fixture(scope="module")
def lived(world: World) -> World:
    """All four cases lived through, each act on its day."""
    days: dict[str, None] = dict.fromkeys(moment for moment, *_ in ACTS)
    for day in days:
        world.at(day)
        for _, unit, trigger, by, rest in (act for act in ACTS if act[0] == day):
            world.act(unit, trigger, by, **rest)
    return world


@pytest.mark.parametrize("tier", UNITS)
def test_a_case_passes_the_states_of_its_tier_and_no_other(lived: World, tier: str) -> None:
    path = [state for _, state in lived.path(UNITS[tier])]
    assert path == BEFORE_THE_MEETING[tier] + FROM_THE_MEETING_ON
    case = lived.case(UNITS[tier])
    assert (case["state"], case["holder"], case["due_at"]) == ("closed", None, None)
    assert case["version"] == len(path) + 1


@pytest.mark.parametrize("tier", UNITS)
def test_each_state_waits_at_the_desk_that_owes_the_next_act(lived: World, tier: str) -> None:
    moves = [event["data"] for event in lived.events(UNITS[tier], "state_changed")]
    holders = [holder for move in moves for holder in move.get("holders", ())]
    assert [f"{holder['unit']}/{holder['role']}" for holder in holders] == HOLDERS[tier]


@pytest.mark.parametrize("tier", UNITS)
def test_each_act_is_recorded_with_who_did_it_and_through_which_client(
    lived: World, tier: str
) -> None:
    moves = lived.events(UNITS[tier], "state_changed")
    expected = [by for _, unit, _, by, _ in ACTS if unit == UNITS[tier]]
    assert [move["actor"] for move in moves] == expected
    assert {move["client"] for move in moves} == {"platform"}


@pytest.mark.parametrize("tier", UNITS)
def test_scores_are_weighted_and_graded_once(lived: World, tier: str) -> None:
    moves = (event["data"] for event in lived.events(UNITS[tier], "state_changed"))
    (scored,) = (move for move in moves if "components" in move)
    figures = {name: one["figure"] for name, one in scored["components"].items()}
    assert figures == {"ballot": "91.00", "superior": "88.00"}
    assert list(scored["grades"].values()) == [{"grade": "good", "figure": "90.10"}]


@pytest.mark.parametrize("tier", UNITS)
def test_whoever_acts_in_time_is_reminded_at_most_and_never_escalated(
    lived: World, tier: str
) -> None:
    notices = (event["data"] for event in lived.events(UNITS[tier], "notice_recorded"))
    assert {notice["kind"] for notice in notices} <= {"reminder"}


def test_the_cycle_counts_the_closed_ones_by_tier(lived: World) -> None:
    coverage = lived.api.get(f"/v1/cycles/{lived.cycle}", "c.off").body["coverage"]
    assert {tier: counts["closed"] for tier, counts in coverage.items()} == {"A": 1, "B": 2, "C": 1}
    assert all(counts["opened"] == counts["expected"] for counts in coverage.values())


def test_an_auditor_far_away_finds_nothing_by_the_script_of_the_how_to(lived: World) -> None:
    lived.running.settle()
    script = re.findall(r"```python\n(.*?)```", HOW_TO.read_text(encoding="utf-8"), re.DOTALL)[0]
    key = (lived.running.folder / "log.key").read_text(encoding="ascii").strip()
    told = {
        "URL": lived.running.url,
        "TOKEN": (lived.running.folder / "notifier.token").read_text().strip(),
        "VKEY": str(load_signer(key)[0]),
        "CHECKPOINTS": str(lived.running.folder / "checkpoints" / "checkpoints.txt"),
    }
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, cwd=ROOT, env=told, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr


def test_afterwards_the_log_is_whole(lived: World) -> None:
    lived.require_whole()
