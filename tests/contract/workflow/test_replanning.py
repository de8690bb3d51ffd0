"""What follows a new calendar, or a day that was moved, in waves; held on both databases."""

from collections import Counter
from datetime import UTC, date, datetime
from typing import Any

import pytest

from services.workflow.adapters.database import Database
from services.workflow.application.firing.replanning import MOST_AT_ONCE, Move
from services.workflow.domain.refusals import StoreUnavailable
from tests.builders import called
from tests.unit.workflow.case.played import Play
from tests.unit.workflow.case.test_days import deepened, due_on
from tests.unit.workflow.case.test_large_rounds import SCHEME, with_branches
from tests.unit.workflow.case.test_links_2019 import (
    COMMISSION,
    PROVINCIAL,
    B,
    cleared,
    scheduled,
)

N_BRANCHES = 2 * MOST_AT_ONCE + 20
LONGER = deepened(*(date(2020, 1, day) for day in range(13, 18)))
LONG_AGO = datetime(2019, 1, 1, tzinfo=UTC)


class Noted:
    """A part of which every call is noted, and one may fail."""

    def __init__(self, part: Any, calls: list[str], fails_at: int = 0) -> None:
        self._part, self._calls, self._fails_at = part, calls, fails_at
        self.n_wanted = 0  # cases that were read

    def __getattr__(self, name: str) -> Any:
        def call(*given: Any) -> Any:
            self._calls.append(name)
            self.n_wanted += len(given[0]) if name == "standing" else 0
            if name == "append" and self._calls.count(name) == self._fails_at:
                raise StoreUnavailable("killed")
            return getattr(self._part, name)(*given)

        return call


@pytest.fixture
def branches(database: Database) -> Play:
    """A round of many branches, each with a deadline that a longer holiday moves."""
    play = Play(SCHEME, with_branches(N_BRANCHES), store=database.store)
    play.now = datetime(2020, 1, 13, 1, tzinfo=UTC)
    play.open()
    return play


def moved(play: Play) -> Counter[str]:
    """Count by case how often its deadline was moved."""
    events = (one for one in play.written if one.type == "workflow.deadline_changed.v2")
    return Counter(one.stream for one in events)


def test_a_new_calendar_moves_what_was_counted_by_the_old_one_once(
    branches: Play, database: Database
):
    assert branches.replanning.follow_calendar(database.work_list) == 0
    branches.calendar = LONGER
    n_moved = branches.replanning.follow_calendar(database.work_list, "cause")
    assert n_moved >= N_BRANCHES
    assert branches.replanning.follow_calendar(database.work_list) == 0
    assert set(moved(branches).values()) == {1}
    branches.replayed()


def test_it_takes_three_statements_a_wave_however_many_cases(branches: Play, database: Database):
    branches.calendar = LONGER
    calls = list[str]()
    branches.replanning._store = Noted(branches.replanning._store, calls)
    branches.replanning.follow_calendar(Noted(database.work_list, calls))
    # The first wave learns what is looked at; each later one reads all of that at once.
    later = Counter(calls[calls.index("append") + 1 :])
    # Those moved to a later day are met again, and are not asked about again.
    assert later["deadlines"] <= 2 * N_BRANCHES / MOST_AT_ONCE + 2
    assert later["standing"] <= later["append"] + 1


def test_what_is_cut_off_between_two_waves_goes_on_where_it_stopped(
    branches: Play, database: Database
):
    branches.calendar = LONGER
    store = branches.replanning._store
    branches.replanning._store = Noted(store, [], fails_at=2)
    with pytest.raises(StoreUnavailable):
        branches.replanning.follow_calendar(database.work_list)
    n_before = len(moved(branches))
    assert 0 < n_before < N_BRANCHES
    branches.replanning._store = store
    n_after = branches.replanning.follow_calendar(database.work_list)
    assert n_before + n_after == len(moved(branches)) >= N_BRANCHES
    assert set(moved(branches).values()) == {1}


def test_a_preview_says_what_will_move_and_moves_nothing(branches: Play, database: Database):
    previewed = list(branches.replanning.preview_calendar(LONGER, database.work_list))
    assert not moved(branches)
    branches.calendar = LONGER
    assert branches.replanning.follow_calendar(database.work_list) == len(previewed)
    after = {one.after.stream: one.after.due_at for one in branches.written}
    assert {one.case.stream: one.moved[0].due.at for one in previewed}.items() <= after.items()


def previewed(play: Play, database: Database) -> list[Move]:
    found = play.replanning.preview_calendar(LONGER, database.work_list)
    return [one for one in found if isinstance(one, Move)]


def test_what_was_previewed_is_moved_without_being_read_again(branches: Play, database: Database):
    found = previewed(branches, database)
    branches.calendar = LONGER
    calls = list[str]()
    noted = branches.replanning._store = Noted(branches.replanning._store, calls)
    n_moved = branches.replanning.follow_calendar(database.work_list, "cause", found)
    assert n_moved == len(found) >= N_BRANCHES
    assert noted.n_wanted < N_BRANCHES
    assert set(moved(branches).values()) == {1}
    branches.replayed()


def test_what_somebody_moved_since_the_preview_is_not_moved_twice(
    branches: Play, database: Database
):
    found = previewed(branches, database)
    branches.calendar = LONGER
    assert branches.replanning.follow_calendar(database.work_list) >= N_BRANCHES
    assert branches.replanning.follow_calendar(database.work_list, "cause", found) == 0
    assert set(moved(branches).values()) == {1}


def test_what_moved_on_since_the_preview_is_asked_about_as_it_then_stands(
    branches: Play, database: Database
):
    found = previewed(branches, database)
    branches.calendar = deepened(date(2020, 1, 14))
    assert branches.replanning.follow_calendar(database.work_list) >= N_BRANCHES
    branches.calendar = LONGER
    assert branches.replanning.follow_calendar(database.work_list, "cause", found) == len(found)
    after = {one.after.stream: one.after.due_at for one in branches.written}
    assert {one.case.stream: one.moved[0].due.at for one in found}.items() <= after.items()
    branches.replayed()


@pytest.fixture
def waiting(database: Database) -> Play:
    """A review that waits for the day of a meeting that is not there yet."""
    play = Play(SCHEME, store=database.store)
    play.open()
    cleared(play)
    scheduled(play, PROVINCIAL, "liaison.w", "2020-01-20")
    return play


def test_who_waited_for_what_was_not_there_follows_when_it_is(waiting: Play, database: Database):
    assert waiting.replanning.follow_days(database.work_list, LONG_AGO) == 0
    scheduled(waiting, COMMISSION, "office.c", "2020-02-10")
    assert waiting.replanning.follow_days(database.work_list, LONG_AGO) == 1
    assert waiting.case(B).due_at == due_on(date(2020, 2, 10))
    assert waiting.replanning.follow_days(database.work_list, LONG_AGO) == 0


def test_who_waits_follows_a_day_that_is_moved_again(waiting: Play, database: Database):
    scheduled(waiting, COMMISSION, "office.c", "2020-02-10")
    waiting.replanning.follow_days(database.work_list, LONG_AGO)
    data = called("2020-02-13")
    waiting.done(COMMISSION, "move_day", "office.c", reason="r", data=data)
    assert waiting.replanning.follow_days(database.work_list, waiting.now) == 0  # moved before
    assert waiting.replanning.follow_days(database.work_list, LONG_AGO) == 1
    assert waiting.case(B).due_at == due_on(date(2020, 2, 13))
