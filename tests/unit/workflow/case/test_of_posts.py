"""Cases of everybody who holds a post: quotas, components taken out, links to one of many."""

from datetime import date
from pathlib import Path

import pytest

from services.workflow.application.firing.possible import possible
from services.workflow.domain.case import within
from services.workflow.domain.language.showing import show
from services.workflow.domain.reasons import sentence
from tests.builders import changed, post
from tests.unit.workflow.case.played import Play, at_page, everybody, scheme

TEXT = Path(__file__).with_name("of_posts.txt").read_text()
SCHEME = scheme(TEXT)
OFFICE, LIAISON = "office.c.o1", "liaison.c.o1"


@pytest.fixture
def play() -> Play:
    made = Play(SCHEME, unit="c.o1")
    made.open()
    return made


def number_of(play: Play, person: str) -> str:
    return next(one.number for one in play.cases("yearly") if one.person == person)


def told(play: Play, person: str) -> str:
    number = number_of(play, person)
    play.done(number, "tell", person)
    return number


def rated(play: Play, number: str, merit: str, zeal: str) -> None:
    data = {"components": {"merit": merit, "zeal": zeal}}
    play.done(number, "rate", "secretary.c", data=data)


def test_everybody_who_holds_a_post_has_a_case_of_their_own(play: Play):
    assert sorted(one.person for one in play.cases("yearly")) == [LIAISON, OFFICE]
    assert {one.unit for one in play.cases("yearly")} == {"c.o1"}
    assert play.opened("yearly", "c.o1", "office.c").blockers[0].code == "case_exists"


def test_a_shorter_turn_opens_the_next_to_each_holder_once_the_month_is_another():
    play = Play(scheme(TEXT.replace("each: post", "each: post\n    every: month")), unit="c.o1")
    play.open()
    play.on(date(2020, 1, 31), hour=23)
    assert play.opened("yearly", "c.o1", "office.c").blockers[0].code == "turn_has_case"
    play.on(date(2020, 2, 1), hour=0)  # in Shanghai: in Greenwich it is January still
    for _ in range(2):
        assert play.opened("yearly", "c.o1", "office.c").blockers == ()
    assert play.opened("yearly", "c.o1", "office.c").blockers[0].code == "turn_has_case"
    assert sorted(one.person for one in play.cases("yearly")) == [LIAISON, LIAISON, OFFICE, OFFICE]
    play.replayed()


def test_nobody_tells_in_anothers_stead(play: Play):
    assert play.codes(number_of(play, OFFICE), "tell", LIAISON) == ["no_post"]


def test_a_quota_says_how_many_are_lacking_and_who_stands_next(play: Play):
    first, second = told(play, OFFICE), told(play, LIAISON)
    rated(play, first, "90", "90")
    rated(play, second, "70", "70")
    answer = play.act(first, "settle", "secretary.c")
    (blocker,) = answer.blockers
    assert (blocker.code, blocker.params["lacking"], blocker.params["next"]) == (
        "quota_lacking",
        1,
        second,
    )
    why, lift = sentence(blocker, "zh")
    assert why == "“下”尚缺1个：2件中至少须有1个"
    assert lift == f"再有1件得此等次之后；排在下一位的：{second}"
    rated(play, second, "50", "50")
    play.done(first, "settle", "secretary.c")
    assert play.told("state_changed")[-1]["saw"] == [
        {"stream": play.case(second).stream, "version": play.case(second).version}
    ]


def test_who_stands_next_is_told_as_far_as_an_event_holds_it(
    play: Play, monkeypatch: pytest.MonkeyPatch
):
    first, second = told(play, OFFICE), told(play, LIAISON)
    rated(play, first, "90", "90")
    rated(play, second, "70", "70")
    monkeypatch.setattr(within, "PLAIN", len(second) - 1)
    (blocker,) = play.act(first, "settle", "secretary.c").blockers
    assert (blocker.code, blocker.params["next"]) == ("quota_lacking", "-")


def test_too_many_of_a_grade_are_refused_as_well():
    text = TEXT.replace("at_least: [1, 4]", "at_most: [1, 4]")
    play = Play(scheme(text), unit="c.o1")
    play.open()
    number = told(play, OFFICE)
    rated(play, number, "10", "10")
    assert play.codes(number, "settle", "secretary.c") == ["quota_exceeded"]


AMEND = (
    "{label: 正, from: [settled], by: [{party: upper, roles: [secretary]}], reason_required: true,"
    " corrects: [{component: merit}, {component: zeal}], "
)


def graded_at_once(quota: str) -> Play:
    """A round in which the act that rates a case asks for the quota itself."""
    text = TEXT.replace("at_least: [1, 4]", quota)
    takes = "takes: [{component: merit}, {component: zeal}]"
    guard = "{name: quota_met, quota: few}"
    text = text.replace(takes, f"{takes}, guards: [{guard}]").replace(f"{guard}, ", "")
    text = text.replace("      finish:", f"      amend: {AMEND}guards: [{guard}]}}\n      finish:")
    play = Play(scheme(text), unit="c.o1")
    play.open()
    return play


def rating(merit: str) -> dict[str, object]:
    return {"components": {"merit": merit, "zeal": merit}}


def test_the_last_act_that_could_give_the_grade_asked_for_has_to():
    play = graded_at_once("at_least: [1, 2]")
    first, second = told(play, OFFICE), told(play, LIAISON)
    play.done(first, "rate", "secretary.c", data=rating("90"))  # the other may still get it
    refused = play.act(second, "rate", "secretary.c", data=rating("80"))
    (blocker,) = refused.blockers
    assert (blocker.code, blocker.params["lacking"]) == ("quota_lacking", 1)
    play.done(second, "rate", "secretary.c", data=rating("10"))


