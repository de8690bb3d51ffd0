"""A clock that is far from the database's decides nothing, and says so."""

from datetime import UTC, datetime, timedelta

import pytest

from services.notifier.adapters.database import SqlStore, connect
from services.notifier.adapters.http.shapes import ready
from tests.contract.notifier.town import Town
from tests.unit.notifier.world import at


def test_by_a_clock_far_from_the_database_s_nobody_leads_and_nothing_falls_due(town: Town) -> None:
    town.engine.ahead = lambda: timedelta(seconds=-6)
    town.run(at(1, 8, 10))
    assert town.notices() == []
    assert town.engine.status.problems == {"clocks": "-6 s against the database's clock"}
    code, told = ready(town.engine.status, datetime.now(UTC))
    assert (code, told["parts"]["clocks"]["status"]) == (503, "down")
    town.engine.ahead = lambda: timedelta(seconds=5)
    town.run(at(1, 8, 10))
    assert town.engine.status.problems == {}
    assert town.told() == [("before", "ws", "sent")]


def test_a_clock_that_goes_wrong_gives_the_lease_to_whoever_s_is_right(town: Town) -> None:
    other = town.another_engine("there")
    town.run()
    assert not other.step(0)
    assert (town.engine.status.active, other.status.active) == (True, False)
    town.engine.ahead = lambda: timedelta(hours=1)
    town.engine._renew_at = None  # as two seconds later
    town.engine.step(0)
    other.step(0)
    assert (town.engine.status.active, other.status.active) == (False, True)


def test_a_lease_that_was_given_back_is_free_by_whatever_clock(database_url: str) -> None:
    ahead = SqlStore(connect(database_url), lambda: datetime.now(UTC) + timedelta(hours=1))
    right = SqlStore(connect(database_url))
    ahead.release(ahead.claim("ahead") or 0)
    assert right.claim("right") == 2
    ahead.close()
    right.close()


@pytest.mark.parametrize("off", [timedelta(hours=1), timedelta(0), timedelta(hours=-1)])
def test_how_far_a_clock_is_off_is_asked_of_the_database(database_url: str, off: timedelta) -> None:
    engine = connect(database_url)
    store = SqlStore(engine, lambda: datetime.now(UTC) + off)
    there = timedelta(0) if engine.dialect.name == "sqlite" else off
    assert round(store.ahead() / timedelta(hours=1)) == there / timedelta(hours=1)
    store.close()
