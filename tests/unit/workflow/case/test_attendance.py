"""Who is expected, who is there, and what needs how many: rosters and presence of the notice."""

import hashlib
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from schemas.canonical import canonical_bytes
from schemas.envelope import open_envelope
from services.workflow.domain.case.listing import (
    CODE_FOR,
    MOST_WRONG,
    SPENT_FOR,
    Listing,
    read_listing,
)
from services.workflow.domain.case.polling import covered_by, eligible
from services.workflow.domain.case.where import matches
from services.workflow.domain.organisation import Organisation
from tests.builders import called, changed, unit
from tests.unit.workflow.case.played import NOTICE, Play, everybody, scheme, text_of
from tests.unit.workflow.case.test_links_2019 import (
    COMMISSION,
    HEARD,
    MEETINGS,
    UNIT,
    C,
    at_unit_meeting,
    attended,
    commented,
    document,
    held,
    held_whole,
    in_session,
    passed,
    prepared,
    unit_in_session,
)
from tests.unit.workflow.case.test_notice_2019 import SCHEME

HOST = "office.c.h1"


def hospital(staff: int) -> Organisation:
    organisation = everybody()
    placed = unit("c.h1", "c", "unit_committee", attributes={"staff": staff})
    return organisation.evolve(changed(units=[placed]))


@pytest.fixture
def play() -> Play:
    made = Play(SCHEME, hospital(300))
    made.open()
    return made


@pytest.fixture
def session(play: Play) -> Play:
    """The unit's meeting in session, its four reviews heard and commented on."""
    for number in C:
        commented(play, number)
    unit_in_session(play)
    return play


def roster(**given: Any) -> dict[str, Any]:
    return {"rosters": {"attendance": given}}


def moves(*told: dict[str, Any]) -> dict[str, Any]:
    return {"presence": {"attendance": {"moves": list(told)}}}


def listing(play: Play) -> Listing:
    told = play.case(UNIT).listed["attendance"]
    (text,) = play.texts([bytes.fromhex(told["sha256"])]).values()
    return read_listing(text.content, text.salt)


def people(play: Play, capacity: str) -> list[str | None]:
    return [one.person for one in listing(play).rows if one.capacity == capacity]


def shown(play: Play, ago: timedelta = timedelta(0)) -> str:
    """Return the code that is shown when the next act comes, or was some time before."""
    return listing(play).code(play.case(UNIT).stream, play.now + timedelta(minutes=1) - ago)


def by_code(code: str, **more: str) -> dict[str, Any]:
    return {"presence": {"attendance": {"code": code, **more}}}


# --- C4.3: who is expected ---


def test_a_roster_is_made_from_posts_by_capacity(play: Play):
    play.done(UNIT, "list_attendants", HOST, data=roster())
    assert people(play, "committee") == ["secretary.c.h1", "deputy_secretary.c.h1"]
    assert len(people(play, "branch_heads")) == len(C)
    assert people(play, "cadres") == []


def test_everybody_is_expected_where_fewer_than_100_work():
    play = Play(SCHEME, hospital(99))
    play.open()
    play.done(UNIT, "list_attendants", HOST, data=roster())
    assert HOST in people(play, "cadres")
    assert "office.c.h1.a" in people(play, "cadres")
    # Whoever comes as a member of the committee stands there once.
    assert "secretary.c.h1" not in people(play, "cadres")


@pytest.mark.parametrize(("staff", "all_vote"), [(99, True), (100, False)])
def test_all_cadres_vote_where_fewer_than_100_work(staff: int, all_vote: bool):
    play = Play(SCHEME, hospital(staff))
    play.open()
    file = "cadres,office.c\ncadres,来宾甲" if all_vote else "invited,office.c"
    play.done(UNIT, "list_attendants", HOST, data=roster(file=file))
    case = play.case(UNIT)
    world = replace(play.world, listings={case.listed["attendance"]["sha256"]: listing(play)})
    poll = SCHEME.polls["hall"].of_tier("unit")
    asked = [one for one in poll.electorates if matches(one.where, case, world.organisation)]
    # Below a hundred nobody is there by invitation, so no vote waits for those who are.
    assert [one.name for one in asked] == (["members"] if all_vote else ["members", "invited"])
    n_members = eligible(asked[0], case, covered_by(case, poll, world), world)
    committee, heads = len(people(play, "committee")), len(people(play, "branch_heads"))
    everybody_there = sum(one.person is not None for one in listing(play).rows)
    assert n_members == (everybody_there if all_vote else committee + heads)


