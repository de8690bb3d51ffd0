"""Many writers at once: each version has one winner, and nobody is lost or blocked."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from services.workflow.adapters.database import Database, connect
from services.workflow.application.firing.port import Wanted
from tests.contract.workflow.appends import key, move, moved, opening, refused, review
from tests.servers import DatabaseUrls

WRITERS = 16
ROUNDS = 50


def at_once(acts: list[Callable[[], list[bool]]]) -> list[list[bool]]:
    """Let every act begin at the same moment; return what came of each."""
    gate = threading.Barrier(len(acts))
    results: list[list[bool]] = []

    def run(act: Callable[[], list[bool]]) -> None:
        gate.wait(30)
        results.append(act())

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return results


def race(database: Database, appends: list[Any]) -> int:
    won = at_once([lambda one=one: database.store.append([one]) for one in appends])
    assert len(won) == len(appends)
    return sum(found == [True] for found in won)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database(request: pytest.FixtureRequest) -> Iterator[Database]:
    if request.param == "postgres":
        yield request.getfixturevalue("postgres")
        return
    file: Path = request.getfixturevalue("sqlite_file")
    found = connect(f"sqlite:///{file}")
    yield found
    found.close()


def test_of_many_moves_to_one_version_one_wins(database: Database):
    state = review()
    database.store.append([opening(state)])
    for _ in range(ROUNDS):
        rivals = [move(state, moved(state, f"state-{n}")) for n in range(WRITERS)]
        assert race(database, rivals) == 1
        state = database.store.standing([Wanted(case=state.stream)]).case(state.stream)
    assert state.version == ROUNDS + 1
    assert len(database.reads.stream(f"review/{state.id}")) == ROUNDS + 1
    assert len(database.reads.intervals(state.id)) == ROUNDS + 1


def test_of_many_refusals_for_one_version_one_wins(database: Database):
    opened = review()
    database.store.append([opening(opened)])
    for version in range(1, 11):
        assert race(database, [refused(opened, version) for _ in range(WRITERS)]) == 1


def test_of_many_openings_of_one_review_one_wins(database: Database):
    for number in range(1, 11):
        assert race(database, [opening(review(number)) for _ in range(WRITERS)]) == 1


def test_one_key_for_many_reviews_is_used_once(database: Database):
    for turn in range(10):
        opened = [review(100 * turn + n) for n in range(1, WRITERS + 1)]
        database.store.append([opening(one) for one in opened])
        assert race(database, [move(one, key=key(f"k{turn}")) for one in opened]) == 1


def test_batches_that_cross_lose_only_what_they_lose(database: Database):
    opened = [review(n) for n in range(1, 21)]
    database.store.append([opening(one) for one in opened])
    forth = [move(one, moved(one, "forth"), key=key(f"a{one.number}")) for one in opened]
    back = [move(one, moved(one, "back"), key=key(f"a{one.number}")) for one in reversed(opened)]
    results = at_once([lambda: database.store.append(forth), lambda: database.store.append(back)])
    assert sum(map(sum, results)) == 20
    assert database.reads.log_head()[:2] == (0, 40)


@pytest.mark.postgres
def test_a_late_commit_is_passed_by_and_not_lost(postgres: Database, workflow_urls: DatabaseUrls):
    """Nobody waits for a slow writer, and its event is found when it commits."""
    late = refused(review(99), 1)
    with psycopg.connect(workflow_urls.app) as slow:
        slow.execute(
            "INSERT INTO event VALUES (%s, 1, %s, %s, %s)",
            (late.stream, late.type, late.recorded_at, late.body),
        )
        slow.execute(
            "INSERT INTO event_pending VALUES (%s, %s, 1)", (late.recorded_at, late.stream)
        )
        postgres.store.append([opening(review(n)) for n in range(1, 6)])
        assert postgres.sequencing.sequence(100) == 5
        assert postgres.sequencing.sequence(100) == 0
        slow.commit()
    assert postgres.sequencing.sequence(100) == 1
    entries = [(entry[0], entry[1]) for entry in postgres.audit.entries()]
    assert [position for position, _ in entries] == [1, 2, 3, 4, 5, 6]
    assert entries[-1] == (6, late.stream)


@pytest.mark.postgres
def test_a_locked_review_stops_no_other(postgres: Database, workflow_urls: DatabaseUrls):
    first, second = review(1), review(2)
    postgres.store.append([opening(first), opening(second)])
    with psycopg.connect(workflow_urls.app) as other:
        other.execute("SELECT FROM case_head WHERE case_id = %s FOR UPDATE", (first.id,))
        assert postgres.store.append([move(second)]) == [True]
        assert postgres.store.append([refused(first, 1)]) == [True]
        assert postgres.sequencing.sequence(100) == 4


@pytest.mark.postgres
def test_a_second_sequencer_stands_by(postgres: Database, workflow_urls: DatabaseUrls):
    postgres.store.append([opening(review())])
    with psycopg.connect(workflow_urls.app) as other:
        other.execute("SELECT pg_advisory_xact_lock(%s)", (0x5348_5550_494E_47,))
        assert postgres.sequencing.sequence(10) == 0
    assert postgres.sequencing.sequence(10) == 1
