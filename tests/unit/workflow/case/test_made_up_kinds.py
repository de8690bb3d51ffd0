"""Kinds whose names nobody knew: made up anew each time, and walked to their ends.

No word of the scheme is one the program could have heard of, so whatever it does it reads from the
file.
"""

import random
import string
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from services.workflow.domain.organisation import Organisation
from tests.builders import changed, post
from tests.unit.workflow.case.played import Play, everybody, scheme

SCHEME = Path(__file__).with_name("made_up.txt").read_text()


class Names(dict[str, str]):
    """A made-up word for each that is asked for, the same one each time."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        self._random = random.Random(seed)  # noqa: S311 - nothing secret

    def __missing__(self, word: str) -> str:
        made = "".join(self._random.choices(string.ascii_lowercase, k=9))
        self[word] = made
        return made

    def __getattr__(self, word: str) -> str:
        return self[word]

    def written(self, text: str) -> str:
        for word in sorted({*_words(text)}, key=len, reverse=True):
            text = text.replace(f"@{word}", self[word])
        return text


def _words(text: str) -> Iterator[str]:
    for part in text.split("@")[1:]:
        word = ""
        for letter in part:
            if letter not in string.ascii_lowercase + "_":
                break
            word += letter
        yield word


@pytest.fixture(params=[1, 2, 3])
def names(request: pytest.FixtureRequest) -> Names:
    return Names(request.param)


@pytest.fixture
def play(names: Names) -> Play:
    made = Play(scheme(names.written(SCHEME)), people())
    made.open()
    return made


def people() -> Organisation:
    return everybody()


NUMBER, GATHERING = "2019-Z9-0001", "2019-{}-0001"


def handed_in(play: Play, names: Names) -> None:
    row = {names.what: "w", names.who: "liaison.c.h1", names.until: "2020-01-20"}
    data = {"documents": {names.sheet: {"rows": [row]}}}
    play.done(NUMBER, names.hand_in, "office.c.h1", data=data)


def signed(play: Play, names: Names) -> None:
    handed_in(play, names)
    play.done(NUMBER, names.sign, "deputy_secretary.c.h1")
    play.done(NUMBER, names.sign, "office.c")


def weighed(play: Play, names: Names, figure: str) -> None:
    signed(play, names)
    play.done(f"{NUMBER}/01", names.finish, "liaison.c.h1")
    play.done(NUMBER, names.weigh, "office.c", data={"components": {names.weight: figure}})


def test_three_kinds_nobody_knew_are_walked_to_their_ends(play: Play, names: Names):
    weighed(play, names, "75")
    assert (play.case(NUMBER).state, play.case(NUMBER).final) == (names.over, "completed")
    gathering = GATHERING.format(names.gathering)
    assert play.codes(gathering, names.meet, "office.c") == ["link_not_all_ended"]
    play.done("2019-Z9-0002", names.drop, "office.c", reason="r")
    assert play.done(gathering, names.meet, "office.c").final == "completed"
    play.replayed()


def test_every_desk_signs_once_each_by_another_and_the_last_one_moves(play: Play, names: Names):
    handed_in(play, names)
    case = play.case(NUMBER)
    assert [one.desk for one in case.holders] == [names.left, names.right]
    assert case.holder.desk == names.left  # the one due first
    after = play.done(NUMBER, names.sign, "deputy_secretary.c.h1")
    assert (after.state, [one.desk for one in after.holders]) == (names.both, [names.right])
    assert after.due_at == after.holders[0].due_at
    assert play.codes(NUMBER, names.sign, "deputy_secretary.c.h1") == ["four_eyes"]
    assert play.done(NUMBER, names.sign, "office.c").state == names.doing
    assert [one["signature"]["desk"] for one in play.told("desk_signed")] == [names.left]
    assert play.told("state_changed")[-1]["signature"]["desk"] == names.right
    play.replayed()


def test_what_a_trigger_does_elsewhere_comes_with_the_last_signature(play: Play, names: Names):
    handed_in(play, names)
    play.done(NUMBER, names.sign, "deputy_secretary.c.h1")
    assert play.case(f"{NUMBER}/01").flags == frozenset()
    play.done(NUMBER, names.sign, "office.c")
    assert play.case(f"{NUMBER}/01").flags == {names.flag}


@pytest.mark.parametrize("until", ["any", "{at_least: 1}"])
def test_where_not_all_need_to_sign_the_case_moves_with_the_last_one_needed(
    names: Names, until: str
):
    play = Play(scheme(names.written(SCHEME).replace("until: all", f"until: {until}")))
    play.open()
    handed_in(play, names)
    assert play.done(NUMBER, names.sign, "office.c").state == names.doing
    assert play.told("desk_signed") == []


def test_one_desk_that_refuses_ends_the_stay_and_signatures_are_forgotten(play: Play, names: Names):
    handed_in(play, names)
    play.done(NUMBER, names.sign, "deputy_secretary.c.h1")
    case = play.done(NUMBER, names.refuse, "office.c")
    assert (case.state, case.signatures) == (names.started, ())
    row = {"row": 1}
    data = {"documents": {names.sheet: {"rows": [row]}}}
    assert play.codes(NUMBER, names.hand_in, "office.c.h1", data=data) == ["row_unknown"]


def test_a_person_signs_one_desk_and_says_which_where_there_are_several(names: Names):
    text = names.written(SCHEME).replace("by: desk, four_eyes: true", "by: desk")
    both = changed(posts=[post("deputy_secretary.c.h1", "c", "office")])
    play = Play(scheme(text), everybody().evolve(both))
    play.open()
    handed_in(play, names)
    sign = (NUMBER, names.sign, "deputy_secretary.c.h1")
    assert play.codes(*sign) == ["desk_needed"]
    play.done(*sign, desk=names.right)
    assert play.codes(*sign) == ["signed_already"]


def test_of_two_desks_of_one_unit_each_is_signed_by_all_of_its_own_roles(names: Names):
    right = f"{{name: {names.right}, party: {names.above}, roles: [office]"
    text = names.written(SCHEME).replace("[deputy_secretary]", "[deputy_secretary, secretary]")
    text = text.replace(right, right.replace(names.above, names.own).replace("office", "liaison"))
    play = Play(scheme(text))
    play.open()
    handed_in(play, names)
    play.done(NUMBER, names.sign, "liaison.c.h1")
    play.done(NUMBER, names.sign, "secretary.c.h1")  # the second that the desk names
    told = (*play.told("desk_signed"), *play.told("state_changed")[-1:])
    assert [one["signature"]["desk"] for one in told] == [names.right, names.left]


def test_who_submitted_signs_no_desk(play: Play, names: Names):
    handed_in(play, names)
    assert play.codes(NUMBER, names.sign, "office.c.h1") == ["four_eyes"]


def test_a_stale_version_of_anothers_signature_is_decided_again(play: Play, names: Names):
    handed_in(play, names)
    version = play.case(NUMBER).version
    play.done(NUMBER, names.sign, "deputy_secretary.c.h1")
    answer = play.act(NUMBER, names["raise"], "office.c", if_match=version)  # which signs nothing
    assert (answer.outcome, answer.blockers[0].code) == ("stale", "stale_version")
    assert play.done(NUMBER, names.sign, "office.c", if_match=version).state == names.doing
    answer = play.act(NUMBER, names["raise"], "office.c", if_match=version)
    assert (answer.outcome, answer.blockers[0].code) == ("stale", "stale_version")


def test_a_grade_routes_once_and_a_correction_takes_its_own_route(play: Play, names: Names):
    weighed(play, names, "40")
    case = play.case(NUMBER)
    assert case.state == names.watched
    route = play.told("state_changed")[-1]["route"]
    assert route == {"grading": names.marks, "grade": names.low, "to": names.watched}
    same = play.done(NUMBER, names.reweigh, "office.c", data={"components": {names.weight: "50"}})
    assert (same.state, same.entered_at) == (names.watched, case.entered_at)
    play.done(NUMBER, names.reweigh, "office.c", data={"components": {names.weight: "60"}})
    assert play.case(NUMBER).state == names.over
    assert play.told("corrected")[-1]["to"] == names.over
    play.replayed()


def test_a_limit_takes_a_grade_down_and_keeps_its_figure(play: Play, names: Names):
    play.done(NUMBER, names["raise"], "office.c")
    weighed(play, names, "95.5")
    graded = play.case(NUMBER).grades[names.marks]
    assert (graded.name, str(graded.figure), graded.uncapped) == (names.low, "95.50", names.high)
    assert play.case(NUMBER).state == names.watched


def test_a_case_does_not_pass_over_its_open_pieces(play: Play, names: Names):
    signed(play, names)
    data = {"components": {names.weight: "75"}}
    assert play.codes(NUMBER, names.weigh, "office.c", data=data) == ["link_not_all_ended"]


def test_days_are_told_by_rule_and_source(play: Play, names: Names):
    handed_in(play, names)
    left, right = play.case(NUMBER).holders
    assert (left.due.rule, right.due.rule) == ({"working_days": 1}, {"working_days": 5})
    assert left.due.calendar == (play.calendar.id, play.calendar.hash)
    piece = play.case(f"{NUMBER}/01")
    assert (piece.due.rule, piece.due.calendar) == ({"field": names.until}, None)
    play.done(NUMBER, names.sign, "deputy_secretary.c.h1")
    doing = play.done(NUMBER, names.sign, "office.c")
    assert doing.due.rule == {"days": 9, "after": names.started}
    assert play.world.day(doing.due_at) == date(2020, 1, 18)
