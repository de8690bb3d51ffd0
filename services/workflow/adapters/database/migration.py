"""Bringing a database to the newest tables, and refusing one that is not there.

PostgreSQL is migrated by its owner, who then grants the role of the services what it needs and
no more: nobody who holds that role alone can change or remove an event.

Alembic is loaded by who migrates: it is a sixth of what every other command would load.
"""

from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

from services.workflow.adapters.database import tables
from services.workflow.adapters.database.connections import ENDLESS, Connections
from services.workflow.domain.refusals import Refused

if TYPE_CHECKING:
    from alembic.config import Config

_MIGRATIONS = Path(__file__).parent / "migrations"
_READ_ONLY = ("alembic_version", "log_metadata")
# What the services may do with each other table besides reading it.
_GRANTS: dict[str, str] = {
    **dict.fromkeys(("event", "log_entry", "log_node", "checkpoint", "document"), "INSERT"),
    "event_pending": "INSERT, DELETE",
    "idempotency_key": "INSERT",
    "cycle_unit": "INSERT",
    "case_number": "INSERT, UPDATE",
    "text": "INSERT, DELETE",  # DELETE is erasure: the log keeps verifying
    "attachment": "INSERT, UPDATE, DELETE",
    "draft": "INSERT, UPDATE, DELETE",
    "code_try": "INSERT, UPDATE",
    **dict.fromkeys(
        ("poll", "electorate", "elector", "counted", "paper_count"), "INSERT, UPDATE, DELETE"
    ),
    # TRUNCATE: what is only deleted stays in its page, with the transaction that wrote it.
    **dict.fromkeys(("ticket", "urn", "ballot_comment"), "INSERT, UPDATE, DELETE, TRUNCATE"),
    "read_audit": "INSERT",
    "deed": "INSERT",
    "inbox_read": "INSERT",
    "relay_lease": "UPDATE",
    "identity_state": "UPDATE",
    "token": "INSERT, UPDATE",
    "account": "INSERT, UPDATE",
    **dict.fromkeys(
        (*(table.name for table in tables.READ_MODEL), "invitation", "session", "saved_view"),
        "INSERT, UPDATE, DELETE",
    ),
}


class SchemaOutdated(Refused):
    """The database is not at the migration this release needs."""


def migrate(url: str, app_url: str | None = None) -> None:
    """Bring the database at *url* (the owner's) to head, for the role named in *app_url*."""
    from alembic import command  # noqa: PLC0415 - see above

    connections = Connections(url, size=1, patience=ENDLESS, create=True)
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
    if connections.file is not None and not connections.file.path.exists():
        raise SchemaOutdated(f"there is no database {connections.file.path}: run migrate")
    head = newest_revision()
    with connections.reading() as connection:
        found = None
        if sa.inspect(connection).has_table("alembic_version"):
            told = connection.exec_driver_sql("SELECT version_num FROM alembic_version")
            found = told.scalar()
    if found != head:
        raise SchemaOutdated(f"the database is at {found}, this release needs {head}: run migrate")


def newest_revision() -> str:
    """Return the revision of the newest migration: each one's file is called by its own."""
    return max(file.name for file in (_MIGRATIONS / "versions").glob("[0-9]*.py")).partition("_")[0]


def _config() -> "Config":
    from alembic.config import Config  # noqa: PLC0415 - see above

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.set_main_option("path_separator", "os")
    return config


def _grant(connection: sa.Connection, role: str) -> None:
    quote = connection.dialect.identifier_preparer.quote_identifier
    name, database = quote(role), quote(str(connection.engine.url.database))
    # Anybody may connect to a new database and make temporary tables there; nobody needs to.
    connection.exec_driver_sql(f"REVOKE ALL ON DATABASE {database} FROM PUBLIC")
    connection.exec_driver_sql(f"GRANT CONNECT ON DATABASE {database} TO {name}")
    connection.exec_driver_sql(f"GRANT USAGE ON SCHEMA public TO {name}")
    # An identity column asks for no right to its sequence.
    connection.exec_driver_sql(f"REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM {name}")
    granted = dict.fromkeys(_READ_ONLY, "SELECT")
    granted |= {table: f"SELECT, {rights}" for table, rights in _GRANTS.items()}
    for table, rights in granted.items():
        # Taken back first: a right that a later release drops must not stay.
        connection.exec_driver_sql(f"REVOKE ALL ON {quote(table)} FROM {name}")
        connection.exec_driver_sql(f"GRANT {rights} ON {quote(table)} TO {name}")
