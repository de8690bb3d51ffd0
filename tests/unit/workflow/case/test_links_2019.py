"""Cases of the 2019 notice among each other: meetings, visits, items and interviews."""

from datetime import UTC, date, datetime

import pytest

from schemas.envelope import open_envelope
from schemas.vocabulary import default
from services.workflow.application.boards.calls import days
from services.workflow.application.boards.spoken import spoken
from services.workflow.domain.case.listing import is_in
from services.workflow.domain.case.sights import sight_of, step_to
from services.workflow.domain.organisation import Organisation
from services.workflow.domain.reasons import sentence
from tests.builders import called, changed, post, superior
from tests.unit.workflow.case.played import NOTICE, Play, everybody, scheme, text_of
from tests.unit.workflow.case.test_notice_2019 import (
    ALONE,
    GOOD,
    POOR,
    SCHEME,
    B,
    cleared,
    scored,
)

UNIT, COMMISSION, PROVINCIAL = "2019-unit-0001", "2019-commission-0001", "2019-provincial-0001"
C = ("2019-C-0001", "2019-C-0002", "2019-C-0003", "2019-C-0004")  # heard by c.h1
# Which meeting hears what, who leads it, and its day.
MEETINGS = {
    "w": (PROVINCIAL, "liaison.w", date(2020, 1, 20)),
    "c": (COMMISSION, "office.c", date(2020, 2, 11)),
    "c.h1": (UNIT, "office.c.h1", date(2020, 2, 12)),
}
HEARD = {"w": ["2019-A-0001"], "c": [f"2019-B-{n:04d}" for n in range(1, 5)], "c.h1": C}


@pytest.fixture
def play() -> Play:
    made = Play(ALONE)
    made.open()
    return made


def document(name: str, *parts: str) -> dict:
    return {"documents": {name: text_of(*parts)}}


def lists(*rows: dict) -> dict:
    return {"documents": {"lists": {"rows": list(rows)}}}


def row(owner: str = "office.c.h1", due: str = "2020-03-31") -> dict:
    told = {"problem": "问题", "found_by": "commented", "measure": "措施", "pace": "at_once"}
    return {**told, "owner": owner, "due": due}


def scheduled(play: Play, number: str, who: str, day: str) -> None:
    data = {"planned": {"held": day}} if number == PROVINCIAL else called(day)
    play.done(number, "schedule", who, data=data)


def held(play: Play, number: str, who: str, day: date) -> None:
    """Open a meeting on its day; one that goes on does."""
    if play.case(number).state == "in_session":
        return
    scheduled(play, number, who, day.isoformat())
    play.on(day)
    play.done(number, "open_session", who)


def at_unit_meeting(play: Play) -> None:
    """Bring the meeting of c.h1 to its day being set."""
    prepared(play, UNIT)


def prepared(play: Play, number: str) -> None:
    materials = document("materials", "script", "speech")
    play.done(number, "file_plan", "office.c.h1", data=document("plan", "plan"))
    play.done(number, "approve_plan", "office.c")
    play.done(number, "file_materials", "office.c.h1", data=materials)
    play.done(number, "approve_materials", "office.c")


def passed(play: Play, number: str) -> None:
    case = play.case(number)
    play.done(
        number, "submit", case.person, data=document("report", "achievements", "problems", "tasks")
    )
    if play.case(number).state == "unit_audit":
        play.done(number, "pass_unit_audit", f"deputy_secretary.{play.case(number).holder.unit}")
    if play.case(number).state == "organ_audit":
        body = play.case(number).holder.unit
        play.done(number, "pass_organ_audit", f"liaison.{body}")


def commented(play: Play, number: str) -> None:
    if play.case(number).state == "drafting":
        passed(play, number)
    body = play.case(number).parties["hearing_body"]
    in_session(play, body)
    waits = play.act(number, "present", f"liaison.{body}", dry_run=True).blockers
    if "not_heard_yet" in {one.code for one in waits}:
        meeting, who, _ = MEETINGS[body]
        attended(play, meeting, who)
        rows = [{"heard": play.case(number).stream, "point": "述职、点评"}]
        point = {"documents": {"agenda_point": {"rows": rows}}}
        play.done(meeting, "hear", who, data=point)
    play.done(number, "present", f"liaison.{body}")
    play.done(number, "comment", f"liaison.{body}", data=document("comment", "comment"))


def rectifying(play: Play, *rows: dict) -> None:
    scored(play, GOOD)
    play.fed_back(B)
    play.done(B, "start_rectification", "secretary.c.h1", data=lists(*rows))


# --- Meetings ---


