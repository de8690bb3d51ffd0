"""One PostgreSQL database, seen by its owner and by the services."""

from collections.abc import Iterator

import pytest

from services.workflow.adapters.database import Database, connect
from tests.databases import sqlite_file, workflow_urls  # noqa: F401 - fixtures
from tests.servers import DatabaseUrls


@pytest.fixture
def postgres(workflow_urls: DatabaseUrls) -> Iterator[Database]:  # noqa: F811
    found = connect(workflow_urls.app)
    yield found
    found.close()
