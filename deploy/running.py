"""Both services as real processes on loopback, under a clock that the caller drives.

What the demo plays on and the end-to-end stories are told on: nothing here knows which store or
feed is under it but the environment it is given.
"""

import http.client
import os
import secrets
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from deploy.client import Client
from deploy.servers.ports import free_ports
from deploy.servers.processes import CouldNotStart, ServerProcess

ROOT = Path(__file__).resolve().parent.parent
WORKFLOW, NOTIFIER = "services.workflow", "services.notifier"
_WATCHED_AT = ("SHUPING_METRICS_BIND", "SHUPING_SEQUENCER_BIND", "SHUPING_RELAY_BIND")
_POLL_S = 0.02
_PATIENCE_S = 180.0  # a slow machine is no failure
_TO_DO = ("pending", "sending", "unreported")  # what waits for a retry waits for the clock


class DrivenClock:
    """The file that both services read as the time; replaced by rename, never put back."""

    def __init__(self, file: Path, at: datetime) -> None:
        self.file = file
        self.at = at
        self._write()

    def set(self, at: datetime) -> None:
        """Move the clock forward to *at*."""
        if at < self.at:
            raise ValueError(f"the clock shows {self.at} and never goes back")
        self.at = at
        self._write()

    def _write(self) -> None:
        draft = self.file.with_suffix(".new")
        draft.write_text(self.at.astimezone(UTC).isoformat() + "\n", encoding="ascii")
        draft.replace(self.file)