def test_a_units_meeting_is_refused_before_the_commissions_was_held(play: Play):
    at_unit_meeting(play)
    later = called("2020-02-12")
    # No day of the commission's is known yet, so none can be after it.
    (unknown,) = play.act(UNIT, "schedule", "office.c.h1", data=later).blockers
    assert unknown.code == "day_unknown"
    assert sentence(unknown, "zh")[0] == "述评会议进入“已召开”的日期尚未确定"
    scheduled(play, PROVINCIAL, "liaison.w", "2020-01-20")
    scheduled(play, COMMISSION, "office.c", "2020-02-11")
    early = called("2020-02-10")
    assert play.codes(UNIT, "schedule", "office.c.h1", data=early) == ["planned_too_early"]
    last = called("2020-02-15")
    assert play.act(UNIT, "schedule", "office.c.h1", data=last, dry_run=True).outcome == "rehearsed"
    late = called("2020-02-16")
    assert play.codes(UNIT, "schedule", "office.c.h1", data=late) == ["planned_too_late"]
    play.done(UNIT, "schedule", "office.c.h1", data=later)
    play.on(date(2020, 2, 12))
    assert play.codes(UNIT, "open_session", "office.c.h1") == ["link_not_reached"]
    play.replayed()


def in_order(play: Play, number: str, who: str) -> None:
    """Bring a meeting in session to where nothing but its ballots is left to do."""
    attended(play, number, who)
    speech = document("concluding_speech", "speech")
    play.done(number, "conclude", who, data=speech)


def attended(play: Play, number: str, who: str) -> None:
    """List who is expected, by their posts, and let all of them come who are not there."""
    play.done(number, "list_attendants", who, data={"rosters": {"attendance": {}}})
    case = play.case(number)
    rows, there = range(1, case.rosters["attendance"] + 1), case.there.get("attendance", 0)
    moves = [{"row": row, "way": "in"} for row in rows if not is_in(there, row)]
    if moves:
        data = {"presence": {"attendance": {"moves": moves}}}
        play.done(number, "take_attendance", who, data=data)


def test_balloting_waits_for_every_reviews_comment_written_ones_too(play: Play):
    for number in C[:3]:
        commented(play, number)
    unit_in_session(play)
    attended(play, UNIT, "office.c.h1")
    answer = play.act(UNIT, "start_balloting", "office.c.h1")
    assert [one.code for one in answer.blockers] == ["link_not_all_reached", "document_lacking"]
    assert answer.blockers[0].params["number"] == C[3]
    commented(play, C[3])
    play.done(UNIT, "conclude", "office.c.h1", data=document("concluding_speech", "speech"))
    play.done(UNIT, "start_balloting", "office.c.h1")
    assert play.done(UNIT, "finish", "office.c.h1").state == "held"
    play.replayed()


def in_session(play: Play, body: str) -> None:
    """Open the meeting of *body*, where it is not: those before it are held whole."""
    bodies = list(MEETINGS)
    for before in bodies[: bodies.index(body)]:
        if "held" not in play.case(MEETINGS[before][0]).reached:
            for number in HEARD[before]:
                if "commented" not in play.case(number).reached:
                    commented(play, number)
            held_whole(play, *MEETINGS[before])
    if play.case(UNIT).state == "planning" and body == "c.h1":
        at_unit_meeting(play)
    held(play, *MEETINGS[body])


def unit_in_session(play: Play) -> None:
    in_session(play, "c.h1")


def held_whole(play: Play, number: str, who: str, day: date) -> None:
    held(play, number, who, day)
    if number != PROVINCIAL:
        in_order(play, number, who)
    play.done(number, "start_balloting", who)
    play.done(number, "finish", who)


def test_a_quorum_is_counted_of_those_on_the_roster(play: Play):
    commented(play, "2019-A-0001")
    held(play, PROVINCIAL, "liaison.w", date(2020, 1, 20))
    people = [f"office.{unit}" for unit in ("c", "c.h1", "c.h2", "c.b1")]
    data = {"rosters": {"invited": people}, "numbers": {"present": 2}}
    assert play.codes(PROVINCIAL, "start_balloting", "liaison.w", data=data) == ["quorum_lacking"]
    play.done(PROVINCIAL, "start_balloting", "liaison.w", data=data | {"numbers": {"present": 3}})
    assert play.case(PROVINCIAL).rosters == {"invited": 4}


