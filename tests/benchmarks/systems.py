"""What is measured, as production runs it: server processes, sequencer, a database of its own."""

import json
import os
import subprocess
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from deploy.running import WORKFLOW, Running
from deploy.servers.postgres import APP, OWNER, PostgresServer
from tests.benchmarks.drivers import STEPS, write_cases, write_driver
from tests.benchmarks.organisation import write_organisation
from tests.texts import EARLIER_FILE

ROOT = Path(__file__).resolve().parent.parent.parent
OPENED = datetime(2020, 1, 8, 9, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
OFFICE = "p-office"
OPENING_S = 900  # tens of thousands of cases, on a machine that others use as well


class System:
    """The workflow service with a cycle open over many branches; a notifier beside it if asked."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self.running = Running(folder, OPENED, environment)
        self.folder = folder
        self.cycle = ""
        self.token = ""
        self.cases: list[tuple[str, str]] = []  # (review, person), not walked yet

    def prepare(self, n_branches: int, *, without: tuple[str, ...] = ("notifier", "relay")) -> None:
        """Migrate, import, start, open the cycle, and remember its branch reviews."""
        self.install(n_branches)
        # What is measured goes on under the text it was measured under from the first.
        self.publish("scheme", EARLIER_FILE)
        self.running.start(*without)
        self.cycle = self.open("jilin-health-2019", "2019")
        self.cases = self._cases()
        write_driver(self.folder / "driver.json", self.token, "/v1/reviews", STEPS)

    def install(self, n_branches: int) -> None:
        """Migrate and import; start nothing."""
        organisation = self.folder / "organisation.yaml"
        write_organisation(organisation, n_branches)
        self.running.prepare(organisation)
        self.token = (self.folder / "platform.token").read_text().strip()

    def publish(self, kind: str, file: Path) -> None:
        """Publish a scheme, a policy or a calendar."""
        self.running.command(WORKFLOW, kind, "import", str(file))

    def open(self, scheme: str, label: str) -> str:
        """Open a round over all branches; return its id.

        Raises:
            RuntimeError: it was refused.
        """
        body = {"scheme": scheme, "unit": "u-organ", "round": label}
        answer = self.running.client(timeout_s=OPENING_S).post("/v1/cycles", body, OFFICE)
        if answer.status != 201:
            raise RuntimeError(f"{answer.status}: {answer.body}")
        return str(answer.body["id"])

    def walk(self, load: Path, clients: int, warm_s: float, seconds: float) -> dict[str, Any]:
        """Let *clients* walk fresh cases, until those are used up; return what the generator says.

        Raises:
            RuntimeError: it met errors, or had too few cases for a figure.
        """
        # Twice what the fastest machine so far would take, so that nobody runs dry.
        n_cases = min(len(self.cases), int((warm_s + seconds) * 1500))
        taken, self.cases = self.cases[:n_cases], self.cases[n_cases:]
        write_cases(self.folder / "cases", taken)
        answer = subprocess.run(
            [
                str(load),
                "-driver",
                str(self.folder / "driver.json"),
                "-base",
                self.running.url,
                "-cases-file",
                str(self.folder / "cases"),
                "-c",
                str(clients),
                "-warm",
                f"{warm_s}s",
                "-dur",
                f"{seconds}s",
            ],
            check=True,
            capture_output=True,
            text=True,
        )
        told: dict[str, Any] = json.loads(answer.stdout)
        if told["errors"] or told["seconds"] < seconds / 3:
            raise RuntimeError(f"the load generator met errors or few cases: {answer.stdout}")
        # What was not begun can be walked by the next run.
        self.cases = taken[told["cases"] :] + self.cases
        return told

    def stop(self) -> None:
        """End the processes."""
        self.running.stop()

    def _cases(self) -> list[tuple[str, str]]:
        found, after, api = [], "", self.running.client()
        while after is not None:
            query = {"cycle": self.cycle, "tier": "C", "limit": 200} | (
                {"after": after} if after else {}
            )
            page = api.get("/v1/reviews", **query).body
            found += [(one["id"], one["person"]) for one in page["items"]]
            after = page["next"]
        return found


def on_postgres(server: PostgresServer, name: str) -> dict[str, str]:
    """Return the environment of a system in a fresh database of *server*."""
    server.create_database(name)
    return {
        "SHUPING_DATABASE_URL": server.url(name, APP),
        "SHUPING_MIGRATION_DATABASE_URL": server.url(name, OWNER),
    }


def spent(system: System, act: Callable[[], object]) -> tuple[float, float]:
    """Return how long *act* took, and the processor's time the service spent on it, seconds."""
    before, began = _cpu_s(system), time.perf_counter()
    act()
    return time.perf_counter() - began, _cpu_s(system) - before


def _cpu_s(system: System) -> float:
    serve = system.running.processes["serve"].pid
    children = Path(f"/proc/{serve}/task/{serve}/children").read_text("ascii").split()
    ticks = 0
    for pid in (serve, *children):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")
