"""A real Prometheus that scrapes what it is given and judges the shipped rules; loopback only."""

import json
import shutil
import time
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

from deploy.servers.ports import free_port
from deploy.servers.processes import CouldNotStart, ServerProcess

RULES = Path(__file__).parent.parent / "prometheus" / "shuping.rules.yml"
_PATIENCE_S = 180.0  # a slow machine is no failure


class Prometheus:
    """Scrapes *targets* every second, and judges *rules* as often."""

    def __init__(self, folder: Path, targets: Sequence[str], rules: Path = RULES) -> None:
        self._folder, self._targets, self._rules = folder, targets, rules
        self._port = free_port()
        self._server: ServerProcess | None = None

    def start(self) -> Self:
        """Start it, and return when it answers.

        Raises:
            CouldNotStart
        """
        if shutil.which("prometheus") is None:
            raise CouldNotStart("prometheus is not installed (Debian: prometheus)")
        scraped = [{"job_name": "shuping", "static_configs": [{"targets": [*self._targets]}]}]
        every = {"scrape_interval": "1s", "evaluation_interval": "1s"}
        told = {"global": every, "rule_files": [str(self._rules)], "scrape_configs": scraped}
        config = self._folder / "prometheus.yml"
        config.write_text(json.dumps(told))  # which is YAML, too
        command = [
            *("prometheus", f"--config.file={config}", f"--storage.tsdb.path={self._folder}/data"),
            f"--web.listen-address=127.0.0.1:{self._port}",
        ]
        ready = "Server is ready to receive web requests"
        self._server = ServerProcess(command, self._folder / "prometheus.log", ready)
        self._server.launch(directory=self._folder)
        self._server.wait_until_ready()
        return self

    def firing(self, name: str) -> dict[str, Any]:
        """Wait until the alert *name* fires, and return it.

        Raises:
            TimeoutError
        """
        deadline = time.monotonic() + _PATIENCE_S
        while time.monotonic() < deadline:
            for alert in self._asked("alerts")["alerts"]:
                if (alert["labels"]["alertname"], alert["state"]) == (name, "firing"):
                    return dict(alert)
            time.sleep(0.2)
        raise TimeoutError(f"{name} does not fire")

    def faulty(self) -> list[str]:
        """Return the shipped rules that could not be judged, each with the reason."""
        groups = self._asked("rules")["groups"]
        return [
            f"{one['name']}: {one['lastError']}"
            for group in groups
            for one in group["rules"]
            if one["health"] == "err"
        ]

    def stop(self) -> None:
        """End it."""
        if self._server is not None:
            self._server.stop()

    def _asked(self, what: str) -> Any:
        with urllib.request.urlopen(f"http://127.0.0.1:{self._port}/api/v1/{what}") as answer:
            return json.load(answer)["data"]
