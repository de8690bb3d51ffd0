"""What a meeting hears and votes on: how many must be there, who steps aside, which version."""

import hashlib
from datetime import date
from typing import Any

import pytest

from schemas.canonical import canonical_bytes
from schemas.envelope import open_envelope
from tests.unit.workflow.case.meeting import (
    HOST,
    expected,
    gathered,
    hospital,
    listing,
    moves,
    roster,
)
from tests.unit.workflow.case.played import NOTICE, Play, heard_at_any_time, scheme, text_of
from tests.unit.workflow.case.test_links_2019 import (
    COMMISSION,
    UNIT,
    C,
    attended,
    commented,
    document,
    held,
    passed,
    prepared,
    unit_in_session,
)
from tests.unit.workflow.case.test_notice_2019 import SCHEME as ORDERED


@pytest.fixture
def play() -> Play:
    return expected()


@pytest.fixture
def session(play: Play) -> Play:
    return gathered(play)


# --- C4.3: the quorum ---


def test_no_vote_without_a_roster_and_none_without_a_quorum(session: Play):
    speech = {"documents": {"concluding_speech": text_of("speech")}}
    assert session.codes(UNIT, "conclude", HOST, data=speech) == ["roster_lacking"]
    session.done(UNIT, "list_attendants", HOST, data=roster())
    session.done(UNIT, "take_attendance", HOST, data=moves({"row": 1, "way": "in"}))
    answer = session.act(UNIT, "conclude", HOST, data=speech)
    (lacking,) = answer.blockers
    assert (lacking.code, dict(lacking.params)) == (
        "quorum_lacking",
        {"there": 1, "needed": 4, "listed": 6},
    )


def test_a_guest_is_expected_and_counts_like_anybody(session: Play):
    session.done(UNIT, "list_attendants", HOST, data=roster(file="invited,来宾甲\ninvited,来宾乙"))
    (told,) = open_envelope(session.written[-1].body).data["rosters"].values()
    assert told["n_expected"] == 8  # six by their posts
    guests = [one.row for one in listing(session).rows if one.guest]
    came = [{"row": row, "way": "in"} for row in guests]
    session.done(UNIT, "take_attendance", HOST, data=moves(*came))
    (lacking,) = session.act(
        UNIT, "conclude", HOST, data={"documents": {"concluding_speech": text_of("speech")}}
    ).blockers
    assert dict(lacking.params) == {"there": 2, "needed": 6, "listed": 8}


def test_each_point_and_each_vote_keeps_how_many_were_there(session: Play):
    attended(session, UNIT, HOST)
    session.done(
        UNIT, "conclude", HOST, data={"documents": {"concluding_speech": text_of("speech")}}
    )
    out = moves({"row": 6, "way": "out", "why": "concerned"})
    session.done(UNIT, "take_attendance", HOST, data=out)
    session.done(UNIT, "start_balloting", HOST)
    of_unit = [one.body for one in session.written if one.stream == session.case(UNIT).stream]
    told = [open_envelope(body).data.get("presence", {}).get("attendance", {}) for body in of_unit]
    counted = [(one["n_present"], one["n_needed"]) for one in told if "n_needed" in one]
    assert counted == [(6, 4), (5, 4)]
    assert session.now.date() == date(2020, 2, 12)
    session.replayed()


# --- C4.4: whom it is about steps aside ---


def heard(play: Play, number: str) -> dict[str, Any]:
    rows = [{"heard": play.case(number).stream, "point": "述职、点评"}]
    return {"documents": {"agenda_point": {"rows": rows}}}


def counted(play: Play) -> dict[str, Any]:
    (told,) = open_envelope(play.written[-1].body).data["presence"].values()
    return told


def test_whoever_a_case_is_about_is_counted_out_while_it_is_heard_and_in_again(session: Play):
    attended(session, UNIT, HOST)
    own = listing(session).by_person[session.case(C[0]).person].row
    before = session.case(UNIT).there
    case = session.done(UNIT, "hear", HOST, data=heard(session, C[0]))
    told = counted(session)
    assert (told["n_present"], told["n_needed"]) == (5, 4)
    assert told["moves"] == [
        {"row": own, "way": "out", "why": "concerned"},
        {"row": own, "way": "in", "why": "concerned"},
    ]
    assert case.there == before
    session.replayed()