def test_invited_people_come_from_rows_and_from_a_file_by_name_or_label(play: Play):
    file = "invited,office.c.b1\n\n先进模范和党员、群众代表，来宾甲"
    rows = [{"capacity": "invited", "guest": "来宾乙"}]
    play.done(UNIT, "list_attendants", HOST, data=roster(file=file, rows=rows))
    invited = [one for one in listing(play).rows if one.capacity == "invited"]
    assert [(one.person, one.guest) for one in invited] == [
        (None, "来宾乙"),
        ("office.c.b1", ""),
        (None, "来宾甲"),
    ]


def test_all_bad_lines_of_a_file_are_told_at_once_by_their_numbers(play: Play):
    file = "invited,office.c.b1\n嘉宾,来宾甲\ninvited\n"
    answer = play.act(UNIT, "list_attendants", HOST, data=roster(file=file))
    told = [(one.code, one.field, one.params["line"]) for one in answer.blockers]
    place = "data.rosters.attendance.file"
    assert told == [("roster_line_capacity", place, 2), ("roster_line_unreadable", place, 3)]


def test_a_roster_grows_and_every_row_keeps_its_number(play: Play):
    play.done(UNIT, "list_attendants", HOST, data=roster())
    before = listing(play).rows
    play.done(UNIT, "list_attendants", HOST, data=roster(file="invited,来宾甲"))
    assert listing(play).rows[: len(before)] == before
    assert [one.guest for one in listing(play).rows[len(before) :]] == ["来宾甲"]


def test_a_roster_goes_into_the_log_by_hash_and_names_nobody(play: Play):
    play.done(UNIT, "list_attendants", HOST, data=roster(file="invited,来宾甲"))
    body = play.written[-1].body
    told = open_envelope(body).data["rosters"]["attendance"]
    assert set(told) == {"sha256", "length", "n_present", "n_expected"}
    assert "来宾甲" not in body.decode()
    assert b"secretary.c.h1" not in body


# --- C4.3: who is there ---


def test_somebody_comes_and_goes_with_time_and_reason(session: Play):
    session.done(UNIT, "list_attendants", HOST, data=roster())
    session.done(UNIT, "take_attendance", HOST, data=moves({"row": 1, "way": "in"}))
    out = {"row": 1, "way": "out", "why": "concerned", "reason": "述评本人"}
    case = session.done(UNIT, "take_attendance", HOST, data=moves(out))
    (told,) = open_envelope(session.written[-1].body).data["presence"].values()
    assert told["n_present"] == 0
    assert set(told["moves"][0]) == {"row", "way", "why", "reason"}
    assert case.there == {"attendance": 0}
    session.replayed()


@pytest.mark.parametrize(
    ("told", "code"),
    [
        ([{"row": 1, "way": "in"}, {"row": 1, "way": "in"}], "already_in"),
        ([{"row": 1, "way": "out", "why": "sick"}], "not_in"),
        ([{"row": 999, "way": "in"}], "not_on_roster"),
        ([{"row": 1, "way": "in", "at": "2099-01-01T00:00:00Z"}], "effective_in_future"),
    ],
)
def test_nobody_comes_twice_or_goes_without_having_come(session: Play, told: list, code: str):
    session.done(UNIT, "list_attendants", HOST, data=roster())
    assert session.codes(UNIT, "take_attendance", HOST, data=moves(*told)) == [code]


def test_who_stays_away_is_excused_with_a_reason_before_the_day(play: Play):
    at_unit_meeting(play)
    play.done(UNIT, "list_attendants", HOST, data=roster())
    excused = {"person": "secretary.c.h1", "way": "excused", "why": "sick"}
    case = play.done(UNIT, "excuse", HOST, data=moves(excused))
    assert case.there == {"attendance": 0}
    (told,) = open_envelope(play.written[-1].body).data["presence"]["attendance"]["moves"]
    assert told == {"row": 1, "way": "excused", "why": "sick"}


