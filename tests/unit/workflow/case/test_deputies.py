"""A deputy does what the other may do, with both names; and the two are one pair of eyes."""

from datetime import date

import pytest

from schemas.envelope import open_envelope
from services.workflow.domain.organisation import Absence, Delegation, Organisation
from services.workflow.domain.organisation.deputising import Wish
from tests.unit.workflow.case.played import NOTICE, Play, scheme, text_of

SCHEME = scheme(NOTICE.read_text())
REPORT = {"documents": {"report": text_of("achievements", "problems", "tasks")}}
B = "2019-B-0003"  # of c.h1, which has a committee of its own
PASS = (B, "pass_unit_audit")
DEPUTY = "liaison.c.h2"  # of another hospital: nothing here is theirs by their own post


def standing_in(
    people: Organisation,
    person: str,
    *roles: str,
    deputy: str = DEPUTY,
    unit: str = "c.h1",
    since: date = date(2020, 1, 8),
    until: date = date(2020, 1, 20),
) -> Organisation:
    entry = Delegation(
        deputy=deputy, person=person, unit=unit, roles=frozenset(roles), since=since, until=until
    )
    return people.evolve(Wish(entry=entry).data())


@pytest.fixture
def play() -> Play:
    made = Play(SCHEME)
    made.open()
    return made


def submitted(play: Play) -> Play:
    play.done(B, "submit", "secretary.c.h1", data=REPORT)
    return play


def last(play: Play) -> tuple[str | None, str | None]:
    event = open_envelope(play.written[-1].body)
    return event.actor, event.deputyfor


def test_both_names_stand_on_what_a_deputy_did(play: Play):
    play.organisation = standing_in(play.organisation, "deputy_secretary.c.h1", "deputy_secretary")
    submitted(play)
    assert last(play) == ("secretary.c.h1", None)
    play.done(*PASS, DEPUTY)
    assert last(play) == (DEPUTY, "deputy_secretary.c.h1")
    play.replayed()


def test_who_may_by_a_post_of_their_own_is_nobodys_deputy_in_it(play: Play):
    others = standing_in(
        play.organisation, "deputy_secretary.c.h1", "deputy_secretary", deputy="office.c.h1"
    )
    play.organisation = others
    submitted(play).done(*PASS, "office.c.h1")
    assert last(play) == ("office.c.h1", None)


def test_only_the_roles_handed_on_are_handed_on(play: Play):
    people = play.organisation.evolve_all(())
    play.organisation = standing_in(people, "deputy_secretary.c.h1", "liaison")
    assert submitted(play).codes(*PASS, DEPUTY) == ["other_tree"]


def test_it_is_honoured_on_the_day_the_act_takes_effect(play: Play):
    deputy = "liaison.c"  # who sees the case by their own post, too
    submitted(play)
    play.organisation = standing_in(
        play.organisation,
        "deputy_secretary.c.h1",
        "deputy_secretary",
        deputy=deputy,
        until=date(2020, 1, 9),
    )
    play.on(date(2020, 1, 10))
    assert play.codes(*PASS, deputy) == ["wrong_tier"]
    play.done(*PASS, deputy, effective_at=play.now.replace(day=9))


def test_nobody_hands_on_what_was_handed_to_them(play: Play):
    first = standing_in(
        play.organisation, "deputy_secretary.c.h1", "deputy_secretary", deputy="office.c.h2"
    )
    play.organisation = standing_in(first, "office.c.h2", "office", unit="c.h2")
    assert submitted(play).codes(*PASS, DEPUTY) == ["other_tree"]


def test_a_deputy_of_the_one_appraised_does_not_audit_them(play: Play):
    play.organisation = standing_in(
        play.organisation, "secretary.c.h1", "secretary", deputy="office.c.h1"
    )
    assert submitted(play).codes(*PASS, "office.c.h1") == ["four_eyes"]
    play.done(*PASS, "deputy_secretary.c.h1")


def test_nor_does_who_submitted_through_a_deputy_judge_it_themselves(play: Play):
    play.organisation = standing_in(play.organisation, "secretary.c.h1", "secretary")
    play.done(B, "submit", DEPUTY, data=REPORT)
    assert last(play) == (DEPUTY, "secretary.c.h1")
    assert play.case(B).documents["report"].submitter == "secretary.c.h1"
    play.organisation = standing_in(play.organisation, "deputy_secretary.c.h1", "deputy_secretary")
    assert play.codes(*PASS, DEPUTY) == ["four_eyes"]


def test_it_holds_after_the_days_of_a_deputy_are_over(play: Play):
    play.organisation = standing_in(
        play.organisation,
        "secretary.c.h1",
        "secretary",
        deputy="office.c.h1",
        until=date(2020, 1, 8),
    )
    submitted(play).on(date(2020, 1, 13))
    assert play.codes(*PASS, "office.c.h1") == ["four_eyes"]


def test_on_their_own_case_a_deputy_decides_nothing(play: Play):
    play.organisation = standing_in(
        play.organisation, "deputy_secretary.c.h1", "deputy_secretary", deputy="secretary.c.h1"
    )
    assert submitted(play).codes(*PASS, "secretary.c.h1") == ["own_case"]


def test_to_be_away_takes_no_act_from_anybody(play: Play):
    absence = Absence(
        person="deputy_secretary.c.h1", since=date(2020, 1, 8), until=date(2020, 1, 20)
    )
    play.organisation = play.organisation.evolve(Wish(entry=absence).data())
    submitted(play).done(*PASS, "deputy_secretary.c.h1")
