"""Power goes while thirty vote, and while their ballots are mixed: the database or its process.

Whoever was told that their ballot is in finds it there, once; nobody else's is there by half.
"""

import os
import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import pytest
import sqlalchemy as sa

from deploy.servers import PostgresServer
from services.workflow.adapters.database import Database, connect, migrate, tables
from services.workflow.domain.ballots.slips import Slip
from services.workflow.domain.refusals import Refused
from tests.contract.workflow.rooms import ABOUT, Room, all_rows
from tests.servers import Databases, start_postgres

STORES = ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]
N_SLIPS, N_PHONES, N_BEFORE = 600, 30, 100
GIVEN_UP_S = 60.0


@dataclass
class Hall:
    """One database of its own, and what can be taken away from it."""

    url: str
    told: Path  # what phones were told, a line each
    server: PostgresServer | None

    def connected(self) -> Database:
        return connect(self.url)

    def cut_off(self, child: int) -> None:
        """Kill what writes: the server of the database, or the process that has its file open."""
        if self.server is None:
            os.kill(child, signal.SIGKILL)
        else:
            self.server.kill()
            self.server.restart()

    def acknowledged(self) -> set[str]:
        return set(self.told.read_text("ascii").split())


@pytest.fixture(params=STORES)
def hall(request: pytest.FixtureRequest, folder: Path) -> Iterator[Hall]:
    told = folder / "told"
    told.touch()
    if request.param == "sqlite":
        url = f"sqlite:///{folder}/workflow.db"
        migrate(url)
        yield Hall(url, told, None)
        return
    server = start_postgres()
    try:
        fresh = Databases(server).fresh()
        migrate(fresh.owner, fresh.app)
        yield Hall(fresh.app, told, server)
    finally:
        server.stop()


def in_a_child(hall: Hall, act: Callable[[Database], None], began: Callable[[], bool]) -> None:
    """Have a process of its own *act*; cut it off once it *began*, and wait for its end."""
    child = get_context("fork").Process(target=_acting, args=(hall, act))
    child.start()
    until = time.monotonic() + GIVEN_UP_S
    while child.is_alive() and not began() and time.monotonic() < until:
        os.sched_yield()
    hall.cut_off(child.pid or 0)
    child.join(GIVEN_UP_S)
    child.kill()
    child.join()


def _acting(hall: Hall, act: Callable[[Database], None]) -> None:
    database = hall.connected()
    act(database)
    os._exit(0)


def vote(room: Room, slips: list[Slip], told: int) -> Callable[[Database], None]:
    """Return what casts all *slips*, and writes down whose phone heard that it is in."""

    def cast(database: Database) -> None:
        def one(slip: Slip) -> None:
            with suppress(Refused):
                if room.cast_into(database.ballots, slip, nonce=slip.hash):
                    os.write(told, f"{slip.check}\n".encode())

        with ThreadPoolExecutor(N_PHONES) as phones:
            list(phones.map(one, slips))

    return cast


def require_none_by_half(room: Room) -> None:
    n_answers = len(all_rows(room.database, tables.urn)) + room.n_counted()
    assert n_answers == room.n_used() * len(ABOUT)


def test_who_was_told_that_their_ballot_is_in_finds_it_once(hall: Hall) -> None:
    database = hall.connected()
    room = Room(database)
    slips = room.issued(N_SLIPS)
    room.opened()
    database.close()
    told = os.open(hall.told, os.O_WRONLY | os.O_APPEND)
    in_a_child(hall, vote(room, slips, told), lambda: len(hall.acknowledged()) >= N_BEFORE)
    room.database = hall.connected()
    room.kept = room.database.ballots
    states = room.kept.slips.states(room.poll.id)
    used = {slip.check for slip in slips if states[slip.hash] == "phone"}
    assert hall.acknowledged() <= used
    assert len(used) >= N_BEFORE
    require_none_by_half(room)
    vote(room, [slip for slip in slips if slip.check not in used], told)(room.database)
    assert (room.n_used(), len(hall.acknowledged() | used)) == (N_SLIPS, N_SLIPS)
    room.kept.urn.close(room.poll.id)
    room.kept.urn.scrub()
    assert room.n_counted() == N_SLIPS * len(ABOUT)
    require_nothing_ties(room, slips)
    room.database.close()


def test_a_mix_that_is_cut_off_is_whole_or_was_not_begun(hall: Hall) -> None:
    database = hall.connected()
    rooms = [Room(database, nth) for nth in range(1, 5)]
    for room in rooms:
        slips = room.issued(100)
        room.opened()
        with ThreadPoolExecutor(N_PHONES) as phones:
            assert all(phones.map(room.cast, slips))
    database.close()

    def mix(database: Database) -> None:
        for room in rooms:
            with suppress(Refused):
                hall.told.write_text("begun")
                database.ballots.urn.close(room.poll.id)
                database.ballots.urn.scrub()

    in_a_child(hall, mix, lambda: bool(hall.told.read_text()))
    again = hall.connected()
    for room in rooms:
        room.database, room.kept = again, again.ballots
        state = room.kept.polls.poll(room.poll.id).state
        assert (state, room.n_counted()) in (("open", 0), ("sealed", 100 * len(ABOUT)))
        room.kept.urn.close(room.poll.id)
        assert (room.n_counted(), room.n_used()) == (100 * len(ABOUT), 100)
    assert all_rows(again, tables.urn) == []
    again.close()


def require_nothing_ties(room: Room, slips: list[Slip]) -> None:
    """No value of a slip stands beside an answer, nor does the order or the writer of its row."""
    tickets = {value for row in all_rows(room.database, tables.ticket) for value in row}
    counted = {value for row in all_rows(room.database, tables.counted) for value in row}
    assert tickets & counted <= {box.id for box in room.poll.electorates}
    assert all_rows(room.database, tables.urn) == []
    if room.database.is_postgres:
        with room.database._connections.reading() as connection:
            query = sa.text("SELECT secret_hash, xmin::text FROM ticket ORDER BY ctid")
            rows = connection.execute(query).all()
        assert len({row[1] for row in rows}) == 1
        assert [row[0] for row in rows] != [slip.hash for slip in slips]