def test_whoever_is_excused_has_a_reason(play: Play):
    at_unit_meeting(play)
    play.done(UNIT, "list_attendants", HOST, data=roster())
    away = {"row": 1, "way": "excused"}
    (lacking,) = play.act(UNIT, "excuse", HOST, data=moves(away)).blockers
    assert (lacking.code, lacking.field) == (
        "absence_unexplained",
        "data.presence.attendance.moves[0].why",
    )
    play.done(UNIT, "excuse", HOST, data=moves(away | {"reason": "住院"}))


def test_a_row_and_a_person_that_disagree_are_refused(session: Play):
    session.done(UNIT, "list_attendants", HOST, data=roster())
    own = session.case(UNIT)
    first, second = listing(session).rows[:2]
    both = {"row": first.row, "person": second.person, "way": "in"}
    (other,) = session.act(UNIT, "take_attendance", HOST, data=moves(both)).blockers
    assert (other.code, other.field) == (
        "row_of_another",
        "data.presence.attendance.moves[0].person",
    )
    assert session.case(UNIT) == own
    session.done(UNIT, "take_attendance", HOST, data=moves(both | {"person": first.person}))


@pytest.mark.parametrize("way", ["in", "excused"])
def test_nobody_has_come_or_been_excused_before_the_meeting_was(session: Play, way: str):
    session.done(UNIT, "list_attendants", HOST, data=roster())
    ago = {"row": 1, "way": way, "why": "sick", "at": "2001-01-10T01:00:00Z"}
    (told,) = session.act(UNIT, "take_attendance", HOST, data=moves(ago)).blockers
    assert (told.code, told.field) == ("moved_too_early", "data.presence.attendance.moves[0].at")


def test_nobody_comes_before_the_day_for_which_the_meeting_is_planned(session: Play):
    session.done(UNIT, "list_attendants", HOST, data=roster())
    eve = {"row": 1, "way": "in", "at": "2020-02-11T15:59:00Z"}  # of 12 February in Shanghai
    (told,) = session.act(UNIT, "take_attendance", HOST, data=moves(eve)).blockers
    assert (told.code, dict(told.params)) == ("moved_too_early", {"date": "2020-02-12"})
    session.done(UNIT, "take_attendance", HOST, data=moves(eve | {"at": "2020-02-11T16:00:00Z"}))


def test_whoever_stays_away_may_say_so_before_that_day(play: Play):
    in_session(play, "c")
    assert play.case(COMMISSION).planned == {"held": date(2020, 2, 11)}
    play.done(COMMISSION, "list_attendants", "office.c", data=roster())
    away = {"row": 1, "way": "excused", "why": "sick", "at": "2020-02-10T01:00:00Z"}
    play.done(COMMISSION, "take_attendance", "office.c", data=moves(away))


def test_no_session_is_opened_before_its_day(play: Play):
    at_unit_meeting(play)
    in_session(play, "c")
    for number in HEARD["c"]:
        commented(play, number)
    held_whole(play, *MEETINGS["c"])
    play.done(UNIT, "schedule", HOST, data=called("2020-02-13"))
    play.on(date(2020, 2, 12))
    assert play.codes(UNIT, "open_session", HOST) == ["too_early"]
    play.on(date(2020, 2, 13))
    play.done(UNIT, "open_session", HOST)


@pytest.mark.parametrize("who", [HOST, "secretary.c.h1"])
def test_whoever_goes_out_says_why(session: Play, who: str):
    session.done(UNIT, "list_attendants", HOST, data=roster())
    session.done(UNIT, "take_attendance", HOST, data=moves({"row": 1, "way": "in"}))
    if who == HOST:
        ask, data, place = "take_attendance", moves({"row": 1, "way": "out"}), "moves[0].why"
    else:
        ask, data, place = "sign_attendance", by_code(shown(session), way="out"), "why"
    (lacking,) = session.act(UNIT, ask, who, data=data).blockers
    place = f"data.presence.attendance.{place}"
    assert (lacking.code, lacking.field) == ("absence_unexplained", place)


