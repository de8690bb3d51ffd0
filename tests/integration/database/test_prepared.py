"""The connection that an event loop waits on: lost, late, or long in taking what it is sent."""

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from select import select
from threading import Event, Thread
from typing import Any, LiteralString

import psycopg
import pytest
import sqlalchemy as sa
import uvloop
from psycopg.abc import PQGen
from psycopg.waiting import Ready, Wait

from services.workflow.adapters.database import Database, connect, prepared
from services.workflow.adapters.database.prepared import Binary, OnLoop, Statement
from services.workflow.adapters.database.timed import watched
from tests.servers import DatabaseUrls

SLOW = "SELECT pg_sleep(length(%s) * 10) AS nothing"
LENGTH = "SELECT length(%s) AS n"
SELF = "SELECT pg_backend_pid() AS pid, %s AS told"


def on_loop(postgres: Database, act: Callable[[OnLoop], Awaitable[Any]]) -> Any:
    """Return what *act* returns, on a loop of its own, its connection closed behind it."""

    async def run() -> Any:
        connection = postgres._connections.on_loop()
        try:
            return await asyncio.wait_for(act(connection), 30)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as thread:
        return thread.submit(uvloop.run, run()).result()


async def run(connection: OnLoop, text: LiteralString, given: bytes, *, lone: bool = False) -> Any:
    """Return the rows of a statement."""
    return await connection.run(Statement(text, (Binary(given),)), lone=lone)


def cut(urls: DatabaseUrls, pid: int) -> None:
    with psycopg.connect(urls.app) as other:
        other.execute("SELECT pg_terminate_backend(%s)", (pid,))


def wait_until_asleep(urls: DatabaseUrls, pid: int) -> None:
    """Return when the server is in the middle of answering."""
    asleep = "SELECT FROM pg_stat_activity WHERE pid = %s AND wait_event = 'PgSleep'"
    with psycopg.connect(urls.app, autocommit=True) as other:
        while not other.execute(asleep, (pid,)).fetchall():
            pass


CUT_OFF = "57P01"  # the server's last word, which leaves open what became of the statement
RESET = struct.pack("ii", 1, 0)  # a socket closed with it lingers for no time


@contextmanager
def resetting(port: int) -> Iterator[tuple[int, Event]]:
    """Pass on what one client and the server at *port* say; the server's end becomes a reset.

    That is how a server's end arrives that had something left to read.
    """
    ended = Event()

    def passing(listening: socket.socket) -> None:
        with listening.accept()[0] as client, socket.create_connection(("127.0.0.1", port)) as far:
            other = {client: far, far: client}
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            while True:
                end = select(other, [], [])[0][0]
                said = end.recv(65_536)
                if not said:
                    break
                other[end].sendall(said)
        ended.set()

    with socket.create_server(("127.0.0.1", 0)) as listening:
        Thread(target=passing, args=(listening,), daemon=True).start()
        yield listening.getsockname()[1], ended


def test_a_connection_reset_behind_its_last_word_is_known_to_be_lost(workflow_urls: DatabaseUrls):
    url = sa.make_url(workflow_urls.app)

    async def act(connection: OnLoop) -> Any:
        (me,) = await run(connection, SELF, b"x")
        asking = asyncio.create_task(run(connection, SLOW, b"x"))
        await asyncio.to_thread(wait_until_asleep, workflow_urls, me.pid)
        cut(workflow_urls, me.pid)
        assert ended.wait(20)  # the loop learns of the word and of the reset at once
        with pytest.raises(psycopg.OperationalError) as lost:
            await asking
        return lost.value.sqlstate

    with resetting(url.port or 0) as (port, ended):
        there = connect(url.set(port=port).render_as_string(hide_password=False))
        assert on_loop(there, act) == CUT_OFF


def test_a_connection_lost_while_it_answers_leaves_the_outcome_open(
    postgres: Database, workflow_urls: DatabaseUrls
):
    async def act(connection: OnLoop) -> Any:
        (me,) = await run(connection, SELF, b"x")
        asking = asyncio.create_task(run(connection, SLOW, b"x"))
        await asyncio.to_thread(wait_until_asleep, workflow_urls, me.pid)
        await asyncio.to_thread(cut, workflow_urls, me.pid)
        with pytest.raises(psycopg.OperationalError) as lost:
            await asking
        return lost.value.sqlstate, (await run(connection, LENGTH, b"again"))[0].n

    assert on_loop(postgres, act) == (CUT_OFF, 5)


def test_a_server_that_does_not_answer_in_time_is_given_up(
    postgres: Database, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(prepared, "ANSWER_S", 0.1)

    async def act(connection: OnLoop) -> Any:
        with pytest.raises(psycopg.OperationalError) as late:
            await run(connection, SLOW, b"x")
        return late.value.sqlstate, (await run(connection, LENGTH, b"again"))[0].n

    assert on_loop(postgres, act) == (None, 5)


def test_a_parameter_longer_than_the_socket_takes_at_once_is_sent_whole(postgres: Database):
    async def act(connection: OnLoop) -> Any:
        return (await run(connection, LENGTH, b"x" * 20_000_000))[0].n

    assert on_loop(postgres, act) == 20_000_000


def asking() -> PQGen[str]:
    return "answered" if (yield Wait.R) == Ready.R else "not yet"


def test_an_answer_that_comes_while_it_is_watched_for_needs_no_loop():
    near, far = socket.socketpair()
    with near, far:
        far.send(b"an answer")
        with pytest.raises(StopIteration) as done:
            next(watched(asking(), near.fileno(), 60))
        assert done.value.value == "answered"


def test_an_answer_that_was_watched_for_in_vain_is_left_to_the_loop():
    near, far = socket.socketpair()
    with near, far:
        assert next(watched(asking(), near.fileno(), 0.001)) == Wait.R


def test_what_serves_one_alone_is_watched_for(postgres: Database):
    async def act(connection: OnLoop) -> Any:
        told = []
        for lone in (True, False):
            await run(connection, LENGTH, b"x", lone=lone)
            told.append(connection._connection and connection._connection.watch_s > 0)
        return told

    assert on_loop(postgres, act) == [True, False]


def test_an_error_of_one_statement_is_not_the_next_ones(
    postgres: Database,
):
    async def act(connection: OnLoop) -> Any:
        with pytest.raises(psycopg.errors.InvalidTextRepresentation):
            await run(connection, "SELECT (%s::text)::int AS n", b"none")
        return (await run(connection, LENGTH, b"four"))[0].n

    assert on_loop(postgres, act) == 4
