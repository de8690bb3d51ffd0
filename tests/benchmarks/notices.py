"""What the notifier's decisions and its simulations cost, on PostgreSQL."""

import os
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import LiteralString
from uuid import UUID

import psycopg
from sqlalchemy import Engine

from deploy.servers.postgres import NOTIFIER, PostgresServer
from schemas.envelope import open_envelope
from schemas.policy import Policy
from services.notifier.adapters.database import SqlStore, connect, migrate
from services.notifier.application.contents import Contents
from services.notifier.application.foretelling import difference
from services.notifier.application.noting import Noting
from services.notifier.application.rules import Book
from services.notifier.application.sweep import sweep
from services.notifier.changing import Change
from services.notifier.domain.errors import LeaseLost
from services.notifier.domain.notice import Notice
from services.notifier.domain.plan import plan
from services.notifier.domain.reading import Pass, Reading
from services.notifier.simulating import Simulator
from tests.benchmarks.figures import Figure
from tests.contract.notifier.town import WAYS, Town
from tests.unit.notifier.world import (
    CALENDAR,
    POLICY,
    SHIPPED,
    START,
    at,
    due,
    organisation,
    review,
)

DUE, PLANS = 10_000, 2_000
# The year of a province. Of each case EVENTS are in the log when it is simulated, which is what a
# case of the demonstration has in its own stream by the end of its year; and, worse, one.
CASES, FEW, UNTIL, EVENTS = 2_000, 300, date(2020, 12, 31), 15
SEEN, FIRED = at(1, 8, 9), at(1, 9)
_TIMES_ROWS, _TIMES_READ, _TIMES_PLANNED = 3.0, 10.0, 3.0
_ROWS: tuple[LiteralString, ...] = ("notice", "timer", "engine_pass")


@dataclass(frozen=True, slots=True)
class _Took:
    wall_s: float
    cpu_s: float  # of this process, all its threads


def decisions(server: PostgresServer) -> Iterator[Figure]:
    """Decide 10,000 rungs that fall due at once: by one replica, then by two in contest."""
    place = _Place(server, "fired", DUE)
    try:
        took = _timed(lambda: place.sweep(place.store, place.claim()))
        floor, n_rows = place.write_again()
        yield _figure(
            f"deciding {DUE:,} rungs due at once, {n_rows:,} rows",
            took,
            floor,
            _TIMES_ROWS,
            "executemany",
        )
    finally:
        place.close()
    place = _Place(server, "contested", DUE)
    try:
        n_twice, took = _contested(place)
        yield Figure(
            name=f"rungs decided twice by two replicas, of {DUE:,}",
            value=n_twice,
            unit="",
            floor=0,
            ratio=n_twice,
            goal="none",
            holds=n_twice == 0,
            cpu_s=took.cpu_s,
        )
    finally:
        place.close()


def simulations(server: PostgresServer) -> Iterator[Figure]:
    """Run cases a year ahead, and what is there with another policy beside it."""
    yield _planning()
    for n_cases, n_events in ((FEW, EVENTS), (CASES, EVENTS), (CASES, 1)):
        yield from _year(server, n_cases, n_events)


def _year(server: PostgresServer, n_cases: int, n_events: int) -> Iterator[Figure]:
    place = _Place(server, f"year_{n_cases}_{n_events}", n_cases, SHIPPED, n_events)
    of_what = f"{n_cases:,} cases of {n_events} events"
    try:
        read = _timed(place.read_events)
        before: list[Notice] = []
        ahead = _timed(lambda: before.extend(place.simulate(Change())))
        name = f"a year of {of_what} simulated, {len(before):,} notices"
        yield _figure(name, ahead, read, _TIMES_READ, "reading their events")
        changed = replace(SHIPPED, hour=SHIPPED.hour + 1)
        found = _timed(lambda: _differ(place, Change(policy=changed)))
        name = f"what another policy changes for {of_what}"
        yield _figure(name, found, ahead, _TIMES_PLANNED, "planning everybody")
    finally:
        place.close()


def _differ(place: "_Place", change: Change) -> None:
    begun = place.simulator.taken()  # once, as `simulate` does
    found = difference(place.simulate(Change(), begun), place.simulate(change, begun))
    if not found.come:
        raise RuntimeError("the change changes nothing")


def _planning() -> Figure:
    one, there = review(), organisation()

    def plan_all() -> None:
        for _ in range(PLANS):
            plan(one, {}, SHIPPED, CALENDAR, there, SEEN)

    took = _timed(plan_all)
    return Figure(
        name="planning one case",
        value=1e6 * took.wall_s / PLANS,
        unit="µs",
        floor=1e6 * took.cpu_s / PLANS,
        ratio=took.wall_s / took.cpu_s,
        goal="written down; floor: its CPU",
        holds=True,
        cpu_s=took.cpu_s,
    )


