"""Cases that people ask for: who may, in what name, and whom the case is then about."""

from pathlib import Path

import pytest

from schemas.document import read_document
from services.workflow.adapters.files.yaml_nodes import compose
from tests.builders import changed, post
from tests.unit.workflow.case.played import NOTICE, Play, everybody, scheme
from tests.unit.workflow.case.test_of_posts import TEXT as OF_POSTS
from tests.unit.workflow.language.examples import faults as faults_of

NOTICE_2019 = scheme(NOTICE.read_text())
HAND_OVER = """
      hand_over:
        {label: 交, from: [begun], by: [{party: upper, roles: [secretary]}], replaces: subject}
"""
WITH_HAND_OVER = OF_POSTS.replace("\n      spawn:", f"{HAND_OVER}      spawn:")
TEXT = Path(__file__).with_name("asked_for.txt").read_text()
LIAISON, NEW = "liaison.c.h1.a", "liaison.new"
WITNESS = "secretary.c.h2"


@pytest.fixture
def play() -> Play:
    return Play(scheme(TEXT))


def refused(play: Play, kind: str, unit: str, person: str, parent: str = "") -> str:
    return play.opened(kind, unit, person, parent).blockers[0].code


def test_what_somebody_asks_for_is_about_them_not_about_the_first_in_their_post():
    more = everybody().evolve(changed(people=[NEW], posts=[post(NEW, "c.h1.a", "liaison")]))
    play = Play(scheme(TEXT), more)
    assert [play.opened("leave", "c.h1.a", one).case.person for one in (NEW, LIAISON)] == [
        NEW,
        LIAISON,
    ]
    assert play.opened("leave", "", NEW).case.unit == "c.h1.a"
    play.replayed()


def test_what_is_asked_for_in_anothers_name_is_about_who_holds_the_post(play: Play):
    assert play.opened("leave", "c.h1.a", "office.c").case.person == "office.c.h1.a"


def test_whom_a_case_would_be_about_asks_for_it_in_their_own_unit_alone(play: Play):
    assert refused(play, "leave", "c.h1.b", LIAISON) == "no_post"
    assert refused(play, "leave", "c.h1.a", "office.c.h1.a") == "wrong_tier"


def test_whom_its_parent_is_about_opens_a_case_there(play: Play):
    number = play.opened("leave", "c.h1.a", LIAISON).case.number
    assert refused(play, "plea", "", "office.c.h1.a", number) == "no_post"
    made = play.opened("plea", "", LIAISON, number).case
    assert (made.unit, made.parties["opened_from"]) == ("c.h1.a", "c.h1.a")


def test_who_is_named_in_a_form_of_the_parent_opens_a_case_there(play: Play):
    number = play.opened("leave", "c.h1.a", LIAISON).case.number
    assert refused(play, "plea", "", WITNESS, number) == "other_tree"  # it is not theirs to see
    data = {"documents": {"paper": {"rows": [{"witness": WITNESS}]}}}
    play.done(number, "seek", LIAISON, data=data)
    assert play.opened("plea", "", WITNESS, number).outcome == "done"


def test_a_post_that_nobody_holds_is_expected_to_have_no_case():
    nobody = everybody(leaving_out=[("c.o1", "office"), ("c.o1", "liaison")])
    opening = Play(scheme(OF_POSTS), nobody, unit="c.o1").open()
    assert (opening.expected, opening.left_out) == ({}, ())


def test_everybody_of_a_unit_may_be_who_opens(play: Play):
    assert play.opened("remark", "c.h1", LIAISON).outcome == "done"  # from below it
    assert refused(play, "remark", "c.h1", "secretary.c.h2") == "no_post"


def test_who_took_up_a_post_since_gets_a_case_beside_those_there_are():
    play = Play(scheme(OF_POSTS), unit="c.o1")
    play.open()
    play.organisation = play.organisation.evolve(
        changed(people=[NEW], posts=[post(NEW, "c.o1", "liaison")])
    )
    assert play.opened("yearly", "c.o1", "office.c").case.person == NEW
    assert refused(play, "yearly", "c.o1", "office.c") == "case_exists"
    play.replayed()


# --- What the file alone can tell ---


def faults(*changes: tuple[str, str]) -> list[tuple[str, str]]:
    text = TEXT
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    return faults_of(read_document(text, compose, "f"))


def test_who_is_known_by_a_case_alone_cannot_open_it():
    asked = "on_request: {by: [{party: self, roles: [liaison]}"
    for party in ("named", "others"):
        found = faults(
            (asked, asked.replace("{party: self, roles: [liaison]}", f"{{party: {party}}}"))
        )
        assert found == [
            (
                "cases.leave.on_request.by[0].party",
                f"{party} is nobody before there is a leave: it cannot open one",
            )
        ]


def test_what_a_parent_is_found_by_is_asked_of_the_parent():
    (fault,) = faults(("{party: of.named}", "{party: of.self}, {party: of.unnamed}"))
    assert fault[0] == "cases.plea.opened_by[2].party"
    found = faults(("{party: of.upper, roles: [office]}, due", "{party: of.named}, due"))
    assert all("unknown column" not in reason for _, reason in found)


# --- Whom a case is about, and where it may stand ---


def test_of_several_in_a_post_who_follows_is_one_without_a_case_of_their_own():
    play = Play(scheme(WITH_HAND_OVER), unit="c.o1")
    play.open()
    number = next(one.number for one in play.cases("yearly") if one.person == "office.c.o1")
    assert play.codes(number, "hand_over", "secretary.c") == ["no_such_post"]
    play.organisation = play.organisation.evolve(
        changed(people=[NEW], posts=[post(NEW, "c.o1", "liaison")])
    )
    assert play.done(number, "hand_over", "secretary.c").person == NEW


def test_there_is_one_for_a_body_only_where_it_is_somebodys():
    play = Play(NOTICE_2019)
    play.open()
    assert refused(play, "meeting", "c.h1.a", "office.c") == "not_its_unit"
