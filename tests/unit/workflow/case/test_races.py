"""Two writers at once: what comes of it is what one after the other could have given."""

import copy
import itertools
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from services.workflow.application.firing.commands import Answer, CaseCommand
from services.workflow.application.firing.port import Write
from services.workflow.application.rounds import at_once
from tests.builders import called
from tests.unit.workflow.case.played import Play, as_read, at_page, scheme, text_of
from tests.unit.workflow.case.test_links_2019 import (
    COMMISSION,
    PROVINCIAL,
    UNIT,
    commented,
    document,
    held,
    held_whole,
    passed,
    rectifying,
    row,
    scheduled,
)
from tests.unit.workflow.case.test_made_up_kinds import GATHERING, Names, weighed
from tests.unit.workflow.case.test_made_up_kinds import SCHEME as MADE_UP
from tests.unit.workflow.case.test_notice_2019 import ALONE, B, cleared
from tests.unit.workflow.case.test_notice_2019 import SCHEME as IN_ORDER

Step = Callable[[Play], Any]


def opened() -> Play:
    play = Play(ALONE)
    play.open()
    return play


def interleaved(play: Play, first: Step, second: Step) -> Any:
    """Let *second* be written between *first*'s reading and its writing."""
    append, waiting = play.store.append, [second]

    def appending(batch: Sequence[Write]) -> list[bool]:
        if waiting:
            waiting.pop()(play)
        return append(batch)

    play.store.append = appending  # type: ignore[method-assign]
    try:
        return first(play)
    finally:
        play.store.append = append  # type: ignore[method-assign]


def outcome(play: Play) -> list[tuple[Any, ...]]:
    """Return what there is to see of every case, but for when it came about."""
    return sorted(
        (one.number, one.state, one.version, one.final, one.due_at, one.person)
        for one in play.world.heads.cases.values()
    )


def does(number: str, trigger: str, person: str, **more: Any) -> Step:
    return lambda play: play.act(number, trigger, person, **copy.deepcopy(more))


def items_open(play: Play) -> None:
    rectifying(play, row(), row())
    play.done(f"{B}/01", "report", "office.c.h1", data=document("evidence", "done"))


def meetings(play: Play) -> None:
    cleared(play)
    scheduled(play, PROVINCIAL, "liaison.w", "2020-01-20")
    scheduled(play, COMMISSION, "office.c", "2020-02-10")


ITEMS = (
    does(B, "close", "office.c"),
    does(f"{B}/01", "verify", "office.c"),
    does(f"{B}/02", "withdraw", "office.c", reason="r"),
    does(B, "withdraw", "office.c", reason="r"),
    does(
        f"{B}/01",
        "send_back",
        "liaison.c",
        data=document("remarks", "remark") | {"due_at": "2020-05-01T16:00:00+00:00"},
    ),
    does(
        B,
        "add_items",
        "secretary.c.h1",
        data={"documents": {"lists": {"rows": [{"row": 1}, {"row": 2}, row()]}}},
    ),
)
DAYS = (
    does(COMMISSION, "move_day", "office.c", reason="r", data=called("2020-02-13")),
    does(COMMISSION, "cancel", "office.c", reason="r"),
    does(B, "present", "office.c"),
    does(B, "revoke_clearance", "office.c", reason="r"),
    lambda play: play.replanning.run(play.round.id),
)


@pytest.mark.parametrize(
    ("prepare", "one", "other"),
    [(items_open, *pair) for pair in itertools.permutations(ITEMS, 2)]
    + [(meetings, *pair) for pair in itertools.permutations(DAYS, 2)],
)
def test_two_at_once_end_as_one_after_the_other_could(prepare: Step, one: Step, other: Step):
    played = []
    for way in (
        lambda play: interleaved(play, one, other),
        lambda play: (one(play), other(play)),
        lambda play: (other(play), one(play)),
    ):
        play = opened()
        prepare(play)
        way(play)
        play.replanning.run(play.round.id)  # what waits follows in the end, whoever came first
        play.replayed()
        played.append(outcome(play))
    assert played[0] in played[1:]


# --- Single races, each with the row that settles it ---


def test_a_case_opened_meanwhile_is_not_passed_over():
    names = Names(7)
    play = Play(scheme(names.written(MADE_UP)))
    play.open()
    weighed(play, names, "75")
    play.store._cases.pop(play.case("2019-Z9-0002").stream)  # as if c.h2 had not got its case yet
    meet = does(GATHERING.format(names.gathering), names.meet, "office.c")
    answer = interleaved(play, meet, lambda it: it.opened(names.whole, "c.h2", "office.c"))
    assert [one.code for one in answer.blockers] == ["link_not_all_ended"]


def test_a_meeting_that_is_undone_meanwhile_is_not_relied_on():
    play = opened()
    unit_in_session_but_for_the_last_act(play)
    redo = does(
        COMMISSION, "redo", "secretary.c", reason="r", data={"due_at": "2020-03-01T16:00:00+00:00"}
    )
    answer = interleaved(play, does(UNIT, "open_session", "office.c.h1"), redo)
    assert [one.code for one in answer.blockers] == ["link_not_reached"]


def unit_in_session_but_for_the_last_act(play: Play) -> None:
    play.done(UNIT, "file_plan", "office.c.h1", data=document("plan", "plan"))
    play.done(UNIT, "approve_plan", "office.c")
    play.done(UNIT, "file_materials", "office.c.h1", data=document("materials", "script", "speech"))
    play.done(UNIT, "approve_materials", "office.c")
    commented(play, "2019-A-0001")
    held_whole(play, PROVINCIAL, "liaison.w", date(2020, 1, 20))
    for n in (1, 2, 3, 4):
        commented(play, f"2019-B-{n:04d}")
    held_whole(play, COMMISSION, "office.c", date(2020, 2, 11))
    scheduled(play, UNIT, "office.c.h1", "2020-02-12")
    play.on(date(2020, 2, 12))


