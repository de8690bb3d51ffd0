"""The notifier watches itself: nobody is forgotten without a sign of it, and it says why."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from threading import Thread
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.serving import make_server

from schemas.instants import instant
from services.notifier.adapters.database import SqlStore, connect
from services.notifier.adapters.http.figures import StatusCollector
from services.notifier.adapters.http.shapes import parts
from services.notifier.application.watching import EVERY, Watching
from services.notifier.domain.watch import MISSING, OnTrack, Watch
from services.workflow.adapters.notifier import NotifierClient
from services.workflow.application.boards.own_work import OwnWork, Track
from tests.contract.notifier.conftest import HEADERS, TOKEN
from tests.contract.notifier.town import Town
from tests.unit.notifier.world import BRANCH_REVIEW, at, due

STREAM = f"review/{BRANCH_REVIEW}"
ON = OnTrack(case=STREAM, desk="", track="deadline")
ZONE = ZoneInfo("Asia/Shanghai")
Watched = Callable[..., Watch]
Tampering = Callable[[str], None]


@pytest.fixture
def watched(town: Town) -> Watched:
    """Move the clock of a town that is watched, and return the look that follows."""
    times = iter(datetime(2026, 1, 1, tzinfo=UTC) + n * EVERY for n in range(1000))
    bites: dict[str, Any] = {}

    def run(now: datetime | None = None, **others: Any) -> Watch:
        bites.update(others)
        if town.engine.watching is None:
            town.engine.watching = Watching(
                store=town.store,
                book=town.engine.book,
                system_time=lambda: next(times),
                zone=ZONE,
                **bites,
            )
        town.run(now)
        town.engine.step(0)
        seen = town.engine.status.watch
        assert seen is not None
        return seen

    return run


@pytest.fixture
def tamper(database_url: str) -> Tampering:
    def run(statement: str) -> None:
        engine = connect(database_url)
        with engine.begin() as connection:
            connection.execute(sa.text(statement))
        engine.dispose()

    return run


def test_a_timed_case_has_an_armed_timer_on_each_track(watched: Watched) -> None:
    seen = watched()
    assert seen.tracks is not None
    assert (dict(seen.tracks.n), seen.holds, seen.oldest_due) == ({"armed": 1}, True, None)


@pytest.mark.parametrize(
    "harm",
    ["DELETE FROM timer", "UPDATE timer SET at = NULL", "UPDATE timer SET at = NULL, passed = 1"],
)
def test_a_case_that_nothing_will_be_told_of_is_named(
    watched: Watched, tamper: Tampering, town: Town, door: FlaskClient, harm: str
) -> None:
    watched()
    tamper(harm)
    seen = watched()
    assert (seen.n_unarmed, seen.tracks and seen.tracks.unarmed) == (1, (ON,))
    assert parts(town.engine.status, datetime.now(UTC))["watch"]["status"] == "degraded"
    told: Any = door.get("/v1/watch", headers=HEADERS).json
    assert told["tracks"]["unarmed"] == [{"subject": STREAM, "desk": "", "track": "deadline"}]
    assert figure(town, "shuping_notifier_tracks", stands="unarmed") == 1


def test_what_is_not_armed_for_a_reason_is_counted_by_it(watched: Watched, town: Town) -> None:
    watched()
    town.log.fact("suspended", at(1, 8, 9))
    seen = watched(at(1, 8, 9))
    assert seen.tracks is not None
    assert (dict(seen.tracks.n), seen.holds) == ({"suspended": 1}, True)


def test_over_the_ladder_nothing_is_armed_and_that_is_said(watched: Watched) -> None:
    watched()
    for month in range(2, 10):
        seen = watched(at(month, 1, 12))
    assert seen.tracks is not None
    assert (dict(seen.tracks.n), seen.holds) == ({"ladder_over": 1}, True)


def test_a_case_that_is_set_aside_is_no_case_without_a_reason(watched: Watched, town: Town) -> None:
    watched()
    town.log.append(STREAM, "state_changed", at(1, 8, 8), {})
    seen = watched()
    assert seen.tracks is not None
    assert (dict(seen.tracks.n), seen.holds) == ({"set_aside": 1}, True)


def test_a_round_takes_as_many_looks_as_there_are_bites(watched: Watched, town: Town) -> None:
    for number in range(5):
        town.log.open(f"00000000-0000-7000-8000-0000000001c{number}")
    watched(bite=4)
    seen = watched()
    assert (seen.tracks and dict(seen.tracks.n)) == {"armed": 6}


def test_what_hangs_on_its_way_is_counted(watched: Watched, tamper: Tampering, town: Town) -> None:
    watched(at(1, 8, 12))
    tamper("UPDATE notice SET status = 'sending' WHERE channel = 'email'")
    seen = watched()
    assert (seen.n_sending, seen.holds) == (1, False)
    assert figure(town, "shuping_notifier_sending") == 1


def test_what_is_due_and_cannot_be_decided_gets_old_in_sight(watched: Watched, town: Town) -> None:
    watched()
    town.feed.away = True
    seen = watched(at(1, 8, 12))
    assert seen.oldest_due is not None
    overdue = (at(1, 8, 12) - seen.oldest_due).total_seconds()
    assert figure(town, "shuping_notifier_oldest_due_seconds") == overdue > 0


def test_a_rung_that_finds_nobody_is_counted_for_a_day(watched: Watched, tamper: Tampering) -> None:
    watched()
    tamper("DELETE FROM post")
    seen = watched(at(1, 8, 12))
    assert (seen.n_unreached, seen.unreached[0].on, seen.holds) == (1, ON, True)
    assert watched(at(1, 9, 13)).n_unreached <= 1
    watched(at(1, 11, 13))
    assert watched(at(1, 12, 14)).n_unreached == 0


def test_what_the_morning_planned_is_in_the_evenings_ledger(watched: Watched) -> None:
    watched()
    watched(at(1, 8, 12))
    held = watched(at(1, 9, 8)).yesterday
    assert held is not None
    assert (held.day.isoformat(), dict(held.n)) == ("2020-01-08", {"kept": 1})


def test_what_was_planned_and_never_decided_is_missed(
    watched: Watched, tamper: Tampering, town: Town
) -> None:
    watched()
    tamper("UPDATE timer SET at = '2020-01-10T02:00:00.000000Z', passed = 1")
    watched(at(1, 8, 12))
    seen = watched(at(1, 9, 8))
    assert seen.yesterday is not None
    assert (dict(seen.yesterday.n), seen.yesterday.missing) == ({MISSING: 1}, (ON,))
    assert not seen.holds
    assert figure(town, "shuping_notifier_planned", verdict=MISSING) == 1


def test_what_was_missing_is_told_for_a_day_though_nothing_is_planned_after_it(
    watched: Watched, tamper: Tampering, town: Town
) -> None:
    watched()
    tamper("UPDATE timer SET at = '2020-01-20T02:00:00.000000Z', passed = 1")
    assert not watched(at(1, 9, 8)).holds
    assert not watched(at(1, 9, 20)).holds
    seen = watched(at(1, 10, 8))
    assert seen.holds
    assert seen.yesterday is not None
    assert (seen.yesterday.day.isoformat(), dict(seen.yesterday.n)) == ("2020-01-09", {})
    assert figure(town, "shuping_notifier_planned", verdict=MISSING) == 0


def test_what_was_missing_is_told_after_an_outage_of_days(
    watched: Watched, tamper: Tampering, town: Town
) -> None:
    watched()
    tamper("UPDATE timer SET at = '2020-01-20T02:00:00.000000Z', passed = 1")
    assert not watched(at(1, 13, 8)).holds
    town.engine.release()
    town.restart()
    assert not watched(at(1, 13, 9)).holds
    assert watched(at(1, 14, 9)).holds


def test_what_people_did_during_the_day_explains_what_was_not_sent(
    watched: Watched, town: Town
) -> None:
    watched()
    town.log.fact("deadline_changed", at(1, 8, 9), due_at=instant(due(1, 20)))
    watched(at(1, 8, 12))
    held = watched(at(1, 9, 8)).yesterday
    assert held is not None
    assert dict(held.n) == {"moved": 1}


def test_who_takes_over_during_a_day_holds_it_against_its_first_plan(
    watched: Watched, town: Town
) -> None:
    watched()
    town.engine.release()
    town.restart()
    watched(at(1, 8, 12))
    held = watched(at(1, 9, 8)).yesterday
    assert held is not None
    assert dict(held.n) == {"kept": 1}


def test_the_workflow_reads_what_the_notifier_tells_of_itself(
    watched: Watched, tamper: Tampering, town: Town, door: FlaskClient
) -> None:
    with asked(door.application) as client:
        assert client.own_work() == OwnWork(at=None)
        watched(at(1, 8, 12))
        held = watched(at(1, 9, 8))
        told = client.own_work()
        assert told is not None
        assert told.yesterday is not None
        assert (told.at, told.holds, told.tracks) == (held.at, True, {"armed": 1})
        assert (told.yesterday.day.isoformat(), told.yesterday.counts["kept"]) == ("2020-01-08", 1)
        tamper("DELETE FROM timer")
        watched()
        told = client.own_work()
        assert told is not None
        assert told.unarmed == (Track(case=STREAM, desk="", track="deadline"),)
    assert client.own_work() is None  # away


def test_between_looks_a_minute_goes_by(town: Town) -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    watching = Watching(store=town.store, book=town.engine.book, system_time=lambda: now, zone=ZONE)
    town.engine.watching = watching
    town.run()
    first = town.engine.status.watch
    town.run(at(1, 8, 12))
    assert town.engine.status.watch is first
    now += timedelta(minutes=1)
    town.run()
    assert town.engine.status.watch is not first


def test_each_question_is_answered_by_an_index(store: SqlStore, database_url: str) -> None:
    engine = connect(database_url)
    asked: list[tuple[str, Any]] = []

    @sa.event.listens_for(engine, "before_cursor_execute")
    def keep(_c: Any, _cursor: Any, statement: str, given: Any, _context: Any, _many: bool) -> None:
        asked.append((statement, given))

    own = SqlStore(engine)
    with own.seeing() as tx:
        tx.facts.running("", 10)
        tx.watch.unjudged(at(1, 9).date(), 10)
        tx.watch.held(at(1, 9).date(), 10)
        tx.watch.waiting(["a"])
        tx.watch.n_sending()
        tx.watch.n_unreached(at(1, 8))
        tx.watch.unreached(at(1, 8), 10)
        tx.timers.due(at(1, 8), 1)
    with engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            connection.exec_driver_sql("SET enable_seqscan = off")
        for statement, given in [one for one in asked if one[0].startswith("SELECT")]:
            explain = "EXPLAIN" if engine.dialect.name == "postgresql" else "EXPLAIN QUERY PLAN"
            rows = connection.exec_driver_sql(f"{explain} {statement}", given)
            steps = [str(row[-1]) for row in rows]
            scanned = [one for one in steps if _scans(one)]
            assert not scanned, (statement, steps)
            if "FROM case_head" in statement and engine.dialect.name == "sqlite":
                # Of thousands that are over none is read; PostgreSQL chooses by how many there are.
                assert "case_running" in steps[0], steps
    engine.dispose()


def _scans(step: str) -> bool:
    """Tell whether a step reads a whole table."""
    on_sqlite = step.startswith("SCAN ") and "USING" not in step
    return on_sqlite or "Seq Scan" in step


@contextmanager
def asked(app: Flask) -> Iterator[NotifierClient]:
    """The workflow's client of a notifier's door, which listens meanwhile."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield NotifierClient(f"http://127.0.0.1:{server.port}", TOKEN)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def figure(town: Town, name: str, **labels: str) -> float:
    for metric in StatusCollector(town.engine.status).collect():
        for sample in metric.samples:
            if sample.name == name and sample.labels == labels:
                return sample.value
    raise LookupError(name)
