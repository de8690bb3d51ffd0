"""The two shipped schemes that appraise nobody, played: requests on two desks, and findings."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from schemas.commitments import commit
from services.workflow.adapters.files.organisation_file import load
from services.workflow.domain.organisation import Organisation, difference
from tests.unit.workflow.case.played import Play, scheme, text_of

EXAMPLES = Path("services/workflow/schemes/examples")
MORNING = datetime(2024, 3, 4, 1, tzinfo=UTC)  # a Monday


def organisation(name: str) -> Organisation:
    file = load(EXAMPLES / f"{name}.organisation.yaml")
    empty = Organisation.empty()
    keep = lambda text: commit(text, b"s" * 32)  # noqa: E731
    return empty.evolve_all(difference(empty, {}, file).events(keep))


def played(name: str, unit: str, label: str) -> Play:
    rules = scheme((EXAMPLES / f"{name}.yaml").read_text())
    return Play(rules, organisation(name), now=MORNING, unit=unit, label=label)


@pytest.fixture
def changes() -> Play:
    return played("change-approval", "grp", "2024")


@pytest.fixture
def inspections() -> Play:
    play = played("laboratory-safety", "nku", "2024-Q1")
    play.open()
    return play


# --- Changes: on request, two desks side by side ---


def plan(day: str = "2024-03-08", hours: tuple[int, int] = (1, 3)) -> dict[str, Any]:
    window = {
        key: f"{day}T{at:02d}:00:00+00:00" for key, at in zip(("from", "until"), hours, strict=True)
    }
    given = {
        "what": "w",
        "why": "y",
        "fallback": "f",
        "window": window,
        "performer": "p-network",
        "risk": "low",
    }
    return {"documents": {"change_plan": {"rows": [given]}}}


def asked(play: Play, unit: str = "east-network", who: str = "p-network", **more: Any) -> str:
    number = play.opened("change", unit, who).case.number
    play.done(number, "ask_approval", who, data=plan(**more))
    return number


def test_a_change_lies_on_two_desks_and_the_last_to_approve_moves_it(changes: Play):
    number = asked(changes)
    case = changes.case(number)
    assert {one.desk: one.unit for one in case.holders} == {
        "line": "east-platform",
        "security": "east-platform-security",
    }
    changes.done(number, "approve_change", "p-security-east")
    assert changes.done(number, "approve_change", "p-manager-east").state == "approved_to_run"
    changes.replayed()


@pytest.mark.parametrize(
    ("eyes", "outcome", "code"),
    [("true", "not_allowed", "four_eyes"), ("false", "not_fulfilled", "signed_already")],
)
def test_who_signs_twice_sees_the_case_and_is_told_that_they_have_signed(
    eyes: str, outcome: str, code: str
):
    text = (EXAMPLES / "change-approval.yaml").read_text()
    rules = scheme(text.replace("four_eyes: true", f"four_eyes: {eyes}"))
    play = Play(rules, organisation("change-approval"), now=MORNING, unit="grp", label="2024")
    number = asked(play)
    play.done(number, "approve_change", "p-security-east")
    again = play.act(number, "approve_change", "p-security-east")
    assert (again.outcome, [one.code for one in again.blockers]) == (outcome, [code])


def test_what_is_asked_for_is_anchored_where_the_opener_acts(changes: Play):
    assert changes.opened("change", "", "p-network").case.unit == "east-network"
    assert changes.opened("change", "", "p-board-east").outcome == "absent"


def test_either_of_them_ends_both(changes: Play):
    number = asked(changes)
    changes.done(number, "approve_change", "p-security-east")
    data = {"documents": {"board_remarks": text_of("remark")}}
    case = changes.done(number, "refuse_change", "p-manager-east", data=data)
    assert (case.state, case.signatures) == ("preparing_change", ())


def test_a_window_may_not_overlap_anothers_at_the_same_centre(changes: Play):
    first = asked(changes)
    second = changes.opened("change", "east-storage", "p-storage").case.number
    ask = (second, "ask_approval", "p-storage")
    answer = changes.act(*ask, data=plan(hours=(2, 5)))
    place = "data.documents.change_plan.rows[0].window.from"
    assert [(one.code, one.field, one.params["number"]) for one in answer.blockers] == [
        ("span_overlaps", place, first)
    ]
    changes.done(*ask, data=plan(hours=(4, 5)))
    asked(changes, "west-network", "p-west-network", hours=(2, 5))  # another centre
    changes.replayed()


def test_an_emergency_is_done_first_and_approved_afterwards(changes: Play):
    number = changes.opened("change", "east-network", "p-network").case.number
    assert changes.codes(number, "start_emergency", "p-network", reason="r", data=plan()) == [
        "no_post"
    ]
    changes.done(number, "start_emergency", "p-duty", reason="r", data=plan())
    assert changes.case(number).mode == "emergency"
    outcome = {"documents": {"change_outcome": {"rows": [{"happened": "h", "minutes": "5"}]}}}
    assert changes.codes(number, "finish_planned", "p-network", data=outcome) == [
        "not_for_this_case"
    ]
    changes.done(number, "finish_emergency", "p-network", data=outcome)
    changes.done(number, "approve_afterwards", "p-manager-east")
    assert changes.done(number, "approve_afterwards", "p-security-east").state == "reviewing_change"
    changes.replayed()


def test_a_desk_nobody_holds_goes_to_its_else(changes: Play):
    held = [one for one in changes.organisation.posts() if one.person == "p-manager-east"]
    gone = {
        "person": "p-manager-east",
        "unit": held[0].unit,
        "role": held[0].role,
        "from": "2022-01-01",
    }
    nothing = {"units": [], "people": [], "posts": [], "relations": []}
    changes.organisation = changes.organisation.evolve(
        {**nothing, "dropped": {**nothing, "posts": [gone]}}
    )
    number = asked(changes)
    (line, _) = changes.case(number).holders
    assert (line.unit, line.role, line.vacant) == ("dc-east-board", "board_secretary", False)


# --- Inspections: every laboratory, every quarter ---


def hazards(*rows: dict[str, Any]) -> dict[str, Any]:
    return {"documents": {"hazard_list": {"rows": list(rows)}}}


def hazard(responsible: str, due: str = "2024-03-29") -> dict[str, Any]:
    return {"hazard": "h", "severity": "grave", "responsible": responsible, "due": due}


def first(play: Play) -> tuple[str, str, str, str]:
    """Return the first inspection, who inspects, who heads the laboratory and who is answerable."""
    case = min(play.cases("inspection"), key=lambda one: one.number)
    bureau = case.parties["safety_bureau"]
    officer = play.organisation.holders(bureau, "inspecting_officer", date(2024, 3, 4))[0]
    head = play.organisation.holders(case.unit, "laboratory_head", date(2024, 3, 4))[0]
    return case.number, officer, head, head


def test_an_inspection_of_a_unit_counts_from_the_rounds_beginning(inspections: Play):
    number, *_ = first(inspections)
    case = inspections.case(number)
    assert case.person is None
    assert case.due.rule["after"] == "round.begins"
    assert [one.link for one in case.due.sources] == ["round"]
    inspections.replayed()


def test_every_hazard_found_has_an_owner_a_day_and_evidence_before_it_is_put_right(
    inspections: Play,
):
    play, (number, officer, head, owner) = inspections, first(inspections)
    play.done(number, "tell_findings", officer, data=hazards(hazard(owner)))
    play.done(number, "accept_findings", head)
    assert play.codes(number, "ask_reinspection", head) == ["link_not_all_ended"]
    piece = f"{number}/01"
    proof = {"documents": {"hazard_proof": text_of("done")}}
    answer = play.act(piece, "give_evidence", owner, data=proof)
    assert [(one.field, one.code) for one in answer.faults] == [
        ("data.documents.hazard_proof.files", "required")
    ]
    proof["documents"]["hazard_proof"]["files"] = [{"sha256": "a" * 64, "length": 10}]
    play.done(piece, "give_evidence", owner, data=proof)
    play.done(piece, "confirm_evidence", officer)
    assert play.done(number, "ask_reinspection", head).state == "reinspecting"
    play.replayed()


def test_no_row_is_handed_in_whose_deadline_is_past_or_beyond_the_calendar(
    inspections: Play,
):
    play, (number, officer, _, owner) = inspections, first(inspections)
    late = hazards(hazard(owner), hazard(owner, "2024-01-31"))
    (blocker,) = play.act(number, "tell_findings", officer, data=late).blockers
    assert (blocker.code, blocker.field) == (
        "due_in_the_past",
        "data.documents.hazard_list.rows[1].due",
    )
    today = play.world.day(play.world.now).isoformat()
    assert blocker.params == {"date": today}
    beyond = hazards(hazard(owner), hazard(owner, "2099-01-31"))
    (blocker,) = play.act(number, "tell_findings", officer, data=beyond).blockers
    assert (blocker.code, blocker.field) == (
        "outside_calendar",
        "data.documents.hazard_list.rows[1].due",
    )
    play.done(number, "tell_findings", officer, data=hazards(hazard(owner, today)))


def test_what_is_called_off_drops_its_hazards_though_their_trigger_asks_for_a_reason(
    inspections: Play,
):
    play, (number, officer, head, owner) = inspections, first(inspections)
    play.done(number, "tell_findings", officer, data=hazards(hazard(owner)))
    play.done(number, "accept_findings", head)
    bureau = play.case(number).parties["safety_bureau"]
    chief = play.organisation.holders(bureau, "bureau_chief", date(2024, 3, 4))[0]
    play.done(number, "call_off", chief, reason="r")
    assert play.case(f"{number}/01").final == "abandoned"
    play.replayed()
