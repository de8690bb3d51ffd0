"""What a rehearsal brings where nobody said what: sound, and such that it leads on."""

from datetime import date, timedelta

import pytest

from services.workflow.application.rehearsing.offering import Offer, Wishes, offered
from tests.unit.workflow.case.played import Play
from tests.unit.workflow.case.test_links_2019 import COMMISSION
from tests.unit.workflow.case.test_notice_2019 import SCHEME

WISHED = date(2020, 3, 1)


@pytest.mark.parametrize(("days", "ahead"), [({"held": WISHED}, None), ({}, timedelta(days=7))])
def test_a_day_is_the_one_wished_for_and_else_lies_a_week_ahead(
    days: dict[str, date], ahead: timedelta | None
):
    play = Play(SCHEME)
    play.open()
    case, world = play.case(COMMISSION), play.world
    offer = Offer(
        case=case,
        trigger=world.life(case).triggers["schedule"],
        world=world,
        person="office.c",
        wishes=Wishes(days=days),
    )
    day = WISHED if ahead is None else offer.today + ahead
    assert offered(offer)["planned"] == {"held": day.isoformat()}
