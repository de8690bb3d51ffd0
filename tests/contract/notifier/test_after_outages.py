"""After an outage over a deadline the holder is told first, those above a working day later."""

from collections import Counter
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.calendar import local_day
from schemas.instants import instant
from services.notifier.adapters.database import SqlStore
from services.notifier.application.foretelling import whole
from tests.contract.notifier.day_by_day import Days, Figures, Paper
from tests.contract.notifier.test_late_start import ABOVE, HOLDER, TOP, told_so_far, under_shipped
from tests.contract.notifier.test_promises import answer as promise
from tests.contract.notifier.test_two_replicas import HOLIDAYS, WORKED, policy_text
from tests.contract.notifier.town import Town, in_memory
from tests.unit.notifier.world import SCHEME_TEXT, ZONE, at, due

LAST = date(2020, 2, 20)
POSTS_THAT_END = st.sets(st.sampled_from(["hs", "hd", "oo", "os", "ts"]), max_size=4)


@pytest.fixture
def shipped(store: SqlStore) -> Town:
    """A town under the shipped policy, which tells that work came."""
    return under_shipped(Town(store))


@settings(max_examples=20, deadline=None, derandomize=True)
@given(
    unit=st.sampled_from(["ward", "hospital", "outpost"]),
    due_on=st.integers(9, 20),
    off=st.tuples(st.integers(0, 9), st.booleans(), st.integers(1, 16)),
    gone=POSTS_THAT_END,
)
def test_who_is_told_after_an_outage_is_what_one_finds_on_paper(
    unit: str, due_on: int, off: tuple[int, bool, int], gone: set[str]
) -> None:
    case, today = "00000000-0000-7000-8000-000000000001", date(2020, 1, 8)
    since = (today + timedelta(days=off[0]), off[1])
    until = (since[0] + timedelta(days=off[2]), False)
    with in_memory() as store:
        town, figures = Town(store), Figures(before=2, committee=1, organ=3)
        paper = Paper(Days(set(HOLIDAYS), set(WORKED)), [figures], gone=gone)
        town.policy = None
        town.serve(SCHEME_TEXT, policy_text(figures))
        town.restart()
        town.log.organise(without=tuple(gone))
        town.log.publish("scheme", SCHEME_TEXT)
        town.log.publish("policy", policy_text(figures))
        town.log.open(case, unit, due(1, due_on), at(1, 8, 7, 30))
        paper.open(case, unit, date(2020, 1, due_on), today)
        while today <= LAST:
            for noon, hour in ((False, 8), (True, 12)):
                if not since <= (today, noon) < until:
                    town.run(at(today.month, today.day, hour), n_passes=50)
                    paper.look(today, noon=noon)
            today += timedelta(days=1)
        told = Counter(
            (local_day(one.decided_at, ZONE), case, one.rung, to.person)
            for one in whole(town.store)
            if one.channel == "inapp" and one.status == "sent" and (to := one.recipient)
        )
        assert told == Counter(paper.told)


def test_after_an_outage_over_the_deadline_the_holder_is_told_first(town: Town) -> None:
    town.run(at(1, 8, 8, 5))
    town.run(at(1, 14, 15))  # by then the first rung above was due
    assert [one for one in town.told() if one[2] == "sent"] == [HOLDER]
    assert {n.reason for n in town.notices() if n.status == "not_sent"} == {"too_late"}
    assert {n.planned_at for n in town.notices() if n.rung == "late_start"} == {due(1, 10)}
    town.run(at(1, 15, 8))
    assert [one for one in town.told() if one[2] == "sent"] == [HOLDER]
    town.run(at(1, 15, 10))
    assert [one for one in town.told() if one[2] == "sent"] == [*ABOVE, HOLDER]


def test_who_heard_before_an_outage_that_work_came_is_told_after_it_that_it_is_over(
    shipped: Town,
) -> None:
    shipped.log.open()
    shipped.run(at(1, 8, 8, 5))
    assert shipped.told() == [("arrival", "ws", "sent")]
    shipped.run(at(1, 17, 15))  # by then every reminder and both rungs above were due
    assert told_so_far(shipped) == [("arrival", "ws", "sent"), HOLDER]
    shipped.run(at(1, 19, 10))  # a Sunday that was worked
    assert told_so_far(shipped) == [("arrival", "ws", "sent"), HOLDER, TOP]


