"""Commands that arrive together are run together, and nobody is forgotten."""

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from services.workflow.application.grouping import Grouping


class Held:
    """Runs batches, the first only once it is let go, so that others gather meanwhile."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.first_began, self.go_on = threading.Event(), threading.Event()

    def run(self, asked: Sequence[int]) -> list[int]:
        self.batches.append(list(asked))
        if len(self.batches) == 1:
            self.first_began.set()
            assert self.go_on.wait(10)
        if 13 in asked:
            raise ValueError("unlucky")
        return [10 * one for one in asked]


def waiting(grouping: Grouping[int, int], n: int) -> None:
    while len(grouping._waiting) < n:
        pass


def gathered(held: Held, grouping: Grouping[int, int], asked: Sequence[int]):
    """Submit 0, and while it is run all of *asked*; return the answers of *asked*."""
    with ThreadPoolExecutor(len(asked) + 1) as threads:
        first = threads.submit(grouping.submit, 0)
        held.first_began.wait(10)
        others = [threads.submit(grouping.submit, one) for one in asked]
        waiting(grouping, len(asked))
        held.go_on.set()
        assert first.result() == 0
        return others


def test_a_lone_caller_waits_for_nobody():
    held = Held()
    held.go_on.set()
    assert Grouping(held.run).submit(4) == 40
    assert held.batches == [[4]]


def test_who_comes_meanwhile_is_run_as_one_batch_and_gets_their_own_answer():
    held = Held()
    answers = gathered(held, Grouping(held.run), [1, 2, 3])
    assert [one.result() for one in answers] == [10, 20, 30]
    assert [sorted(batch) for batch in held.batches] == [[0], [1, 2, 3]]


def test_a_batch_is_never_longer_than_it_may_be():
    held = Held()
    answers = gathered(held, Grouping(held.run, most=2), [1, 2, 3])
    assert [one.result() for one in answers] == [10, 20, 30]
    assert sorted(map(len, held.batches)) == [1, 1, 2]


def test_an_error_reaches_everybody_in_the_batch_and_nobody_after_it():
    held = Held()
    grouping = Grouping(held.run)
    for one in gathered(held, grouping, [12, 13]):
        with pytest.raises(ValueError, match="unlucky"):
            one.result()
    assert grouping.submit(1) == 10
