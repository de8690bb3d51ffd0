"""A process killed at every step of a cast, and of a mix: a ballot is in or not, and so is a mix.

Each is played as often as it has statements, and the process dies before another one of them.
"""

from collections.abc import Callable, Iterator
from functools import partial
from itertools import count

import pytest

from services.workflow.adapters.database import Database, connect, tables
from services.workflow.application.ballots.ports import BallotStore
from tests import killing
from tests.contract.workflow.conftest import POSTGRES, SQLITE
from tests.contract.workflow.rooms import ABOUT, Room, all_rows

Act = Callable[[BallotStore], object]


@pytest.fixture(params=[SQLITE, POSTGRES])
def url(request: pytest.FixtureRequest) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{request.getfixturevalue('sqlite_file')}"
    return str(request.getfixturevalue("workflow_urls").app)


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    found = connect(url)
    yield found
    found.close()


@pytest.fixture
def room(database: Database) -> Room:
    return Room(database)


def killed_before(nth: int, url: str, act: Act) -> bool:
    return killing.killed_before(nth, lambda: act(connect(url).ballots))


def test_a_slip_is_used_up_if_and_only_if_its_answers_are_in_the_urn(room: Room, url: str):
    room.opened()
    for nth in count():
        (slip,) = room.issued(1)
        value = f"value-{nth}"
        killed = killed_before(nth, url, partial(room.cast_into, slip=slip, value=value))
        rows = [row for row in all_rows(room.database, tables.urn) if value in row]
        used = room.kept.slips.states(room.poll.id)[slip.hash] == "phone"
        assert len(rows) == (len(ABOUT) if used else 0)
        if not killed:
            break
    assert used
    assert nth > 0
    room.kept.urn.close(room.poll.id)
    assert room.n_counted() == room.n_used() * len(ABOUT)


def mix(kept: BallotStore, poll: str) -> None:
    kept.urn.close(poll)
    kept.urn.scrub()


def test_a_mix_is_whole_or_has_not_begun_and_who_asks_again_ends_it(database: Database, url: str):
    for nth in count():
        room = Room(database, nth + 1)
        slips = room.issued(4)
        room.opened()
        for slip in slips[:3]:
            assert room.cast(slip)
        killed = killed_before(nth, url, partial(mix, poll=room.poll.id))
        state = database.ballots.polls.poll(room.poll.id).state
        n_left = len(all_rows(database, tables.urn))
        assert (state, n_left, room.n_counted()) in (("open", 6, 0), ("sealed", 0, 6))
        mix(database.ballots, room.poll.id)
        assert (room.n_counted(), len(all_rows(database, tables.urn))) == (6, 0)
        (told,) = (one for one in room.kept.slips.sums(room.poll.id)[room.poll.id] if one.n_issued)
        assert (told.n_issued, told.n_phone) == (4, 3)
        if not killed:
            break
    assert nth > 3