class _Place:
    """A notifier's database with *n* cases in drafting, all due on one day."""

    def __init__(
        self,
        server: PostgresServer,
        name: str,
        n: int,
        policy: Policy = POLICY,
        n_events: int = 1,  # of each case: sent in and sent back, and again
    ) -> None:
        server.create_database(name, owner=NOTIFIER.owner)
        self.owner, self.url = server.url(name, NOTIFIER.owner), server.url(name, NOTIFIER.app)
        engine = connect(self.owner)
        migrate(engine, self.url)
        engine.dispose()
        self.engine: Engine = connect(self.url)
        self.store = SqlStore(self.engine)
        self.policy = policy
        self.town = Town(self.store)
        self.town.policy = policy
        self.town.restart()
        self.town.log.organise()
        for case in (str(UUID(int=k + 1)) for k in range(n)):
            self.town.log.open(case, due_at=due(1, 10))
            for nth in range(1, n_events):
                back = ("drafting", START, ("ward", "secretary", "ws"), due(1, 10))
                sent = ("unit_audit", START, ("hospital", "office"), due(1, 9))
                self.town.log.change(*(sent if nth % 2 else back), review=case)
        self.town.engine.hear()
        self.town.engine.release()
        with psycopg.connect(self.owner, autocommit=True) as connection:
            connection.execute("UPDATE urge SET settled = 1")  # that work came has been told
            connection.execute("CREATE TABLE read_back (position bigint PRIMARY KEY, body bytea)")
            with connection.cursor() as cursor:
                cursor.executemany(
                    "INSERT INTO read_back VALUES (%s, %s)",
                    [*enumerate(self.town.log.bodies, start=1)],
                )
            connection.execute("VACUUM ANALYZE")

    def close(self) -> None:
        self.store.close()

    def claim(self) -> int:
        epoch = self.store.claim("bench")
        if epoch is None:
            raise RuntimeError("somebody else holds the lease")
        return epoch

    def sweep(self, store: SqlStore, epoch: int) -> int:
        book = Book(calendar=CALENDAR, channels=WAYS, own=self.policy)
        noting = Noting(Pass(reading=Reading(), at=FIRED, through=FIRED))
        return sweep(store, epoch, FIRED, book, noting)

    def read_events(self) -> None:
        """Read every event of the cases and open it, as whoever reads the log must."""
        with psycopg.connect(self.owner, autocommit=True) as connection:
            for (body,) in connection.execute("SELECT body FROM read_back ORDER BY position"):
                open_envelope(body)

    @property
    def simulator(self) -> Simulator:
        return Simulator(
            database=self.engine,
            workflow=self.town.workflow,
            ways=self.town.ways,
            feed="http",
            own=self.policy,
            public_url="https://shuping.example.org",
        )

    def simulate(self, change: Change, begun: Contents | None = None) -> list[Notice]:
        simulator = self.simulator
        return simulator.run(begun or simulator.taken(), SEEN, UNTIL, change)

    def write_again(self) -> tuple[_Took, int]:
        """Write the rows that were decided into tables like theirs, each by one executemany."""
        with psycopg.connect(self.owner, autocommit=True) as connection:
            rows = {name: self._rows(connection, name) for name in _ROWS}
            for name in _ROWS:
                connection.execute(f"CREATE TABLE again_{name} (LIKE {name} INCLUDING ALL)")
        with psycopg.connect(self.owner) as connection, connection.cursor() as cursor:

            def write() -> None:
                for name in _ROWS:
                    places = ", ".join(["%s"] * len(rows[name][0]))
                    insert = f"INSERT INTO again_{name} VALUES ({places})"
                    cursor.executemany(insert.encode(), rows[name])
                connection.commit()

            took = _timed(write)
        return took, sum(len(some) for some in rows.values())

    def _rows(
        self, connection: psycopg.Connection[tuple[object, ...]], name: LiteralString
    ) -> list[tuple[object, ...]]:
        return connection.execute(f"SELECT * FROM {name}").fetchall()


def _contested(place: _Place) -> tuple[int, _Took]:
    """Let a second replica take the lease while the first decides; count what came twice."""
    second, at_work = SqlStore(connect(place.url)), threading.Event()
    lost: list[LeaseLost] = []

    def first() -> None:
        try:
            place.sweep(place.store, place.claim())
        except LeaseLost as error:
            lost.append(error)
        finally:
            at_work.set()

    def contest() -> None:
        thread = threading.Thread(target=first)
        thread.start()
        with psycopg.connect(place.owner, autocommit=True) as connection:
            while not at_work.is_set() and not _count(connection, "SELECT count(*) FROM notice"):
                time.sleep(0.01)
        epoch = second.claim("bench")  # the same owner gets it at once
        if epoch is None:
            raise RuntimeError("somebody else holds the lease")
        place.sweep(second, epoch)
        thread.join()

    try:
        took = _timed(contest)
    finally:
        second.close()
    with psycopg.connect(place.owner, autocommit=True) as connection:
        decided = _count(connection, "SELECT count(DISTINCT case_stream) FROM notice")
        n_twice = _count(
            connection,
            "SELECT count(*) FROM (SELECT 1 FROM notice"
            " GROUP BY case_stream, desk, track, rung, person, channel HAVING count(*) > 1) twice",
        )
    if decided != DUE or not lost:
        raise RuntimeError(f"{decided} of {DUE} decided; the first lost its lease: {bool(lost)}")
    return n_twice, took


def _count(connection: psycopg.Connection[tuple[object, ...]], question: LiteralString) -> int:
    row = connection.execute(question).fetchone()
    return int(str(row[0])) if row else 0


def _figure(name: str, took: _Took, floor: _Took, times: float, what: str) -> Figure:
    ratio = took.wall_s / floor.wall_s
    return Figure(
        name=name,
        value=1000 * took.wall_s,
        unit="ms",
        floor=1000 * floor.wall_s,
        ratio=ratio,
        goal=f"≤ {times:g} × {what}",
        holds=ratio <= times,
        cpu_s=took.cpu_s,
    )


def _timed(act: Callable[[], object]) -> _Took:
    cpu, began = os.times(), time.perf_counter()
    act()
    wall, spent = time.perf_counter() - began, os.times()
    return _Took(wall, spent.user + spent.system - cpu.user - cpu.system)
