"""Migrated databases for tests, cheap enough for one each."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

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
