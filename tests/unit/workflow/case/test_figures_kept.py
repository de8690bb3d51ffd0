"""Figures and grades that a scheme keeps from those they are about until they are told of them."""

import pytest

from services.workflow.application.seeing import whole_extent
from services.workflow.domain.case.seeing import Extent, within
from tests.builders import changed, post
from tests.unit.workflow.case.played import Play, at_page, everybody
from tests.unit.workflow.case.test_notice_2019 import ALONE, GOOD, B, scored

SECRETARY = "secretary.c.h1"


@pytest.fixture
def play() -> Play:
    both = [post(SECRETARY, "c", "committee_member")]  # of the body that hears them as well
    play = Play(ALONE, people=everybody().evolve(changed(posts=both)))
    play.open()
    scored(play, GOOD)
    return play


def seen(play: Play, person: str) -> Extent:
    found = whole_extent(at_page(person, play.round.root), play.case(B), play.world)
    assert found is not None
    return found


def test_whom_figures_are_about_sees_them_by_no_other_post_before_the_feedback(play: Play):
    hidden = seen(play, SECRETARY)
    assert (hidden.components, hidden.gradings) == ({"ballot", "superior"}, {"person"})
    assert within(hidden, play.case(B)).grades == {}
    assert within(hidden, play.case(B)).components == {}
    assert not seen(play, "office.c").components
    play.fed_back(B)
    assert not seen(play, SECRETARY).components
