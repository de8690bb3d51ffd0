"""Commands that arrive together are run together, and nobody is forgotten."""

import asyncio
from collections.abc import Coroutine, Sequence
from typing import Any, TypeVar

import pytest

from services.workflow.application.grouping import Grouping
from tests.loops import run_apart

Found = TypeVar("Found")


class Held:
    """Runs batches, the first only once it is let go, so that others gather meanwhile."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.first_began, self.go_on = asyncio.Event(), asyncio.Event()

    async def run(self, asked: Sequence[int]) -> list[int]:
        self.batches.append(list(asked))
        self.first_began.set()
        await self.go_on.wait()
        if 13 in asked:
            raise ValueError("unlucky")
        return [10 * one for one in asked]


def run(asking: Coroutine[Any, Any, Found]) -> Found:
    """Return what *asking* finds, within ten seconds."""
    return run_apart(asyncio.wait_for(asking, 10))


async def idle(grouping: Grouping[int, int]) -> None:
    while grouping._leading is not None:
        await grouping._leading


def answers(asked: Sequence[int], most: int = 64) -> tuple[list[object], list[list[int]]]:
    """Ask 0, and while it is run all of *asked*, then 1; return their answers, and the batches."""

    async def ask() -> tuple[list[object], list[list[int]]]:
        held, told = Held(), dict[int, object]()
        grouping = Grouping(held.run, most)

        def submit(one: int) -> None:
            grouping.submit(one, lambda answer: told.update({one: answer}))

        submit(0)
        await held.first_began.wait()
        for one in asked:
            submit(one)
        held.go_on.set()
        await idle(grouping)
        submit(1)
        await idle(grouping)
        return [told[one] for one in (*asked, 1)], held.batches

    return run(ask())


def test_a_lone_caller_waits_for_nobody():
    told, batches = answers([])
    assert (told, batches) == ([10], [[0], [1]])


def test_who_comes_meanwhile_is_run_as_one_batch_and_gets_their_own_answer():
    told, batches = answers([2, 3, 4])
    assert told == [20, 30, 40, 10]
    assert batches == [[0], [2, 3, 4], [1]]


def batches_when(again: Sequence[tuple[int, int]], waiting: Sequence[int] = ()) -> list[list[int]]:
    """Ask 0, *waiting* while it is run, and so many turns after its answer each of *again*."""

    async def ask() -> list[list[int]]:
        held, loop = Held(), asyncio.get_running_loop()
        grouping, n_told, over = Grouping(held.run), 0, asyncio.Event()

        def submit(one: int) -> None:
            grouping.submit(one, told)

        def told(_: object) -> None:
            nonlocal n_told
            n_told += 1
            if n_told == 1:
                for n_turns, one in again:
                    come(n_turns, one)
            if n_told == 1 + len(again) + len(waiting):
                over.set()

        def come(n_turns: int, one: int) -> None:
            if n_turns:
                loop.call_soon(come, n_turns - 1, one)
            else:
                submit(one)

        submit(0)
        await held.first_began.wait()
        for one in waiting:
            submit(one)
        held.go_on.set()
        await over.wait()
        return held.batches

    return run(ask())


def test_who_was_just_answered_joins_those_who_wait():
    assert batches_when([(3, 5)], waiting=[2]) == [[0], [2, 5]]


def test_once_all_who_were_answered_came_again_nobody_is_waited_for():
    assert batches_when([(0, 5), (3, 6)]) == [[0], [5], [6]]


def test_a_batch_is_never_longer_than_it_may_be():
    told, batches = answers([2, 3, 4], most=2)
    assert told == [20, 30, 40, 10]
    assert batches == [[0], [2, 3], [4], [1]]


def test_an_error_reaches_everybody_in_the_batch_and_nobody_after_it():
    (twelve, thirteen, after), _ = answers([12, 13])
    assert [str(one) for one in (twelve, thirteen)] == ["unlucky", "unlucky"]
    assert after == 10


def test_whoever_asks_in_the_same_turn_of_the_loop_shares_the_batch():
    async def ask() -> list[list[int]]:
        held = Held()
        held.go_on.set()
        grouping = Grouping(held.run)
        for one in (1, 2):
            grouping.submit(one, lambda _: None)
        await idle(grouping)
        return held.batches

    assert run(ask()) == [[1, 2]]


def test_whoever_comes_right_after_their_answer_shares_a_batch_with_who_waited():
    """Else those who were answered and those who waited would take turns, each batch half full."""

    async def ask() -> list[list[int]]:
        held = Held()
        grouping = Grouping(held.run)
        loop = asyncio.get_running_loop()
        grouping.submit(1, lambda _: loop.call_soon(grouping.submit, 3, lambda _: None))
        await held.first_began.wait()
        grouping.submit(2, lambda _: None)
        held.go_on.set()
        await idle(grouping)
        return held.batches

    assert run(ask()) == [[1], [2, 3]]


def test_one_whose_answer_cannot_be_given_keeps_nobody_from_theirs(
    caplog: pytest.LogCaptureFixture,
):
    async def ask() -> dict[int, object]:
        held, told = Held(), dict[int, object]()
        held.go_on.set()
        grouping = Grouping(held.run)
        grouping.submit(1, lambda _: 1 / 0)
        grouping.submit(2, lambda answer: told.update({2: answer}))
        await idle(grouping)
        return told

    assert run(ask()) == {2: 20}
    assert "an answer could not be given" in caplog.text
