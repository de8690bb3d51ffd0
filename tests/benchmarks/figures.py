"""The figures, each beside its floor in the same run."""

import hashlib
import http.client
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import orjson
import psycopg

from deploy.client import Client
from deploy.running import ROOT, WORKFLOW
from deploy.servers.postgres import OWNER, PostgresServer
from tests.benchmarks.drivers import chair_of
from tests.benchmarks.floor import Pgbench, bare_sqlite
from tests.benchmarks.growth import grow
from tests.benchmarks.pages import signed_in
from tests.benchmarks.systems import OFFICE, System, on_postgres

RUNS = 3
WARM_S, MEASURED_S, FLOOR_S = 1.5, 4.0, 4
WARM_BULKS = 8  # each meets one of two processes
SHARES = {1: 0.45, 8: 0.35, 32: 0.55}  # of pgbench's rate, by clients
_REPORT = {"report": {"achievements": "甲", "problems": "乙", "tasks": "丙"}}
_FINDINGS = {"findings": ["问题清单空泛"]}


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


def median(values: list[float]) -> float:
    """Return the median of a few runs."""
    return statistics.median(values)


def single(server: PostgresServer, load: Path, folder: Path) -> Iterator[Figure]:
    """Single transitions over HTTP on PostgreSQL, as a share of pgbench's rate."""
    floor = Pgbench(server, folder)
    system = System(folder / "single", on_postgres(server, "single"))
    system.prepare(32_000)
    try:
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
        yield from _bulk(system, load)
    finally:
        system.stop()


def _bulk(system: System, load: Path) -> Iterator[Figure]:
    """A thousand commands of which fifty are refused, against single ones at eight clients."""
    api, ratios, rates, singles = system.running.client(), [], [], []
    for run in range(RUNS):
        taken, system.cases = _of_one_chair(system.cases)
        for review, person in taken[:950]:
            api.fire(review, "submit", person, data=_REPORT)
        for _ in range(0 if run else WARM_BULKS):  # single ones find their processes warm as well
            rehearsal = {"trigger": "pass_unit_audit", "dry_run": True}
            several = {"commands": [{"review": review} | rehearsal for review, _ in taken]}
            _sent(system, several, chair_of(taken[0][1]))
        alone = system.walk(load, 8, WARM_S, MEASURED_S)["triggers_s"]
        for step, trigger in enumerate(("pass_unit_audit", "present")):
            commands = [
                {"review": review, "trigger": trigger, "idempotency_key": f"{review}-{trigger}"}
                for review, _ in taken
            ]
            elapsed, results = _sent(system, {"commands": commands}, chair_of(taken[0][1]))
            refused = sum(one["status"] != 201 for one in results)
            if refused != 50:
                raise RuntimeError(f"{refused} refused at step {step}")
            rates.append(len(commands) / elapsed)
            ratios.append(rates[-1] / alone)
            singles.append(alone)
    yield Figure(
        name="bulk of 1,000, 50 refused",
        value=median(rates),
        unit="/s",
        floor=median(singles),
        ratio=median(ratios),
        goal="≥ 4 × single at 8 clients",
        holds=median(ratios) >= 4,
    )


def _sent(system: System, body: Any, person: str) -> tuple[float, list[dict[str, Any]]]:
    """Return how long a bulk request took, seconds, and its results.

    Writing and reading the JSON is the client's time, as it is where the load generator fires.
    """
    parts = urlsplit(system.running.url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=60)
    connection.connect()
    data = json.dumps(body).encode()
    headers = {
        "Authorization": f"Bearer {system.token}",
        "On-Behalf-Of": person,
        "Content-Type": "application/json",
    }
    began = time.perf_counter()
    connection.request("POST", "/v1/transitions", data, headers)
    answer = connection.getresponse().read()
    elapsed = time.perf_counter() - began
    connection.close()
    return elapsed, json.loads(answer)["results"]