@pytest.mark.parametrize("stranger", ["2019-B-0001", COMMISSION, ""])
def test_only_what_is_on_the_agenda_is_heard(session: Play, stranger: str):
    attended(session, UNIT, HOST)
    nobody = "review/00000000-0000-4000-8000-000000000000"
    stream = session.case(stranger).stream if stranger else nobody
    rows = [{"heard": stream, "point": "述职"}]
    data = {"documents": {"agenda_point": {"rows": rows}}}
    *kind, off = session.act(UNIT, "hear", HOST, data=data).blockers
    assert [one.code for one in kind] == (["another_kind"] if stranger == COMMISSION else [])
    place = "data.documents.agenda_point.rows[0].heard"
    assert (off.code, off.field) == ("not_on_agenda", place)


def test_a_point_names_a_case_once(session: Play):
    attended(session, UNIT, HOST)
    data = heard(session, C[0])
    data["documents"]["agenda_point"]["rows"] *= 2
    assert session.codes(UNIT, "hear", HOST, data=data) == ["heard_before"]


def test_a_case_is_heard_in_one_act_of_a_meeting(session: Play):
    attended(session, UNIT, HOST)
    session.done(UNIT, "hear", HOST, data=heard(session, C[0]))
    assert counted(session)["heard"] == [session.case(C[0]).stream]
    (again,) = session.act(UNIT, "hear", HOST, data=heard(session, C[0])).blockers
    assert (again.code, again.params["case"]) == ("heard_before", C[0])
    session.done(UNIT, "hear", HOST, data=heard(session, C[1]))
    session.replayed()


def test_what_one_meeting_presented_the_one_in_its_place_does_not_hear_again(session: Play):
    session.done(UNIT, "cancel", "office.c", reason="停电")
    (again,) = (
        one.number for one in session.cases("meeting") if one.is_open and one.unit == "c.h1"
    )
    prepared(session, again)
    held(session, again, HOST, date(2020, 2, 13))
    attended(session, again, HOST)
    assert session.codes(again, "hear", HOST, data=heard(session, C[0])) == ["heard_before"]


def test_what_was_ordered_to_be_done_again_is_heard_again(session: Play):
    attended(session, UNIT, HOST)
    session.done(UNIT, "hear", HOST, data=heard(session, C[0]))
    session.done(C[0], "redo", "office.c", data={"due_at": "2020-02-14T16:00:00Z"})
    commented(session, C[0])
    session.done(UNIT, "hear", HOST, data=heard(session, C[0]))


GONE = [{"row": row, "way": "out", "why": "sick"} for row in (1, 2, 3)]
BACK = [{"row": row, "way": "in"} for row in (1, 2, 3)]
SAID = document("comment", "comment")


def in_order(mode: str) -> Play:
    """Bring the unit's meeting into session with everybody there; one report waits, so is it heard.

    Its branches have drawn nobody where *mode* is "".
    """
    play = Play(ORDERED, hospital(300))
    play.open()
    if mode:
        play.done(C[0], "set_mode", HOST, data={"mode": mode})
    passed(play, C[0])
    unit_in_session(play)
    return play


@pytest.mark.parametrize("mode", ["on_site", ""])
def test_who_is_not_heard_in_writing_is_presented_once_a_point_named_them(mode: str):
    play = in_order(mode)
    told = play.act(C[0], "present", HOST).blockers
    assert [one.code for one in told] == ["not_heard_yet", "roster_lacking"]
    assert told[0].params["number"] == play.case(UNIT).number
    attended(play, UNIT, HOST)
    assert play.codes(C[0], "present", HOST) == ["not_heard_yet"]
    play.done(UNIT, "hear", HOST, data=heard(play, C[0]))
    play.done(C[0], "present", HOST)
    play.replayed()


