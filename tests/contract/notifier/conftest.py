"""One notifier on a real database, SQLite and PostgreSQL in turn."""

from collections.abc import Iterator
from pathlib import Path
from shutil import copy

import pytest

from services.notifier.adapters.database import SqlStore, connect, migrate
from tests.contract.notifier.town import Town


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/notifier.db"
    return str(request.getfixturevalue("postgres_url"))


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite database, made once and copied: migrating takes longer than most tests."""
    file = tmp_path_factory.mktemp("migrated") / "notifier.db"
    engine = connect(f"sqlite:///{file}")
    migrate(engine)
    engine.dispose()
    return file


@pytest.fixture
def store(database_url: str, tmp_path: Path, migrated_file: Path) -> Iterator[SqlStore]:
    if database_url.startswith("sqlite"):
        copy(migrated_file, tmp_path / "notifier.db")
    engine = connect(database_url)
    if not database_url.startswith("sqlite"):
        migrate(engine)
    store = SqlStore(engine)
    yield store
    store.close()


@pytest.fixture
def town(store: SqlStore) -> Town:
    """A town whose organisation is known, with one review in drafting, due on 10 January."""
    town = Town(store)
    town.log.organise()
    town.log.open()
    return town