def _of_one_chair(
    cases: list[tuple[str, str]],
) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """Take a thousand cases that one committee's secretary audits."""
    chairs: dict[str, list[tuple[str, str]]] = {}
    for case in reversed(cases):
        chairs.setdefault(chair_of(case[1]), []).append(case)
    taken = next(found for found in chairs.values() if len(found) == 1000)
    left = set(taken)
    return taken, [case for case in cases if case not in left]


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
        goal="≥ 0.40 of a bare loop",
        holds=median(ratios) >= 0.40,
    )


def growth(server: PostgresServer, folder: Path) -> Iterator[Figure]:
    """A transition and the stuck list with 200,000 reviews and 2 million events, against 1,000."""
    small = _ten_events_each(server, folder, "small")
    large = _ten_events_each(server, folder, "large")
    try:
        # No copies of the small one, but the same statistics for the planner of both.
        grow(server.url("small", OWNER), 0, sequenced=False)
        grow(server.url("large", OWNER), 199, sequenced=False)
        for system in (small, large):
            # 20 January: every one of them is overdue.
            system.running.clock.set(system.running.clock.at + timedelta(days=12))
        # While more than a thousand are overdue in both: below that the page has a matrix as well,
        # which takes longer than all the rest of it.
        pages = {id(system): signed_in(system.running, OFFICE) for system in (small, large)}
        yield _compared(
            "stuck list, first page",
            "ms",
            1.5,
            small,
            large,
            lambda system, _: pages[id(system)].get("/stuck"),
            40,
        )
        yield _compared("a transition", "ms", 1.25, small, large, _pass, 300)
    finally:
        small.stop()
        large.stop()


def _ten_events_each(server: PostgresServer, folder: Path, name: str) -> System:
    system = System(folder / name, on_postgres(server, name))
    system.prepare(1000)
    api = system.running.client()
    for review, person in system.cases:
        for _ in range(4):
            api.fire(review, "submit", person, data=_REPORT)
            api.fire(review, "return_unit_audit", chair_of(person), data=_FINDINGS)
        api.fire(review, "submit", person, data=_REPORT)
    return system


def _pass(system: System, n: int) -> None:
    review, person = system.cases[n]
    answer = system.running.client().fire(review, "pass_unit_audit", chair_of(person))
    if answer.status != 201:
        raise RuntimeError(f"{answer.status}: {answer.body}")


def _compared(
    name: str,
    unit: str,
    most: float,
    small: System,
    large: System,
    act: Callable[[System, int], object],
    times: int,
) -> Figure:
    took: dict[int, list[float]] = {id(small): [], id(large): []}
    for n in range(times + times // 5):
        # Turn and turn about, so that a noisy minute meets both.
        for system in (small, large) if n % 2 else (large, small):
            began = time.perf_counter()
            act(system, n)
            took[id(system)].append(1000 * (time.perf_counter() - began))
    warm = times // 5
    few, many = (median(took[id(system)][warm:]) for system in (small, large))
    return Figure(
        name=f"{name}, 200,000 reviews and 2 million events",
        value=many,
        unit=unit,
        floor=few,
        ratio=many / few,
        goal=f"≤ {most} × with 1,000 reviews",
        holds=many / few <= most,
    )


def verification(server: PostgresServer, folder: Path) -> Iterator[Figure]:
    """`audit verify` of 200,000 events, against reading, hashing and parsing the same rows."""
    system = _ten_events_each(server, folder, "audit")
    environment, url = system.running.environment, server.url("audit", OWNER)
    try:
        _wait_until_sequenced(system)
        _, least_mib = _verify(environment)
        grow(url, 19, sequenced=True)
        _wait_until_sequenced(system)
    finally:
        system.stop()
    ratios, values, floors, peaks = [], [], [], []
    for _ in range(RUNS):
        floors.append(_read_hash_parse(url))
        seconds, peak_mib = _verify(environment)
        values.append(seconds - _start_up(environment))
        peaks.append(peak_mib)
        ratios.append(values[-1] / floors[-1])
    yield Figure(
        name="audit verify of 200,000 events",
        value=median(values),
        unit="s",
        floor=median(floors),
        ratio=median(ratios),
        goal="≤ 3 × reading, hashing, parsing",
        holds=median(ratios) <= 3,
    )
    flat = median(peaks) / least_mib
    yield Figure(
        name="its peak memory, against verifying 10,000",
        value=median(peaks),
        unit="MiB",
        floor=least_mib,
        ratio=flat,
        goal="≤ 1.5 × (flat)",
        holds=flat <= 1.5,
    )


def _verify(environment: Mapping[str, str]) -> tuple[float, float]:
    """Verify in a process of its own; return its seconds and its peak memory in MiB."""
    began = time.perf_counter()
    command = [sys.executable, "-m", WORKFLOW, "audit", "verify", "--json"]
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE) as child:
        told = child.stdout.read() if child.stdout else b""
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode or orjson.loads(told.splitlines()[-1])["findings"]:
        raise RuntimeError(f"{child.returncode}: {told[:500]!r}")
    return time.perf_counter() - began, usage.ru_maxrss / 1024


