"""Play the demo's cycle and keep what it left: `python -m tests.histories.record FOLDER [broken]`.

Made once by each release and committed, so that later ones can be held to what was really
written. FOLDER gets, for each store, dumps of both databases, the log's raw lines, the checkpoints
kept outside, and the (made-up) key that signed them. With `broken`, people type at a page what a
release before the gate into the log still stored; later ones refuse it.
"""

import gzip
import http.client
import re
import secrets
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from deploy.demo.sign_in import set_password
from deploy.demo.story import ACTS, STUCK, Stage, moments
from deploy.running import ROOT, WORKFLOW, Running
from deploy.servers import PostgresServer
from deploy.servers.postgres import NOTIFIER
from services.workflow.adapters.database import connect
from tests.end_to_end.systems import on_postgres
from tests.servers import Databases

ORGANISATION = ROOT / "deploy" / "demo" / "organisation.yaml"
KEPT = ("log.key", "checkpoints/checkpoints.txt")
SUPERVISOR, STRANGER = "p-0016", "p-0103"  # who sees the case, and who does not
PASSWORD = "made up for a recording"
_HIDDEN = re.compile(r'name="(csrf|key|version)"[^>]*?value="([^"]*)"')


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
        stage = Stage(api=running.client(), operate=running.command, say=print)
        for at, _, act in moments():
            running.move_to(at)
            if act is not None:
                act(stage)
                running.settle()
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
        with _browser(running, person) as send:
            version = {"version": str(case["version"])}
            send(f"/cases/{case['id']}/transitions", {"reason": "补录", **version, **typed})


def _wait_for_positions(running: Running) -> None:
    """Return when nothing is pending; the notifier of that time stops at what it cannot read."""
    while running.client("notifier").get("/v1/log?after=0&limit=1").body["pending"]:
        pass


@contextmanager
def _browser(running: Running, person: str) -> Iterator[Callable[[str, dict[str, str]], int]]:
    """Sign *person* in by a one-time link; yields what sends a form with a right csrf."""
    set_password(running.command(WORKFLOW, "account", "invite", "--person", person), PASSWORD)
    parts, jar = urlsplit(running.url), SimpleCookie()
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=30)

    def ask(method: str, path: str, form: dict[str, str] | None = None) -> tuple[int, str]:
        headers = {
            "Cookie": "; ".join(f"{one.key}={one.value}" for one in jar.values()),
            "Origin": running.url,
            "Content-Type": "application/x-www-form-urlencoded",
        }
        connection.request(method, path, urlencode(form) if form else None, headers)
        answer = connection.getresponse()
        for name, value in answer.getheaders():
            if name.lower() == "set-cookie":
                jar.load(value)
        return answer.status, answer.read().decode()

    def send(path: str, form: dict[str, str]) -> int:
        csrf = dict(_HIDDEN.findall(ask("GET", "/tasks")[1]))["csrf"]
        return ask("POST", path, {"csrf": csrf, "key": secrets.token_hex(8), **form})[0]

    try:
        csrf = dict(_HIDDEN.findall(ask("GET", "/sign-in")[1]))["csrf"]
        status, _ = ask(
            "POST", "/sign-in", {"csrf": csrf, "person": person, "password": PASSWORD, "next": "/"}
        )
        if status != 303:
            raise RuntimeError(f"{person} could not sign in: {status}")
        yield send
    finally:
        connection.close()


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