def test_a_cancelled_meeting_makes_room_for_another_and_what_waited_says_so(play: Play):
    scheduled(play, PROVINCIAL, "liaison.w", "2020-01-20")
    scheduled(play, COMMISSION, "office.c", "2020-02-10")
    cleared(play)
    assert play.case(B).due_at == datetime(2020, 2, 10, 16, tzinfo=UTC)
    play.done(COMMISSION, "cancel", "office.c", reason="疫情")
    (again,) = [one for one in play.cases("meeting") if one.unit == "c" and one.is_open]
    assert again.number == "2019-commission-0002"
    assert play.case(COMMISSION).planned == {}
    assert play.replanning.run(play.round.id) == 1
    review = play.case(B)
    assert (review.due.waits_for.link, review.due.waits_for.mark) == ("meeting", "held")
    assert play.replanning.run(play.round.id) == 0
    play.replayed()


def test_nobody_is_there_who_is_on_no_list(play: Play):
    commented(play, "2019-A-0001")
    data = {"rosters": {"invited": ["office.c", "office.c.h1"]}, "numbers": {"present": 999}}
    for given in (data, {"numbers": {"present": 999}}):
        (more,) = play.act(PROVINCIAL, "start_balloting", "liaison.w", data=given).blockers
        assert (more.code, more.field) == ("more_than_listed", "data.numbers.present")


def test_what_does_not_fit_an_effect_is_left_out_and_named(play: Play):
    commented(play, "2019-A-0001")
    held_whole(play, PROVINCIAL, "liaison.w", date(2020, 1, 20))
    score = {"components": {"ballot": "92", "superior": superior("90")}}
    play.done("2019-A-0001", "score", "liaison.w", data=score)
    play.fed_back("2019-A-0001", "w", by="liaison.w")
    data = {"due_at": "2020-02-28T16:00:00+00:00"}
    play.done(PROVINCIAL, "redo", "liaison.w", reason="r", data=data)
    review = play.case("2019-A-0001")
    (told,) = [one for one in play.told("state_changed") if one["trigger"] == "redo"]
    assert told["left_out"] == [
        {"trigger": "redo", "reason": "wrong_state", "cases": [review.stream]}
    ]
    assert review.state == "feedback"
    play.replayed()


def test_an_effect_names_its_cause_and_is_recorded_after_it(play: Play):
    scored(play, POOR)
    play.fed_back(B)
    *_, cause, effect, _ = [open_envelope(one.body) for one in play.store.log]
    assert (cause.fact, effect.fact) == ("state_changed", "case_opened")
    assert effect.causationid == cause.id
    assert effect.time > cause.time
    assert (effect.actor, effect.client) == (cause.actor, cause.client)
    assert effect.partitionkey == cause.subject


# --- Days that hang on a meeting ---


def test_until_its_meetings_day_is_known_a_review_is_due_on_the_day_that_stands_in(play: Play):
    cleared(play)
    review = play.case(B)
    assert review.due_at == datetime(2020, 1, 20, 16, tzinfo=UTC)
    assert review.due.rule == {"day": "2020-01-20", "until_known": True}
    assert (review.due.waits_for.link, review.due.waits_for.mark) == ("meeting", "held")


def test_a_day_that_is_set_and_moved_moves_who_waits_for_it_after_a_preview(play: Play):
    cleared(play)
    scheduled(play, PROVINCIAL, "liaison.w", "2020-01-20")
    scheduled(play, COMMISSION, "office.c", "2020-02-10")
    before = play.case(B)
    (move,) = play.replanning.preview(play.round.id)
    assert (move.case.number, move.moved[0].due.at) == (B, datetime(2020, 2, 10, 16, tzinfo=UTC))
    assert play.replanning.run(play.round.id) == 1
    review = play.case(B)
    assert (review.due_at, review.due.waits_for) == (datetime(2020, 2, 10, 16, tzinfo=UTC), None)
    assert review.effective_at == before.effective_at
    play.done(COMMISSION, "move_day", "office.c", reason="r", data=called("2020-02-13"))
    assert play.case(COMMISSION).due_at == datetime(2020, 2, 13, 16, tzinfo=UTC)
    assert play.replanning.run(play.round.id) == 1
    assert play.case(B).due_at == datetime(2020, 2, 13, 16, tzinfo=UTC)
    play.replayed()


# --- Visits ---


def test_a_report_answers_what_a_visit_found(play: Play):
    number = play.opened("visit", "c.h1", "office.c").case.number
    went = [{"place": "三楼", "day": "2020-01-08", "announced": False}]
    found = [{"finding": "台账不全", "severity": "grave"}]
    data = {"visit_record": {"rows": went}, "visit_report": {"rows": found}}
    play.done(number, "record", "office.c", data={"documents": data})
    play.done(number, "feed_back", "office.c")
    assert play.case(number).holder.person is None
    assert play.case(number).holder.unit == "c.h1"
    report = document("report", "achievements", "problems", "tasks")
    assert play.codes(B, "submit", "secretary.c.h1", data=report) == ["not_answered"]
    answer = {"case": play.case(number).stream, "row": 1, "text": "已补齐"}
    report["documents"]["report"]["answers"] = [answer]
    play.done(B, "submit", "secretary.c.h1", data=report)
    assert play.case(number).state == "answered"
    play.replayed()


