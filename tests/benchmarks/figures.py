"""The figures, each beside its floor in the same run."""

import http.client
import json
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg

from deploy.client import Client
from deploy.servers.postgres import PostgresServer
from tests.benchmarks.drivers import CHAIR, REPORT, STEPS, chair_of
from tests.benchmarks.floor import Pgbench, bare_sqlite
from tests.benchmarks.systems import System, on_postgres

RUNS = 3
WARM_S, MEASURED_S, FLOOR_S = 1.5, 4.0, 4
SHARES = {1: 0.45, 8: 0.35, 32: 0.55}  # of pgbench's rate, by clients
BULK = 1.5  # times pgbench's rate at 8 clients
EMBEDDED = 0.33  # of the rate of a bare loop

Cases = list[tuple[str, str]]  # (review, person)


@dataclass(frozen=True, kw_only=True, slots=True)
class Figure:
    """One measured figure; *ratio* is what the goal is about."""

    name: str
    value: float
    unit: str
    floor: float
    ratio: float
    goal: str
    holds: bool
    cpu_s: float | None = None  # that our processes spent, where it is written beside


def median(values: list[float]) -> float:
    """Return the median of a few runs."""
    return statistics.median(values)


def single(server: PostgresServer, load: Path, folder: Path) -> Iterator[Figure]:
    """Single transitions over HTTP on PostgreSQL, as a share of pgbench's rate."""
    floor = Pgbench(server, folder)
    system = System(folder / "single", on_postgres(server, "single"))
    system.prepare(20_000)
    try:
        # Before anybody walks: on a quick machine no chair has a thousand left afterwards.
        in_bulk = [_of_one_chair(system) for _ in range(1 + RUNS)]
        for clients, share in SHARES.items():
            rates, floors, tails = [], [], []
            for _ in range(RUNS):
                floors.append(floor.run(clients, FLOOR_S).per_s)
                told = system.walk(load, clients, WARM_S, MEASURED_S)
                rates.append(told["triggers_s"])
                tails.append(told["p99"] / told["p50"])
            ratio = median([rate / least for rate, least in zip(rates, floors, strict=True)])
            yield Figure(
                name=f"single transitions, {clients} clients",
                value=median(rates),
                unit="/s",
                floor=median(floors),
                ratio=ratio,
                goal=f"≥ {share} of pgbench",
                holds=ratio >= share,
            )
            tail = median(tails)
            yield Figure(
                name=f"p99 over median, {clients} clients",
                value=tail,
                unit="×",
                floor=1.0,
                ratio=tail,
                goal="≤ 4",
                holds=tail <= 4,
            )
        yield from _bulk(system, floor, in_bulk)
    finally:
        system.stop()


def _bulk(system: System, floor: Pgbench, in_bulk: list[Cases]) -> Iterator[Figure]:
    """A thousand commands of which fifty are refused, against pgbench at eight clients.

    Against our own single ones the floor would move with what is measured.
    """
    ratios, rates, floors = [], [], []
    rehearsed, *measured = in_bulk
    _rehearse(system, rehearsed)
    for taken in measured:
        _submit(system, taken)
        floors.append(floor.run(8, FLOOR_S).per_s)
        for trigger in ("pass_unit_audit", "present"):
            elapsed, results = _sent(system, taken, trigger)
            refused = sum(one["status"] != 201 for one in results)
            if refused != 50:
                raise RuntimeError(f"{refused} of {trigger} refused")
            rates.append(len(taken) / elapsed)
            ratios.append(rates[-1] / floors[-1])
    yield Figure(
        name="bulk of 1,000, 50 refused",
        value=median(rates),
        unit="/s",
        floor=median(floors),
        ratio=median(ratios),
        goal=f"≥ {BULK} × pgbench at 8 clients",
        holds=median(ratios) >= BULK,
    )


def _rehearse(system: System, taken: Cases) -> None:
    """Send eight bulks, so that both processes very likely meet some before they are measured.

    Raises:
        RuntimeError: too few of them were done, and what writes would have stayed cold.
    """
    _submit(system, taken)
    for trigger, who, data in STEPS:
        if who == CHAIR and trigger != "close":
            for half in (taken[::2], taken[1::2]):
                _, results = _sent(system, half, trigger, data)
                if sum(one["status"] == 201 for one in results) != 475:
                    raise RuntimeError(f"{trigger} was not rehearsed")


def _submit(system: System, taken: Cases) -> None:
    """Submit all but fifty of a thousand cases."""
    api = system.running.client()
    for review, person in taken[:950]:
        api.fire(review, "submit", person, data=REPORT)


def _sent(
    system: System, cases: Cases, trigger: str, given: Any = None
) -> tuple[float, list[dict[str, Any]]]:
    """Fire *trigger* on *cases* in one request; return how long it took, seconds, and the results.

    Writing and reading the JSON is the client's time, as it is where the load generator fires.
    """
    commands = [
        {"review": review, "trigger": trigger, "idempotency_key": f"{review}-{trigger}"}
        | ({"data": given} if given else {})
        for review, _ in cases
    ]
    parts = urlsplit(system.running.url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=60)
    connection.connect()
    data = json.dumps({"commands": commands}).encode()
    headers = {
        "Authorization": f"Bearer {system.token}",
        "On-Behalf-Of": chair_of(cases[0][1]),
        "Content-Type": "application/json",
    }
    began = time.perf_counter()
    connection.request("POST", "/v1/transitions", data, headers)
    answer = connection.getresponse().read()
    elapsed = time.perf_counter() - began
    connection.close()
    return elapsed, json.loads(answer)["results"]