class Running:
    """Workflow and notifier, migrated, with tokens, the demo organisation and a driven clock."""

    def __init__(
        self, folder: Path, at: datetime, environment: Mapping[str, str] | None = None
    ) -> None:
        """Keep everything in *folder*; *environment* adds to or overrides the embedded default."""
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.clock = DrivenClock(folder / "clock", at)
        workflow, notifier, *others = (f"127.0.0.1:{port}" for port in free_ports(5))
        self.url, self.notifier_url = f"http://{workflow}", f"http://{notifier}"
        self.environment = {
            **{name: value for name, value in os.environ.items() if "SHUPING" not in name},
            "PYTHONUNBUFFERED": "1",
            "SHUPING_ENVIRONMENT": "demo",
            "SHUPING_DATABASE_URL": f"sqlite:///{folder}/workflow.db",
            "SHUPING_BIND": workflow,
            **dict(zip(_WATCHED_AT, others, strict=True)),
            "SHUPING_PUBLIC_URL": self.url,
            "SHUPING_CLOCK_FILE": str(self.clock.file),
            "SHUPING_CHECKPOINT_DIR": str(folder / "checkpoints"),
            "SHUPING_NOTIFIER_URL": self.notifier_url,
            "SHUPING_NOTIFIER_TOKEN_FILE": str(folder / "notifier.secret"),
            "SHUPING_NOTIFIER_DATABASE_URL": f"sqlite:///{folder}/notifier.db",
            "SHUPING_NOTIFIER_BIND": notifier,
            "SHUPING_FEED": "http",
            "SHUPING_WORKFLOW_URL": self.url,
            **(environment or {}),
        }
        self.processes: dict[str, ServerProcess] = {}
        self._seen: object = None  # by the last look whether all is at rest
        self._keep("notifier.secret", secrets.token_urlsafe(32))

    @property
    def embedded(self) -> bool:
        """Whether the store is SQLite, where `serve` sequences and nothing relays."""
        return self.environment["SHUPING_DATABASE_URL"].startswith("sqlite")

    def prepare(self, organisation: Path) -> None:
        """Migrate both databases, make the log's key, import *organisation*, make tokens."""
        self._keep("log.key", self.command(WORKFLOW, "key", "new"))
        self.environment["SHUPING_LOG_KEY_FILE"] = str(self.folder / "log.key")
        self.command(WORKFLOW, "migrate")
        self.command(WORKFLOW, "organisation", "import", str(organisation))
        self._token("notifier", "log", "notify")
        self._token("platform", "read", "trigger", "act-for", "log")
        self.environment["SHUPING_WORKFLOW_TOKEN_FILE"] = str(self.folder / "notifier.token")
        self.command(NOTIFIER, "migrate")

    def adopt(self, prepared: Path) -> None:
        """Take keys, tokens and SQLite files from the folder of one that was only prepared.

        Preparing takes seconds, copying none. Databases on a server are copied by whoever has it.
        """
        for file in prepared.iterdir():
            if file.suffix in {".key", ".token", ".secret"} or ".db" in file.name:
                shutil.copy2(file, self.folder / file.name)
        self.environment["SHUPING_LOG_KEY_FILE"] = str(self.folder / "log.key")
        self.environment["SHUPING_WORKFLOW_TOKEN_FILE"] = str(self.folder / "notifier.token")

    def client(self, name: str = "platform", *, timeout_s: float = 60) -> Client:
        """Return a client of the API with the token of *name*."""
        token = (self.folder / f"{name}.token").read_text().strip()
        return Client(self.url, token, timeout_s=timeout_s)

    # --- Processes ---

    def start(self, *without: str) -> None:
        """Start every process but those named, and wait until the services are ready."""
        commands: dict[str, tuple[str, ...]] = {
            "serve": (WORKFLOW, "serve"),
            "notifier": (NOTIFIER, "run"),
        }
        if not self.embedded:
            commands["sequence"] = (WORKFLOW, "sequence")
        if "SHUPING_KAFKA_BOOTSTRAP" in self.environment:
            commands["relay"] = (WORKFLOW, "relay", "--create-topics")
        for name in commands.keys() - set(without):
            command = commands[name]
            log = self.folder / f"{name}.log"
            self.processes[name] = ServerProcess([sys.executable, "-m", *command], log, "")
            self.launch(name)
        self.wait_until_ready()

    def launch(self, name: str) -> None:
        """Start one process, or start it again after it was killed."""
        self.processes[name].launch(directory=ROOT, environment=self.environment)

    def wait_until_ready(self, within_s: float = _PATIENCE_S) -> None:
        """Return when both services answer `/readyz` with yes.

        Raises:
            CouldNotStart: one of them does not in time; its log's end is told.
        """
        deadline = time.monotonic() + within_s
        for name, url in (("serve", self.url), ("notifier", self.notifier_url)):
            while name in self.processes and not Client(url).ready():
                if time.monotonic() > deadline or not self.processes[name].alive:
                    tail = (self.folder / f"{name}.log").read_text(errors="replace")[-3000:]
                    raise CouldNotStart(f"{name} is not ready\n{tail}")
                time.sleep(_POLL_S)

    def stop(self) -> None:
        """End every process, the notifier first: it still reports what it was sending."""
        for name in ("notifier", "relay", "sequence", "serve"):
            if name in self.processes:
                self.go_on(name)  # a paused process would not hear that it is to end
                self.processes[name].stop(timeout_s=30)

    def kill(self, name: str) -> None:
        """End a process and its workers at once, as a power cut would."""
        self._signal(name, signal.SIGKILL)
        self.processes[name].kill()

    def pause(self, name: str) -> None:
        """Let a process hang with its workers: connections stay open, nothing answers."""
        self._signal(name, signal.SIGSTOP)

    def go_on(self, name: str) -> None:
        """Let a paused process go on."""
        self._signal(name, signal.SIGCONT)

    def _signal(self, name: str, number: signal.Signals) -> None:
        if self.processes[name].alive:
            os.killpg(self.processes[name].pid, number)  # each process leads a group of its own

    # --- Time ---

    def move_to(self, at: datetime) -> None:
        """Settle, move the clock to *at*, and settle there."""
        self.settle()
        self.clock.set(at)
        self.settle()

    def settle(self, within_s: float = _PATIENCE_S) -> None:
        """Return when both services have done all there is to do at the clock's instant.

        The notifier has swept through that instant after reading the feed to its head, and what
        it reported back has been sequenced and read as well.

        Raises:
            TimeoutError: they do not come to rest.
        """
        deadline = time.monotonic() + within_s
        while not self._at_rest():
            if time.monotonic() > deadline:
                raise TimeoutError(f"not at rest: {self._seen}")
            time.sleep(_POLL_S)

    def _at_rest(self) -> bool:
        try:
            seen = Client(self.notifier_url).get("/readyz").body
            head = self.client("notifier").get("/v1/log?after=0&limit=1").body
        except (OSError, http.client.HTTPException) as error:
            self._seen = error  # one of them is about to start again
            return False
        self._seen = seen, {name: head.get(name) for name in ("head", "pending")}
        return (
            _instant(seen.get("clock")) == _instant(seen.get("swept_through")) == self.clock.at
            and seen.get("feed_position") == head.get("head")
            and head.get("pending") == 0
            and not any(seen.get("backlog", {}).get(part) for part in _TO_DO)
        )

    # --- Commands ---

    def command(self, *arguments: str, status: int | None = 0) -> str:
        """Run one of our commands to its end and return what it printed; None: whatever status.

        Raises:
            CouldNotStart: it ended with another status.
        """
        done = subprocess.run(
            [sys.executable, "-m", *arguments],
            cwd=ROOT,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if status is not None and done.returncode != status:
            told = f"{' '.join(arguments)} ended with {done.returncode}"
            raise CouldNotStart(f"{told}\n{done.stdout}{done.stderr}")
        return done.stdout.strip()

    def _token(self, client: str, *scopes: str) -> None:
        options = [option for scope in scopes for option in ("--scope", scope)]
        made = self.command(WORKFLOW, "token", "create", "--client", client, *options)
        self._keep(f"{client}.token", made)

    def _keep(self, name: str, secret: str) -> None:
        path = self.folder / name
        path.touch(mode=0o600)
        path.write_text(secret + "\n", encoding="ascii")


def _instant(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
