"""Everything as production would run it, on this machine, until Ctrl-C: python -m deploy.stack.

PostgreSQL with fsync, three Kafka nodes, both databases migrated, and one process each for
`serve`, `sequence`, `relay` and the notifier, fed by Kafka. A process that ends is started again,
as systemd would. Databases, topics and keys are new every time and gone afterwards; the
processes' output stays in var/stack/.
"""

import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from contextlib import ExitStack
from pathlib import Path
from types import FrameType

from deploy.servers import CouldNotStart, KafkaCluster, PostgresServer, SmtpSink, free_ports
from deploy.servers.postgres import NOTIFIER as NOTIFIER_ROLES
from deploy.servers.postgres import WORKFLOW as WORKFLOW_ROLES
from deploy.servers.processes import ServerProcess

ROOT = Path(__file__).parent.parent
LOGS = ROOT / "var" / "stack"
ORGANISATION = ROOT / "deploy" / "demo" / "organisation.yaml"
WORKFLOW = "services.workflow"
NOTIFIER = "services.notifier"
PROCESSES = {
    "serve": (WORKFLOW, "serve"),
    "sequence": (WORKFLOW, "sequence"),
    "relay": (WORKFLOW, "relay", "--create-topics"),
    "notifier": (NOTIFIER, "run"),
}
# What a running process of each service is not told: the owners' addresses, the other's secrets.
_NOT_FOR = {
    WORKFLOW: ("MIGRATION", "NOTIFIER_DATABASE", "WORKFLOW_TOKEN"),
    NOTIFIER: ("MIGRATION", "SHUPING_DATABASE", "LOG_KEY"),
}
_READY_WITHIN_S = 60


class Ended(Exception):
    """Ctrl-C or SIGTERM."""


def main() -> int:
    """Start everything, wait, stop everything; return the exit status."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _end)
    LOGS.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        try:
            _run(stack)
        except Ended:
            print("\nstopping", flush=True)
        except CouldNotStart as error:
            print(error, file=sys.stderr)
            return 1
        finally:
            # A second Ctrl-C must not leave half of it running.
            for number in (signal.SIGINT, signal.SIGTERM):
                signal.signal(number, signal.SIG_IGN)
    return 0


def _run(stack: ExitStack) -> None:
    folder = Path(tempfile.mkdtemp(prefix="shuping-stack-"))
    stack.callback(shutil.rmtree, folder, ignore_errors=True)
    print("starting PostgreSQL and three Kafka nodes", flush=True)
    postgres = PostgresServer(durable=True).start()
    stack.callback(postgres.stop)
    kafka = KafkaCluster(3, quick_failover=False).start()
    stack.callback(kafka.stop)
    mail = SmtpSink().start()
    stack.callback(mail.stop)
    environment = _environment(postgres, kafka, mail, folder)
    _prepare(environment, folder)
    processes = {
        name: ServerProcess([sys.executable, "-m", *command], LOGS / f"{name}.log", "")
        for name, command in PROCESSES.items()
    }
    for process in processes.values():
        stack.callback(process.stop, timeout_s=20)
    for name in processes:
        _launch(name, processes, environment)
    for name in ("SHUPING_PUBLIC_URL", "SHUPING_NOTIFIER_URL"):
        _await_readiness(environment[name])
    _tell(environment)
    _keep_running(processes, environment)


def _launch(name: str, processes: dict[str, ServerProcess], environment: dict[str, str]) -> None:
    """Start a process with the settings of its own service."""
    hidden = _NOT_FOR[PROCESSES[name][0]]
    own = {
        setting: value
        for setting, value in environment.items()
        if not any(part in setting for part in hidden)
    }
    processes[name].launch(directory=ROOT, environment=own)


def _environment(
    postgres: PostgresServer, kafka: KafkaCluster, mail: SmtpSink, folder: Path
) -> dict[str, str]:
    databases = {"shuping": WORKFLOW_ROLES, "shuping_notifier": NOTIFIER_ROLES}
    for name, roles in databases.items():
        postgres.create_database(name, owner=roles.owner)
    workflow, notifier, metrics, sequencer, relay = (f"127.0.0.1:{port}" for port in free_ports(5))
    shared_secret = folder / "notifier.secret"
    shared_secret.write_text(secrets.token_urlsafe(32))
    return {
        **os.environ,
        "SHUPING_ENVIRONMENT": "production",
        "SHUPING_DATABASE_URL": postgres.url("shuping", WORKFLOW_ROLES.app),
        "SHUPING_MIGRATION_DATABASE_URL": postgres.url("shuping", WORKFLOW_ROLES.owner),
        "SHUPING_BIND": workflow,
        "SHUPING_METRICS_BIND": metrics,
        "SHUPING_SEQUENCER_BIND": sequencer,
        "SHUPING_RELAY_BIND": relay,
        "SHUPING_PUBLIC_URL": f"http://{workflow}",
        "SHUPING_CHECKPOINT_DIR": str(folder / "checkpoints"),
        "SHUPING_KAFKA_BOOTSTRAP": kafka.bootstrap,
        "SHUPING_NOTIFIER_URL": f"http://{notifier}",
        "SHUPING_NOTIFIER_TOKEN_FILE": str(shared_secret),
        "SHUPING_NOTIFIER_DATABASE_URL": postgres.url("shuping_notifier", NOTIFIER_ROLES.app),
        "SHUPING_NOTIFIER_MIGRATION_DATABASE_URL": postgres.url(
            "shuping_notifier", NOTIFIER_ROLES.owner
        ),
        "SHUPING_NOTIFIER_BIND": notifier,
        "SHUPING_FEED": "kafka",
        "SHUPING_WORKFLOW_URL": f"http://{workflow}",
        "SHUPING_SMTP_URL": mail.url,
        "SHUPING_SMTP_FROM": "shuping@shuping.example",
    }


def _prepare(environment: dict[str, str], folder: Path) -> None:
    """Migrate, make the log's key, import the demo organisation, give the notifier its token."""
    print("migrating, importing the demo organisation", flush=True)
    (folder / "checkpoints").mkdir()
    _keep(folder / "log.key", _command(environment, WORKFLOW, "key", "new"))
    environment["SHUPING_LOG_KEY_FILE"] = str(folder / "log.key")
    _command(environment, WORKFLOW, "migrate")
    # The demo's posts end after its cycle; here the clock shows today, and people still hold them.
    organisation = folder / "organisation.yaml"
    organisation.write_text(ORGANISATION.read_text("utf-8").replace(", until: 2020-12-31", ""))
    _command(environment, WORKFLOW, "organisation", "import", str(organisation))
    scopes = ("--scope", "log", "--scope", "notify")
    token = _command(environment, WORKFLOW, "token", "create", "--client", "notifier", *scopes)
    _keep(folder / "workflow.token", token)
    environment["SHUPING_WORKFLOW_TOKEN_FILE"] = str(folder / "workflow.token")
    _command(environment, NOTIFIER, "migrate")