def test_whose_last_reminder_fell_into_an_outage_is_told_before_those_above(town: Town) -> None:
    town.run(at(1, 8, 10))
    town.run(at(1, 14, 15))
    assert told_so_far(town) == [("before", "ws", "sent"), HOLDER]
    town.run(at(1, 15, 10))
    assert told_so_far(town) == [("before", "ws", "sent"), *ABOVE, HOLDER]


def test_where_nobody_is_above_the_holder_is_told_after_an_outage_all_the_same(
    store: SqlStore,
) -> None:
    town = Town(store)
    town.log.organise(without=("hs", "hd", "oo"))
    town.log.open()
    town.run(at(1, 8, 10))
    town.run(at(1, 17, 15))
    assert told_so_far(town) == [("before", "ws", "sent"), HOLDER]


def test_a_last_reminder_that_was_put_off_into_an_outage_is_told_as_a_late_start(
    town: Town,
) -> None:
    town.log.fact("suspended", at(1, 8, 8, 30))
    town.log.fact("resumed", at(1, 9, 8), suspended_working_days=1, due_at=instant(due(1, 13)))
    promise(town, at(1, 9, 8, 30), "2020-01-13")
    town.run(at(1, 9, 9))
    town.run(at(1, 15, 15))
    assert told_so_far(town) == [HOLDER]


def test_a_last_reminder_before_days_of_rest_that_fell_into_an_outage_is_owed(town: Town) -> None:
    town.log.fact("deadline_changed", at(1, 8, 8), due_at=instant(due(1, 12)))  # a Sunday
    town.run(at(1, 8, 10))
    town.run(at(1, 13, 8))
    assert told_so_far(town) == [("before", "ws", "sent"), HOLDER]


def test_who_was_told_by_hand_on_those_days_of_rest_is_not_told_anew(town: Town) -> None:
    town.log.fact("deadline_changed", at(1, 8, 8), due_at=instant(due(1, 12)))
    town.run(at(1, 8, 10))
    town.log.fact("suspended", at(1, 8, 11))
    town.run(at(1, 8, 11))
    town.log.urge(at(1, 11, 11))
    town.run(at(1, 11, 11))
    town.log.fact("resumed", at(1, 12, 11), suspended_working_days=0, due_at=instant(due(1, 12)))
    town.run(at(1, 13, 8))
    assert told_so_far(town) == [("before", "ws", "sent"), ("urge", "ws", "sent")]


def test_after_an_outage_the_highest_rung_alone_is_told_and_the_lower_ones_say_when_they_were_due(
    town: Town,
) -> None:
    town.run(at(1, 8, 10))
    town.run(at(1, 10, 10))
    town.run(at(1, 17, 15))  # by then both rungs above were due, on the 14th and the 16th
    assert told_so_far(town) == [("before", "ws", "sent"), ("due_day", "ws", "sent"), TOP]
    kept = {(n.rung, n.reason): n.planned_at.day for n in town.notices() if n.status == "not_sent"}
    assert kept == {("committee", "superseded"): 14}


def test_after_an_outage_over_both_rungs_above_the_holder_is_first_and_the_highest_after_it(
    town: Town,
) -> None:
    town.run(at(1, 8, 8, 5))
    town.run(at(1, 17, 15))
    assert told_so_far(town) == [HOLDER]
    town.run(at(1, 19, 8))  # a Sunday that was worked
    assert told_so_far(town) == [HOLDER]
    for minute in range(0, 60, 5):  # each of the rungs has a minute of its own
        town.run(at(1, 19, 9, minute))
    assert told_so_far(town) == [HOLDER, TOP]


def test_after_an_outage_the_lower_rung_is_told_where_the_higher_one_reaches_nobody(
    store: SqlStore,
) -> None:
    town = Town(store)
    town.log.organise(without=("oo",))
    town.log.open()
    town.run(at(1, 8, 10))
    town.run(at(1, 10, 10))
    town.run(at(1, 17, 15))
    reminded = [("before", "ws", "sent"), ("due_day", "ws", "sent")]
    assert told_so_far(town) == sorted([*reminded, *ABOVE])


def test_who_was_reminded_by_hand_before_the_last_reminder_is_owed_it(town: Town) -> None:
    town.log.urge(at(1, 8, 8, 5))
    town.run(at(1, 8, 8, 6))
    town.run(at(1, 14, 15))
    assert told_so_far(town) == [HOLDER, ("urge", "ws", "sent")]
