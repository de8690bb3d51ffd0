"""Who was put on a roster by mistake is struck off: the row stays, and nobody waits for them."""

from dataclasses import replace
from typing import Any

import pytest

from schemas.envelope import open_envelope
from services.workflow.domain.case.polling import eligible
from tests.unit.workflow.case.meeting import (
    HOST,
    by_code,
    expected,
    gathered,
    listing,
    moves,
    people,
    roster,
    shown,
)
from tests.unit.workflow.case.played import Play
from tests.unit.workflow.case.test_links_2019 import UNIT
from tests.unit.workflow.case.test_notice_2019 import SCHEME

GUEST = "invited,来宾甲"
WHY = "重复列入"


@pytest.fixture
def play() -> Play:
    made = expected()
    made.done(UNIT, "list_attendants", HOST, data=roster(file=GUEST))
    return made


def guest(play: Play) -> int:
    return next(one.row for one in listing(play).rows if one.guest == "来宾甲")


def strike(*told: Any, file: str = "") -> dict[str, Any]:
    struck = [one if isinstance(one, dict) else {"row": one, "reason": WHY} for one in told]
    return roster(struck=struck) if not file else roster(file=file)


def codes(play: Play, *told: Any, file: str = "") -> list[tuple[str, str]]:
    answer = play.act(UNIT, "strike_attendants", HOST, data=strike(*told, file=file))
    return [
        (one.code, one.field.removeprefix("data.rosters.attendance")) for one in answer.blockers
    ]


def test_who_is_struck_off_keeps_the_row_and_counts_no_more(play: Play):
    before, row = listing(play).rows, guest(play)
    play.done(UNIT, "strike_attendants", HOST, data=strike(row))
    after = listing(play)
    assert [one.row for one in after.rows] == [one.row for one in before]
    struck = after.by_row[row]
    assert (struck.guest, struck.struck.reason) == ("来宾甲", WHY)
    assert row not in [one.row for one in after.standing]
    assert play.case(UNIT).rosters["attendance"] == len(before) - 1
    told = open_envelope(play.written[-1].body).data["rosters"]["attendance"]
    assert (told["n_expected"], told["n_present"]) == (len(before) - 1, 0)
    assert WHY not in play.written[-1].body.decode()


def test_the_row_names_the_event_that_struck_it_off(play: Play):
    play.done(UNIT, "strike_attendants", HOST, data=strike(guest(play)))
    event = open_envelope(play.written[-1].body)
    assert listing(play).by_row[guest(play)].struck.version == event.streamversion


def test_somebody_is_struck_off_by_person_and_by_a_line_as_well(play: Play):
    person = people(play, "committee")[1]
    play.done(UNIT, "strike_attendants", HOST, data=strike({"person": person, "reason": WHY}))
    assert person not in listing(play).by_person
    play.done(
        UNIT, "strike_attendants", HOST, data=strike(file=f"\n {guest(play)}，误列，非代表\n")
    )
    assert listing(play).by_row[guest(play)].struck.reason == "误列，非代表"


def test_whoever_moved_or_was_excused_is_not_struck_off():
    play = gathered(expected())
    play.done(UNIT, "list_attendants", HOST, data=roster())
    first, second = listing(play).rows[:2]
    come = moves({"row": first.row, "way": "in"})
    play.done(UNIT, "take_attendance", HOST, data=come)
    left = {"row": first.row, "way": "out", "why": "official"}
    away = moves(left, {"row": second.row, "way": "excused", "why": "sick"})
    play.done(UNIT, "take_attendance", HOST, data=away)
    told = [("row_moved", ".struck[0]"), ("row_moved", ".struck[1]")]
    assert codes(play, first.row, second.row) == told


def test_all_that_is_wrong_is_told_at_once(play: Play):
    row = guest(play)
    other = {"row": row, "person": "office.c.h1", "reason": WHY}
    assert codes(play, 900, other, row, row) == [
        ("row_unlisted", ".struck[0]"),
        ("row_of_another", ".struck[1]"),
        ("row_struck", ".struck[3]"),
    ]
    wrong = f"row {row},{WHY}\n{row}\n{row},\n0,{WHY}\n{row},{'长' * 201}\n"
    assert codes(play, file=wrong) == [("strike_unreadable", ".file")] * 5
    assert codes(play, file=" \n") == [("strikes_nobody", ".file")]
    (fault,) = play.act(UNIT, "strike_attendants", HOST, data=strike()).faults
    assert (fault.field, fault.code) == ("data.rosters.attendance.struck", "required")
    nobody = {"person": "office.c.b1", "reason": WHY}
    assert codes(play, nobody) == [("not_on_roster", ".struck[0]")]


