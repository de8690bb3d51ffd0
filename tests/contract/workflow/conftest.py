"""The implementations that every promise is tried on."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.workflow.adapters.database import Database, connect, migrate
from services.workflow.application.ports import ReviewStore
from tests.fakes import ListReviewStore
from tests.servers import Databases, DatabaseUrls

SQLITE = pytest.param("sqlite", id="sqlite")
POSTGRES = pytest.param("postgres", id="postgres", marks=pytest.mark.postgres)
LIST = pytest.param("list", id="list")


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


@pytest.fixture(params=[SQLITE, POSTGRES])
def database(request: pytest.FixtureRequest) -> Iterator[Database]:
    """A migrated, empty database, as the services see it."""
    if request.param == "sqlite":
        found = connect(f"sqlite:///{request.getfixturevalue('sqlite_file')}")
    else:
        found = connect(request.getfixturevalue("workflow_urls").app)
    yield found
    found.close()


@pytest.fixture(params=[LIST, SQLITE, POSTGRES])
def store(request: pytest.FixtureRequest) -> Iterator[ReviewStore]:
    if request.param == "list":
        yield ListReviewStore()
        return
    if request.param == "sqlite":
        found = connect(f"sqlite:///{request.getfixturevalue('sqlite_file')}")
    else:
        found = connect(request.getfixturevalue("workflow_urls").app)
    yield found.store
    found.close()
