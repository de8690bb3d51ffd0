"""The page on running the stack, followed literally, on a bare PostgreSQL and without any rights.

Its commands are fed to one shell as they stand; only what the page says can be set is set.
"""

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from signal import SIGINT, SIGKILL

import pytest
import yaml

from deploy.client import Client
from deploy.demo.reviews import report
from deploy.running import ROOT
from deploy.servers import CouldNotStart, free_port, free_ports
from deploy.servers.postgres import binaries
from deploy.servers.processes import ServerProcess
from tests.servers import leave_out

PAGE = ROOT / "docs" / "how-to" / "run-the-stack.md"
NOBODY = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", "--pdeathsig=INT", "--"]
UNPRIVILEGED = NOBODY if os.geteuid() == 0 else []
OFFICE, SECRETARY = "p-0016", "p-0041"  # of the demo organisation
DONE = "everything but the last block is done"


def blocks(kind: str) -> list[str]:
    """Return the page's commands of one kind: `sh` alone is for everybody."""
    return re.findall(rf"^```{kind}\n(.*?)^```$", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL)


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that somebody without rights can enter and owns."""
    made = Path(tempfile.mkdtemp(prefix="how-to-"))
    give(made)
    yield made
    shutil.rmtree(made, ignore_errors=True)


def give(path: Path) -> None:
    if UNPRIVILEGED:
        shutil.chown(path, "nobody", "nogroup")


def as_nobody(*command: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*UNPRIVILEGED, *map(str, command)],
        cwd="/",
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def postgres(folder: Path) -> Iterator[tuple[Path, int]]:
    """Socket and port of a cluster as Debian makes it: peer on the socket, passwords over TCP."""
    programs = binaries()
    if programs is None:
        leave_out(CouldNotStart("PostgreSQL is not installed (Debian: postgresql-15)"))
    data, port = folder / "data", free_port()
    auth = ("--auth-local=peer", "--auth-host=scram-sha-256", "--username=postgres")
    made = as_nobody(programs / "initdb", "--pgdata", data, *auth, "--encoding=UTF8", "--no-sync")
    assert made.returncode == 0, made.stderr
    user = "nobody" if UNPRIVILEGED else subprocess.check_output(["id", "-un"], text=True).strip()
    (data / "pg_ident.conf").write_text(f"here {user} postgres\n")
    (data / "pg_hba.conf").write_text(
        "local all all peer map=here\nhost all all 127.0.0.1/32 scram-sha-256\n"
    )
    options = ("-D", str(data), "-k", str(folder), "-p", str(port), "-c", "fsync=off")
    server = ServerProcess(
        [*UNPRIVILEGED, str(programs / "postgres"), *options],
        folder / "postgres.log",
        "database system is ready to accept connections",
    )
    server.launch(directory=folder, environment={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"})
    try:
        server.wait_until_ready()
        yield folder, port
    finally:
        server.stop(SIGINT)


@pytest.fixture
def environment(folder: Path, postgres: tuple[Path, int]) -> dict[str, str]:
    """What the page says can be set, and how this machine's PostgreSQL is reached."""
    socket, port = postgres
    workflow, notifier, sequencer, metrics = map(str, free_ports(4))
    organisation = (ROOT / "deploy/demo/organisation.yaml").read_text("utf-8")
    # The demo's posts end after its cycle; people still hold them today.
    (folder / "units.yaml").write_text(organisation.replace(", until: 2020-12-31", ""), "utf-8")
    return {
        "PATH": f"{os.environ['PATH']}:{binaries()}",
        "HOME": str(folder),
        "LC_ALL": "C.UTF-8",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PGHOST": str(socket),
        "PGPORT": str(port),
        "PGUSER": "postgres",
        "as_postgres": "",
        "code": str(folder / "code"),
        "etc": str(folder / "etc"),
        "state": str(folder / "state"),
        "database": f"127.0.0.1:{port}",
        "port": workflow,
        "notifier_port": notifier,
        "sequencer_port": sequencer,
        "metrics_port": metrics,
        "organisation": str(folder / "units.yaml"),
        "group": str(folder.stat().st_gid),
    }


