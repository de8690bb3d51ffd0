"""Every command of both services, used wrongly: a sentence, an exit status, nothing half-made.

As they are used: in processes of their own, in an empty folder that must be as it was afterwards.
"""

import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

import services.notifier.__main__ as notifier
import services.workflow.__main__ as workflow
from services.notifier.adapters.database import connect, migrate
from services.workflow import starting
from services.workflow.audit.ed25519 import new_key
from tests.databases import lay
from tests.integration.http.service import ORGANISATION

ROOT = Path(__file__).parents[3]
KINDS = ("scheme", "calendar", "policy")
BOMB = "a0: &a0 [x]\n" + "".join(f"a{n + 1}: &a{n + 1} [{f'*a{n}, ' * 9}]\n" for n in range(30))
TOKEN = ("token", "create", "--scope", "read", "--client")


@dataclass(frozen=True)
class Wrong:
    """One wrong way to use a command."""

    argv: tuple[str, ...]
    says: str
    status: int = 1
    service: str = "workflow"
    setting: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return " ".join([*self.argv, *map("=".join, self.setting.items())])[:80]


def wrong(*argv: str, says: str, status: int = 1, **setting: str) -> Wrong:
    return Wrong(argv, says, status, setting={f"SHUPING_{k}": v for k, v in setting.items()})


def of_notifier(*argv: str, says: str, status: int = 1, **setting: str) -> Wrong:
    named = {f"SHUPING_{k}": v for k, v in setting.items()}
    return Wrong(argv, says, status, "notifier", named)


POLL = "0191f3a0-0000-7000-8000-000000000001"
ERASE = ("ballots", "erase", "--poll", POLL, "--id")
DAYS = ("--from", "2020-01-13", "--until", "2020-01-24")
EVERY = (
    ("migrate",), ("organisation", "import", "organisation.yaml"), ("organisation", "export"),
    ("organisation", "workbook", "new.xlsx"),
    ("organisation", "absent", "--person", "p", *DAYS),
    ("organisation", "delegate", "--deputy", "d", "--person", "p", "--unit", "u",
     "--role", "office", *DAYS),
    (*TOKEN, "oa"),
    ("token", "revoke", "--client", "oa"), ("account", "invite", "--person", "p"), ("serve",),
    ("sequence",), ("relay",), ("audit", "verify"), ("audit", "rebuild"),
    ("audit", "checkpoint", "adopt"), ("key", "show"),
    ("ballots", "comments", "--poll", POLL),
    (*ERASE, "0" * 32, "--reason", "r"),
    *((kind, "list") for kind in KINDS), *((kind, "import", "rubbish") for kind in KINDS),
)  # fmt: skip
BACKWARDS = ("--from", "2020-01-08", "--to", "2020-01-07")
WITH_DATABASE = [argv for argv in EVERY if argv[0] not in ("migrate", "key", "relay")]
NO_DATABASE = "sqlite:///no-such-folder/w.db"

