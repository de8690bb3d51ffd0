"""Events arrive twice, late, out of order and unreadable; the facts come out the same."""

from collections.abc import Iterator
from pathlib import Path
from random import Random
from shutil import copy

import pytest

from schemas.instants import instant
from services.notifier.adapters.database import SqlStore, connect
from services.notifier.application.accept import accept
from services.notifier.application.rules import Book
from services.notifier.domain.reading import Reading
from tests.contract.notifier.town import Town
from tests.unit.notifier.world import BRANCH_REVIEW, CALENDAR, POLICY, Log, at, due

BOOK = Book(calendar=CALENDAR, channels={"inapp": "inapp"}, own=POLICY)
CASE = f"review/{BRANCH_REVIEW}"


def life() -> Log:
    log = Log()
    log.organise()
    log.open()
    log.change("unit_audit", at(1, 9), ("hospital", "office"), due(1, 14))
    log.urge(at(1, 9, 13))
    log.fact("suspended", at(1, 9, 14))
    log.fact("resumed", at(1, 10), suspended_working_days=1, due_at=instant(due(1, 14)))
    return log


def facts(store: SqlStore) -> tuple[object, ...]:
    with store.seeing() as tx:
        timers = tx.timers.due(at(12, 31), 100)
        return tx.facts.cases([CASE]), timers, tx.timers.urges(10), tx.progress.parked()


@pytest.fixture
def in_order(tmp_path: Path, migrated_file: Path) -> Iterator[SqlStore]:
    """A store beside, which reads the log as it lies."""
    engine = connect(f"sqlite:///{copy(migrated_file, tmp_path / 'in-order.db')}")
    yield (store := SqlStore(engine))
    store.close()


@pytest.mark.parametrize("seed", range(8))
def test_any_order_and_any_repetition_leads_to_the_same_facts(
    store: SqlStore, in_order: SqlStore, seed: int
) -> None:
    epoch, log = store.claim("here") or 0, life()
    accept(in_order, in_order.claim("here") or 0, "http", log.deliveries(), BOOK)
    shuffled = log.deliveries() * 2
    Random(seed).shuffle(shuffled)  # noqa: S311 -- reproducible, not secret
    for start in range(0, len(shuffled), 3):
        done = accept(store, epoch, "http", shuffled[start : start + 3], BOOK)
    assert done.reading.position == len(log.bodies)
    assert facts(store)[:2] == facts(in_order)[:2]
    assert facts(store)[3] == []


def test_a_repeated_batch_changes_nothing(town: Town) -> None:
    town.run(at(1, 8, 10))
    before = (facts(town.store), town.told())
    town.feed.start({0: 1}, Reading())
    town.run()
    assert (facts(town.store), town.told()) == before


def test_reading_stops_at_an_event_of_an_unknown_type(town: Town) -> None:
    town.log.bodies.append(town.log.bodies[-1].replace(b"review_opened", b"review_invented"))
    town.log.open("00000000-0000-7000-8000-0000000000c2")
    town.run(at(1, 8, 10), n_passes=3)
    assert town.engine.status.feed_position == 2
    assert "review_invented" in town.engine.status.problems["events"]
    assert "position 3" in town.engine.status.problems["events"]
    assert town.notices() == []


def test_offset_and_facts_are_one_transaction(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    town.run()
    town.log.change("unit_audit", at(1, 9), ("hospital", "office"), due(1, 14))
    with monkeypatch.context() as patch:
        patch.setattr(
            "services.notifier.adapters.database.progress.SqlProgress.save", lambda *_: 1 / 0
        )
        with pytest.raises(ZeroDivisionError):
            town.run()
    with town.store.seeing() as tx:
        assert tx.facts.cases([CASE])[CASE].state == "drafting"
        assert tx.progress.offsets("http") == {0: 3}


def test_a_post_that_is_dropped_is_a_vacancy_when_the_rung_fires(town: Town) -> None:
    town.run(at(1, 8, 10))
    gone = {"person": "hs", "unit": "hospital", "role": "secretary", "from": "2019-01-01"}
    nothing = {"units": [], "people": [], "posts": []}
    town.log.append(
        "organisation/work",
        "organisation_changed",
        at(1, 9),
        {**nothing, "dropped": {**nothing, "posts": [gone]}},
    )
    for day in (10, 14):
        town.run(at(1, day, 10))
    assert ("committee", "hd", "sent") in town.told()
