"""What one person could do now: labels, what stands in the way, and the fields of the data."""

import pytest

from services.workflow.application.firing.possible import Possible, possible
from services.workflow.domain.case.acting import who_may
from tests.unit.workflow.case.played import NOTICE, Play, at_page, scheme
from tests.unit.workflow.case.test_notice_2019 import REPORT, SCHEME, B


@pytest.fixture
def play() -> Play:
    made = Play(SCHEME)
    made.open()
    return made


def seen(play: Play, person: str) -> dict[str, Possible]:
    found = possible(play.case(B), at_page(person), play.world)
    return {one.trigger: one for one in found}


def test_what_only_lacks_its_data_has_nothing_in_its_way(play: Play):
    submit = seen(play, "secretary.c.h1")["submit"]
    assert (submit.allowed, submit.label, submit.to) == (
        True,
        "提交报告",
        {"unit_audit": "单位党委审核"},
    )


def test_an_act_for_another_state_says_where_it_leads_from_there(play: Play):
    assert list(seen(play, "office.c")["pass_unit_audit"].to) == ["organ_audit"]
    play.done(B, "submit", "secretary.c.h1", data=REPORT)
    assert list(seen(play, "secretary.c.h1")["submit"].to) == ["unit_audit"]


def test_the_fields_of_the_data_are_told(play: Play):
    fields = seen(play, "secretary.c.h1")["submit"].data["properties"]
    parts = fields["documents"]["properties"]["report"]["properties"]["parts"]["properties"]
    assert set(parts) == {"achievements", "problems", "tasks"}


def test_what_stands_in_the_way_is_told_with_its_reason(play: Play):
    found = seen(play, "office.c")
    assert [one.code for one in found["submit"].blockers] == ["no_post"]
    assert [one.code for one in found["present"].blockers] == ["wrong_state"]
    assert [one.code for one in found["suspend"].blockers] == ["reason_required"]


def test_what_only_another_case_fires_is_offered_to_nobody():
    play = Play(SCHEME)
    play.open()
    item = "carry_over"
    assert item not in seen(play, "secretary.c.h1")
    assert "set_mode" in seen(play, "office.c")


def test_who_may_act_is_told_by_unit_and_roles(play: Play):
    case, world = play.case(B), play.world
    told = who_may(case, world.life(case).triggers["present"], world)
    assert told == (("c", ("secretary", "office", "liaison")),)


def test_whom_a_case_is_about_acts_in_the_roles_it_is_about_where_none_is_named():
    asked = "by: [{party: appraised, roles: [secretary, acting_secretary]}]"
    play = Play(scheme(NOTICE.read_text().replace(asked, "by: [{party: appraised}]")))
    play.open()
    case, world = play.case(B), play.world
    told = who_may(case, world.life(case).triggers["submit"], world)
    assert told == (("c.h1", ("secretary", "acting_secretary")),)