WRONG = [
    *(wrong(*argv, says="SHUPING_ENVIRONMENT", ENVIRONMENT="x") for argv in EVERY),
    *(wrong(*argv, says="SHUPING_DATABASE_URL", DATABASE_URL="postgresql://[") for argv in EVERY),
    *(wrong(*argv, says="no instant", CLOCK_FILE="rubbish") for argv in EVERY),
    *(wrong(*argv, says="run migrate", DATABASE_URL="sqlite:///new.db") for argv in WITH_DATABASE),
    *(wrong(*argv, says="run migrate", DATABASE_URL=NO_DATABASE) for argv in WITH_DATABASE),
    *(wrong(*argv, says="database", DATABASE_URL="sqlite:///rubbish") for argv in WITH_DATABASE),
    *(
        wrong(*argv, says="SHUPING_LOG_KEY_FILE", LOG_KEY_FILE="rubbish")
        for argv in (("serve",), ("sequence",), ("audit", "verify"), ("key", "show"))
    ),
    *(
        wrong(*argv, says="checkpoints.txt", CHECKPOINT_DIR="rubbish")
        for argv in (("serve",), ("sequence",), ("organisation", "import", "organisation.yaml"))
    ),
    wrong("migrate", says="unable to open", DATABASE_URL=NO_DATABASE),
    wrong("migrate", says="unable to open", DATABASE_URL="sqlite:///folder"),
    wrong("migrate", says="the database refused", DATABASE_URL="sqlite:///rubbish"),
    *(
        wrong("key", "new", "--out", "new.key", "--name", name, says="key's name", status=2)
        for name in ("", "a b", "a+b", "a\nb", "滨江\u2028", "x" * 300)
    ),
    wrong("key", "new", "--out", "log.key", says="never overwritten"),
    wrong("key", "new", "--out", "folder", says="never overwritten"),
    wrong("key", "new", "--out", "no-such-folder/new.key", says="No such file"),
    wrong("key", "new", "--out", "rubbish/new.key", says="Not a directory"),
    *(wrong("organisation", "import", file, says=file) for file in ("none", "folder", "rubbish")),
    *(wrong(*TOKEN, name, says="--client", status=2) for name in ("", "滨江", "a b", "x" * 65)),
    wrong("token", "create", "--client", "oa", "--scope", "x", says="--scope", status=2),
    wrong("token", "create", "--client", "oa", says="--scope", status=2),
    wrong(*TOKEN, "oa", "--unit", "nowhere", says="nowhere"),
    wrong("token", "revoke", "--client", "nobody", says="nobody"),
    wrong("account", "invite", "--person", "nobody", says="nobody"),
    wrong("ballots", "comments", "--poll", POLL, says=POLL),
    wrong("ballots", "comments", "--poll", "none", says="none", status=2),
    wrong(*ERASE, "x", "--reason", "r", says="--id", status=2),
    wrong(*ERASE, "0" * 32, "--reason", " ", says="--reason", status=2),
    wrong(*ERASE, "0" * 32, "--reason", "r", says=POLL),
    *(
        wrong("scheme", verb, file, says=file)
        for verb in ("check", "show", "try")
        for file in ("none", "folder", "rubbish")
    ),
    *(wrong("scheme", "diff", file, file, says=file) for file in ("none", "folder", "rubbish")),
    *(
        wrong(kind, "import", file, says=file)
        for kind in KINDS
        for file in ("none", "folder", "rubbish", "organisation.yaml", "bomb")
    ),
    wrong("relay", says="needs brokers"),
    wrong("relay", "--from", "x", says="no position", status=2),
    wrong("audit", "verify", "--key", "no key", says="KEY_INVALID"),
    *(
        wrong("audit", *verb, option, file, says=file, status=2)
        for verb in (("verify",), ("checkpoint", "adopt"))
        for option in ("--checkpoint", "--known")
        for file in ("none", "folder", "rubbish", "organisation.yaml")
    ),
    wrong("audit", "checkpoint", "adopt", says="SHUPING_CHECKPOINT_DIR"),
    *(
        wrong("draw", "verify", file, says=file, status=2)
        for file in ("none", "folder", "rubbish")
    ),
    *(
        wrong("draw", "verify", file, says="no JSON")
        for file in ("organisation.yaml", "bomb", "deep")
    ),
    wrong("draw", "verify", "organisation.yaml", "--key", "no key", says="--key", status=2),
    wrong("draw", "verify", says="file", status=2),
    wrong("nonsense", says="invalid choice", status=2),
    wrong(says="required", status=2),
    *(wrong(group, says="required", status=2) for group in
      ("key", "organisation", "token", "account", "scheme", "calendar", "policy", "audit",
       "draw")),
    of_notifier("nonsense", says="invalid choice", status=2),
    of_notifier(says="required", status=2),
    of_notifier("migrate", says="database", NOTIFIER_DATABASE_URL=NO_DATABASE),
    of_notifier("migrate", says="database", NOTIFIER_DATABASE_URL="sqlite:///rubbish"),
    of_notifier("migrate", says="database", NOTIFIER_DATABASE_URL="postgresql://["),
    of_notifier("run", says="migrate", NOTIFIER_DATABASE_URL="sqlite:///new.db"),
    of_notifier("run", says="database", NOTIFIER_DATABASE_URL="sqlite:///rubbish"),
    of_notifier("run", says="SHUPING", NOTIFIER_DATABASE_URL="x", status=2),
    of_notifier("run", says="SHUPING_POLICY_FILE", POLICY_FILE="none", status=2),
    of_notifier("run", says="rubbish", POLICY_FILE="rubbish", status=2),
    of_notifier("simulate", "--from", "2020-01-08", says="--to", status=2),
    of_notifier("simulate", "--from", "tomorrow", says="--from", status=2),
    of_notifier("simulate", *BACKWARDS, says="--to", status=2),
    of_notifier("channel", says="required", status=2),
    of_notifier("channel", "test", "smoke", says="smoke", status=2),
    of_notifier("channel", "test", "email", says="email", status=2),
]  # fmt: skip


