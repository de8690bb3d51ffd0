"""A history as its release left it, put where this release finds it, and migrated."""

import gzip
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple, Protocol

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


class Laid(NamedTuple):
    """A history where this release finds it: a folder, and databases unless they lie in it."""

    folder: Path
    databases: tuple[DatabaseUrls, DatabaseUrls] | None

    def copied(self, folder: Path, databases: Databases | None) -> "Laid":
        """Return a copy of it in *folder*, to be changed."""
        shutil.copytree(self.folder, folder)
        if self.databases is None or databases is None:
            return Laid(folder, None)
        workflow, notifier = self.databases
        copies = databases.fresh(workflow.name), databases.fresh(notifier.name, NOTIFIER_ROLES)
        return Laid(folder, copies)

    def running(self) -> Running:
        """Return the two services over it, stopped."""
        environment = None if self.databases is None else on_postgres(*self.databases)
        running = Running(self.folder, AFTERWARDS, environment)
        running.environment["SHUPING_LOG_KEY_FILE"] = str(running.folder / "log.key")
        running.environment["SHUPING_WORKFLOW_TOKEN_FILE"] = str(running.folder / "notifier.token")
        return running


@pytest.fixture(scope="session")
def brought() -> dict[Path, Laid]:
    """Histories that were migrated in this session, by where they lie: each is copied for tests."""
    return {}


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def restore(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
    brought: dict[Path, Laid],
) -> Restore:
    """What restores a history on a store, migrated to this release."""
    databases: Databases | None = None
    if request.param == "postgres":
        databases = request.getfixturevalue("postgres_databases")

    @contextmanager
    def restored(name: str, *, migrated: bool = True) -> Iterator[tuple[Running, Path]]:
        history = HISTORIES / name / request.param
        if not migrated:
            running = _lay(history, tmp_path / "run", databases).running()
        else:
            if history not in brought:
                laid = _lay(history, tmp_path_factory.mktemp(name) / "run", databases)
                _bring(laid.running())
                brought[history] = laid
            running = brought[history].copied(tmp_path / "run", databases).running()
        try:
            yield running, history
        finally:
            running.stop()

    return restored


def _lay(history: Path, folder: Path, databases: Databases | None) -> Laid:
    """Put *history* into *folder* and databases of its own, with its key and checkpoints."""
    (folder / "checkpoints").mkdir(parents=True)
    shutil.copy(history / "log.key", folder)
    shutil.copy(history / "checkpoints.txt", folder / "checkpoints")
    if databases is None:
        for file in ("workflow.db", "notifier.db"):
            (folder / file).write_bytes(_unpacked(history / f"{file}.gz"))
        return Laid(folder, None)
    workflow, notifier = databases.fresh(), databases.fresh(roles=NOTIFIER_ROLES)
    _fill(workflow, history / "workflow.sql.gz")
    _fill(notifier, history / "notifier.sql.gz")
    return Laid(folder, (workflow, notifier))


def _bring(running: Running) -> None:
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
