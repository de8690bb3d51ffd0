"""Ballots of several phones in one statement: each counts by itself, and they hide each other."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import count, pairwise
from typing import Any

import pytest
import sqlalchemy as sa
import uvloop

from services.workflow.adapters.database import Database, connect, tables
from services.workflow.adapters.database.ballots.casting import LoopBallots
from services.workflow.application.ballots.ports import Ballot, BallotRounds
from services.workflow.domain.ballots.sheet import Answer, Comment
from services.workflow.domain.ballots.slips import Slip, drawn
from tests.contract.workflow.rooms import ABOUT, Room, all_rows
from tests.contract.workflow.test_ballots_cut_off import killed_before
from tests.servers import DatabaseUrls

pytestmark = pytest.mark.postgres


@pytest.fixture
def room(workflow_urls: DatabaseUrls) -> Iterator[Room]:
    database = connect(workflow_urls.app)
    yield Room(database)
    database.close()


def together(database: Database, act: Callable[[BallotRounds], Awaitable[Any]]) -> Any:
    """Return what *act* returns, on a loop of its own."""

    async def run() -> Any:
        connection = database._connections.on_loop()
        try:
            return await asyncio.wait_for(act(LoopBallots(connection)), 60)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as thread:
        return thread.submit(uvloop.run, run()).result()


def ballot(room: Room, slip: Slip, value: str = "good", *said: str) -> Ballot:
    return Ballot(
        poll=room.kept.polls.poll(room.poll.id) or room.poll,
        secret_hash=slip.hash,
        nonce_hash=b"n" * 32,
        answers=[Answer(one, "overall", value) for one in ABOUT],
        comments=[Comment(one, text) for one, text in zip(ABOUT, said, strict=False)],
    )


def cast(room: Room, slips: Sequence[Slip], value: str = "good") -> set[bytes]:
    ballots = [ballot(room, one, value) for one in slips]
    return set(together(room.database, lambda rounds: rounds.cast(ballots)))


def rows(database: Database, table: str, columns: str) -> list[tuple[Any, ...]]:
    with database._connections.reading() as connection:
        text = f"SELECT {columns} FROM {table} ORDER BY ctid"  # noqa: S608 - our own words
        return [tuple(row) for row in connection.exec_driver_sql(text)]


def test_all_of_a_batch_are_counted_but_who_may_not_be(room: Room):
    good, used, other = room.issued(3)
    room.opened()
    assert room.cast(used, "before")
    unknown = drawn("cadres", lambda signs: signs[0])
    assert cast(room, [good, used, unknown, other]) == {good.hash, other.hash}
    room.kept.urn.close(room.poll.id)
    assert room.n_used() == 3
    assert room.n_counted() == 3 * len(ABOUT)
    assert {one.value for one in room.kept.urn.counts(room.poll.id)[room.poll.id]} == {
        "before",
        "good",
    }


def test_ballots_of_several_rooms_go_into_their_own(room: Room):
    other = Room(room.database, 2)
    (mine,), (theirs,) = room.issued(1), other.issued(1, box=1)
    room.opened(), other.opened()
    ballots = [ballot(room, mine, "mine"), ballot(other, theirs, "theirs", "words")]
    assert len(together(room.database, lambda rounds: rounds.cast(ballots))) == 2
    told = {(row.electorate, row.value) for row in urn_of(room.database)}
    boxes = room.poll.electorates[0].id, other.poll.electorates[1].id
    assert told == {(boxes[0], "mine"), (boxes[1], "theirs")}
    assert [one.text for one in room.kept.urn.comments(other.poll.id).values()] == ["words"]
    assert room.kept.urn.comments(room.poll.id) == {}


def urn_of(database: Database) -> list[Any]:
    with database._connections.reading() as connection:
        return list(connection.execute(sa.select(tables.urn)))


def test_a_slip_of_another_room_is_not_taken(room: Room):
    other = Room(room.database, 2)
    (slip,) = other.issued(1)
    room.opened(), other.opened()
    room.kept.urn.close(other.poll.id)
    assert cast(room, [slip]) == set()
    assert urn_of(room.database) == []


@pytest.mark.parametrize("state", ["waiting", "sealed", "elsewhere"])
def test_a_batch_is_not_taken_before_or_after(room: Room, state: str):
    slips = room.issued(3)
    if state != "waiting":
        room.opened()
    if state == "sealed":
        room.kept.urn.close(room.poll.id)
    if state == "elsewhere":
        with room.database._connections.transaction() as connection:
            connection.execute(tables.case_head.update().values(state="elsewhere"))
    assert cast(room, slips) == set()
    assert urn_of(room.database) == []
    assert room.n_used() == 0


def test_who_reads_the_tables_finds_of_a_batch_one_transaction_and_no_order(room: Room):
    slips = room.issued(40)
    room.opened()
    ballots = [ballot(room, one, f"value-{nth:02}") for nth, one in enumerate(slips)]
    assert len(together(room.database, lambda rounds: rounds.cast(ballots))) == 40
    tickets = rows(room.database, "ticket", "secret_hash, xmin::text")
    urn = rows(room.database, "urn", "id, value, xmin::text")
    assert len({row[-1] for row in (*tickets, *urn)}) == 1
    assert [row[0] for row in urn] == sorted(row[0] for row in urn)  # by what is random
    beside = sum(one[1] == other[1] for one, other in pairwise(urn))
    assert beside < 20  # of 40 sheets, whose answers would all lie side by side
    value_of = {one.hash: f"value-{nth:02}" for nth, one in enumerate(slips)}
    by_slip = [value_of[row[0]] for row in tickets]
    assert [*dict.fromkeys(row[1] for row in urn)] != by_slip


def test_batches_with_the_same_slips_leave_one_ballot_each(room: Room):
    slips = room.issued(60)
    room.opened()
    turned = [slips, slips[::-1], slips[30:] + slips[:30]]
    with ThreadPoolExecutor(3) as processes:
        won = [*processes.map(lambda some: cast(room, some), turned)]
    assert sum(map(len, won)) == 60
    room.kept.urn.close(room.poll.id)
    assert room.n_counted() == 60 * len(ABOUT)


def test_batches_that_meet_the_closing_are_counted_or_refused_and_never_neither(room: Room):
    slips = room.issued(200)
    room.opened()
    with ThreadPoolExecutor(9) as processes:
        casting = [processes.submit(cast, room, slips[at : at + 25]) for at in range(0, 100, 25)]
        closing = processes.submit(room.kept.urn.close, room.poll.id)
        casting += [processes.submit(cast, room, slips[at : at + 25]) for at in range(100, 200, 25)]
        n_taken = sum(len(one.result()) for one in casting)
        closing.result()
    assert room.n_counted() == n_taken * len(ABOUT)
    assert room.n_used() == n_taken


def test_a_batch_is_in_the_urn_whole_or_not_at_all_wherever_its_process_is_killed(room: Room):
    room.opened()
    url = room.database._connections.plain.url.render_as_string(hide_password=False)
    for nth in count():
        slips, value = room.issued(5), f"value-{nth}"

        def act(_: Any, slips: list[Slip] = slips, value: str = value) -> None:
            database = connect(url)
            ballots = [ballot(room, one, value) for one in slips]

            async def both(rounds: BallotRounds) -> None:
                await rounds.tickets([one.hash for one in slips])
                await rounds.cast(ballots)

            together(database, both)

        killed = killed_before(nth, url, act)
        n_rows = sum(value in row for row in all_rows(room.database, tables.urn))
        states = room.kept.slips.states(room.poll.id)
        n_used = sum(states[one.hash] == "phone" for one in slips)
        assert (n_rows, n_used) in ((0, 0), (5 * len(ABOUT), 5))
        if not killed:
            break
    assert n_used == 5
    assert nth > 2


def test_what_is_kept_of_slips_is_told_for_many_as_for_one(room: Room):
    slips = room.issued(3)
    room.opened()
    room.cast(slips[0])
    hashes = [one.hash for one in slips]
    told = together(room.database, lambda rounds: rounds.tickets([*hashes, b"unknown"]))
    assert told == {one: room.kept.slips.ticket(one) for one in hashes}
