"""What boards of 2,000 items cost, against those of 20: statements, and until the first byte."""

from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path

import psycopg

from deploy.servers.postgres import PostgresServer
from tests.benchmarks.figures import Figure, against, median, spent
from tests.benchmarks.pages import Browser, signed_in
from tests.benchmarks.systems import OFFICE, System
from tests.benchmarks.works import ROWS, Round, works

FEW, MANY = 20, 2000
AT_MOST = 1.5  # times what the small one costs
OPENED, WARM = 40, 8
PAGES = {
    "a ledger of 2,000 by unit": "/ledgers/point",
    "a ledger of 2,000 by case": "/ledgers/point?by=of",
    "a ledger of 2,000, the late ones by holder": "/ledgers/point?by=holder&due=over",
    "2,000 stuck": "/stuck",
    "a list of 2,000": "/cases?kind=point",
    "the morning over 2,000": "/",
    "own work beside 2,000": "/tasks",
}


def boards(server: PostgresServer, folder: Path) -> Iterator[Figure]:
    """Each board, asked of a small round and of a large one in turns."""
    systems = [_items(server, folder, f"items_{n}", n) for n in (FEW, MANY)]
    try:
        browsers = [signed_in(system.running, OFFICE) for system in systems]
        for name, path in PAGES.items():
            costs = [
                _statements(server, system, browser, path)
                for system, browser in zip(systems, browsers, strict=True)
            ]
            for what, unit, (few, many) in (
                ("statements", "", costs),
                ("first byte", "ms", _waited(browsers, path)),
            ):
                yield against(f"{name}: {what}", unit, AT_MOST, (many, few), f"with {FEW}")
    finally:
        for system in systems:
            system.stop()


def _items(server: PostgresServer, folder: Path, name: str, n: int) -> System:
    """Return a system with *n* items, all of them late, in which nothing but the server runs."""
    system = works(server, folder, name, 100)
    with psycopg.connect(server.superuser_url(name), autocommit=True) as connection:
        connection.execute("CREATE EXTENSION pg_stat_statements")
    system.running.start("notifier")
    round_ = Round(system, "2019")
    rows = ROWS["documents"]["sheet"]["rows"]
    plans = iter(round_.cases("plan"))
    for left in range(n, 0, -len(rows)):
        round_.fire(next(plans), "list", {"documents": {"sheet": {"rows": rows[:left]}}})
    system.running.processes["sequence"].stop()  # would ask on its own
    with psycopg.connect(server.superuser_url(name), autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")
    system.running.clock.set(system.running.clock.at + timedelta(days=80))
    return system


def _statements(server: PostgresServer, system: System, browser: Browser, path: str) -> float:
    browser.get(path)
    with psycopg.connect(server.superuser_url(system.folder.name), autocommit=True) as connection:
        did = spent(connection, partial(_each, browser, path))
    return did.statements / 10


def _each(browser: Browser, path: str) -> None:
    for _ in range(10):
        browser.get(path)


def _waited(browsers: list[Browser], path: str) -> list[float]:
    """Return the medians until the first byte, milliseconds; turn and turn about."""
    waits = [[browser.first_byte_ms(path) for browser in browsers] for _ in range(OPENED + WARM)]
    return [median([*of_one][WARM:]) for of_one in zip(*waits, strict=True)]
