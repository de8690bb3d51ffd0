"""The floors: the least a database must do for one transition, with no service around it."""

import os
import re
import sqlite3
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import LiteralString

import psycopg

from deploy.servers.postgres import OWNER, PostgresServer, binaries

N_HEADS = 20_000
EVENT_BYTES = 600
_TRANSITION = f"""\\set head random(1, {N_HEADS})
BEGIN;
SELECT version FROM head WHERE id = :head FOR UPDATE;
UPDATE head SET version = version + 1 WHERE id = :head;
INSERT INTO event (head, body) VALUES (:head, decode(repeat('ab', {EVENT_BYTES}), 'hex'));
INSERT INTO idempotency_key (key) VALUES (gen_random_uuid());
COMMIT;
"""
_TABLES = (
    "CREATE TABLE head (id int PRIMARY KEY, version int NOT NULL)",
    f"INSERT INTO head SELECT n, 1 FROM generate_series(1, {N_HEADS}) n",
    "CREATE TABLE event (id bigserial PRIMARY KEY, head int NOT NULL, body bytea NOT NULL)",
    "CREATE TABLE idempotency_key (key uuid PRIMARY KEY)",
)


@dataclass(frozen=True, slots=True)
class Script:
    """What pgbench does over and over, and the tables it needs."""

    text: str
    tables: tuple[LiteralString, ...]


TRANSITION = Script(_TRANSITION, _TABLES)


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast a floor is."""

    per_s: float
    mean_ms: float


class Pgbench:
    """pgbench -M prepared over TCP, as our service reaches the same server."""

    def __init__(
        self, server: PostgresServer, folder: Path, name: str = "floor", did: Script = TRANSITION
    ) -> None:
        """Make a database *name* for what is *did* over and over: by default a transition."""
        server.create_database(name)
        self._url = server.url(name, OWNER)
        self._script = folder / f"{name}.sql"
        self._script.write_text(did.text, encoding="ascii")
        with psycopg.connect(self._url, autocommit=True) as connection:
            for statement in did.tables:
                connection.execute(statement)
            connection.execute("VACUUM ANALYZE")

    def run(self, clients: int, seconds: int) -> Pace:
        """Run for *seconds* and return the pace."""
        programs = binaries()
        if programs is None:
            raise RuntimeError("PostgreSQL is not installed")
        answer = subprocess.run(
            [
                str(programs / "pgbench"),
                "-n",
                "-M",
                "prepared",
                "-f",
                str(self._script),
                "-c",
                str(clients),
                "-j",
                str(min(2, clients)),
                "-T",
                str(seconds),
                self._url,
            ],
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        return Pace(
            per_s=float(_found(r"tps = ([\d.]+)", answer)),
            mean_ms=float(_found(r"latency average = ([\d.]+)", answer)),
        )


def bare_sqlite(file: Path, seconds: float) -> Pace:
    """Write the same rows as one transition does, one commit each, in a bare loop."""
    connection = sqlite3.connect(file, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("CREATE TABLE head (id INTEGER PRIMARY KEY, version INT, facts TEXT)")
    connection.execute(
        "CREATE TABLE event (stream TEXT, version INT, body BLOB, PRIMARY KEY (stream, version))"
    )
    connection.execute(
        "CREATE TABLE event_pending (id INTEGER PRIMARY KEY, stream TEXT, version INT)"
    )
    connection.execute(
        "CREATE TABLE stage (review INT, version INT, ended TEXT, PRIMARY KEY (review, version))"
    )
    connection.execute("CREATE TABLE idempotency_key (key TEXT PRIMARY KEY)")
    connection.execute("BEGIN")
    connection.executemany("INSERT INTO head VALUES (?, 1, '')", ((n,) for n in range(2000)))
    connection.executemany("INSERT INTO stage VALUES (?, 1, NULL)", ((n,) for n in range(2000)))
    connection.execute("COMMIT")
    body, facts, began, n = b"x" * EVENT_BYTES, "y" * 300, time.monotonic(), 0
    while time.monotonic() - began < seconds:
        review, version = n % 2000, n // 2000 + 2
        connection.execute("BEGIN IMMEDIATE")
        connection.execute(
            "UPDATE head SET version=?, facts=? WHERE id=?", (version, facts, review)
        )
        connection.execute(
            "INSERT INTO event VALUES (?, ?, ?)", (f"review/{review}", version, body)
        )
        connection.execute(
            "INSERT INTO event_pending VALUES (NULL, ?, ?)", (f"review/{review}", version)
        )
        connection.execute(
            "UPDATE stage SET ended='now' WHERE review=? AND version=?", (review, version - 1)
        )
        connection.execute("INSERT INTO stage VALUES (?, ?, NULL)", (review, version))
        connection.execute("INSERT INTO idempotency_key VALUES (?)", (os.urandom(16).hex(),))
        connection.execute("COMMIT")
        n += 1
    elapsed = time.monotonic() - began
    connection.close()
    return Pace(per_s=n / elapsed, mean_ms=1000 * elapsed / n)


def _found(pattern: str, text: str) -> str:
    match = re.search(pattern, text)
    if match is None:
        raise RuntimeError(f"no {pattern} in {text}")
    return match[1]
