"""Bringing a database to the newest tables, and refusing one that is not there.

PostgreSQL is migrated by its owner, who then grants the role of the services what it needs and
no more: nobody who holds that role alone can change or remove an event.
"""

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from services.workflow.adapters.database import tables
from services.workflow.adapters.database.connections import Connections
from services.workflow.domain.refusals import Refused

# What the services may do with each table besides reading it.
_GRANTS: dict[str, str] = {
    **dict.fromkeys(
        ("event", "log_entry", "log_node", "checkpoint", "log_metadata", "document"), "INSERT"
    ),
    "event_pending": "INSERT, DELETE",
    "idempotency_key": "INSERT",
    "text": "INSERT, DELETE",  # DELETE is erasure: the log keeps verifying
    "read_audit": "INSERT",
    **{
        table.name: "INSERT, UPDATE, DELETE"
        for table in (
            *tables.READ_MODEL,
            tables.inbox_read,
            tables.relay_lease,
            tables.identity_state,
            tables.token,
            tables.account,
            tables.invitation,
            tables.session,
        )
    },
}


class SchemaOutdated(Refused):
    """The database is not at the migration this release needs."""


def migrate(url: str, app_url: str | None = None) -> None:
    """Bring the database at *url* (the owner's) to head, for the role named in *app_url*."""
    connections = Connections(url, size=1)
    try:
        with connections.transaction() as connection:
            config = _config()
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            role = sa.make_url(app_url).username if app_url else None
            if connections.is_postgres and role and role != sa.make_url(url).username:
                _grant(connection, role)
    finally:
        connections.close()


def check_schema(connections: Connections) -> None:
    """Refuse a database that is not at head.

    Raises:
        SchemaOutdated: run `migrate` first.
        StoreUnavailable: the database cannot be reached now.
    """
    head = ScriptDirectory.from_config(_config()).get_current_head()
    with connections.reading() as connection:
        found = MigrationContext.configure(connection).get_current_revision()
    if found != head:
        raise SchemaOutdated(f"the database is at {found}, this release needs {head}: run migrate")


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    return config


def _grant(connection: sa.Connection, role: str) -> None:
    name = connection.dialect.identifier_preparer.quote_identifier(role)
    connection.exec_driver_sql(f"GRANT USAGE ON SCHEMA public TO {name}")
    connection.exec_driver_sql(f"GRANT SELECT ON alembic_version TO {name}")
    for table, rights in _GRANTS.items():
        # Taken back first: a right that a later release drops must not stay.
        connection.exec_driver_sql(f"REVOKE ALL ON {table} FROM {name}")
        connection.exec_driver_sql(f"GRANT SELECT, {rights} ON {table} TO {name}")
    connection.exec_driver_sql(f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {name}")
