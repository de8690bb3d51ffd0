"""Migrated databases for tests, cheap enough for one each."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import sqlalchemy as sa

from services.workflow.adapters.database import migrate
from tests.servers import Databases, DatabaseUrls


def lay(path: Path) -> str:
    """Put a migrated SQLite database at *path*; return its address."""
    path.write_bytes(_migrated())
    return f"sqlite:///{path}"


@cache  # once a process: migrating takes longer than most tests
def _migrated() -> bytes:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "workflow.db"
        migrate(f"sqlite:///{path}")
        return path.read_bytes()


def migrated(databases: Databases) -> DatabaseUrls:
    """Return a migrated PostgreSQL database of the workflow's."""
    return databases.prepared("workflow", lambda made: migrate(made.owner, made.app))


def migrated_on(store: str, folder: Path, request: pytest.FixtureRequest) -> tuple[str, str | None]:
    """Return a migrated database on *store*, as its owner and as the services see it."""
    if store == "sqlite":
        return lay(folder / "workflow.db"), None
    urls = migrated(request.getfixturevalue("postgres_databases"))
    return urls.owner, urls.app


@pytest.fixture
def sqlite_file(tmp_path: Path) -> Path:
    lay(tmp_path / "workflow.db")
    return tmp_path / "workflow.db"


@pytest.fixture
def workflow_urls(postgres_databases: Databases) -> Iterator[DatabaseUrls]:
    """A migrated PostgreSQL database of this test's own."""
    urls = migrated(postgres_databases)
    yield urls
    postgres_databases.drop(urls)


def as_administrator(url: str, *statements: str) -> None:
    """Do with the database at *url*, its owner's, what no role of the services may."""
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        if url.startswith("sqlite"):
            allow_everything(connection)
        for statement in statements:
            connection.execute(sa.text(statement))
    engine.dispose()


def allow_everything(connection: sa.Connection) -> None:
    """Take away what keeps SQLite's log as it is."""
    for (name,) in connection.exec_driver_sql(
        "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    ).all():
        connection.exec_driver_sql(f"DROP TRIGGER {name}")
