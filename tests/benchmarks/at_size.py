"""Figures of what must not grow with the log: the same asked of a small one and of a large one."""

import hashlib
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

import orjson
import psycopg

from deploy.running import ROOT, WORKFLOW
from deploy.servers.postgres import OWNER, PostgresServer
from tests.benchmarks.drivers import FINDINGS, REPORT, chair_of
from tests.benchmarks.figures import RUNS, Figure, against, median
from tests.benchmarks.growth import grow
from tests.benchmarks.pages import signed_in
from tests.benchmarks.systems import OFFICE, System, on_postgres

Asked = TypeVar("Asked")
AT_SIZE = ", 200,000 reviews and 2 million events"


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
        yield compared(
            f"stuck list, first page{AT_SIZE}",
            "ms",
            1.5,
            small,
            large,
            lambda system, _: pages[id(system)].get("/stuck"),
            40,
        )
        yield compared(f"a transition{AT_SIZE}", "ms", 1.25, small, large, _pass, 300)
    finally:
        small.stop()
        large.stop()


def _ten_events_each(server: PostgresServer, folder: Path, name: str) -> System:
    system = System(folder / name, on_postgres(server, name))
    system.prepare(1000)
    api = system.running.client()
    for review, person in system.cases:
        for _ in range(4):
            api.fire(review, "submit", person, data=REPORT)
            api.fire(review, "return_unit_audit", chair_of(person), data=FINDINGS)
        api.fire(review, "submit", person, data=REPORT)
    return system


def _pass(system: System, n: int) -> None:
    review, person = system.cases[n]
    answer = system.running.client().fire(review, "pass_unit_audit", chair_of(person))
    if answer.status != 201:
        raise RuntimeError(f"{answer.status}: {answer.body}")


def compared(
    name: str,
    unit: str,
    most: float,
    small: Asked,
    large: Asked,
    act: Callable[[Asked, int], object],
    times: int,
    few_are: str = "1,000 reviews",
) -> Figure:
    """Return how long *act* takes on the *large* one, against the *small* one."""
    took: dict[int, list[float]] = {id(small): [], id(large): []}
    for n in range(times + times // 5):
        # Turn and turn about, so that a noisy minute meets both.
        for system in (small, large) if n % 2 else (large, small):
            began = time.perf_counter()
            act(system, n)
            took[id(system)].append(1000 * (time.perf_counter() - began))
    warm = times // 5
    few, many = (median(took[id(system)][warm:]) for system in (small, large))
    return against(name, unit, most, (many, few), f"with {few_are}")


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
        values.append(seconds - start_up(environment))
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
    yield against(
        "its peak memory, against verifying 10,000",
        "MiB",
        1.5,
        (median(peaks), least_mib),
        "(flat)",
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


def start_up(environment: Mapping[str, str]) -> float:
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
