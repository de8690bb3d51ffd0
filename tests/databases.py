"""Migrated databases for tests, cheap enough for one each."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from services.workflow.adapters.database import migrate
from tests.servers import Databases, DatabaseUrls


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    migrate(f"sqlite:///{path}")
    return path


@pytest.fixture
def sqlite_file(migrated_sqlite: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(migrated_sqlite, tmp_path / "workflow.db"))


@pytest.fixture
def workflow_urls(postgres_databases: Databases) -> Iterator[DatabaseUrls]:
    """A migrated PostgreSQL database of this test's own."""
    urls = postgres_databases.prepared("workflow", lambda made: migrate(made.owner, made.app))
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
