"""A calendar that is tried: what is told is what is sent once it has been imported.

Deadlines are the workflow's to set; what it says that an import would move is planned on.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.calendar import WorkingDays, local_day
from schemas.document import Faults
from schemas.facts import EVENTS
from schemas.instants import instant
from services.notifier.application.ports import Moved
from services.notifier.changing import Change
from services.notifier.domain.errors import WorkflowUnavailable
from services.notifier.domain.notice import Notice
from services.notifier.simulating import Watched
from tests.contract.notifier.day_by_day import Days, Figures, Paper
from tests.contract.notifier.test_any_town import CASES, DONE, UNTIL, killed_and_played, live, told
from tests.contract.notifier.test_simulating import lines, played, simulated, simulator
from tests.contract.notifier.test_two_replicas import HOLIDAYS, TREE, WORKED, policy_text
from tests.contract.notifier.town import Town, in_memory
from tests.unit.notifier.world import BRANCH_REVIEW, SCHEME_TEXT, ZONE, at, due

SEEN = at(1, 8, 9)
FREE = st.sets(st.dates(date(2020, 1, 9), date(2020, 2, 14)), max_size=6)
NEW_DAYS = st.lists(st.none() | st.integers(6, 31), min_size=12, max_size=12)


def with_holidays(free: Iterable[date]) -> WorkingDays:
    """Return the calendar with some more days off."""
    off = {*free} - WORKED
    years = [dict(one) for one in TREE["years"]]
    for year in years:
        more = {one.isoformat() for one in off if one.year == year["year"]}
        year["holidays"] = sorted({*year["holidays"], *more})
    return WorkingDays({**TREE, "years": years, "version": "2020.tried"})


def would_move(town: Town, calendar: WorkingDays, to: Mapping[str, datetime]) -> None:
    """Let the workflow say that importing *calendar* moves the deadlines of these cases."""
    now = town.clock.now()
    cases = {stream: _event(now, due_at) for stream, due_at in to.items()}
    town.workflow.moved[sha256(calendar.canonical).hexdigest()] = Moved(cases=cases)


def _event(now: datetime, due_at: datetime) -> dict[str, Any]:
    return {"effective_at": instant(now), "dues": [{"due_at": instant(due_at)}]}


def imported(town: Town, calendar: WorkingDays) -> None:
    """Record what importing *calendar* records: the text, then what it moves."""
    now = town.clock.now()
    town.serve(calendar.canonical)
    town.log.publish("calendar", calendar.canonical, calendar.id, now)
    for stream, event in town.workflow.moved[calendar.hash].cases.items():
        town.log.append(
            stream, "deadline_changed", now, event, type=EVENTS.latest("deadline_changed")
        )


PROLONGED = with_holidays([date(2020, 1, 9), date(2020, 1, 10)])
MOVED = {f"review/{BRANCH_REVIEW}": due(1, 14)}


def test_the_deadlines_that_an_import_would_move_are_planned_on(town: Town) -> None:
    town.run(SEEN)
    would_move(town, PROLONGED, MOVED)
    foretold = simulated(town, Change(calendar=PROLONGED))
    days = {one.rung: local_day(one.planned_at, ZONE) for one in foretold}
    assert days["due_day"] == date(2020, 1, 14)
    imported(town, PROLONGED)
    assert lines(foretold) == lines(played(town))


def test_trying_it_leaves_nothing_behind(town: Town) -> None:
    town.run(SEEN)
    before = simulated(town)
    would_move(town, PROLONGED, MOVED)
    simulated(town, Change(calendar=PROLONGED))
    assert lines(simulated(town)) == lines(before)


def test_without_the_workflow_it_is_not_told_what_a_calendar_would_make_of_it(town: Town) -> None:
    town.run(SEEN)
    town.workflow.away = True
    with pytest.raises(WorkflowUnavailable):
        simulated(town, Change(calendar=PROLONGED))


def test_a_calendar_that_no_import_would_take_is_refused_alike(town: Town) -> None:
    town.run(SEEN)
    beyond = Moved(cases={}, beyond=(("2019-C-0001", "2020-01-22"),))
    town.workflow.moved[PROLONGED.hash] = beyond
    with pytest.raises(Faults, match="has no table for 2020-01-22, by which 2019-C-0001"):
        simulated(town, Change(calendar=PROLONGED))


def test_a_scheme_that_is_tried_beside_it_holds_for_what_the_calendar_moves(town: Town) -> None:
    town.run(SEEN)
    would_move(town, PROLONGED, MOVED)
    renamed = SCHEME_TEXT.replace("起草".encode(), "拟稿".encode())
    assert renamed != SCHEME_TEXT
    both = Change(calendar=PROLONGED, scheme=renamed)
    told = next(one for one in simulated(town, both) if one.rung == "due_day")
    watched = Watched(told.id)
    simulator(town).run(simulator(town).taken(), town.clock.now(), UNTIL, both, watched)
    assert "“拟稿”阶段" in watched.words[0].text


# --- For any town ---


@settings(max_examples=6, deadline=None, derandomize=True)
@given(cases=CASES, done=DONE, free=FREE, days=NEW_DAYS)
def test_what_was_simulated_is_what_is_sent_once_the_calendar_is_imported(
    cases: list[tuple[str, int]], done: list[Any], free: set[date], days: list[int | None]
) -> None:
    with in_memory() as store:
        town = Town(store)
        live(town, cases, done)
        calendar = with_holidays(free)
        with store.seeing() as tx:
            running = [one for one in tx.facts.running("", 100) if not one.suspended]
        new = zip(running, days, strict=False)
        would_move(town, calendar, {one.stream: due(1, day) for one, day in new if day})
        foretold = simulated(town, Change(calendar=calendar), UNTIL)
        imported(town, calendar)
        assert told(foretold) == told(killed_and_played(town, {}))


@settings(max_examples=12, deadline=None, derandomize=True)
@given(
    cases=st.lists(
        st.tuples(st.sampled_from(["ward", "hospital", "outpost"]), st.integers(8, 20)),
        min_size=1,
        max_size=4,
    ),
    free=FREE,
    days=NEW_DAYS,
)
def test_who_is_told_on_which_day_is_what_one_finds_on_paper(
    cases: list[tuple[str, int]], free: set[date], days: list[int | None]
) -> None:
    with in_memory() as store:
        town, figures, today = Town(store), Figures(before=2, committee=1, organ=3), SEEN.date()
        paper = Paper(Days(set(HOLIDAYS), set(WORKED)), [figures])
        town.policy = None
        town.serve(SCHEME_TEXT, policy_text(figures))
        town.restart()
        town.log.organise()
        town.log.publish("scheme", SCHEME_TEXT)
        town.log.publish("policy", policy_text(figures))
        ids = [f"00000000-0000-7000-8000-{number:012d}" for number in range(len(cases))]
        for case, (unit, day) in zip(ids, cases, strict=True):
            town.log.open(case, unit, due(1, day), at(1, 8, 8))
            paper.open(case, unit, date(2020, 1, day), today)
        town.run(at(1, 8, 8, 30))
        paper.look(today, noon=False)
        n_told, calendar = len(paper.told), with_holidays(free)
        moved = {case: day for case, day in zip(ids, days, strict=False) if day}
        would_move(town, calendar, {f"review/{case}": due(1, day) for case, day in moved.items()})
        foretold = simulated(town, Change(calendar=calendar), date(2020, 2, 10))
        paper.days = Days(HOLIDAYS | (free - WORKED), set(WORKED))
        for case, day in moved.items():
            paper.change_deadline(case, date(2020, 1, day), today)
        while today <= date(2020, 2, 10):
            for noon in (False, True):
                paper.look(today, noon=noon)
            today += timedelta(days=1)
        assert _told_of(foretold) == Counter(paper.told[n_told:])


def _told_of(notices: Iterable[Notice]) -> Counter[tuple[date, str, str, str]]:
    return Counter(
        (local_day(one.decided_at, ZONE), one.case.partition("/")[2], one.rung, to.person)
        for one in notices
        if one.channel == "inapp" and one.status == "sent" and (to := one.recipient)
    )