@pytest.fixture(scope="session")
def migrated_notifier(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("notifier") / "template.db"
    engine = connect(f"sqlite:///{path}")
    migrate(engine)
    engine.dispose()
    return path


@pytest.fixture
def folder(
    tmp_path: Path,
    migrated_notifier: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Path:
    """A folder with a migrated database, a key, and things that are not what commands want."""
    lay(tmp_path / "w.db")
    shutil.copy(migrated_notifier, tmp_path / "n.db")
    shutil.copy(ORGANISATION, tmp_path / "organisation.yaml")
    (tmp_path / "log.key").write_text(new_key("滨江/log")[0])
    (tmp_path / "secret").write_text("s" * 40)
    (tmp_path / "rubbish").write_bytes(bytes(range(256)) * 8)
    (tmp_path / "folder").mkdir()
    (tmp_path / "bomb").write_text(BOMB)
    (tmp_path / "deep").write_text("[" * 100_000)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def settings(setting: dict[str, str]) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if "SHUPING" not in name}
    return {
        **kept,
        "PYTHONPATH": str(ROOT),
        "PYTHONUTF8": "1",
        "SHUPING_ENVIRONMENT": "test",
        "SHUPING_DATABASE_URL": "sqlite:///w.db",
        "SHUPING_LOG_KEY_FILE": "log.key",
        "SHUPING_NOTIFIER_DATABASE_URL": "sqlite:///n.db",
        "SHUPING_NOTIFIER_TOKEN_FILE": "secret",
        "SHUPING_WORKFLOW_TOKEN_FILE": "secret",
        "SHUPING_FEED": "http",
        "SHUPING_PUBLIC_URL": "http://127.0.0.1",
        "SHUPING_WORKFLOW_URL": "http://127.0.0.1:1",
        **setting,
    }


def whole(folder: Path) -> dict[str, bytes | None]:
    """Return all there is in *folder*; what SQLite keeps beside an open database is its own."""
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None
        for path in folder.rglob("*")
        if not re.search(r"\.db-(wal|shm)$", path.name)
    }


@pytest.mark.parametrize("case", WRONG, ids=str)
def test_what_is_used_wrongly_says_so_and_leaves_nothing_behind(
    folder: Path, case: Wrong, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
):
    for name, value in settings(case.setting).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(starting, "configure_logging", lambda: None)
    before = whole(folder)
    try:
        status = {"workflow": workflow, "notifier": notifier}[case.service].main(case.argv)
    except SystemExit as ended:
        status = ended.code
    said = "".join(capfd.readouterr())
    assert (status, whole(folder)) == (case.status, before), said
    assert case.says in said
    assert "Traceback" not in said


def test_every_command_is_tried(folder: Path):
    def names(parser: workflow.argparse.ArgumentParser, above: tuple[str, ...] = ()) -> Iterator:
        deeper = parser._subparsers
        for name, below in deeper._group_actions[0].choices.items() if deeper else ():
            yield from names(below, (*above, name)) if below._subparsers else [(*above, name)]

    tried = {(case.service, *case.argv[:length]) for case in WRONG for length in (1, 2, 3)}
    assert {("workflow", *name) for name in names(workflow._parser())} <= tried
    assert {("notifier", *name) for name in names(notifier._parser())} <= tried


def run(*argv: str, service: str = "workflow", **setting: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", f"services.{service}", *argv],
        env=settings(setting), capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


def test_an_address_that_is_taken_is_told(folder: Path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        bind = f"127.0.0.1:{taken.getsockname()[1]}"
        serve = run("serve", SHUPING_BIND=bind, SHUPING_METRICS_BIND="127.0.0.1:0")
        sequence = run("sequence", SHUPING_SEQUENCER_BIND=bind)
        notifies = run("run", service="notifier", SHUPING_NOTIFIER_BIND=bind)
    for done in (serve, sequence, notifies):
        assert done.returncode == 1, done.stderr
        assert "in use" in done.stderr
        assert "Traceback" not in done.stderr


def test_a_key_has_any_name_that_a_note_can_carry_and_is_its_owners_alone(folder: Path):
    made = run("key", "new", "--name", "滨江/log", "--out", "new.key")
    assert made.returncode == 0, made.stderr
    assert (folder / "new.key").stat().st_mode & 0o777 == 0o600
    shown = run("key", "show", SHUPING_LOG_KEY_FILE="new.key")
    assert shown.stdout == made.stdout
    assert shown.stdout.startswith("滨江/log+")
    assert {path.name for path in folder.iterdir()} == {
        "w.db", "n.db", "organisation.yaml", "log.key", "secret", "rubbish", "folder", "bomb",
        "deep", "new.key",
    }  # fmt: skip
