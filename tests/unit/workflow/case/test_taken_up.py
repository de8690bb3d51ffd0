"""What was done and does not hold is taken up again: each row names which it is, C7."""

from dataclasses import replace

import pytest

from services.workflow.domain.case.acts import Act
from services.workflow.domain.case.deciding import decide
from services.workflow.domain.case.head import Case
from services.workflow.domain.case.world import NamedCase, World
from services.workflow.domain.data import kinds
from tests.unit.workflow.case.played import Play
from tests.unit.workflow.case.test_links_2019 import document, lists, rectifying, row
from tests.unit.workflow.case.test_notice_2019 import ALONE, B

AGAIN = (B, "reopen_items", "office.c")
AT = "data.documents.lists.rows[{}].earlier"
MADE_UP = "item/ad92d1de-f279-49a0-8faa-8400edfcc7e6"


@pytest.fixture
def play() -> Play:
    made = Play(ALONE)
    made.open()
    return made


def verified(play: Play, n: int) -> Case:
    item = f"{B}/0{n}"
    play.done(item, "report", "office.c.h1", data=document("evidence", "done"))
    return play.done(item, "verify", "office.c")


def refused(play: Play, *rows: dict) -> list[tuple[str, str]]:
    answer = play.act(*AGAIN, data=lists(*rows), reason="r", dry_run=True)
    return [(one.code, one.field) for one in answer.blockers]


def test_c7_what_is_taken_up_again_names_what_has_ended_of_the_same_case(play: Play):
    rectifying(play, row(), row())
    old, left = verified(play, 1), play.case(f"{B}/02")
    kept = {"row": 1}, {"row": 2}
    at = ("takes_up_none", AT.format(2))
    assert refused(play, *kept, row()) == [at]
    assert at in refused(play, *kept, row() | {"earlier": left.stream})
    assert at in refused(play, *kept, row() | {"earlier": MADE_UP})
    answer = play.act(*AGAIN, data=lists(*kept, row()), reason="r", dry_run=True)
    assert answer.blockers[0].params["numbers"] == old.number
    assert refused(play, *kept, row() | {"earlier": old.stream}) == []


def test_c7_what_is_taken_up_again_is_taken_up_once_until_that_has_ended(play: Play):
    rectifying(play, row())
    again = row() | {"earlier": verified(play, 1).stream}
    assert refused(play, again, again) == [("taken_up_already", AT.format(1))]
    play.done(*AGAIN, data=lists({"row": 1}, again), reason="r")
    kept = {"row": 1}, {"row": 2}
    assert refused(play, *kept, again) == [("taken_up_already", AT.format(2))]
    verified(play, 2)
    assert refused(play, *kept, again) == []
    play.replayed()


def test_c7_where_nothing_has_ended_nothing_is_taken_up_again_nor_is_that_offered(play: Play):
    rectifying(play, row())
    assert refused(play, {"row": 1}, row()) == [("none_has_ended", AT.format(1))]
    codes = [(one.code, one.field) for one in play.act(*AGAIN, reason="r").blockers]
    assert ("none_has_ended", "") in codes


def test_c7_an_item_of_this_round_stands_for_an_earlier_one_only_once_it_has_ended(play: Play):
    rectifying(play, row(), row())
    old, left = verified(play, 1), play.case(f"{B}/02")
    add = (B, "add_items", "secretary.c.h1")
    kept = {"row": 1}, {"row": 2}
    wrong = play.act(*add, data=lists(*kept, row() | {"earlier": left.stream}), dry_run=True)
    assert [(one.code, one.field) for one in wrong.blockers] == [("still_open", AT.format(2))]
    right = play.act(*add, data=lists(*kept, row() | {"earlier": old.stream}), dry_run=True)
    assert right.outcome == "rehearsed"


# --- What of rounds before is seen ---


def judged(play: Play, world: World, told: dict) -> tuple[list, list]:
    """Return why further items are refused, and what who lists them is warned of."""
    case = play.case(B)
    trigger = world.life(case).triggers["add_items"]
    given, _ = kinds.read(trigger, case, world, lists({"row": 1}, told))
    act = Act(trigger="add_items", effective_at=play.now, person="secretary.c.h1", given=given)
    decided = decide(case, act, world)
    blockers, warned = getattr(decided, "blockers", ()), ()
    if not blockers:
        warned = decided.own.warned
    return [(one.code, one.field) for one in blockers], [(one.code, one.field) for one in warned]


def of_2018(play: Play, world: World) -> NamedCase:
    case = replace(play.case(f"{B}/01"), id=MADE_UP.rpartition("/")[2], number="2018-B-0001/01")
    return NamedCase(case, replace(world.round, label="2018"))


def test_c7_what_came_back_names_one_of_a_round_before_where_there_is_one(play: Play):
    rectifying(play, row())
    back, at = row() | {"found_by": "last_year"}, AT.format(1)
    world = replace(play.world, named={})
    assert judged(play, world, back) == ([], [("none_earlier", at)])
    world = replace(play.world, named={MADE_UP: of_2018(play, world)})
    assert judged(play, world, back) == ([("earlier_needed", at)], [])
    assert judged(play, world, back | {"earlier": MADE_UP}) == ([], [])
    assert judged(play, world, row()) == ([], [])


def test_c7_who_writes_a_row_names_in_it_only_what_they_see(play: Play):
    rectifying(play, row())
    world = replace(play.world, named={})
    unseen = [("number_unknown", AT.format(1))]
    assert judged(play, world, row() | {"earlier": MADE_UP}) == (unseen, [])
    own = play.case(B).stream
    source = [("number_unknown", AT.format(1).replace("earlier", "source"))]
    assert judged(play, world, row() | {"source": own}) == (source, [])
    seen = {own: NamedCase(play.case(B), world.round)}
    assert judged(play, replace(world, named=seen), row() | {"source": own}) == ([], [])