def test_a_place_on_the_agenda_that_is_given_meanwhile_is_not_given_twice():
    play = opened()
    places = [does(f"2019-B-{n:04d}", "set_order", "office.c", data={"order": 1}) for n in (1, 2)]
    answer = interleaved(play, *places)
    assert [one.code for one in answer.blockers] == ["order_taken"]
    play.replayed()


def test_a_session_that_ends_meanwhile_hears_nobody():
    play = Play(IN_ORDER)
    play.open()
    passed(play, "2019-A-0001")
    held(play, PROVINCIAL, "liaison.w", date(2020, 1, 20))
    present = does("2019-A-0001", "present", "liaison.w")
    cancel = does(PROVINCIAL, "cancel", "liaison.w", reason="r")
    answer = interleaved(play, present, cancel)
    assert [one.code for one in answer.blockers] == ["link_not_there"]


def test_a_linked_case_that_has_ended_completed_is_compared_with_nothing():
    play = opened()
    commented(play, "2019-A-0001")
    held_whole(play, PROVINCIAL, "liaison.w", date(2020, 1, 20))
    minutes = document("proceedings", "course", "outcome")
    play.done(PROVINCIAL, "file_minutes", "liaison.w", data=minutes)
    play.done(PROVINCIAL, "approve_minutes", "deputy_secretary.w")
    play.done(PROVINCIAL, "file_summary", "liaison.w", data=document("summary", "summary"))
    scheduled(play, COMMISSION, "office.c", "2020-02-11")
    play.on(date(2020, 2, 11))
    play.done(COMMISSION, "open_session", "office.c")
    saw = play.told("state_changed")[-1]["saw"]
    assert [one["version"] for one in saw] == [play.case(PROVINCIAL).version]
    assert play.case(COMMISSION).recorded_at > play.case(PROVINCIAL).recorded_at


def test_of_two_who_open_what_there_is_one_of_at_a_time_one_does():
    play = opened()
    draw = lambda it: it.opened("draw", "c", "office.c")  # noqa: E731
    answer = interleaved(play, draw, draw)
    assert [one.code for one in answer.blockers] == ["slot_taken"]
    assert len(play.cases("draw")) == 1


def test_two_who_open_at_once_get_numbers_of_their_own():
    play = opened()
    visit = lambda it: it.opened("visit", "c.h1", "office.c")  # noqa: E731
    interleaved(play, visit, visit)
    assert sorted(one.number for one in play.cases("visit")) == [
        "2019-visit-0001",
        "2019-visit-0002",
    ]


def test_a_key_used_meanwhile_gives_the_answer_of_before():
    play = opened()
    submit = does(
        B,
        "submit",
        "secretary.c.h1",
        key="k",
        data={"documents": {"report": text_of("achievements", "problems", "tasks")}},
    )
    answer = interleaved(play, submit, submit)
    assert (answer.outcome, answer.replayed, play.case(B).version) == ("done", True, 2)


def command(play: Play, number: str, trigger: str) -> CaseCommand:
    case = play.case(number)
    return CaseCommand(
        case=case.stream,
        trigger=trigger,
        actor=at_page("office.c"),
        data=as_read(play.world, case, trigger, {}),
        key=f"{number} {trigger}",
        reason="r",
    )


def test_commands_of_one_family_are_done_in_their_order():
    play = opened()
    items_open(play)
    commands = [
        command(play, f"{B}/01", "verify"),
        command(play, f"{B}/02", "withdraw"),
        command(play, B, "close"),
    ]
    assert [one.outcome for _, one in play.firing.fire_each(commands)] == ["done"] * 3
    assert [one.outcome for _, one in play.firing.fire_each(commands)] == ["done"] * 3
    play.replayed()


def together(play: Play, *commands: CaseCommand) -> tuple[list[str], list[int]]:
    """Fire what came at one time; return what came of each, and how many were read or written.

    A reading is told as a negative number.
    """
    steps: list[int] = []
    standing, append = play.store.standing, play.store.append
    play.store.standing = lambda given: (steps.append(-len(given)), standing(given))[1]  # type: ignore[func-returns-value,method-assign]
    play.store.append = lambda given: (steps.append(len(given)), append(given))[1]  # type: ignore[func-returns-value,method-assign]
    answers = at_once(play.firing.fire_together(commands))
    return [one.outcome for one in answers if isinstance(one, Answer)], steps


def test_two_that_only_count_on_their_parent_are_read_once_and_written_with_one_commit():
    play = opened()
    items_open(play)
    both = command(play, f"{B}/01", "verify"), command(play, f"{B}/02", "withdraw")
    at_once(play.firing.fire_together([replace(both[0], dry_run=True)]))  # learns what it looks at
    at_once(play.firing.fire_together([replace(both[1], dry_run=True)]))
    assert together(play, *both) == (["done"] * 2, [-2, 2])
    assert play.done(B, "close", "office.c").final == "completed"
    play.replayed()


def test_who_counts_on_a_parent_that_moved_beside_it_is_decided_again():
    play = opened()
    items_open(play)
    both = command(play, B, "suspend"), command(play, f"{B}/02", "withdraw")
    at_once(play.firing.fire_together([replace(both[1], dry_run=True)]))
    assert together(play, *both) == (["done"] * 2, [-2, 1, -1, 1])
    assert play.case(f"{B}/02").recorded_at > play.case(B).recorded_at
