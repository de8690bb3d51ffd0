"""The service on one store, without Kafka, with each of its parts in a folder of its own."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from deploy.client import Client
from deploy.running import Running
from deploy.servers import PostgresServer
from deploy.servers.postgres import NOTIFIER
from tests.end_to_end.systems import OPENED, ORGANISATION, Prepared, on_postgres
from tests.end_to_end.world import World, until
from tests.faults.load import Load
from tests.servers import Databases, start_postgres

STORES = ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]
UNITS = ("h1-1", "h1-2", "h1-3", "h1-4")
PROCESSES = {"sqlite": ("serve", "notifier"), "postgres": ("serve", "sequence", "notifier")}
_SMALL = {"min_wal_size": "32MB", "max_wal_size": "48MB", "shared_buffers": "16MB"}


@dataclass
class Site:
    """A running service, and where its parts lie: data, checkpoints, and output with the key."""

    store: str
    folder: Path
    world: World
    databases: Databases | None = None

    @property
    def server(self) -> PostgresServer | None:
        return self.databases and self.databases.server

    @property
    def processes(self) -> tuple[str, ...]:
        return PROCESSES[self.store]

    def said(self, process: str) -> str:
        """Return what a process wrote since it was started last."""
        return (self.folder / f"{process}.log").read_text(errors="replace")

    def parts(self) -> dict[str, Any]:
        """Return how each part is, as the process that sequences tells it."""
        environment = self.world.running.environment
        bind = "BIND" if self.store == "sqlite" else "SEQUENCER_BIND"
        body = Client(f"http://{environment[f'SHUPING_{bind}']}").get("/readyz").body
        return dict(body["parts"])

    def require_well(self, load: Load) -> None:
        """Acknowledged is stored, once, in order; every process lives; the log is whole."""
        assert load.answers.keys() <= {0, 201, 409, 422, 503}
        until(lambda: all(part["status"] == "ok" for part in self.parts().values()))
        assert all(process.alive for process in self.world.running.processes.values())
        assert load.faults() == []
        self.world.require_whole()


@contextmanager
def running_site(store: str, folder: Path, prepared: Prepared) -> Iterator[Site]:
    """Run all processes of *store* with everything below *folder*, and open the cycle."""
    for part in ("data", "checkpoints", "output"):
        (folder / part).mkdir(mode=0o711, exist_ok=True)
    for name in ("serve.log", "sequence.log", "notifier.log", "log.key"):
        (folder / name).symlink_to(folder / "output" / name)
    if store == "sqlite":
        environment = {"SHUPING_DATABASE_URL": f"sqlite:///{folder}/data/workflow.db"}
        running = Running(folder, OPENED, environment)
        running.adopt(prepared.embedded())
        for file in folder.glob("workflow.db*"):
            shutil.move(file, folder / "data")
        with _started(Site(store, folder, World(running))) as site:
            yield site
        return
    databases = Databases(start_postgres(_SMALL, folder / "data"))
    workflow, notifier = databases.fresh(), databases.fresh(roles=NOTIFIER)
    running = Running(folder, OPENED, on_postgres(workflow, notifier))
    try:
        running.prepare(ORGANISATION)
        with _started(Site(store, folder, World(running), databases)) as site:
            yield site
    finally:
        databases.server.stop()


@contextmanager
def _started(site: Site) -> Iterator[Site]:
    try:
        site.world.running.start()
        site.world.open_cycle()
        yield site
    finally:
        site.world.running.stop()
