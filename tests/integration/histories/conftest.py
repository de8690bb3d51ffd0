"""A history as its release left it, put where this release finds it, and migrated."""

import gzip
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

import pytest

from deploy.running import NOTIFIER, WORKFLOW, Running
from deploy.servers.postgres import NOTIFIER as NOTIFIER_ROLES
from tests.end_to_end.systems import on_postgres
from tests.servers import Databases, DatabaseUrls

HISTORIES = Path(__file__).parents[2] / "histories"
AFTERWARDS = datetime(2020, 6, 30, 2, tzinfo=UTC)  # the day after the demo's last


class Restore(Protocol):
    """Puts the history of a name under two stopped services; yields them and its folder."""

    def __call__(
        self, name: str, *, migrated: bool = True
    ) -> AbstractContextManager[tuple[Running, Path]]: ...


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def restore(request: pytest.FixtureRequest, tmp_path: Path) -> Restore:
    """What restores a history on a store, migrated to this release."""

    @contextmanager
    def restored(name: str, *, migrated: bool = True) -> Iterator[tuple[Running, Path]]:
        history = HISTORIES / name / request.param
        if request.param == "sqlite":
            running = Running(tmp_path / "run", AFTERWARDS)
            for file in ("workflow.db", "notifier.db"):
                (running.folder / file).write_bytes(_unpacked(history / f"{file}.gz"))
        else:
            databases: Databases = request.getfixturevalue("postgres_databases")
            workflow, notifier = databases.fresh(), databases.fresh(roles=NOTIFIER_ROLES)
            _fill(workflow, history / "workflow.sql.gz")
            _fill(notifier, history / "notifier.sql.gz")
            running = Running(tmp_path / "run", AFTERWARDS, on_postgres(workflow, notifier))
        _take_over(running, history)
        if migrated:
            migrate(running)
        try:
            yield running, history
        finally:
            running.stop()

    return restored


def _take_over(running: Running, history: Path) -> None:
    """Give *running* the key and the outside checkpoints of *history*."""
    shutil.copy(history / "log.key", running.folder)
    (running.folder / "checkpoints").mkdir()
    shutil.copy(history / "checkpoints.txt", running.folder / "checkpoints")
    running.environment["SHUPING_LOG_KEY_FILE"] = str(running.folder / "log.key")
    running.environment["SHUPING_WORKFLOW_TOKEN_FILE"] = str(running.folder / "notifier.token")


def migrate(running: Running) -> None:
    """Bring both databases to this release, and make tokens."""
    running.command(WORKFLOW, "migrate")
    running.command(NOTIFIER, "migrate")
    running._token("notifier", "log", "notify")
    running._token("platform", "read", "trigger", "act-for", "log")


def _unpacked(file: Path) -> bytes:
    return gzip.decompress(file.read_bytes())


def _fill(urls: DatabaseUrls, dump: Path) -> None:
    command = ["psql", "-qX", "-v", "ON_ERROR_STOP=1", "-d", urls.owner]
    subprocess.run(command, input=_unpacked(dump), check=True, stdout=subprocess.DEVNULL)
