"""Decided in one world: what is alike is worked out once, and what differs is not taken for it."""

from datetime import UTC, date

import pytest

from services.workflow.domain.case.acts import Act, Decided
from services.workflow.domain.case.deciding import decide
from tests.unit.workflow.case.played import NOTICE, Play, heard_at_any_time, scheme, text_of

SCHEME = scheme(heard_at_any_time(NOTICE.read_text()))
REPORT = {"documents": {"report": text_of("achievements", "problems", "tasks")}}
COMMENT = {"documents": {"comment": text_of("comment")}}
OURS, THEIRS = "c.h1", "c.h2"


@pytest.fixture
def play() -> Play:
    made = Play(SCHEME)
    made.open()
    return made


def of(play: Play, unit: str):
    return next(one for one in play.cases("review") if one.unit == unit)


def cleared(play: Play, unit: str) -> str:
    number = of(play, unit).number
    play.done(number, "submit", f"secretary.{unit}", data=REPORT)
    play.done(number, "pass_unit_audit", f"deputy_secretary.{unit}")
    play.done(number, "pass_organ_audit", "office.c")
    return number


def due_days(play: Play, *acts: Act) -> list[date]:
    """Return when our case is due after the first of *acts*, and theirs after the second."""
    world, days = play.world, []
    for unit, act in zip((OURS, THEIRS), acts, strict=True):
        decided = decide(of(play, unit), act, world)
        assert isinstance(decided, Decided)
        due_at = decided.own.after.due_at
        assert due_at is not None
        days.append(due_at.astimezone(UTC).date())  # midnight in Shanghai is still the day before
    return days


def test_in_one_world_each_case_counts_from_its_own_marks(play: Play):
    for unit, day in ((OURS, 9), (THEIRS, 13)):
        play.on(date(2020, 1, day))
        play.done(cleared(play, unit), "present", "office.c")
    comment = Act(trigger="comment", effective_at=play.now, person="office.c", given=COMMENT)
    assert due_days(play, comment, comment) == [date(2020, 1, 14), date(2020, 1, 16)]


def test_in_one_world_each_case_counts_from_its_own_entry(play: Play):
    for unit in (OURS, THEIRS):
        cleared(play, unit)
    earlier, _ = play.now, play.on(date(2020, 1, 13))
    on_days = (Act(trigger="present", effective_at=at) for at in (earlier, play.now))
    assert due_days(play, *on_days) == [date(2020, 1, 13), date(2020, 1, 16)]