def test_whoever_is_on_the_roster_signs_in_by_the_code_that_is_shown(session: Play):
    session.done(UNIT, "list_attendants", HOST, data=roster())
    who = "deputy_secretary.c.h1"
    case = session.done(UNIT, "sign_attendance", who, data=by_code(shown(session)))
    assert case.there["attendance"].bit_count() == 1
    assert "code" not in session.written[-1].body.decode()
    out = by_code(shown(session), way="out", why="official")
    assert session.done(UNIT, "sign_attendance", who, data=out).there == {"attendance": 0}


def test_a_code_that_is_no_longer_shown_signs_nobody_in(session: Play):
    session.done(UNIT, "list_attendants", HOST, data=roster())
    stale = by_code(shown(session, ago=2 * CODE_FOR))
    ask = ("sign_attendance", "secretary.c.h1")
    assert session.codes(UNIT, *ask, data=stale) == ["code_not_shown"]
    session.done(UNIT, *ask, data=by_code(shown(session, ago=CODE_FOR)))


def test_a_code_in_other_digits_is_not_the_one_that_is_shown(session: Play):
    session.done(UNIT, "list_attendants", HOST, data=roster())
    ask = ("sign_attendance", "secretary.c.h1")
    assert session.codes(UNIT, *ask, data=by_code("１２３４５６")) == ["code_not_shown"]


def guessed(session: Play, who: str, n: int, **more: Any) -> None:
    """Type wrong codes in."""
    for _ in range(n):
        told = session.codes(UNIT, "sign_attendance", who, data=by_code("000000"), **more)
        assert told == ["code_not_shown"]


def test_after_five_wrong_codes_the_right_one_signs_nobody_in_for_ten_minutes(session: Play):
    session.done(UNIT, "list_attendants", HOST, data=roster())
    ask = ("sign_attendance", "secretary.c.h1")
    guessed(session, "secretary.c.h1", MOST_WRONG)
    for code in (shown(session), "000000"):  # which of them was right is not told
        answer = session.act(UNIT, *ask, data=by_code(code))
        (spent,) = answer.blockers
        assert (spent.code, dict(spent.params)) == ("code_tries_spent", {"minutes": 10})
    session.now += SPENT_FOR
    session.done(UNIT, *ask, data=by_code(shown(session)))


def test_nobody_shuts_the_door_on_the_others(session: Play):
    session.done(UNIT, "list_attendants", HOST, data=roster())
    guessed(session, "secretary.c.h1", MOST_WRONG)
    session.done(UNIT, "sign_attendance", "deputy_secretary.c.h1", data=by_code(shown(session)))


def test_a_rehearsed_guess_is_a_guess(session: Play):
    session.done(UNIT, "list_attendants", HOST, data=roster())
    guessed(session, "secretary.c.h1", MOST_WRONG, dry_run=True)
    rehearsed = {"data": by_code(shown(session)), "dry_run": True}
    told = session.codes(UNIT, "sign_attendance", "secretary.c.h1", **rehearsed)
    assert told == ["code_tries_spent"]


def test_who_is_not_on_the_roster_signs_in_nowhere(session: Play):
    session.done(UNIT, "list_attendants", HOST, data=roster())
    answer = session.act(UNIT, "sign_attendance", "office.c.b1", data=by_code(shown(session)))
    assert answer.outcome in ("not_allowed", "absent")


def test_anothers_coming_makes_no_form_of_the_host_stale(session: Play):
    session.done(UNIT, "list_attendants", HOST, data=roster())
    version = session.case(UNIT).version
    session.done(UNIT, "sign_attendance", "secretary.c.h1", data=by_code(shown(session)))
    told = {"documents": {"agenda_point": {"rows": [{"point": "主持人讲话"}]}}}
    answer = session.act(UNIT, "hear", HOST, data=told, if_match=version)
    assert answer.outcome == "not_fulfilled"  # for want of a quorum, not as stale


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
    (off,) = session.act(UNIT, "hear", HOST, data=data).blockers
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
    lax = text.replace(AFTERWARDS, "        takes: [{document: report}]\n")
    play = Play(scheme(lax), hospital(300))
    play.open()
    passed(play, C[0])
    unit_in_session(play)
    report = document("report", "achievements", "problems", "tasks")
    play.done(C[0], "file_comment_draft", play.case(C[0]).person, data=report)
    assert play.codes(C[0], "present", "liaison.c.h1") == ["version_not_passed"]
