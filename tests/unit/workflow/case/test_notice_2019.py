"""The 2019 notice in format 2, played in memory: a life straight through, and each side way."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from schemas.calendar import end_of_day
from services.workflow.application.firing.commands import CaseCommand
from services.workflow.domain.authority import PAGE_SCOPES, Actor
from services.workflow.domain.authority.firing import Candidate
from services.workflow.domain.case.acting import why_not_fire
from services.workflow.domain.case.times import Telling, due_by
from tests.builders import changed, post, superior
from tests.unit.workflow.case.played import (
    NOTICE,
    Play,
    everybody,
    heard_at_any_time,
    scheme,
    text_of,
)

SCHEME = scheme(NOTICE.read_text())
ALONE = scheme(heard_at_any_time(NOTICE.read_text()))  # a review without its meeting
REPORT = {"documents": {"report": text_of("achievements", "problems", "tasks")}}
FINDINGS = {
    "documents": {
        "findings": {
            "rows": [{"place": "problems", "paragraph": "1", "finding": "写明的内容"}],
        }
    }
}
B = "2019-B-0003"  # of c.h1, a unit with a committee of its own
GOOD = {"components": {"ballot": "92.00", "superior": superior("90")}}
POOR = {"components": {"ballot": "50.00", "superior": superior("55")}}


@pytest.fixture
def play() -> Play:
    made = Play(ALONE)
    made.open()
    return made


def submitted(play: Play) -> None:
    play.done(B, "submit", "secretary.c.h1", data=REPORT)


def cleared(play: Play) -> None:
    submitted(play)
    play.done(B, "pass_unit_audit", "deputy_secretary.c.h1")
    play.done(B, "pass_organ_audit", "office.c")


def scored(play: Play, scores: dict) -> None:
    cleared(play)
    play.done(B, "present", "office.c")
    play.done(B, "comment", "secretary.c", data={"documents": {"comment": text_of("comment")}})
    play.done(B, "score", "office.c", data=scores)


def successor(play: Play, unit: str, person: str):
    """Return the organisation in which the secretary of *unit* has handed over today."""
    today = play.world.day(play.now)
    return play.organisation.evolve(
        changed(
            people=[person],
            posts=[
                post(f"secretary.{unit}", unit, "secretary", until=date(2020, 1, 7)),
                post(person, unit, "secretary", since=today),
            ],
        )
    )


def test_a_round_opens_a_case_for_everybody_with_tier_audits_and_bodies(play: Play):
    case = play.case(B)
    assert (case.unit, case.tier, case.person) == ("c.h1", "B", "secretary.c.h1")
    assert [(one.stage, one.body) for one in case.audits] == [
        ("unit_audit", "c.h1"),
        ("organ_audit", "c"),
    ]
    assert case.parties["hearing_body"] == "c"
    assert case.due_at == datetime(2020, 1, 10, 16, tzinfo=UTC)
    play.replayed()


@pytest.mark.parametrize(
    ("tier", "state", "entered", "day"),
    [
        ("A", "drafting", "2020-01-08", "2020-01-14"),
        ("B", "drafting", "2020-01-08", "2020-01-10"),
        ("C", "drafting", "2020-01-08", "2020-01-14"),
        *((tier, "drafting", "2020-01-16", "2020-01-19") for tier in "ABC"),  # a Sunday worked
        ("B", "unit_audit", "2020-01-09", "2020-01-14"),
        ("B", "unit_audit", "2020-01-14", "2020-01-15"),
        ("B", "organ_audit", "2020-01-09", "2020-01-14"),
        ("B", "organ_audit", "2020-01-10", "2020-01-15"),
        ("A", "cleared", "2020-01-14", "2020-01-20"),  # until the day of the meeting is known
        ("B", "cleared", "2020-01-14", "2020-01-20"),
        ("C", "cleared", "2020-01-14", "2020-02-15"),
        ("B", "presented", "2020-01-09", "2020-01-14"),
        ("B", "scored", "2020-01-08", "2020-01-21"),
        ("B", "feedback", "2020-01-08", "2020-01-21"),
        ("B", "rectification", "2020-02-03", "2020-04-27"),
    ],
)
def test_a_state_is_due_on_the_day_of_the_notice(
    play: Play, tier: str, state: str, entered: str, day: str
):
    (life,) = (one for kind, one in SCHEME.lives() if (kind.name, one.tier) == ("review", tier))
    since = Telling(case=play.case(B), world=play.world, entered=date.fromisoformat(entered))
    due = due_by(life.states[state].due, since)
    assert due.at == end_of_day(date.fromisoformat(day), SCHEME.zone)


def test_slots_open_with_the_first_case_that_links_to_them(play: Play):
    units = {one.unit: one.number for one in play.cases("meeting")}
    assert set(units) == {"w", "c", "c.h1", "c.h2"}


def test_a_life_straight_through_to_its_end(play: Play):
    scored(play, GOOD)
    case = play.case(B)
    assert (case.grades["person"].name, str(case.grades["person"].figure)) == ("good", "91.40")
    decision = {"decisions": [{"date": "2020-01-08", "minutes": "3"}]}
    play.done(B, "give_opinion", "office.c", data=decision)
    assert play.case(B).decisions == (("c", "2020-01-08"),)
    play.done(B, "approve_opinion", "office.c", data=decision)
    assert play.case(B).decisions[1] == ("g", "2020-01-08")
    play.fed_back(B)
    play.done(B, "start_rectification", "secretary.c.h1")
    case = play.done(B, "close", "office.c")
    assert (case.state, case.final, case.holders, case.due_at) == ("closed", "completed", (), None)
    play.replayed()


def test_an_audit_goes_to_the_next_and_the_desk_is_the_first_role_that_is_no_subject(play: Play):
    submitted(play)
    assert play.case(B).holder.role == "office"
    case = play.done(B, "pass_unit_audit", "deputy_secretary.c.h1")
    assert (case.state, case.holder.unit) == ("organ_audit", "c")
    assert case.verdicts["unit_audit"].person == "deputy_secretary.c.h1"


def test_the_only_desk_of_a_state_needs_no_name(play: Play):
    assert play.case(B).holders[0].desk == ""


def test_a_client_in_its_own_name_does_only_what_the_scheme_lists():
    alone = Actor(client="oa", person=None, scopes=PAGE_SCOPES, scope_unit="w")
    for clients, expected in ((frozenset(), ["person_required"]), (frozenset({"submit"}), [])):
        play = Play(replace(SCHEME, clients=clients))
        play.open()
        command = CaseCommand(
            case=play.case(B).stream, trigger="submit", actor=alone, data=REPORT, dry_run=True
        )
        assert [one.code for one in play.firing.fire(command).blockers] == expected


def test_nobody_audits_their_own_report(play: Play):
    submitted(play)
    assert play.codes(B, "pass_unit_audit", "secretary.c.h1") == ["own_case"]


def test_a_return_brings_it_back_with_findings_and_it_comes_again(play: Play):
    submitted(play)
    case = play.done(B, "return_unit_audit", "deputy_secretary.c.h1", data=FINDINGS)
    assert (case.state, case.verdicts["unit_audit"].passed) == ("drafting", False)
    submitted(play)
    assert play.case(B).n_filed["report"] == 2
    # Who returned it may pass what comes again: findings are no submission.
    play.done(B, "pass_unit_audit", "deputy_secretary.c.h1")
    play.replayed()


def test_a_report_is_recalled_by_who_submitted_it_before_a_verdict(play: Play):
    submitted(play)
    assert play.codes(B, "recall", "office.c.h1") == ["not_submitter"]
    assert play.done(B, "recall", "secretary.c.h1").state == "drafting"
    submitted(play)
    play.done(B, "pass_unit_audit", "deputy_secretary.c.h1")
    assert play.codes(B, "recall", "secretary.c.h1") == ["verdict_given"]


def test_an_empty_part_and_too_long_a_report_are_told_at_once(play: Play):
    parts = {"achievements": "", "problems": "文" * 2999, "tasks": "两字"}
    data = {"documents": {"report": {"parts": parts}}}
    assert play.codes(B, "submit", "secretary.c.h1", data=data) == [
        "document_too_long",
        "part_empty",
    ]


@pytest.mark.parametrize("blank", ["", " ", "\u3000\n", "\u200b"])
@pytest.mark.parametrize("trigger", ["comment", "add_comment"])
def test_a_comment_in_which_nothing_is_said_is_none(play: Play, trigger: str, blank: str):
    cleared(play)
    play.done(B, "present", "office.c")
    if trigger == "add_comment":
        play.done(B, "comment", "office.c", data={"documents": {"comment": text_of("comment")}})
    name = {"comment": "comment", "add_comment": "further_comment"}[trigger]
    data = {"documents": {name: {"parts": {"comment": blank}}}}
    (empty,) = play.act(B, trigger, "office.c", data=data).blockers
    assert (empty.code, empty.field) == ("part_empty", f"data.documents.{name}.parts.comment")


def test_every_blank_part_of_a_draft_is_told(play: Play):
    play.done(B, "set_mode", "office.c", data={"mode": "on_site"})
    parts = dict.fromkeys(("highlights", "problems", "suggestions"), "")
    data = {"documents": {"comment_draft": {"parts": parts}}}
    told = play.codes(B, "file_comment_draft", "secretary.c.h1", data=data)
    assert told == ["part_empty"] * 3


def test_an_endless_run_that_counts_one_is_refused(play: Play):
    parts = {"achievements": "文", "problems": "a" * 201, "tasks": "a" * 200}
    data = {"documents": {"report": {"parts": parts}}}
    assert play.codes(B, "submit", "secretary.c.h1", data=data) == ["run_too_long"]


def test_the_state_that_does_not_fit_is_told_with_what_does(play: Play):
    answer = play.act(B, "present", "office.c")
    assert (answer.outcome, [one.code for one in answer.blockers]) == ("unfit", ["wrong_state"])
    assert "submit" in answer.allowed
    assert "resume" not in answer.allowed


def test_clearance_is_revoked_with_a_reason_by_the_body_that_gave_it(play: Play):
    cleared(play)
    assert play.codes(B, "revoke_clearance", "office.c") == ["reason_required"]
    assert play.codes(B, "revoke_clearance", "office.c.h1", reason="r") == ["wrong_tier"]
    case = play.done(B, "revoke_clearance", "office.c", reason="查出问题")
    assert (case.state, case.documents, case.verdicts) == ("drafting", {}, {})


def test_redo_sets_its_own_deadline_and_forgets_what_was_reached(play: Play):
    scored(play, GOOD)
    due_at = "2020-02-03T16:00:00+00:00"
    case = play.done(B, "redo", "secretary.c", data={"due_at": due_at})
    assert (case.state, case.due.by_hand) == ("drafting", True)
    assert (case.components, case.grades, case.documents) == ({}, {}, {})
    assert set(case.reached) == {"opened", "drafting"}
    assert case.forgot_at == case.recorded_at
    play.replayed()


def test_a_decision_about_a_grade_that_is_forgotten_is_none_about_the_next(play: Play):
    scored(play, GOOD)
    decision = {"decisions": [{"date": "2020-01-08", "minutes": "3"}]}
    play.done(B, "give_opinion", "office.c", data=decision)
    play.done(B, "redo", "secretary.c", data={"due_at": "2020-02-03T16:00:00+00:00"})
    assert play.case(B).decisions == ()
    play.replayed()


@pytest.mark.parametrize(
    ("number", "audit", "by", "body"),
    [
        ("2019-A-0001", "pass_organ_audit", "liaison.w", "w"),
        ("2019-C-0001", "pass_unit_audit", "office.c.h1", "c.h1"),
    ],
)
def test_c5_3_where_one_body_decides_it_does_before_the_feedback(
    play: Play, number: str, audit: str, by: str, body: str
):
    play.done(number, "submit", play.case(number).person or "", data=REPORT)
    play.done(number, audit, by)
    play.done(number, "present", by)
    play.done(number, "comment", by, data={"documents": {"comment": text_of("comment")}})
    play.done(number, "score", by, data=GOOD)
    assert not play.act(number, "give_feedback", by).is_accepted
    decision = {"decisions": [{"body": "g", "date": "2020-01-08", "minutes": "3"}]}
    assert not play.act(number, "give_feedback", by, data=decision).is_accepted
    assert play.fed_back(number, body, by=by).state == "feedback"


def test_a_deadline_set_by_hand_must_lie_ahead_and_be_another(play: Play):
    past = {"due_at": "2020-01-07T16:00:00+00:00"}
    same = {"due_at": "2020-01-10T16:00:00+00:00"}
    ask = ("change_deadline", "office.c")
    assert play.codes(B, *ask, reason="r", data=past) == ["deadline_not_ahead"]
    assert play.codes(B, *ask, reason="r", data=same) == ["deadline_unchanged"]
    case = play.done(B, *ask, reason="r", data={"due_at": "2020-01-13T16:00:00+00:00"})
    assert (case.state, case.due.by_hand, case.due_at.day) == ("drafting", True, 13)


def test_a_suspension_stops_the_clock_and_a_relative_deadline_grows(play: Play):
    submitted(play)
    play.done(B, "pass_unit_audit", "deputy_secretary.c.h1")
    play.done(B, "suspend", "office.c", reason="r")
    assert play.codes(B, "pass_organ_audit", "office.c") == ["suspended"]
    play.on(date(2020, 1, 14))
    case = play.done(B, "resume", "office.c", reason="r")
    # Four working days of rest: the third after entry, 13 January, becomes the seventh.
    assert (case.paused_days, case.due_at) == (4, datetime(2020, 1, 17, 16, tzinfo=UTC))
    assert play.codes(B, "resume", "office.c", reason="r") == ["not_suspended"]
    play.replayed()


def test_a_deadline_set_by_hand_stays_where_it_is_when_the_clock_goes_on(play: Play):
    data = {"due_at": "2020-01-13T16:00:00+00:00"}
    play.done(B, "change_deadline", "office.c", reason="r", data=data)
    play.done(B, "suspend", "office.c", reason="r")
    play.on(date(2020, 1, 14))
    case = play.done(B, "resume", "office.c", reason="r")
    assert (case.due_at, case.due.by_hand) == (datetime(2020, 1, 13, 16, tzinfo=UTC), True)


def test_a_secretary_is_replaced_by_the_new_holder_and_stays_barred(play: Play):
    submitted(play)
    assert play.codes(B, "replace_secretary", "office.c", reason="r") == ["no_such_post"]
    data = {"person": "deputy_secretary.c.h1"}
    assert play.codes(B, "replace_secretary", "office.c", reason="r", data=data) == ["no_such_post"]
    play.organisation = successor(play, "c.h1", "newcomer")
    case = play.done(B, "replace_secretary", "office.c", reason="r")
    assert (case.person, case.past_subjects) == ("newcomer", ("secretary.c.h1",))
    assert case.number == B
    assert (
        why_not_fire(
            Candidate("secretary.c.h1", play.organisation, play.now.date()),
            case,
            play.world.life(case).triggers["pass_unit_audit"],
            play.world,
        )
        == "own_case"
    )
    assert play.codes(B, "pass_unit_audit", "newcomer") == ["own_case"]
    play.replayed()


def test_a_case_is_withdrawn_and_exempted_to_ends_of_their_own(play: Play):
    assert play.done(B, "withdraw", "office.c", reason="r").final == "abandoned"
    assert play.done("2019-B-0004", "exempt", "office.c", reason="r").final == "exempt"
    play.replayed()


def test_flags_are_raised_and_lowered(play: Play):
    flags = {"flags": {"serious": True, "model": True}}
    assert play.done(B, "mark", "office.c", reason="r", data=flags).flags == {"serious", "model"}
    lowered = {"flags": {"serious": False}}
    assert play.done(B, "mark", "office.c", reason="r", data=lowered).flags == {"model"}


def test_a_poor_grade_opens_an_interview_once_it_is_told_and_its_correction_ends_it(play: Play):
    scored(play, POOR)
    assert play.cases("interview") == play.cases("remedy") == []
    play.fed_back(B)
    (interview,) = play.cases("interview")
    assert (interview.number, interview.state) == (f"{B}/01", "called")
    assert (interview.family, interview.because) == (play.case(B).stream, "C6")
    play.done(B, "correct_score", "office.c", reason="记错", data=GOOD)
    (interview,) = play.cases("interview")
    assert (interview.final, play.case(B).grades["person"].name) == ("no_longer", "good")
    play.replayed()


def test_a_grade_corrected_before_anybody_is_told_opens_nothing(play: Play):
    scored(play, POOR)
    play.done(B, "correct_score", "office.c", reason="记错", data=GOOD)
    play.fed_back(B)
    assert play.cases("interview") == []
    play.replayed()


def test_a_score_is_corrected_by_its_recorder_or_the_secretary_of_the_hearing_body(play: Play):
    scored(play, POOR)
    assert play.codes(B, "correct_score", "liaison.c", reason="r", data=GOOD) == ["not_submitter"]
    play.done(B, "correct_score", "secretary.c", reason="r", data=GOOD)


def test_an_act_takes_effect_neither_in_the_future_nor_before_the_last_nor_long_ago(play: Play):
    data = {"data": REPORT}
    future = datetime(2020, 1, 8, 3, tzinfo=UTC)
    who = ("submit", "secretary.c.h1")
    assert play.codes(B, *who, effective_at=future, **data) == ["effective_in_future"]
    before = datetime(2020, 1, 8, 1, tzinfo=UTC)
    assert play.codes(B, *who, effective_at=before, **data) == ["effective_before_last"]
    play.on(date(2020, 2, 1))
    old = datetime(2020, 1, 9, tzinfo=UTC)
    assert play.codes(B, *who, effective_at=old, **data) == ["effective_too_old"]


def test_a_clock_that_is_ahead_by_no_more_than_a_minute_is_taken_as_ours(play: Play):
    ahead = datetime(2020, 1, 8, 1, 31, 50, tzinfo=UTC)
    case = play.done(B, "submit", "secretary.c.h1", data=REPORT, effective_at=ahead)
    assert case.effective_at == datetime(2020, 1, 8, 1, 31, tzinfo=UTC)


def test_a_clock_behind_that_of_who_wrote_last_takes_up_theirs(play: Play):
    submitted(play)
    last = play.case(B).effective_at
    play.now -= timedelta(minutes=5)
    case = play.done(B, "pass_unit_audit", "deputy_secretary.c.h1")
    assert (case.effective_at, case.recorded_at) == (last, last)


def test_the_post_must_be_held_on_the_day_the_act_takes_effect(play: Play):
    play.organisation = successor(play, "c.h1", "newcomer")
    assert play.codes(B, "submit", "secretary.c.h1", data=REPORT) == ["post_expired"]


def test_a_vacant_unit_is_expected_and_not_opened_and_can_be_opened_later():
    play = Play(SCHEME, everybody(leaving_out=[("c.b1", "secretary")]))
    opening = play.open()
    assert [(one.unit, one.reason) for one in opening.left_out] == [("c.b1", "post_vacant")]
    assert opening.expected["review", "B"] == opening.opened["review", "B"] + 1
    assert play.opened("review", "c.b1", "office.c").blockers[0].code == "post_vacant"
    play.organisation = everybody()
    answer = play.opened("review", "c.b1", "office.c")
    assert (answer.outcome, answer.case.unit) == ("done", "c.b1")
    assert play.opened("review", "c.b1", "office.c").blockers[0].code == "case_exists"
    play.replayed()
