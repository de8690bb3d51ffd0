"""From the tables of the last release to these: what lies in them, and what is done with it."""

from pathlib import Path

import pytest
from alembic import command

from schemas.instants import instant
from services.workflow.adapters.database import migration
from services.workflow.adapters.database.connections import Connections
from tests.integration.http.service import OPENED, start
from tests.servers import Databases, DatabaseUrls

REFUSALS = "review/0195a1f0-0000-7000-8000-000000000001/refusals"


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def urls(request: pytest.FixtureRequest, tmp_path: Path) -> DatabaseUrls:
    """A database with no table yet."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path}/workflow.db"
        return DatabaseUrls(name="", owner=url, app=url)
    databases: Databases = request.getfixturevalue("postgres_databases")
    return databases.fresh()


def at_revision(url: str, revision: str, *statements: tuple[str, tuple[object, ...]]) -> None:
    """Bring the database to *revision* and run *statements*, as the release of then would have."""
    connections = Connections(url, size=1)
    with connections.transaction() as connection:
        config = migration._config()
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
        for statement, values in statements:
            sign = "%s" if connections.is_postgres else "?"
            connection.exec_driver_sql(statement.replace("?", sign), values)
    connections.close()


def test_a_key_that_a_refusal_used_up_accepts_after_the_migration(
    urls: DatabaseUrls, tmp_path: Path
):
    event = "INSERT INTO event (stream, version, type, recorded_at, body) VALUES (?, ?, ?, ?, ?)"
    kept = (
        "INSERT INTO idempotency_key (client, key, fingerprint, stream, version)"
        " VALUES (?, ?, ?, ?, ?)"
    )
    refused = (REFUSALS, 1, "workflow.trigger_refused.v1", instant(OPENED), b"{}")
    at_revision(
        urls.owner,
        "0001",
        (event, refused),
        (kept, ("oa", "refused", b"\0" * 32, REFUSALS, 1)),
        (kept, ("oa", "accepted", b"\0" * 32, f"{REFUSALS[:-9]}", 1)),
    )
    service = start(urls.owner, None if "sqlite" in urls.owner else urls.app, tmp_path)
    assert service.submit("c-h1-a", key="refused").status_code == 201
    assert service.submit("c-h1-b", key="accepted").json["code"] == "key_reused"
    service.parts.database.close()
