"""What was left open goes on in the round of the scheme that follows."""

from dataclasses import replace
from datetime import date
from functools import partial
from uuid import NAMESPACE_URL, uuid5

import pytest

from schemas.envelope import open_envelope
from services.workflow.adapters.database.case_writes import pieces
from services.workflow.application.envelopes import Origin
from services.workflow.application.firing.port import Write
from services.workflow.application.firing.sealing import Seal
from services.workflow.application.ports import Bulk
from services.workflow.domain.case.head import Case
from services.workflow.domain.case.opening import NotOpened
from services.workflow.domain.case.rounds import open_round
from services.workflow.domain.language.model.scheme import Carry, Follows
from tests.unit.workflow.case.played import Play
from tests.unit.workflow.case.test_links_2019 import document, rectifying, row
from tests.unit.workflow.case.test_notice_2019 import ALONE, B

CARRY = Carry(kind="item", states=("open", "reported"), ends="carried", new_kind="item")
FOLLOWING = replace(ALONE, id="next", follows=Follows(scheme=ALONE.id, carries=(CARRY,)))


@pytest.fixture
def play() -> Play:
    made = Play(ALONE)
    made.open()
    left_open(made, 3)
    made.done(f"{B}/01", "verify", "office.c")
    return made


def left_open(play: Play, n: int) -> None:
    """Let *n* items be open at the end of the year, the first of them reported."""
    rectifying(play, *[row() for _ in range(n)])
    play.done(f"{B}/01", "report", "office.c.h1", data=document("evidence", "done"))
    play.on(date(2020, 12, 1))


def following(play: Play, unit: str = "c") -> Play:
    """Return the next round, over the same store and by the same clock."""
    return Play(
        FOLLOWING,
        now=play.now,
        unit=unit,
        label="2020",
        store=play.store,
        cycle=str(uuid5(NAMESPACE_URL, play.round.id)),
        ids=play.ids,
    )


def carried(play: Play, unit: str = "c", by: str | None = None) -> tuple[NotOpened, ...]:
    """Open the next round, again and again if others are first; return what has no case there."""
    new = following(play, unit)
    while True:
        opening = open_round(new.world, new.now, by, [play.world])
        seal = Seal(sealer=play.sealer, root="w", organisation_version=1)
        write = seal.write(opening.decided, Origin(client="cli", actor=by), None)
        if play.store.write(Bulk(appends=()), write):
            play.written += write.events
            return opening.left_out


def items(play: Play) -> list[Case]:
    return sorted(play.cases("item"), key=lambda one: one.number)


def test_an_open_case_ends_with_the_new_number_and_the_new_one_names_the_old(play: Play):
    carried(play)
    begun = items(following(play))
    assert [one.number for one in begun] == ["2020-B-0003/01", "2020-B-0003/02"]
    assert [one.final for one in items(play)] == ["completed", "carried", "carried"]
    assert [one.values for one in begun] == [one.values for one in items(play)[1:]]
    opened = [one for one in play.told("case_opened") if "carried_from" in one]
    assert [one["carried_from"]["number"] for one in opened] == [f"{B}/02", f"{B}/03"]
    ends = [one for one in play.told("state_changed") if "carried_to" in one]
    assert [one["carried_to"]["number"] for one in ends] == [one.number for one in begun]


def test_the_new_case_names_the_end_of_the_old_as_its_cause_and_stands_after_it(play: Play):
    carried(play)
    events = [open_envelope(one.body) for one in play.written]
    ends = {one.id: one for one in events if "carried_to" in one.data}
    for opened in (one for one in events if "carried_from" in one.data):
        end = ends[opened.causationid or ""]
        assert end.subject == opened.data["carried_from"]["case"]
        assert opened.time > end.time


def test_a_parent_may_close_once_what_it_waited_for_was_carried(play: Play):
    assert play.codes(B, "close", "office.c") == ["link_not_all_ended"]
    carried(play)
    assert play.done(B, "close", "office.c").final == "completed"


def test_what_finds_no_parent_in_the_new_round_stays_where_it_is_and_is_told(play: Play):
    left = carried(play, unit="c.h2")
    assert [one.reason for one in left if one.kind == "item"] == ["parent_missing"] * 2
    assert play.case(f"{B}/02").is_open


def test_both_rounds_are_what_their_events_give_when_they_are_replayed(play: Play):
    carried(play)
    new = following(play)
    cases = play.folded()
    assert cases == {**play.world.heads.cases, **new.world.heads.cases}


def test_what_ends_meanwhile_is_not_carried(play: Play):
    """Between reading and writing, somebody's act comes first: the opening is made anew."""
    write = play.store.write
    acts = [partial(Play.done, number=f"{B}/02", trigger="withdraw", person="office.c", reason="r")]

    def writing(bulk: Bulk, cases: Write) -> bool:
        if acts:
            acts.pop()(play)
        return write(bulk, cases)

    play.store.write = writing
    carried(play)
    assert [one.final for one in items(play)] == ["completed", "abandoned", "carried"]
    assert [one.number for one in items(following(play))] == ["2020-B-0003/01"]


def test_what_was_there_before_is_written_in_one_piece_however_large_the_round(play: Play):
    """Its counts are moved by one statement, which has to know of all that moves them."""
    written = []
    play.store.write = lambda _, cases: not written.append(cases)
    carried(play)
    first, *rest = pieces(written[0], 2)
    there = [event for event in written[0].events if event.before is not None]
    assert len(there) == 2
    assert [event for event in first.events if event.before is not None] == there
    assert sum(len(one.events) for one in (first, *rest)) == len(written[0].events)
    assert all(event.before is None for one in rest for event in one.events)
