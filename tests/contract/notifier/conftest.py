"""One notifier on a real database, SQLite and PostgreSQL in turn."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from services.notifier.adapters.database import SqlStore, connect, migrate
from tests.contract.notifier.town import Town


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/notifier.db"
    return str(request.getfixturevalue("postgres_url"))


@pytest.fixture
def store(database_url: str) -> Iterator[SqlStore]:
    engine = connect(database_url)
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
