"""What goes along with a trigger to the cases it opens and fires, and what does not."""

from datetime import UTC, datetime

import pytest

from services.workflow.domain.case.acts import Act
from services.workflow.domain.case.filing import takers
from services.workflow.domain.case.handing import handed
from tests.unit.workflow.case.played import Play, scheme, text_of
from tests.unit.workflow.case.test_of_posts import OFFICE, TEXT, number_of

DOCUMENTS = """
documents:
  note: {label: 条, parts: [{name: line, label: 行}]}
  other: {label: 他, parts: [{name: line, label: 行}]}
"""
SPAWN = (
    "takes: [{document: note}, {document: other, optional: true}], sets: [deadline, mode], "
    "opens: {case: bit, with: [note, deadline, mode, reason]}"
)
POKE = (
    "      poke: {label: 戳, from: [begun], by: [{party: self}], takes: [{document: note}], "
    "fires: {case: bits, trigger: told_off, with: [note, reason]}}\n      spawn"
)
TOLD_OFF = (
    "told_off: {label: 告, from: [raw], by: [{cause: true}], takes: [{document: note}]}\n"
    "      ripen: {guards: [{name: taken, document: note}], "
)
LEFT = "tell: {guards: [{name: taken, document: other}], "


def written() -> str:
    text = TEXT.replace("opens: {case: bit}", SPAWN).replace("      spawn", POKE, 1)
    return text.replace("ripen: {", TOLD_OFF, 1).replace("tell: {", LEFT, 1) + DOCUMENTS


@pytest.fixture
def play() -> Play:
    made = Play(scheme(written()), unit="c.o1")
    made.open()
    return made


DUE = "2020-02-28T16:00:00.000000Z"
BOTH = {"note": text_of("line"), "other": text_of("line")}


def spawned(play: Play) -> str:
    number = number_of(play, OFFICE)
    data = {"documents": BOTH, "due_at": DUE, "mode": "inside"}
    play.done(number, "spawn", OFFICE, reason="r", data=data)
    return number


def test_a_case_opens_with_what_goes_along_and_no_more(play: Play):
    number = spawned(play)
    bit = play.case(f"{number}/01")
    assert (set(bit.documents), bit.documents["note"].submitter) == ({"note"}, OFFICE)
    assert (bit.mode, bit.due.by_hand) == ("inside", True)
    opened = play.told("case_opened")[-1]
    assert opened["holders"][0]["due_at"] == DUE
    assert "reason" in opened
    assert play.case(number).due.by_hand
    play.replayed()


def test_a_fired_trigger_gets_what_goes_along_and_no_more(play: Play):
    number = spawned(play)
    play.done(number, "poke", OFFICE, reason="r", data={"documents": {"note": text_of("line")}})
    told = play.told("document_filed")[-1]
    assert (told["trigger"], [one["version"] for one in told["documents"]]) == ("told_off", [2])
    assert "reason" in told
    play.done(f"{number}/01", "ripen", OFFICE)
    play.replayed()


def test_a_document_is_taken_where_somebody_may_fire_though_another_case_does_too():
    text = written().replace(
        "from: [begun], by: [{party: self}], ta",
        "from: [begun], by: [{party: self}, {cause: true}], ta",
    )
    play = Play(scheme(text), unit="c.o1")
    play.open()
    case = play.case(number_of(play, OFFICE))
    assert "poke" in [one.name for one in takers(case, "note", play.world)]
    play.done(
        case.number,
        "spawn",
        OFFICE,
        data={"documents": BOTH, "due_at": DUE, "mode": "inside"},
        reason="r",
    )
    bit = play.case(f"{case.number}/01")
    assert "told_off" not in [one.name for one in takers(bit, "note", play.world)]


@pytest.mark.parametrize("given", [{}, {"planned": {"held": "2020-02-20"}}])
@pytest.mark.parametrize("names", [(), ("planned",)])
def test_a_planned_day_goes_along_where_it_is_named_and_given(
    play: Play, names: tuple[str, ...], given: dict[str, object]
):
    spawn = play.world.life(play.case(number_of(play, OFFICE))).triggers["spawn"]
    act = Act(trigger="spawn", effective_at=datetime(2020, 2, 1, tzinfo=UTC), given=given)
    assert handed(names, spawn, act) == (given if names else {})


RING = (
    "      ping: {label: 乒, from: [begun], by: [{party: self}, {cause: true}], sets: [mode], "
    "fires: {case: bits, trigger: pong}}\n      spawn"
)
PONG = (
    "pong: {label: 乓, from: [raw], by: [{cause: true}], sets: [{mode: inside}], "
    "fires: {case: of, trigger: ping}}\n      ripen: {"
)


def test_triggers_that_fire_each_other_for_ever_are_refused_as_too_many():
    text = TEXT.replace("      spawn", RING, 1).replace("ripen: {", PONG, 1)
    play = Play(scheme(text), unit="c.o1")
    play.open()
    number = number_of(play, OFFICE)
    play.done(number, "spawn", OFFICE)
    before = play.case(number)
    assert play.codes(number, "ping", OFFICE, data={"mode": "inside"}) == ["too_many_effects"]
    assert play.case(number) == before