@pytest.mark.parametrize("mode", ["on_site", "", "written"])
def test_nobody_is_presented_or_commented_on_without_a_quorum(mode: str):
    play = in_order(mode)
    attended(play, UNIT, HOST)
    if mode != "written":
        play.done(UNIT, "hear", HOST, data=heard(play, C[0]))
    play.done(UNIT, "take_attendance", HOST, data=moves(*GONE))
    assert play.codes(C[0], "present", HOST) == ["quorum_lacking"]
    play.done(UNIT, "take_attendance", HOST, data=moves(*BACK))
    play.done(C[0], "present", HOST)
    play.done(UNIT, "take_attendance", HOST, data=moves(*GONE))
    assert play.codes(C[0], "comment", HOST, data=SAID) == ["quorum_lacking"]
    play.done(UNIT, "take_attendance", HOST, data=moves(*BACK))
    play.done(C[0], "comment", HOST, data=SAID)
    play.replayed()


def test_in_writing_too_nobody_is_presented_without_a_roster():
    assert in_order("written").codes(C[0], "present", HOST) == ["roster_lacking"]


def test_a_place_on_the_agenda_is_given_once(play: Play):
    play.done(C[0], "set_order", HOST, data={"order": 1})
    (taken,) = play.act(C[1], "set_order", HOST, data={"order": 1}).blockers
    assert (taken.code, taken.field, taken.params["number"]) == ("order_taken", "data.order", C[0])
    play.done(C[0], "set_order", HOST, data={"order": 2})
    play.done(C[1], "set_order", HOST, data={"order": 1})
    # Of another meeting's agenda it is another place.
    play.done("2019-B-0001", "set_order", "office.c", data={"order": 1})
    play.replayed()


def test_who_has_gone_out_before_is_counted_out_once(session: Play):
    attended(session, UNIT, HOST)
    own = listing(session).by_person[session.case(C[0]).person].row
    session.done(
        UNIT, "take_attendance", HOST, data=moves({"row": own, "way": "out", "why": "personal"})
    )
    case = session.done(UNIT, "hear", HOST, data=heard(session, C[0]))
    assert (counted(session)["n_present"], "moves" in counted(session)) == (5, False)
    assert case.there["attendance"].bit_count() == 5


def test_a_quorum_that_holds_only_with_whom_it_is_about_is_none(session: Play):
    attended(session, UNIT, HOST)
    gone = ({"row": row, "way": "out", "why": "sick"} for row in (1, 2))
    session.done(UNIT, "take_attendance", HOST, data=moves(*gone))
    assert session.codes(UNIT, "hear", HOST, data=heard(session, C[0])) == ["quorum_lacking"]
    about_nobody = {"documents": {"agenda_point": {"rows": [{"point": "通报"}]}}}
    session.done(UNIT, "hear", HOST, data=about_nobody)


# --- C4.4: the version that passed the audit ---


def test_what_is_presented_is_pinned_by_number_and_hash_in_its_event(play: Play):
    passed(play, C[0])
    unit_in_session(play)
    filed = next(one for one in play.told("state_changed") if one["trigger"] == "submit")
    play.done(C[0], "present", "liaison.c.h1")
    told = open_envelope(play.written[-1].body).data["pins"]
    sha256 = hashlib.sha256(canonical_bytes(filed["documents"][0])).hexdigest()
    assert told == [{"document": "report", "version": 1, "sha256": sha256}]
    play.replayed()


AFTERWARDS = """\
        takes: [{document: comment_draft}]
        guards: [{name: matches, where: {mode: on_site}}]
"""


def test_a_version_that_was_filed_after_the_audit_is_not_presented():
    text = NOTICE.read_text(encoding="utf-8")
    assert AFTERWARDS in text
    lax = heard_at_any_time(text).replace(AFTERWARDS, "        takes: [{document: report}]\n")
    play = Play(scheme(lax), hospital(300))
    play.open()
    passed(play, C[0])
    unit_in_session(play)
    report = document("report", "achievements", "problems", "tasks")
    play.done(C[0], "file_comment_draft", play.case(C[0]).person, data=report)
    assert play.codes(C[0], "present", "liaison.c.h1") == ["version_not_passed"]
