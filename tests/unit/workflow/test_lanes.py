"""Chunks of a bulk on two lanes: one is decided while the other waits; told in their order."""

from collections.abc import Callable
from threading import Barrier, get_ident

import pytest

from services.workflow.application.firing.commands import OpenCommand
from services.workflow.application.firing.waves import Asked, in_lanes
from services.workflow.domain.authority import Actor

NOBODY = Actor(client="c", person=None, scopes=frozenset(), scope_unit="u")
COMMAND = OpenCommand(cycle="c", kind="k", actor=NOBODY)
CHUNKS = [[Asked(COMMAND, place, "f")] for place in range(5)]


def places(settle: Callable[[list[Asked]], None], lanes: int) -> list[int]:
    return [one.place for (one,) in in_lanes(iter(CHUNKS), settle, lanes)]


def test_two_lanes_settle_two_chunks_beside_each_other_and_tell_them_in_order():
    met = Barrier(2, timeout=60)

    def settle(chunk: list[Asked]) -> None:
        if chunk[0].place < 4:  # the last has nobody to meet
            met.wait()

    assert places(settle, 2) == [0, 1, 2, 3, 4]


def test_one_lane_settles_where_it_is_asked():
    threads = set[int]()
    assert places(lambda _: threads.add(get_ident()), 1) == [0, 1, 2, 3, 4]
    assert threads == {get_ident()}


def test_what_nobody_foresaw_is_raised_where_it_was_asked():
    def settle(chunk: list[Asked]) -> None:
        if chunk[0].place == 3:
            raise RuntimeError

    with pytest.raises(RuntimeError):
        places(settle, 2)
