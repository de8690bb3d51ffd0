"""Play the demo's cycle and keep what it left: `python -m tests.histories.record FOLDER [broken]`.

Made once by each release and committed, so that later ones can be held to what was really
written. FOLDER gets, for each store, dumps of both databases, the log's raw lines, the checkpoints
kept outside, and the (made-up) key that signed them. With `broken`, people type at a page what a
release before the gate into the log still stored; later ones refuse it.
"""

import gzip
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from deploy.demo.cast import STUCK
from deploy.demo.play import ORGANISATION, tell
from deploy.demo.story import ACTS, moments
from deploy.running import WORKFLOW, Running
from deploy.servers import PostgresServer
from deploy.servers.postgres import NOTIFIER
from services.workflow.adapters.database import connect
from tests.end_to_end.systems import on_postgres
from tests.end_to_end.visitor import Visitor
from tests.servers import Databases

KEPT = ("log.key", "checkpoints/checkpoints.txt")
SUPERVISOR, STRANGER = "p-0016", "p-0103"  # who sees the case, and who does not


def main(folder: Path, *, broken: bool) -> None:
    """Record a cycle on each store."""
    with tempfile.TemporaryDirectory() as made:
        _record(folder / "sqlite", Running(Path(made) / "run", ACTS[0][0]), _dump_sqlite, broken)
    server = PostgresServer().start()
    try:
        with tempfile.TemporaryDirectory() as made:
            databases = Databases(server)
            urls = on_postgres(databases.fresh(), databases.fresh(roles=NOTIFIER))
            running = Running(Path(made) / "run", ACTS[0][0], urls)
            _record(folder / "postgres", running, _dump_postgres, broken)
    finally:
        server.stop()


def _record(
    folder: Path, running: Running, dump: Callable[[Running, Path], None], broken: bool
) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    try:
        running.prepare(ORGANISATION)
        running.start()
        stage = tell(running, moments(), print)
        if broken:
            case = stage.api.get(f"/v1/reviews/{stage.cases[STUCK]['id']}", SUPERVISOR).body
            _type_nonsense(running, case)
            _wait_for_positions(running)
        (folder / "log.pub").write_text(running.command(WORKFLOW, "key", "show") + "\n")
    finally:
        running.stop()
    for name in KEPT:
        shutil.copy(running.folder / name, folder / Path(name).name)
    _write_log(running, folder / "log.jsonl.gz")
    dump(running, folder)


def _type_nonsense(running: Running, case: dict[str, Any]) -> None:
    """Send a case's form with moments that never were, and with triggers that are none."""
    for person, typed in (
        (SUPERVISOR, {"trigger": "suspend", "effective_at": "0019-12-20T10:00"}),
        (SUPERVISOR, {"trigger": "suspend", "effective_at": "2101-01-10T10:00"}),
        (STRANGER, {"trigger": "张三同志"}),
        (STRANGER, {"trigger": "x" * 400_000}),
    ):
        form = {"reason": "补录", "version": str(case["version"]), **typed}
        Visitor(running, person).send(f"/cases/{case['id']}/transitions", form)


def _wait_for_positions(running: Running) -> None:
    """Return when nothing is pending; the notifier of that time stops at what it cannot read."""
    while running.client("notifier").get("/v1/log?after=0&limit=1").body["pending"]:
        pass


def _write_log(running: Running, file: Path) -> None:
    """Write the log's bodies as they are stored, one a line, in the order of their positions."""
    database = connect(running.environment["SHUPING_DATABASE_URL"])
    with gzip.GzipFile(file, "wb", mtime=0) as lines:
        for entry in database.audit.entries():
            lines.write(bytes(entry[4]) + b"\n")
    database.close()


def _dump_sqlite(running: Running, folder: Path) -> None:
    for name in ("workflow", "notifier"):
        whole = folder / f"{name}.db"
        whole.unlink(missing_ok=True)
        connection = sqlite3.connect(running.folder / f"{name}.db")
        connection.execute("VACUUM INTO ?", (str(whole),))
        connection.close()
        _compress(whole)


def _dump_postgres(running: Running, folder: Path) -> None:
    for name, setting in (
        ("workflow", "SHUPING_MIGRATION_DATABASE_URL"),
        ("notifier", "SHUPING_NOTIFIER_MIGRATION_DATABASE_URL"),
    ):
        whole = folder / f"{name}.sql"
        url = running.environment[setting]
        subprocess.run(["pg_dump", "--no-owner", "-f", whole, url], check=True)
        _compress(whole)


def _compress(file: Path) -> None:
    with gzip.GzipFile(f"{file}.gz", "wb", mtime=0) as smaller:
        smaller.write(file.read_bytes())
    file.unlink()


if __name__ == "__main__":
    arguments: Any = sys.argv[1:]
    main(Path(arguments[0]).resolve(), broken="broken" in arguments[1:])
