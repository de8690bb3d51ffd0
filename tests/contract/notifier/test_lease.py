"""One notifier at a time; the others stand by, and who lost the lease writes nothing."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from services.notifier.adapters.database import SqlStore, connect, migrate
from services.notifier.adapters.database.migrating import is_current
from services.notifier.domain.errors import LeaseLost
from tests.contract.notifier.town import Town
from tests.servers import DatabaseUrls
from tests.unit.notifier.world import at

START = datetime(2026, 1, 1, tzinfo=UTC)


class Times:
    """System time in the test's hands."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def times() -> Times:
    return Times()


@pytest.fixture
def timed(database_url: str, times: Times) -> Iterator[SqlStore]:
    engine = connect(database_url)
    store = SqlStore(engine, times, timedelta(seconds=10))
    yield store
    store.close()


def test_a_living_lease_is_nobody_elses(timed: SqlStore, times: Times) -> None:
    assert timed.claim("one") == 1
    times.now += timedelta(seconds=9)
    assert timed.claim("two") is None
    times.now += timedelta(seconds=1)
    assert timed.claim("two") == 2


def test_renewing_and_writing_prolong_it(timed: SqlStore, times: Times) -> None:
    epoch = timed.claim("one") or 0
    times.now += timedelta(seconds=9)
    assert timed.renew(epoch)
    times.now += timedelta(seconds=9)
    with timed.writing(epoch):
        pass
    times.now += timedelta(seconds=9)
    assert timed.claim("two") is None


def test_the_same_owner_takes_over_at_once_with_a_new_epoch(timed: SqlStore) -> None:
    assert [timed.claim("one"), timed.claim("one")] == [1, 2]


def test_a_released_lease_is_free_at_once(timed: SqlStore) -> None:
    timed.release(timed.claim("one") or 0)
    assert timed.claim("two") == 2


def test_who_lost_the_lease_can_neither_write_nor_renew(timed: SqlStore, times: Times) -> None:
    lost = timed.claim("one") or 0
    times.now += timedelta(seconds=10)
    timed.claim("two")
    assert not timed.renew(lost)
    with pytest.raises(LeaseLost), timed.writing(lost):
        pytest.fail("a transaction of an epoch that is over was opened")


def test_asking_what_is_due_prolongs_no_lease_and_is_only_for_who_leads(
    timed: SqlStore, times: Times
) -> None:
    lost = timed.claim("one") or 0
    times.now += timedelta(seconds=9)
    assert not timed.is_anything_due(lost, START)
    times.now += timedelta(seconds=1)
    timed.claim("two")
    with pytest.raises(LeaseLost):
        timed.is_anything_due(lost, START)


def test_something_is_due_from_the_instant_of_its_timer_until_it_is_decided(town: Town) -> None:
    town.run()
    epoch, first = town.store.claim("here") or 0, at(1, 8, 9)
    with town.store.seeing() as tx:
        ((_, when),) = tx.timers.coming(at(1, 31), 2)
    assert not town.store.is_anything_due(epoch, when - timedelta(microseconds=1))
    assert town.store.is_anything_due(epoch, when)
    town.restart()
    town.run(max(when, first))
    assert town.notices()
    assert not town.store.is_anything_due(town.store.claim("here") or 0, max(when, first))


def test_what_was_asked_for_by_hand_is_due_until_it_is_decided(town: Town) -> None:
    town.run()
    town.log.urge(at(1, 8, 8))
    town.engine.hear()
    epoch = town.store.claim("here") or 0
    assert town.store.is_anything_due(epoch, at(1, 1))
    town.restart()
    town.run()
    assert not town.store.is_anything_due(town.store.claim("here") or 0, at(1, 1))


def test_a_standby_does_nothing_and_then_takes_over(town: Town) -> None:
    standby = town.another_engine("there")
    town.run(at(1, 8, 10))
    assert not standby.step(0)
    assert not standby.status.active
    town.engine.release()
    town.clock.set(at(1, 10, 10))
    for _ in range(6):
        standby.step(0)
    assert town.told() == [("before", "ws", "sent"), ("due_day", "ws", "sent")]


def test_an_engine_that_lost_its_lease_stands_by(town: Town) -> None:
    town.run()
    with town.store._engine.begin() as connection:
        connection.execute(text("UPDATE lease SET epoch = epoch + 1, owner = 'there'"))
    town.run(at(1, 8, 10))
    assert not town.engine.status.active
    assert town.notices() == []


def test_migrating_again_changes_nothing(urls: DatabaseUrls) -> None:
    engine = connect(urls.owner)
    assert not is_current(engine)
    migrate(engine)
    migrate(engine)
    assert is_current(engine)
    engine.dispose()