def test_the_act_that_would_give_one_too_many_is_refused_and_so_is_its_correction():
    play = graded_at_once("at_most: [1, 2]")
    first, second = told(play, OFFICE), told(play, LIAISON)
    play.done(first, "rate", "secretary.c", data=rating("10"))
    assert play.codes(second, "rate", "secretary.c", data=rating("10")) == ["quota_exceeded"]
    play.done(second, "rate", "secretary.c", data=rating("90"))
    play.done(second, "settle", "secretary.c")
    codes = play.codes(second, "amend", "secretary.c", data=rating("10"), reason="一")
    assert codes == ["quota_exceeded"]


def test_a_component_taken_out_by_decision_counts_for_nothing(play: Play):
    number = told(play, OFFICE)
    decided = {"decisions": [{"body": "c", "date": "2020-01-08", "minutes": "1"}]}
    play.done(number, "spare", "secretary.c", reason="r", data=decided)
    rated(play, number, "40", "100")
    graded = play.case(number).grades["sum"]
    assert (graded.name, str(graded.figure)) == ("lower_band", "40.00")
    play.done(number, "settle", "secretary.c")
    play.replayed()


def test_a_component_that_is_lacking_is_told(play: Play):
    number = told(play, OFFICE)
    assert "component_lacking" in play.codes(number, "settle", "secretary.c")


def test_what_a_trigger_takes_has_to_be_given_whole(play: Play):
    number = told(play, OFFICE)
    answer = play.act(number, "rate", "secretary.c", data={"components": {"merit": "90"}})
    assert answer.outcome == "not_fulfilled"
    assert [(one.field, one.code) for one in answer.faults] == [
        ("data.components.zeal", "required")
    ]
    answer = play.act(
        number, "rate", "secretary.c", data={"components": {"merit": "9", "zeal": "101"}}
    )
    assert [(one.field, one.code) for one in answer.faults] == [
        ("data.components.zeal", "out_of_range")
    ]
    assert play.case(number).components == {}


def test_a_link_to_many_is_asked_of_the_first_the_last_or_any(play: Play):
    number = number_of(play, OFFICE)
    ask = ("after_first", "after_last", "after_any")
    for trigger in ask:
        data = {"mode": "inside"} if trigger == "after_any" else {}
        assert play.codes(number, trigger, OFFICE, data=data) == ["link_none_yet"]
    play.done(number, "spawn", OFFICE)
    play.done(number, "spawn", OFFICE)
    play.done(f"{number}/02", "ripen", OFFICE)
    assert play.codes(number, "after_first", OFFICE) == ["link_not_reached"]
    assert play.done(number, "after_last", OFFICE).mode == "outside"
    assert play.done(number, "after_any", OFFICE, data={"mode": "inside"}).mode == "inside"
    play.done(f"{number}/01", "ripen", OFFICE)
    play.done(number, "after_first", OFFICE)
    play.done(number, "spawn", OFFICE)
    assert play.codes(number, "after_last", OFFICE) == ["link_not_reached"]
    play.replayed()


# --- Openings that do not happen, each with its reason ---


def left_out(text: str) -> set[str]:
    play = Play(scheme(text), unit="c.o1")
    return {one.reason for one in play.open().left_out}


def test_a_party_that_is_not_there_or_is_several_leaves_a_case_unopened_with_its_reason():
    assert left_out(TEXT.replace("{nearest: organ_committee}", "{nearest: general_branch}")) == {
        "party_missing"
    }
    several = "{nearest: organ_committee, child: unit_committee}"
    assert left_out(TEXT.replace("{nearest: organ_committee}", several)) == {"party_ambiguous"}
    assert left_out(TEXT.replace("{nearest: organ_committee}", "{unit: nowhere}")) == {
        "unit_unknown"
    }


def test_who_stands_in_for_a_post_is_the_subject_while_it_is_vacant():
    text = TEXT.replace("person: {roles: [office, liaison]}", "person: {roles: [secretary]}")
    text = text.replace("each: post", "each: unit")
    gone = everybody(leaving_out=[("c.o1", "secretary")])
    acting = gone.evolve(
        changed(people=["acting"], posts=[post("acting", "c.o1", "acting_secretary")])
    )
    play = Play(scheme(text), acting, unit="c.o1")
    play.open()
    assert [one.person for one in play.cases("yearly")] == ["acting"]
    play.done(play.cases("yearly")[0].number, "tell", "acting")


def test_who_ends_a_case_is_told_what_belongs_to_it_and_lives_on(play: Play):
    number = number_of(play, OFFICE)
    play.done(number, "spawn", OFFICE)
    play.done(number, "spawn", OFFICE)
    play.done(f"{number}/02", "ripen", OFFICE)
    told(play, OFFICE)
    rated(play, number, "10", "10")
    play.done(number, "settle", "secretary.c")
    here = possible(play.case(number), at_page("secretary.c"), play.world)
    assert {one.trigger: one.left_open for one in here if one.left_open} == {"finish": {"bit": 1}}
    assert play.act(number, "finish", "secretary.c").left_open == {"bit": 1}
    play.done(f"{number}/01", "ripen", OFFICE)  # which its own acts still end


def test_a_scheme_is_told_of_acts_that_leave_children_open():
    (told,) = (one for one in show(SCHEME, "en").splitlines() if "live on" in one)
    assert "after `完`, 件 that are open live on" in told
    awaited = "guards: [{name: all_ended, link: bits}]"
    waiting = TEXT.replace("to: over, by:", f"to: over, {awaited}, by:")
    assert "live on" not in show(scheme(waiting), "en")
