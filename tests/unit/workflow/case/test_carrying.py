"""What was left open goes on in the round of the scheme that follows."""

from dataclasses import replace
from datetime import date

import pytest

from schemas.facts import EVENTS
from services.workflow.domain.case.carrying import Carried, carry_over
from services.workflow.domain.case.deciding import fire
from services.workflow.domain.case.effects import Transaction
from services.workflow.domain.case.opening import NotOpened
from services.workflow.domain.case.rounds import open_round
from services.workflow.domain.case.world import Round, World
from services.workflow.domain.data.texts import committed
from services.workflow.domain.language.model.scheme import Carry
from tests.unit.workflow.case.played import Play
from tests.unit.workflow.case.test_links_2019 import document, rectifying, row
from tests.unit.workflow.case.test_notice_2019 import SCHEME, B

NEXT = "018f0000-0000-7000-8000-00000000000d"
CARRY = (Carry(kind="item", states=("open", "reported"), ends="carried", new_kind="item"),)


@pytest.fixture
def play() -> Play:
    made = Play(SCHEME)
    made.open()
    rectifying(made, row(), row(), row())
    made.done(f"{B}/01", "report", "office.c.h1", data=document("evidence", "done"))
    made.done(f"{B}/01", "verify", "office.c")
    made.on(date(2020, 12, 1))
    return made


def following(play: Play, unit: str = "c") -> World:
    """Return the world of the next round, opened."""
    world = replace(
        play.world,
        round=Round(id=NEXT, label="2020", unit=unit, root="w", begins=date(2020, 12, 1)),
    )
    events = open_round(world, play.now).decided.events
    cases = {one.after.stream: one.after for one in events}
    return replace(world, heads=replace(world.heads, cases=cases))


def carried(play: Play, new: World) -> list[Carried | NotOpened]:
    return list(carry_over(play.world, Transaction(new, fire=fire), CARRY))


def test_an_open_case_ends_with_the_new_number_and_the_new_one_names_the_old(play: Play):
    found = carried(play, following(play))
    assert [type(one) for one in found] == [Carried, Carried]
    end, opened = found[0].end, found[0].opened
    assert (end.after.final, end.data["carried_to"]["number"]) == ("carried", opened.after.number)
    assert opened.data["carried_from"] == {"case": end.after.stream, "number": f"{B}/02"}
    assert opened.after.number.startswith("2020-B-")
    assert opened.after.values == end.after.values
    assert opened.recorded_at > end.recorded_at


def test_a_parent_may_close_once_what_it_waited_for_was_carried(play: Play):
    (first, second) = carried(play, following(play))
    world = play.world.with_case(first.end.after).with_case(second.end.after)
    linked = world.heads.linked(play.case(B), "items")
    assert not any(one.is_open for one in linked)


def test_what_finds_no_parent_in_the_new_round_stays_where_it_is_and_is_told(play: Play):
    found = carried(play, following(play, unit="c.h2"))
    assert {one.reason for one in found} == {"parent_missing"}
    assert play.case(f"{B}/02").is_open


def test_both_events_are_what_their_facts_take(play: Play):
    (first, _) = carried(play, following(play))
    for event in (first.end, first.opened):
        data = committed(event.data, lambda _: {"sha256": "0" * 64, "length": 1})
        EVENTS.check(EVENTS.latest(event.fact), data)
