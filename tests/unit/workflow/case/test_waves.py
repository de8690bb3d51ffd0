"""Commands decided together: what is alike is worked out once, and what differs is not."""

from datetime import UTC, date, datetime

import pytest

from services.workflow.application.firing.commands import CaseCommand
from tests.unit.workflow.case.played import NOTICE, Play, at_page, scheme, text_of

SCHEME = scheme(NOTICE.read_text())
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


def audited(play: Play, unit: str) -> str:
    number = of(play, unit).number
    play.done(number, "submit", f"secretary.{unit}", data=REPORT)
    play.done(number, "pass_unit_audit", f"deputy_secretary.{unit}")
    play.done(number, "pass_organ_audit", "office.c")
    return number


def together(play: Play, trigger: str, each: dict[str, dict]):
    """Fire *trigger* on our case and on theirs in one wave; return both as they stand then."""
    commands = [
        CaseCommand(
            case=of(play, unit).stream,
            trigger=trigger,
            actor=at_page("office.c"),
            key=f"{trigger} {unit}",
            **more,
        )
        for unit, more in each.items()
    ]
    answers = play.firing.fire_each(commands)
    assert [one.status for one in answers] == [201, 201]
    return [one.case for one in answers]


def test_of_a_wave_each_case_counts_from_its_own_marks(play: Play):
    for unit, day in ((OURS, 9), (THEIRS, 13)):
        play.on(date(2020, 1, day))
        play.done(audited(play, unit), "present", "office.c")
    data = {"data": COMMENT}
    ours, theirs = together(play, "comment", {OURS: data, THEIRS: data})
    assert (ours.due_at, theirs.due_at) == (
        datetime(2020, 1, 14, 16, tzinfo=UTC),
        datetime(2020, 1, 16, 16, tzinfo=UTC),
    )
    play.replayed()


def test_of_a_wave_each_case_counts_from_its_own_entry(play: Play):
    for unit in (OURS, THEIRS):
        audited(play, unit)
    earlier = play.now
    play.on(date(2020, 1, 13))
    ours, theirs = together(
        play, "present", {OURS: {"effective_at": earlier}, THEIRS: {"effective_at": play.now}}
    )
    assert (ours.due_at, theirs.due_at) == (
        datetime(2020, 1, 13, 16, tzinfo=UTC),
        datetime(2020, 1, 16, 16, tzinfo=UTC),
    )
    play.replayed()
