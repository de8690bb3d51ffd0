"""The connection that an event loop waits on: lost, late, or long in taking what it is sent."""

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest

from services.workflow.adapters.database import Database, loop_lane
from services.workflow.adapters.database.loop_lane import LoopLane
from tests.servers import DatabaseUrls

SLOW = "SELECT pg_sleep(length(%s) * 10) AS nothing"
LENGTH = "SELECT length(%s) AS n"
SELF = "SELECT pg_backend_pid() AS pid, %s AS told"


def on_loop(postgres: Database, act: Callable[[LoopLane], Awaitable[Any]]) -> Any:
    """Return what *act* returns, on a loop of its own, its lane closed behind it."""

    async def run() -> Any:
        lane = postgres._connections.loop_lane([SLOW, LENGTH])
        try:
            return await asyncio.wait_for(act(lane), 30)
        finally:
            lane.close()

    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, run()).result()


def test_a_connection_lost_while_it_answers_leaves_the_outcome_open(
    postgres: Database, workflow_urls: DatabaseUrls
):
    def cut(pid: int) -> None:
        with psycopg.connect(workflow_urls.app) as other:
            other.execute("SELECT pg_terminate_backend(%s)", (pid,))

    async def act(lane: LoopLane) -> Any:
        (me,) = await lane.run(SELF, b"x")
        asking = asyncio.create_task(lane.run(SLOW, b"x"))
        await asyncio.sleep(0.05)
        await asyncio.to_thread(cut, me.pid)
        with pytest.raises(psycopg.OperationalError) as lost:
            await asking
        return lost.value.sqlstate, (await lane.run(LENGTH, b"again"))[0].n

    assert on_loop(postgres, act) == (None, 5)


def test_a_server_that_does_not_answer_in_time_is_given_up(
    postgres: Database, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(loop_lane, "ANSWER_S", 0.1)

    async def act(lane: LoopLane) -> Any:
        with pytest.raises(psycopg.OperationalError) as late:
            await lane.run(SLOW, b"x")
        return late.value.sqlstate, (await lane.run(LENGTH, b"again"))[0].n

    assert on_loop(postgres, act) == (None, 5)


def test_a_parameter_longer_than_the_socket_takes_at_once_is_sent_whole(postgres: Database):
    async def act(lane: LoopLane) -> Any:
        return (await lane.run(LENGTH, b"x" * 20_000_000))[0].n

    assert on_loop(postgres, act) == 20_000_000


@pytest.mark.parametrize("lone", [True, False])
def test_an_error_of_one_statement_is_not_the_next_ones(
    postgres: Database,
    lone: bool,
):
    async def act(lane: LoopLane) -> Any:
        with pytest.raises(psycopg.errors.InvalidTextRepresentation):
            await lane.run("SELECT (%s::text)::int AS n", b"none", lone=lone)
        return (await lane.run(LENGTH, b"four", lone=lone))[0].n

    assert on_loop(postgres, act) == 4
