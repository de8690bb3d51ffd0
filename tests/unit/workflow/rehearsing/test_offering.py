"""What a rehearsal brings where nobody said what: sound, and such that it leads on."""

from dataclasses import replace
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


@pytest.mark.parametrize("unit", ["c", "c.h1"])
def test_a_figure_is_brought_in_the_parts_that_its_tier_has(unit: str):
    superior = SCHEME.components["superior"]
    whole = replace(superior, parts=(), tiers={"A": superior})
    play = Play(replace(SCHEME, components={**SCHEME.components, "superior": whole}))
    play.open()
    cases = play.world.heads.cases.values()
    case = next(one for one in cases if (one.kind, one.unit) == ("review", unit))
    offer = Offer(
        case=case,
        trigger=play.world.life(case).triggers["score"],
        world=play.world,
        person="office.c",
        wishes=Wishes(),
    )
    parts = {part.name: "90.00" for part in superior.parts}
    assert offered(offer)["components"]["superior"] == (parts if case.tier == "A" else "90.00")