def _wait_until_sequenced(system: System) -> None:
    log = system.running.client("notifier")
    while log.get("/v1/log?after=0&limit=1").body["pending"]:
        time.sleep(0.5)
    time.sleep(1.5)  # until the last checkpoint is signed


def _start_up(environment: Mapping[str, str]) -> float:
    """Return how long the command takes before it does anything."""
    began = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", WORKFLOW, "--help"],
        cwd=ROOT,
        env=environment,
        check=True,
        stdout=subprocess.DEVNULL,
    )
    return time.perf_counter() - began


def _read_hash_parse(url: str) -> float:
    began = time.perf_counter()
    with psycopg.connect(url) as connection, connection.cursor(name="floor") as cursor:
        cursor.itersize = 5000
        cursor.execute(
            "SELECT l.position, l.stream, l.version, l.leaf_hash, e.body FROM log_entry l"
            " JOIN event e ON e.stream = l.stream AND e.version = l.version ORDER BY l.position"
        )
        for row in cursor:
            body = row[4]
            hashlib.sha256(b"\x00" + body).digest()
            orjson.loads(body)
    return time.perf_counter() - began


def costs(server: PostgresServer, folder: Path) -> Iterator[Figure]:
    """Commits, round trips and WAL per transition; statements per page of a list."""
    system = System(folder / "costs", on_postgres(server, "costs"))
    system.prepare(400)
    system.running.processes["sequence"].stop()  # its work is per batch, not per transition
    api, url = system.running.client(), server.superuser_url("costs")
    try:
        for review, person in system.cases:
            api.fire(review, "submit", person, data=_REPORT)
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("CREATE EXTENSION pg_stat_statements")
            passing = iter(system.cases)
            warm = [next(passing) for _ in range(100)]
            for review, person in warm:
                api.fire(review, "pass_unit_audit", chair_of(person))
            spent = _spent(
                connection,
                lambda: [
                    api.fire(review, "pass_unit_audit", chair_of(person))
                    for review, person in passing
                ],
            )
            n = len(system.cases) - len(warm)
            yield _at_most("commits per transition", spent.written / n, "", 1.0)
            yield _at_most("round trips per transition", spent.statements / n, "", 3.0)
            yield _at_most("WAL per transition", spent.wal_bytes / n, "bytes", 2560)
            pages = [
                _spent(connection, partial(_list, api, system.cycle, limit)).statements
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
class _Spent:
    statements: int
    written: int
    wal_bytes: int


def _spent(connection: psycopg.Connection[object], act: Callable[[], object]) -> _Spent:
    """Return what the server did for *act*; a statement that writes is a transaction of its own."""
    before = _counters(connection)
    act()
    after = _counters(connection)
    return _Spent(*(last - first for first, last in zip(before, after, strict=True)))


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


def _at_most(name: str, value: float, unit: str, most: float) -> Figure:
    return Figure(
        name=name,
        value=value,
        unit=unit,
        floor=most,
        ratio=value / most,
        goal=f"≤ {most:g}",
        holds=value <= most,
    )
