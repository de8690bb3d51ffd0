"""When on its day a meeting is, and where; and the second meeting of those who are heard again."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from schemas.vocabulary import default
from services.workflow.application.boards.agenda import ordered
from services.workflow.application.boards.calls import calls, words_of
from services.workflow.application.boards.spoken import spoken
from services.workflow.domain.case.polling import covered_by, is_to_come, poll_of
from tests.builders import called, superior
from tests.unit.workflow.case.played import NOTICE, Play, scheme
from tests.unit.workflow.case.test_links_2019 import (
    COMMISSION,
    HEARD,
    MEETINGS,
    PROVINCIAL,
    UNIT,
    C,
    at_unit_meeting,
    commented,
    document,
    held,
    held_whole,
    in_session,
    passed,
    scheduled,
)
from tests.unit.workflow.case.test_notice_2019 import (
    ALONE,
    SCHEME,
    B,
)

NO_LOG: Any = None  # heads tell the agenda where nothing was done again since
LATE = {"due_at": "2020-02-28T16:00:00Z"}


@pytest.fixture
def play() -> Play:
    made = Play(ALONE)
    made.open()
    return made


def test_a_redo_of_a_meeting_redoes_its_reviews_with_its_deadline_and_opens_the_next(play: Play):
    commented(play, "2019-A-0001")
    held_whole(play, PROVINCIAL, "liaison.w", date(2020, 1, 20))
    data = {"due_at": "2020-02-28T16:00:00+00:00"}
    play.done(PROVINCIAL, "redo", "liaison.w", reason="走过场", data=data)
    review = play.case("2019-A-0001")
    assert (review.state, review.due_at) == ("drafting", datetime(2020, 2, 28, 16, tzinfo=UTC))
    assert play.case(PROVINCIAL).final == "abandoned"
    second = play.case("2019-provincial-0002")
    # What was reached before the redo counts for nothing any more.
    assert play.world.heads.linked(review, "meeting") == (second,)
    play.replayed()


@pytest.mark.parametrize(
    ("number", "by", "tier"),
    [("2019-A-0001", "liaison.w", "w"), (C[0], "office.c.h1", "h1")],
    ids=["at once", "a unit's"],
)
def test_what_passes_again_after_a_redo_is_not_late_before_its_meeting_has_a_day(
    number: str, by: str, tier: str
):
    play = Play(SCHEME)
    play.open()
    passed(play, number)
    play.on(date(2020, 2, 20))
    play.done(number, "redo", "liaison.w" if tier == "w" else "office.c", data=LATE)
    passed(play, number)
    again = play.case(number)
    assert (again.state, again.due_at) == ("cleared", datetime(2020, 2, 27, 16, tzinfo=UTC))
    play.replayed()


def test_what_passes_again_is_not_late_by_the_meeting_that_heard_it_before_it_was_done_again():
    play = Play(SCHEME)
    play.open()
    in_session(play, "w")
    commented(play, "2019-A-0001")
    held_whole(play, *MEETINGS["w"])
    play.on(date(2020, 2, 3))
    play.done("2019-A-0001", "redo", "liaison.w", data=LATE)
    passed(play, "2019-A-0001")
    again = play.case("2019-A-0001")
    assert (again.state, again.due_at) == ("cleared", datetime(2020, 2, 10, 16, tzinfo=UTC))
    assert play.replanning.run(play.round.id) == 0
    closed(play, PROVINCIAL, "liaison.w", "deputy_secretary.w", "liaison.w")
    play.replanning.run(play.round.id)
    assert play.case("2019-A-0001").due_at == again.due_at
    play.done("2019-A-0001", "call_meeting", "liaison.w")
    scheduled(play, "2019-provincial-0002", "liaison.w", "2020-02-12")
    assert play.replanning.run(play.round.id) == 1
    assert play.case("2019-A-0001").due_at == datetime(2020, 2, 12, 16, tzinfo=UTC)
    play.replayed()


def test_who_passes_by_the_day_of_the_notice_has_the_day_that_it_names():
    play = Play(SCHEME)
    play.open()
    play.on(date(2020, 1, 14))
    passed(play, "2019-A-0001")
    passed(play, C[0])
    assert play.case("2019-A-0001").due_at == datetime(2020, 1, 20, 16, tzinfo=UTC)
    assert play.case(C[0]).due_at == datetime(2020, 2, 15, 16, tzinfo=UTC)


def test_ballots_are_to_come_until_they_were_taken_and_nothing_leads_back(play: Play):
    def to_come() -> bool:
        case = play.case(PROVINCIAL)
        poll = poll_of(case, "hall", play.world)
        assert poll is not None
        return is_to_come(poll, case, play.world)

    commented(play, "2019-A-0001")
    held(play, PROVINCIAL, "liaison.w", date(2020, 1, 20))
    assert to_come()
    play.done(PROVINCIAL, "start_balloting", "liaison.w")
    assert to_come()
    play.done(PROVINCIAL, "finish", "liaison.w")
    assert not to_come()


def closed(play: Play, number: str, who: str, second: str, closer: str) -> None:
    """Keep the minutes of a meeting that was held, file its summary, and close it."""
    play.done(number, "file_minutes", who, data=document("proceedings", "course", "outcome"))
    play.done(number, "approve_minutes", second)
    play.done(number, "file_summary", who, data=document("summary", "summary"))
    play.done(number, "close", closer)


def test_what_opens_a_case_of_a_unit_that_is_not_there_says_so():
    text = NOTICE.read_text().replace("  units:\n", "  units:\n    beside: {unit: nowhere}\n", 1)
    again = "opens: {case: meeting, for: %s}"
    play = Play(scheme(text.replace(again % "own_unit", again % "beside")))
    play.open()
    assert play.done(COMMISSION, "cancel", "office.c", reason="r").state == "cancelled"
    left = [one for one in play.told("state_changed")[-1]["left_out"] if "opens" in one]
    assert left == [{"opens": "meeting", "reason": "party_missing"}]


def test_one_that_is_done_again_after_its_meeting_is_heard_by_a_second():
    play = Play(SCHEME)
    play.open()
    in_session(play, "w")
    commented(play, "2019-A-0001")
    held_whole(play, *MEETINGS["w"])
    redo = {"due_at": "2020-01-30T16:00:00Z"}
    play.done("2019-A-0001", "redo", "liaison.w", data=redo)
    passed(play, "2019-A-0001")
    assert play.codes("2019-A-0001", "present", "liaison.w") == ["link_not_there"]
    # It does not wait until minutes and summary of the first are in.
    play.done("2019-A-0001", "call_meeting", "liaison.w")
    assert play.case(PROVINCIAL).is_open
    assert play.told("case_opened")[-1]["number"] == "2019-provincial-0002"
    play.done("2019-A-0001", "call_meeting", "liaison.w")  # and no third one beside it
    assert play.told("case_changed")[-1]["left_out"][0]["reason"] == "slot_taken"
    held(play, "2019-provincial-0002", "liaison.w", date(2020, 2, 3))
    play.done("2019-A-0001", "present", "liaison.w")
    play.done("2019-A-0001", "comment", "liaison.w", data=document("comment", "comment"))
    play.done("2019-provincial-0002", "start_balloting", "liaison.w")
    closed(play, PROVINCIAL, "liaison.w", "deputy_secretary.w", "liaison.w")
    play.replayed()


def test_a_units_meeting_goes_by_the_first_of_the_commissions_while_it_hears_one_again():
    play = Play(ALONE)
    play.open()
    in_session(play, "c")
    for number in HEARD["c"]:
        commented(play, number)
    held_whole(play, *MEETINGS["c"])
    again = {"due_at": "2020-02-20T16:00:00Z"}
    play.done(B, "redo", "secretary.c", data=again)
    play.done(B, "call_meeting", "office.c")
    at_unit_meeting(play)
    play.done(UNIT, "schedule", "office.c.h1", data=called("2020-02-14"))
    play.on(date(2020, 2, 14))
    play.done(UNIT, "open_session", "office.c.h1")
    play.replayed()


def test_who_was_voted_on_and_is_not_done_again_is_on_no_second_ballot():
    play = Play(ALONE)
    play.open()
    in_session(play, "c")
    for number in HEARD["c"]:
        commented(play, number)
    held_whole(play, *MEETINGS["c"])
    score = {"components": {"ballot": "92", "superior": superior("90")}}
    for number in HEARD["c"]:
        play.done(number, "score", "office.c", data=score)
    play.done(B, "redo", "secretary.c", data={"due_at": "2020-02-20T16:00:00Z"})
    play.done(B, "call_meeting", "office.c")
    second = play.case("2019-commission-0002")
    hall = SCHEME.polls["hall"]
    again = [play.case(B)]
    assert [one.stream for one in covered_by(second, hall, play.world)] == [again[0].stream]
    # Nor do the others stand on its agenda; on that of the first they do.
    attendance = SCHEME.rosters["attendance"]
    assert ordered(NO_LOG, second, attendance, play.world) == again
    first = play.case(COMMISSION)
    assert [one.number for one in ordered(NO_LOG, first, attendance, play.world)] == HEARD["c"]


def test_when_and_where_is_told_with_the_day_and_moved_with_a_reason(play: Play):
    at_unit_meeting(play)
    scheduled(play, PROVINCIAL, "liaison.w", "2020-01-20")
    scheduled(play, COMMISSION, "office.c", "2020-02-11")
    data = called("2020-02-12")
    time = "data.documents.call.rows[0].time"

    def wrong(**times: str) -> list[tuple[str, str]]:
        row = data["documents"]["call"]["rows"][0]
        told = {"documents": {"call": {"rows": [row | {"time": row["time"] | times}]}}}
        blockers = play.act(UNIT, "schedule", "office.c.h1", data={**data, **told}).blockers
        return [(one.code, one.field) for one in blockers]

    # Its day is the local one: 16:00Z is midnight there.
    assert wrong(until="2020-02-12T16:00:00Z") == [("not_on_the_day", f"{time}.until")]
    assert wrong(**{"from": "2020-02-11T15:59:00Z"}) == [("not_on_the_day", f"{time}.from")]
    assert wrong(until="2020-02-12T05:00:00Z") == [("ends_too_early", f"{time}.until")]
    bare = play.act(UNIT, "schedule", "office.c.h1", data={"planned": data["planned"]})
    assert [one.field for one in bare.faults] == ["data.documents.call"]
    play.done(UNIT, "schedule", "office.c.h1", data=data)
    moved = called("2020-02-13", "第二会议室")
    assert play.codes(UNIT, "move_day", "office.c.h1", data=moved) == ["reason_required"]
    play.done(UNIT, "move_day", "office.c.h1", data=moved, reason="会场另有安排")
    case = play.case(UNIT)
    texts = {
        hash_.hex(): text
        for hash_, text in play.texts(
            [bytes.fromhex(one) for one in words_of(case, spoken(case, SCHEME, default()))]
        ).items()
    }
    (call,) = calls(case, spoken(case, SCHEME, default()), texts)
    assert (call.day, call.place) == (date(2020, 2, 13), "第二会议室")
    assert call.since == datetime(2020, 2, 13, 6, tzinfo=UTC)
    play.replayed()
