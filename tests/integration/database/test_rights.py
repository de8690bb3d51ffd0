"""Nobody who holds the services' role, or the embedded file's ordinary way in, changes the log."""

import sqlite3
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from services.workflow.adapters.database import (
    Database,
    SchemaOutdated,
    connect,
    migrate,
    migration,
)
from services.workflow.adapters.database.tables import metadata
from services.workflow.domain.refusals import StoreUnavailable
from tests.contract.workflow.appends import opening, review
from tests.servers import DatabaseUrls

FOR_EVER = ("event", "log_entry", "log_node", "checkpoint", "log_metadata", "document")
ACTS = ("UPDATE {} SET {} = {}", "DELETE FROM {}")
COLUMN = {
    "event": "version",
    "log_entry": "version",
    "log_node": "idx",
    "checkpoint": "note",
    "log_metadata": "value",
    "document": "kind",
}


@pytest.mark.parametrize("table", [*FOR_EVER, "idempotency_key"])
@pytest.mark.parametrize("act", [*ACTS, "TRUNCATE {}"])
def test_the_services_role_cannot_change_the_log(
    postgres: Database, workflow_urls: DatabaseUrls, table: str, act: str
):
    column = COLUMN.get(table, "version")
    with (
        psycopg.connect(workflow_urls.app) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute(act.format(table, column, column))


def test_the_services_role_owns_nothing(postgres: Database, workflow_urls: DatabaseUrls):
    with (
        psycopg.connect(workflow_urls.app) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute("ALTER TABLE event DISABLE TRIGGER ALL")


@pytest.mark.parametrize("table", FOR_EVER)
@pytest.mark.parametrize("act", ACTS)
def test_the_embedded_file_aborts_a_change_of_the_log(sqlite_file: Path, table: str, act: str):
    database = connect(f"sqlite:///{sqlite_file}")
    database.store.append([opening(review())])
    connection = sqlite3.connect(sqlite_file)
    for statement in (
        "INSERT INTO log_entry VALUES (1, 's', 1, x'00')",
        "INSERT INTO log_node VALUES (1, 0, x'00')",
        "INSERT INTO checkpoint VALUES (1, x'00', 'n', 't')",
        "INSERT INTO document VALUES ('h', 'k', x'00')",
    ):
        connection.execute(statement)
    with pytest.raises(sqlite3.IntegrityError, match="never changed"):
        connection.execute(act.format(table, COLUMN[table], COLUMN[table]))
    connection.close()
    database.close()


def test_migrating_again_changes_nothing(workflow_urls: DatabaseUrls, sqlite_file: Path):
    for url, app in ((workflow_urls.owner, workflow_urls.app), (f"sqlite:///{sqlite_file}", None)):
        migrate(url, app)
        database = connect(url)
        database.check_schema()
        database.close()


@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def test_the_migrated_tables_are_those_of_the_code(request: pytest.FixtureRequest, kind: str):
    if kind == "postgres":
        url = request.getfixturevalue("workflow_urls").owner
    else:
        url = f"sqlite:///{request.getfixturevalue('sqlite_file')}"
    engine = sa.create_engine(url)
    dialect = engine.dialect.name
    with engine.connect() as connection:
        opts = {"include_object": lambda one, *_: one.info.get("dialect", "") in ("", dialect)}
        context = MigrationContext.configure(connection, opts=opts)
        assert compare_metadata(context, metadata) == []
    engine.dispose()


def test_an_empty_database_is_refused_at_start(tmp_path: Path):
    database = connect(f"sqlite:///{tmp_path / 'empty.db'}")
    with pytest.raises(SchemaOutdated, match="migrate"):
        database.check_schema()
    database.close()


def test_a_database_that_is_not_there_is_unavailable():
    database = connect("postgresql://nobody@127.0.0.1:1/nothing")
    with pytest.raises(StoreUnavailable):
        database.require_writable()
    with pytest.raises(StoreUnavailable):
        database.store.standing([])
    with pytest.raises(StoreUnavailable):
        database.store.append([opening(review())])
    database.close()


def test_the_newest_revision_by_name_is_the_one_that_migrating_leads_to():
    head = ScriptDirectory.from_config(migration._config()).get_current_head()
    assert migration.newest_revision() == head