def _of_one_chair(system: System) -> Cases:
    """Take from *system* a thousand cases that one committee's secretary audits."""
    chairs: dict[str, Cases] = {}
    for case in reversed(system.cases):
        chairs.setdefault(chair_of(case[1]), []).append(case)
    taken = next(found for found in chairs.values() if len(found) == 1000)
    left = set(taken)
    system.cases = [case for case in system.cases if case not in left]
    return taken


def embedded(load: Path, folder: Path) -> Iterator[Figure]:
    """The same on SQLite with synchronous=FULL, against a bare loop of the same rows."""
    system = System(folder / "embedded", {})
    system.prepare(12_000)
    try:
        ratios, rates, floors = [], [], []
        for run in range(RUNS):
            floors.append(bare_sqlite(folder / f"floor-{run}.db", FLOOR_S).per_s)
            rates.append(system.walk(load, 8, WARM_S, MEASURED_S)["triggers_s"])
            ratios.append(rates[-1] / floors[-1])
    finally:
        system.stop()
    yield Figure(
        name="embedded, 8 clients",
        value=median(rates),
        unit="/s",
        floor=median(floors),
        ratio=median(ratios),
        goal=f"≥ {EMBEDDED} of a bare loop",
        holds=median(ratios) >= EMBEDDED,
    )


def costs(server: PostgresServer, folder: Path) -> Iterator[Figure]:
    """Commits, round trips and WAL per transition; statements per page of a list."""
    system = System(folder / "costs", on_postgres(server, "costs"))
    system.prepare(400)
    system.running.processes["sequence"].stop()  # its work is per batch, not per transition
    api, url = system.running.client(), server.superuser_url("costs")
    try:
        for review, person in system.cases:
            api.fire(review, "submit", person, data=REPORT)
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("CREATE EXTENSION pg_stat_statements")
            passing = iter(system.cases)
            warm = [next(passing) for _ in range(100)]
            for review, person in warm:
                api.fire(review, "pass_unit_audit", chair_of(person))
            did = spent(
                connection,
                lambda: [
                    api.fire(review, "pass_unit_audit", chair_of(person))
                    for review, person in passing
                ],
            )
            n = len(system.cases) - len(warm)
            yield at_most("commits per transition", did.written / n, "", 1.0)
            yield at_most("round trips per transition", did.statements / n, "", 3.0)
            yield at_most("WAL per transition", did.wal_bytes / n, "bytes", 2560)
            pages = [
                spent(connection, partial(_list, api, system.cycle, limit)).statements
                for limit in (10, 200)
            ]
            yield Figure(
                name="statements per page of a list: 200 rows against 10",
                value=pages[1] / 20,
                unit="",
                floor=pages[0] / 20,
                ratio=pages[1] / pages[0],
                goal="constant",
                holds=pages[1] == pages[0],
            )
    finally:
        system.stop()


@dataclass(frozen=True, slots=True)
class Spent:
    statements: int
    written: int
    wal_bytes: int


def spent(connection: psycopg.Connection[object], act: Callable[[], object]) -> Spent:
    """Return what the server did for *act*; a statement that writes is a transaction of its own."""
    before = _counters(connection)
    act()
    after = _counters(connection)
    return Spent(*(last - first for first, last in zip(before, after, strict=True)))


def _counters(connection: psycopg.Connection[object]) -> tuple[int, ...]:
    row = connection.execute(
        "SELECT (SELECT sum(calls) FROM pg_stat_statements s JOIN pg_database d ON d.oid = s.dbid"
        " WHERE d.datname = current_database() AND s.query NOT LIKE '%pg_stat_statements%'),"
        " txid_snapshot_xmax(txid_current_snapshot()),"
        " (pg_current_wal_lsn() - '0/0')::bigint"
    ).fetchone()
    return tuple(int(str(value)) for value in row or ())


def _list(api: Client, cycle: str, limit: int) -> None:
    for _ in range(20):
        api.get("/v1/reviews", cycle=cycle, limit=limit)


def at_most(name: str, value: float, unit: str, most: float) -> Figure:
    return Figure(
        name=name,
        value=value,
        unit=unit,
        floor=most,
        ratio=value / most if most else value,
        goal=f"≤ {most:g}",
        holds=value <= most,
    )


def against(name: str, unit: str, most: float, measured: tuple[float, float], of: str) -> Figure:
    """Return the figure of what is *measured* first, held against the other, which is *of* that."""
    value, floor = measured
    return Figure(
        name=name,
        value=value,
        unit=unit,
        floor=floor,
        ratio=value / floor,
        goal=f"≤ {most:g} × {of}",
        holds=value / floor <= most,
    )
