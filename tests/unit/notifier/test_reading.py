"""How far the log has been read, in whatever order it arrives."""

from datetime import timedelta
from itertools import permutations

from services.notifier.domain.reading import Barrier, Head, Reading
from tests.unit.notifier.world import at


def test_the_position_stops_before_the_first_gap() -> None:
    assert Reading().having([1, 2, 4]) == Reading(2, frozenset({4}))


def test_the_order_of_arrival_makes_no_difference() -> None:
    for order in permutations([1, 2, 3, 5]):
        reading = Reading()
        for position in order:
            reading = reading.having([position])
        assert reading == Reading(3, frozenset({5}))


def test_repeats_change_nothing() -> None:
    assert Reading(7).having([3, 7, 7]) == Reading(7)


def test_what_was_read_is_known_on_both_sides_of_a_gap() -> None:
    reading = Reading(2, frozenset({4}))
    assert [reading.has(position) for position in (1, 2, 3, 4, 5)] == [
        True,
        True,
        False,
        True,
        False,
    ]


def test_a_head_with_nothing_pending_is_good_for_the_instant_it_was_asked_for() -> None:
    assert Barrier.at(Head(position=7), at(1, 9)) == Barrier(7, at(1, 9))


def test_what_is_pending_holds_back_its_own_instant_and_what_comes_after() -> None:
    since = at(1, 8)
    just_before = since - timedelta(microseconds=1)
    for asked_at in (since, at(1, 9)):
        head = Head(position=7, pending_since=since)
        assert Barrier.at(head, asked_at) == Barrier(7, just_before)


def test_what_was_recorded_later_holds_nothing_back() -> None:
    head = Head(position=7, pending_since=at(1, 9))
    assert Barrier.at(head, at(1, 8)) == Barrier(7, at(1, 8))