def test_a_case_is_opened_only_by_whom_its_kind_names(play: Play):
    answer = play.opened("visit", "c.h1", "office.c.h1")
    assert (answer.outcome, answer.blockers[0].code) == ("not_allowed", "wrong_tier")


# --- Across a change of person ---


def test_a_secretary_replaced_between_report_and_meeting_leaves_the_number_and_the_day(play: Play):
    cleared(play)
    due_at = play.case(B).due_at
    play.organisation = play.organisation.evolve(
        changed(
            people=["newcomer"],
            posts=[
                post("secretary.c.h1", "c.h1", "secretary", until=date(2020, 1, 7)),
                post("newcomer", "c.h1", "secretary", since=date(2020, 1, 8)),
            ],
        )
    )
    case = play.done(B, "replace_secretary", "office.c", reason="调动")
    assert (case.person, case.state, case.due_at) == ("newcomer", "cleared", due_at)
    play.done(B, "present", "office.c")


def test_what_was_dealt_with_does_not_begin_again_while_its_reason_lasts(play: Play):
    scored(play, POOR)
    play.fed_back(B)
    row = {"day": "2020-01-08", "interviewer": "secretary.c", "record": "谈"}
    record = {"documents": {"interview_record": {"rows": [row]}}}
    play.done(f"{B}/01", "hold", "secretary.c", data=record)
    average = {"components": {"ballot": "70.00", "superior": superior("70")}}
    play.done(B, "correct_score", "secretary.c", reason="r", data=average)
    assert [one.state for one in play.cases("interview")] == ["held"]


def test_a_grade_corrected_after_two_bodies_signed_keeps_their_decisions(play: Play):
    scored(play, POOR)
    decided = {"decisions": [{"date": "2020-01-08", "minutes": "3"}]}
    play.done(B, "give_opinion", "office.c", data=decided)
    play.done(B, "approve_opinion", "office.c", data=decided)
    case = play.done(B, "correct_score", "secretary.c", reason="r", data=GOOD)
    assert (case.state, len(case.decisions), case.grades["person"].name) == (
        "opinion_approved",
        2,
        "good",
    )


def test_an_exempt_unit_gets_no_case_and_is_counted_with_the_rule():
    organisation = everybody()
    units = [{**unit_entry(organisation, "c.b1"), "attributes": {"founded": "2019-11-01"}}]
    play = Play(scheme(NOTICE.read_text()), organisation.evolve(with_units(units)))
    opening = play.open()
    assert [(one.unit, one.reason) for one in opening.left_out] == [("c.b1", "exempt")]
    assert opening.exempt["review", "B"] == 1
    assert opening.expected["review", "B"] == opening.opened["review", "B"]


def unit_entry(organisation: Organisation, unit: str) -> dict:
    found = organisation.units[unit]
    return {"id": found.id, "parent": found.parent, "name": found.name, "kind": found.kind}


def with_units(units: list[dict]) -> dict:
    nothing = {"units": [], "people": [], "posts": [], "relations": []}
    return {**nothing, "units": units, "dropped": nothing}


@pytest.mark.parametrize("step", ["meeting", "#", "@", "*", "/item", "/none", "&hearing_body"])
def test_what_was_looked_at_is_remembered_as_a_step_that_leads_there_again(play: Play, step: str):
    case = play.case(B)
    sight = sight_of(case, step)
    assert sight is not None
    again = step_to(case, sight)
    assert again is not None
    assert sight_of(case, again) == sight


def test_a_meeting_tells_the_day_that_was_set_and_then_the_day_it_was_held(play: Play):
    def told() -> dict[str, date]:
        case = play.case(PROVINCIAL)
        return dict(days(case, spoken(case, SCHEME, default())))

    assert told() == {}
    commented(play, "2019-A-0001")
    held(play, PROVINCIAL, "liaison.w", date(2020, 1, 20))
    assert told() == {"held": date(2020, 1, 20)}
    play.on(date(2020, 1, 21))
    data = {"rosters": {"invited": ["office.c"]}, "numbers": {"present": 1}}
    play.done(PROVINCIAL, "start_balloting", "liaison.w", data=data)
    play.done(PROVINCIAL, "finish", "liaison.w")
    assert told() == {"held": date(2020, 1, 21)}
