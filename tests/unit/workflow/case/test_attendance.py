"""Who is expected, and who is there: rosters and presence of the notice."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from schemas.envelope import open_envelope
from services.workflow.domain.case.listing import (
    CODE_FOR,
    MOST_WRONG,
    SPENT_FOR,
)
from services.workflow.domain.case.polling import covered_by, eligible
from services.workflow.domain.case.where import matches
from tests.builders import called
from tests.unit.workflow.case.meeting import (
    HOST,
    by_code,
    expected,
    gathered,
    hospital,
    listing,
    moves,
    people,
    roster,
    shown,
)
from tests.unit.workflow.case.played import Play
from tests.unit.workflow.case.test_links_2019 import (
    COMMISSION,
    HEARD,
    MEETINGS,
    UNIT,
    C,
    at_unit_meeting,
    commented,
    held_whole,
    in_session,
)
from tests.unit.workflow.case.test_notice_2019 import SCHEME


@pytest.fixture
def play() -> Play:
    return expected()


@pytest.fixture
def session(play: Play) -> Play:
    return gathered(play)


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
    file = "cadres,office.c\ncadres,来宾甲" if all_vote else "invited,office.c\ninvited,来宾甲"
    play.done(UNIT, "list_attendants", HOST, data=roster(file=file))
    case = play.case(UNIT)
    world = replace(play.world, listings={case.listed["attendance"]["sha256"]: listing(play)})
    poll = SCHEME.polls["hall"].of_tier("unit")
    asked = [one for one in poll.electorates if matches(one.where, case, world.organisation)]
    # Below a hundred nobody is there by invitation, so no vote waits for those who are.
    assert [one.name for one in asked] == (["members"] if all_vote else ["members", "invited"])
    n = [eligible(one, case, covered_by(case, poll, world), world) for one in asked]
    committee, heads = len(people(play, "committee")), len(people(play, "branch_heads"))
    everybody_there = len(listing(play).rows)  # who has no account gets a slip as well
    assert n == ([everybody_there] if all_vote else [committee + heads, 2])


def test_a_list_that_is_filed_for_the_vote_goes_before_who_is_expected(play: Play):
    play.done(UNIT, "list_attendants", HOST, data=roster(file="invited,来宾甲"))
    poll = SCHEME.polls["hall"].of_tier("unit")
    invited = next(one for one in poll.electorates if one.roster)
    case = play.case(UNIT)
    world = replace(play.world, listings={case.listed["attendance"]["sha256"]: listing(play)})
    assert eligible(invited, case, (), world) == 1
    filed = replace(case, rosters={**case.rosters, "invited": 7})
    assert eligible(invited, filed, (), world) == 7
    assert eligible(invited, replace(case, listed={}), (), world) is None  # nobody has said who


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
    assert told == [("roster_line_capacity", place, 2), ("roster_line_nameless", place, 3)]


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


def test_a_head_does_not_grow_by_everybody_who_signs_in(session: Play):
    session.done(UNIT, "list_attendants", HOST, data=roster())
    for who in ("deputy_secretary.c.h1", "secretary.c.h1"):
        case = session.done(UNIT, "sign_attendance", who, data=by_code(shown(session)))
    assert case.fired["sign_attendance"] == ("secretary.c.h1",)


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


def test_of_a_code_beside_what_is_at_fault_nothing_is_told_and_no_try_is_spent(session: Play):
    session.done(UNIT, "list_attendants", HOST, data=roster())
    ask = ("sign_attendance", "secretary.c.h1")
    for _ in range(MOST_WRONG):
        answer = session.act(UNIT, *ask, data=by_code("000000", way="away"))
        assert [one.field for one in answer.faults] == ["data.presence.attendance.way"]
        assert answer.blockers == ()
    answer = session.act(UNIT, *ask, data=by_code("000000") | {"more": 1})
    assert ([one.field for one in answer.faults], answer.blockers) == (["data.more"], ())
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
