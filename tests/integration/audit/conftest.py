"""A short true log on each store, and an administrator who may do anything to a copy of it."""

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

import services.workflow.__main__ as commands
from services.workflow.application.sequencing import Sequencer
from services.workflow.bootstrap import Parts
from tests.integration.http.notice import notice
from tests.integration.http.service import Service, start
from tests.servers import Databases, DatabaseUrls

FOR_EVER = ("event", "log_entry", "log_node", "checkpoint", "log_metadata", "document")


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

    def run(self, *arguments: str) -> tuple[int, dict[str, Any]]:
        """Run one of our commands on the log; return its status and what it printed."""
        self.monkeypatch.setenv("SHUPING_ENVIRONMENT", "test")
        self.monkeypatch.setenv("SHUPING_DATABASE_URL", self.owner_url)
        self.monkeypatch.setenv("SHUPING_LOG_KEY_FILE", str(self.folder / "log.key"))
        self.monkeypatch.setenv("SHUPING_CHECKPOINT_DIR", str(self.folder / "checkpoints"))
        self.capsys.readouterr()  # what others printed so far
        parts_made, make = list[Parts](), commands._parts
        with self.monkeypatch.context() as patch:
            # A command's loggers and connections end with its process; here they must not stay.
            patch.setattr(commands, "configure_logging", lambda: None)
            patch.setattr(commands, "_parts", lambda: parts_made.append(make()) or parts_made[-1])
            status = commands.main([*arguments, "--json"])
        for parts in parts_made:
            parts.database.close()
        return status, json.loads(self.capsys.readouterr().out)

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


@pytest.fixture(scope="session")
def sqlite_log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("true-log")
    live(start(f"sqlite:///{folder}/log.db", None, folder))
    return folder


@pytest.fixture(scope="session")
def postgres_log(
    tmp_path_factory: pytest.TempPathFactory, postgres_databases: Databases
) -> tuple[Path, DatabaseUrls]:
    folder, urls = tmp_path_factory.mktemp("true-log"), postgres_databases.fresh()
    live(start(urls.owner, urls.app, folder))
    return folder, urls


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def log(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Iterator[Tampered]:
    """A true log of the test's own, and its administrator."""
    url = f"sqlite:///{tmp_path}/log.db"
    if request.param == "sqlite":
        source: Path = request.getfixturevalue("sqlite_log")
    else:
        databases: Databases = request.getfixturevalue("postgres_databases")
        source, template = request.getfixturevalue("postgres_log")
        urls = databases.fresh(template.name)
        url = urls.owner
    shutil.copytree(source, tmp_path, dirs_exist_ok=True)
    tampered = Tampered(url, tmp_path, sa.create_engine(url), monkeypatch, capsys)
    if request.param == "sqlite":
        for table in FOR_EVER:
            for act in ("update", "delete"):
                tampered.do(f"DROP TRIGGER {table}_no_{act}")
    yield tampered
    tampered.engine.dispose()
    if request.param == "postgres":
        databases.drop(urls)
