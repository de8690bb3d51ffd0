"""What a sweep of the notifier costs when nothing is due, against one select by an index."""

import time
from collections.abc import Callable, Iterator

import psycopg

from deploy.servers.postgres import NOTIFIER, PostgresServer
from services.notifier.adapters.database import SqlStore, connect, migrate
from services.notifier.application.noting import Noting
from services.notifier.application.rules import Book
from services.notifier.application.sweep import sweep
from services.notifier.domain.reading import Pass, Reading
from tests.benchmarks.figures import Figure, median
from tests.unit.notifier.world import CALENDAR, POLICY, at

ARMED, TIMES, MANY = 100_000, 200, 3.0
NOW, LATER = at(1, 8), "2030-01-08T04:00:00.000000Z"


def quiet(server: PostgresServer) -> Iterator[Figure]:
    """Sweep where 100,000 timers are armed and none is due; nothing is sent."""
    server.create_database("quiet", owner=NOTIFIER.owner)
    owner, url = server.url("quiet", NOTIFIER.owner), server.url("quiet", NOTIFIER.app)
    engine = connect(owner)
    migrate(engine, url)
    engine.dispose()
    with psycopg.connect(owner, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO timer (case_stream, desk, track, deadline, passed, at)"
            " SELECT 'review/' || n, 'holder', 'due', 'd', 0, %s FROM generate_series(1, %s) n",
            (LATER, ARMED),
        )
        connection.execute("ANALYZE timer")
    store = SqlStore(connect(url))
    book = Book(calendar=CALENDAR, channels={"inapp": "inapp"}, own=POLICY)
    epoch = store.claim("bench")
    if epoch is None:
        raise RuntimeError("somebody else holds the lease")

    def nothing_due() -> None:
        if sweep(store, epoch, NOW, book, Noting(Pass(reading=Reading(), at=NOW, through=NOW))):
            raise RuntimeError("something was due")

    try:
        with psycopg.connect(url, autocommit=True) as connection:
            yield _beside(nothing_due, lambda: _one_row(connection))
    finally:
        store.close()


def _one_row(connection: psycopg.Connection[tuple[object, ...]]) -> None:
    row = connection.execute(
        "SELECT * FROM timer WHERE case_stream = %s AND desk = %s AND track = %s",
        ("review/5000", "holder", "due"),
    ).fetchone()
    if row is None:
        raise RuntimeError("the row is not there")


def _beside(act: Callable[[], None], floor: Callable[[], None]) -> Figure:
    """Return what *act* takes beside *floor*, in turns, so that a noisy minute meets both."""
    took, least = [], []
    cpu = 0.0
    for _ in range(TIMES):
        least.append(_seconds(floor))
        began = time.process_time()
        took.append(_seconds(act))
        cpu += time.process_time() - began
    ratio = median(took) / median(least)
    return Figure(
        name="sweep with nothing due, 100,000 timers armed",
        value=1000 * median(took),
        unit="ms",
        floor=1000 * median(least),
        ratio=ratio,
        goal=f"≤ {MANY:g} × one select by an index",
        holds=ratio <= MANY,
        cpu_s=cpu,
    )


def _seconds(act: Callable[[], None]) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began