def test_nobody_is_struck_off_before_there_is_a_roster():
    play = expected()
    assert [code for code, _ in codes(play, 1)] == ["roster_lacking"]


def test_whoever_is_struck_off_neither_comes_nor_signs_in():
    play = gathered(expected())
    play.done(UNIT, "list_attendants", HOST, data=roster(file="invited,office.c.b1\n" + GUEST))
    play.done(
        UNIT,
        "strike_attendants",
        HOST,
        data=strike(guest(play), {"person": "office.c.b1", "reason": WHY}),
    )
    come = moves({"row": guest(play), "way": "in"})
    assert play.codes(UNIT, "take_attendance", HOST, data=come) == ["row_struck"]
    answer = play.act(UNIT, "sign_attendance", "office.c.b1", data=by_code(shown(play)))
    assert answer.outcome != "done"


def test_a_quorum_is_asked_of_those_who_are_still_expected():
    play = gathered(expected())
    play.done(UNIT, "list_attendants", HOST, data=roster())
    there = [one.row for one in listing(play).rows]
    come = moves(*({"row": row, "way": "in"} for row in there))
    play.done(UNIT, "take_attendance", HOST, data=come)
    guests = "\n".join(f"invited,来宾{n}" for n, _ in enumerate(there))
    play.done(UNIT, "list_attendants", HOST, data=roster(file=guests))
    speech = {"documents": {"concluding_speech": {"parts": {"text": "完。"}}}}
    assert "quorum_lacking" in play.codes(UNIT, "conclude", HOST, data=speech)
    rows = [one.row for one in listing(play).rows if one.guest]
    play.done(UNIT, "strike_attendants", HOST, data=strike(*rows))
    assert "quorum_lacking" not in play.codes(UNIT, "conclude", HOST, data=speech)


def test_no_slip_waits_for_who_is_struck_off(play: Play):
    poll = SCHEME.polls["hall"].of_tier("unit")
    invited = next(one for one in poll.electorates if one.roster)

    def asked() -> int | None:
        case = play.case(UNIT)
        told = {case.listed["attendance"]["sha256"]: listing(play)}
        return eligible(invited, case, (), replace(play.world, listings=told))

    assert asked() == 1
    play.done(UNIT, "strike_attendants", HOST, data=strike(guest(play)))
    assert not asked()


def test_who_was_struck_off_comes_back_only_when_brought_by_name(play: Play):
    person, row = people(play, "committee")[1], guest(play)
    play.done(UNIT, "strike_attendants", HOST, data=strike(row, {"person": person, "reason": WHY}))
    play.done(UNIT, "list_attendants", HOST, data=roster())  # by their posts
    assert person not in listing(play).by_person
    answer = play.act(UNIT, "list_attendants", HOST, data=roster(file=GUEST))
    assert [one.code for one in answer.warnings] == ["roster_struck_before"]
    again = listing(play).rows[-1]
    assert (again.guest, again.struck) == ("来宾甲", None)
    assert again.row > row
    assert listing(play).by_row[row].struck is not None


def test_who_is_struck_off_comes_back_in_no_other_capacity_by_post():
    # Below 100 everybody is a cadre as well as what they are first.
    play = expected(staff=50)
    play.done(UNIT, "list_attendants", HOST, data=roster())
    person = people(play, "committee")[1]
    play.done(UNIT, "strike_attendants", HOST, data=strike({"person": person, "reason": WHY}))
    play.done(UNIT, "list_attendants", HOST, data=roster(file=GUEST))
    assert person not in listing(play).by_person
    play.done(UNIT, "list_attendants", HOST, data=roster(file=f"cadres,{person}"))
    assert listing(play).by_person[person].capacity == "cadres"
