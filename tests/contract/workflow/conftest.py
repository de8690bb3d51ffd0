"""The implementations that every promise is tried on."""

from collections.abc import Iterator

import pytest

from services.workflow.adapters.database import Database, connect
from services.workflow.application.firing.port import CaseStore
from tests.databases import sqlite_file, workflow_urls  # noqa: F401 - fixtures
from tests.fakes import ListEventStore

SQLITE = pytest.param("sqlite", id="sqlite")
POSTGRES = pytest.param("postgres", id="postgres", marks=pytest.mark.postgres)
LIST = pytest.param("list", id="list")


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
def store(request: pytest.FixtureRequest) -> Iterator[CaseStore]:
    if request.param == "list":
        yield ListEventStore()
        return
    if request.param == "sqlite":
        found = connect(f"sqlite:///{request.getfixturevalue('sqlite_file')}")
    else:
        found = connect(request.getfixturevalue("workflow_urls").app)
    yield found.store
    found.close()