def _command(environment: dict[str, str], *arguments: str) -> str:
    """Run one of our commands to its end; return what it printed."""
    done = subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise CouldNotStart(f"{' '.join(arguments)} failed\n{done.stdout}{done.stderr}")
    return done.stdout.strip()


def _keep(path: Path, secret: str) -> None:
    path.touch(mode=0o600)
    path.write_text(secret + "\n")


def _await_readiness(address: str) -> None:
    deadline = time.monotonic() + _READY_WITHIN_S
    while True:
        try:
            with urllib.request.urlopen(f"{address}/readyz", timeout=5):  # noqa: S310 (our own)
                return
        except (urllib.error.URLError, OSError) as error:
            if time.monotonic() > deadline:
                raise CouldNotStart(f"{address}/readyz: {error}; see {LOGS}") from error
            time.sleep(0.1)


def _keep_running(processes: dict[str, ServerProcess], environment: dict[str, str]) -> None:
    while True:
        time.sleep(1)
        for name, process in processes.items():
            if not process.alive:
                print(f"{name} ended; starting it again", flush=True)
                _launch(name, processes, environment)


def _tell(environment: dict[str, str]) -> None:
    print(
        f"""
  page and API   {environment["SHUPING_PUBLIC_URL"]}
  API by hand    {environment["SHUPING_PUBLIC_URL"]}/docs
  notifier       {environment["SHUPING_NOTIFIER_URL"]}/readyz
  Kafka          {environment["SHUPING_KAFKA_BOOTSTRAP"]}
  output         {LOGS.relative_to(ROOT)}/

To run a command beside it, e.g. `python -m services.workflow account invite --person ID`:""",
        flush=True,
    )
    for name in sorted(environment):
        if name.startswith("SHUPING_"):
            print(f"  export {name}='{environment[name]}'", flush=True)
    print("\nCtrl-C ends everything.", flush=True)


def _end(_number: int, _frame: FrameType | None) -> None:
    raise Ended


if __name__ == "__main__":
    sys.exit(main())
