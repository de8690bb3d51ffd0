"""How far the log has been read, in whatever order it arrives."""

from itertools import permutations

from services.notifier.domain.reading import Reading


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
