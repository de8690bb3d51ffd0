"""One notifier on a real database, SQLite and PostgreSQL in turn."""

from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from shutil import copy

import pytest
from flask.testing import FlaskClient

from deploy.servers.postgres import NOTIFIER
from services.notifier.adapters.database import SqlStore, connect, migrate
from services.notifier.adapters.http import create_app
from services.notifier.application.questions import Questions
from tests.contract.notifier.town import Town, never
from tests.servers import Databases, DatabaseUrls

TOKEN = "a-token-of-the-workflow"
HEADERS = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def urls(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[DatabaseUrls]:
    """An empty database, as its owner and as the running notifier."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path}/notifier.db"
        yield DatabaseUrls(name="notifier.db", owner=url, app=url)
        return
    databases: Databases = request.getfixturevalue("postgres_databases")
    urls = databases.fresh(roles=NOTIFIER)
    yield urls
    databases.drop(urls)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database_url(
    request: pytest.FixtureRequest, tmp_path: Path, migrated_file: Path
) -> Iterator[str]:
    """A migrated database, as the running notifier sees it."""
    if request.param == "sqlite":
        yield f"sqlite:///{copy(migrated_file, tmp_path / 'notifier.db')}"
        return
    databases: Databases = request.getfixturevalue("postgres_databases")
    urls = databases.prepared("notifier", brought_to_head, NOTIFIER)
    yield urls.app
    databases.drop(urls)


def brought_to_head(urls: DatabaseUrls) -> None:
    engine = connect(urls.owner)
    migrate(engine, urls.app)
    engine.dispose()


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite database, made once and copied: migrating takes longer than most tests."""
    file = tmp_path_factory.mktemp("migrated") / "notifier.db"
    engine = connect(f"sqlite:///{file}")
    migrate(engine)
    engine.dispose()
    return file


@pytest.fixture
def store(database_url: str) -> Iterator[SqlStore]:
    engine = connect(database_url)
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


@pytest.fixture
def door(town: Town) -> Iterator[FlaskClient]:
    """The way in to a town's notifier."""
    questions = Questions(store=town.store, book=town.engine.book, clock=town.clock)
    now = partial(datetime.now, UTC)
    app = create_app(questions, town.engine.status, TOKEN, now, town.store.require_answer, never)
    with app.test_client() as client:
        yield client
