"""A short true log on each store, and an administrator who may do anything to a copy of it."""

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

import services.workflow.__main__ as commands
from services.workflow import process_commands, starting
from services.workflow.application.sequencing import LogForked, Sequencer
from services.workflow.bootstrap.log import Parts
from services.workflow.settings import read_settings
from tests.databases import allow_everything
from tests.integration.http.notice import notice
from tests.integration.http.service import Service, start
from tests.servers import Databases, DatabaseUrls


@dataclass
class Tampered:
    """A copied log, its administrator's connection, and the verifier."""

    owner_url: str
    folder: Path
    engine: sa.Engine
    monkeypatch: pytest.MonkeyPatch
    capsys: pytest.CaptureFixture[str]

    def do(self, statement: str, **values: Any) -> list[sa.Row[Any]]:
        """Run *statement* as the administrator; return its rows, if it has any."""
        with self.engine.begin() as connection:
            result = connection.execute(sa.text(statement), values)
            return list(result.all()) if result.returns_rows else []

    def position(self, trigger: str) -> int:
        """Return the position of the first accepted *trigger*."""
        sought = f'"trigger":"{trigger}"'.encode()
        found = self.do(
            "SELECT position, body FROM log_entry JOIN event USING (stream, version)"
            " WHERE type LIKE '%state_changed%' ORDER BY position"
        )
        return next(int(row.position) for row in found if sought in bytes(row.body))

    def body(self, position: int) -> bytes:
        """Return the bytes of the event at *position*."""
        (row,) = self.do(
            "SELECT body FROM event JOIN log_entry USING (stream, version) WHERE position = :p",
            p=position,
        )
        return bytes(row.body)

    def rewrite(self, position: int, body: bytes) -> None:
        """Put other bytes in the place of those of the event at *position*."""
        self.do(
            "UPDATE event SET body = :body WHERE (stream, version) ="
            " (SELECT stream, version FROM log_entry WHERE position = :p)",
            body=body,
            p=position,
        )

    def settle(self) -> None:
        """Let the settings of this process be those of the log."""
        self.monkeypatch.setenv("SHUPING_ENVIRONMENT", "test")
        self.monkeypatch.setenv("SHUPING_DATABASE_URL", self.owner_url)
        self.monkeypatch.setenv("SHUPING_LOG_KEY_FILE", str(self.folder / "log.key"))
        self.monkeypatch.setenv("SHUPING_CHECKPOINT_DIR", str(self.folder / "checkpoints"))

    def run(self, *arguments: str) -> tuple[int, dict[str, Any]]:
        """Run one of our commands on the log; return its status and what it printed."""
        self.capsys.readouterr()  # what others printed so far
        parts_made, make = list[Parts](), starting.in_time
        with self.monkeypatch.context() as patch:
            # A command's loggers and connections end with its process; here they must not stay.
            patch.setattr(starting, "configure_logging", lambda: None)
            for module in (starting, process_commands):
                patch.setattr(module, "in_time", lambda made: parts_made.append(make(made)) or made)
            status = commands.main([*arguments, "--json"])
        for parts in parts_made:
            parts.database.close()
        return status, json.loads(self.capsys.readouterr().out)

    def continues(self) -> bool:
        """Tell whether a process that writes starts, and signs what comes."""
        parts = Parts(read_settings())
        try:
            parts.check_log()
            parts.sequencer.step()
            parts.check_log()
        except LogForked:
            return False
        finally:
            parts.database.close()
        return True

    def found(self, *options: str) -> set[str]:
        """Return the codes of all that `audit verify` finds."""
        status, told = self.run("audit", "verify", *options)
        codes = {one["code"] for one in told["findings"]}
        assert status == (1 if codes else 0)
        return codes


def live(service: Service) -> None:
    """Let cases move, one be refused, one be told about, with three checkpoints over it."""
    sign(service)
    service.submit("c-h1-a")
    service.fire("c-h1-a", "present", "c-h1-a.sec")
    service.fire("c-h1-a", "return_unit_audit", "c-h1.off", data={"findings": ["太空泛"]})
    service.submit("c-b1")
    told = {"notices": [notice(service)]}
    assert service.call("POST", "/v1/notices", told, key=None).status_code == 200
    sign(service)
    service.clock.pass_by(hours=1)
    service.submit("c-h1-a")
    service.fire("c-h1-a", "pass_unit_audit", "c-h1.off")
    service.fire("c-b1", "pass_organ_audit", "c.off")
    service.fire("c-h1-b", "withdraw", "c-h1.off", reason="书记调离")
    sign(service)
    service.parts.database.close()


def sign(service: Service) -> None:
    """Give everything a position and sign, however short ago the last time was."""
    parts = service.parts
    Sequencer(
        sequencing=parts.database.sequencing,
        key=parts.key,
        outside=parts.outside,
        system_now=service.clock,
    ).step()


def live_long(service: Service) -> None:
    """Live, and go on until there are forty entries, signed, and two that wait."""
    live(service)
    case = f"/v1/reviews/{service.reviews['c-h1-a']}/notes"
    for n in range(42 - service.n_events()):
        if service.n_events() == 40:
            sign(service)
        note = {"kind": "note", "text": f"第{n}次电话催办"}
        assert service.call("POST", case, note, person="c.off").status_code == 201
    service.parts.database.close()


LIVES = {"log": live, "long_log": live_long}
Logs = Callable[[str, str], tuple[Path, str | None]]


@pytest.fixture(scope="session")
def true_logs(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Logs:
    """Give the folder of a life that was lived once on a store, and its database's name there."""

    @cache
    def lived(store: str, name: str) -> tuple[Path, str | None]:
        folder = tmp_path_factory.mktemp("true-log")
        if store == "sqlite":
            LIVES[name](start(f"sqlite:///{folder}/log.db", None, folder))
            return folder, None
        urls: DatabaseUrls = request.getfixturevalue("postgres_databases").fresh()
        LIVES[name](start(urls.owner, urls.app, folder))
        return folder, urls.name

    return lived


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def store(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def tampered(
    request: pytest.FixtureRequest,
    store: str,
    true_logs: Logs,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Iterator[Callable[[str], Tampered]]:
    """Copy a true log for the test alone, with its administrator."""
    with ExitStack() as stack:

        def copied(life: str) -> Tampered:
            source, template = true_logs(store, life)
            shutil.copytree(source, tmp_path, dirs_exist_ok=True)
            url = f"sqlite:///{tmp_path}/log.db"
            if template is not None:
                databases: Databases = request.getfixturevalue("postgres_databases")
                urls = databases.fresh(template)
                url = urls.owner
                stack.callback(databases.drop, urls)
            engine = sa.create_engine(url)
            stack.callback(engine.dispose)
            if template is None:
                with engine.begin() as connection:
                    allow_everything(connection)
            made = Tampered(url, tmp_path, engine, monkeypatch, capsys)
            made.settle()
            return made

        yield copied


@pytest.fixture
def log(tampered: Callable[[str], Tampered]) -> Tampered:
    """A true log of the test's own."""
    return tampered("log")


@pytest.fixture
def long_log(tampered: Callable[[str], Tampered]) -> Tampered:
    """A longer one, of whose tree nodes are kept."""
    return tampered("long_log")