@pytest.fixture
def code(folder: Path) -> Path:
    """The checkout where somebody without rights can read it."""
    made = folder / "code"
    for part in ("schemas", "services", "deploy"):
        without = shutil.ignore_patterns("libs", "__pycache__")
        shutil.copytree(ROOT / part, made / part, ignore=without)
    shutil.copy(ROOT / "requirements.lock", made)
    if as_nobody("test", "-x", ROOT / ".venv/bin/python").returncode == 0:
        (made / ".venv").symlink_to(ROOT / ".venv")
    else:
        shutil.copytree(ROOT / ".venv", made / ".venv", symlinks=True)
    give(made)
    return made


@pytest.fixture
def shell(environment: dict[str, str], code: Path) -> Iterator["subprocess.Popen[str]"]:
    bash = subprocess.Popen(
        [*UNPRIVILEGED, "bash", "-eu"],
        cwd="/",
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    yield bash
    with suppress(ProcessLookupError):
        os.killpg(bash.pid, SIGKILL)
    bash.communicate()


def until_done(shell: "subprocess.Popen[str]", script: list[str]) -> str:
    """Let the shell run *script* and return what it said."""
    assert shell.stdin is not None
    assert shell.stdout is not None
    shell.stdin.write("\n".join([*script, f"echo {DONE}\n"]))
    shell.stdin.flush()
    said: list[str] = []
    for line in shell.stdout:
        if line.strip() == DONE:
            return "".join(said)
        said.append(line)
    pytest.fail("".join(said))


@pytest.mark.postgres
def test_the_page_followed_literally_ends_with_a_service_that_works(
    shell: "subprocess.Popen[str]", environment: dict[str, str]
) -> None:
    *script, last = blocks("sh")
    until_done(shell, [*script, last])
    etc = Path(environment["etc"])
    token = (etc / "platform.token").read_text().strip()
    client = Client(f"http://127.0.0.1:{environment['port']}", token)
    body = {"scheme": "jilin-health-2019", "unit": "u-organ", "year": 2019}
    opened = client.post("/v1/cycles", body, OFFICE)
    assert opened.status == 201, opened.body
    (review,) = client.get("/v1/reviews", person=SECRETARY).body["items"]
    fired = client.fire(review["id"], "submit", SECRETARY, data=report())
    assert fired.status == 201, fired.body
    assert "发现 0 处" in until_done(shell, [last])
    until_done(shell, ["kill $(jobs -p); wait || true"])


@pytest.mark.postgres
def test_each_file_of_settings_holds_what_its_reader_needs_and_no_other_secret(
    shell: "subprocess.Popen[str]", environment: dict[str, str]
) -> None:
    until_done(shell, blocks("sh")[:4])
    files = sorted(Path(environment["etc"]).iterdir())
    secrets = {file.name: set(re.findall(r"//(\w+):", file.read_text())) for file in files}
    assert secrets == {
        "migrate.env": {"shuping_owner"},
        "notifier-migrate.env": {"shuping_notifier_owner"},
        "notifier.env": {"shuping_notifier"},
        "workflow.env": {"shuping_app"},
    }
    assert {oct(file.stat().st_mode & 0o777) for file in files} == {"0o640"}


def test_every_secret_of_the_containers_is_made_by_a_step(tmp_path: Path) -> None:
    (script,) = blocks("sh compose")
    subprocess.run(["bash", "-eu", "-c", script], cwd=tmp_path, check=True)
    composed = yaml.safe_load((ROOT / "deploy" / "compose.yaml").read_text("utf-8"))
    made = {file.name for file in (tmp_path / "deploy" / "secrets").iterdir()}
    (docker,) = blocks("sh docker")
    made |= set(re.findall(r"> deploy/secrets/(\w+)", docker))
    assert made == composed["secrets"].keys()
