"""Bringing a database to the present schema with Alembic, from inside the program.

PostgreSQL is migrated by its owner, who then grants the role of the running notifier what it needs
and no more. Alembic is loaded by who migrates: every other command would load it for nothing.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, inspect, make_url

from services.notifier.adapters.database.tables import metadata

if TYPE_CHECKING:
    from alembic.config import Config

_SCRIPTS = Path(__file__).parent / "migrations"
VERSION_TABLE = "notifier_migration"
# The only tables that rows are taken out of.
_EMPTIED = frozenset(
    {
        *("absence", "channel_choice", "delegation", "parked", "planned", "post"),
        *("set_aside", "simulation", "timer", "timers_set_by", "turn", "unit"),
    }
)


def _config() -> "Config":
    from alembic.config import Config  # noqa: PLC0415 - see above

    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    return config


def migrate(engine: Engine, app_url: str | None = None) -> None:
    """Apply every migration that is missing, for the role named in *app_url*; one transaction."""
    from alembic import command  # noqa: PLC0415 - see above

    config = _config()
    role = make_url(app_url).username if app_url else None
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        if engine.dialect.name == "postgresql" and role and role != engine.url.username:
            _grant(connection, role)


def _grant(connection: Connection, role: str) -> None:
    quote = connection.dialect.identifier_preparer.quote_identifier
    name, database = quote(role), quote(str(connection.engine.url.database))
    # Anybody may connect to a new database and make temporary tables there; nobody needs to.
    connection.exec_driver_sql(f"REVOKE ALL ON DATABASE {database} FROM PUBLIC")
    connection.exec_driver_sql(f"GRANT CONNECT ON DATABASE {database} TO {name}")
    connection.exec_driver_sql(f"GRANT USAGE ON SCHEMA public TO {name}")
    connection.exec_driver_sql(f"GRANT SELECT ON {VERSION_TABLE} TO {name}")
    for table in metadata.sorted_tables:
        rights = "SELECT, INSERT, UPDATE" + (", DELETE" if table.name in _EMPTIED else "")
        # Taken back first: a right that a later release drops must not stay.
        connection.exec_driver_sql(f"REVOKE ALL ON {quote(table.name)} FROM {name}")
        connection.exec_driver_sql(f"GRANT {rights} ON {quote(table.name)} TO {name}")


def is_current(engine: Engine) -> bool:
    """Tell whether the database is at the schema this program was written for."""
    file = engine.url.database if engine.dialect.name == "sqlite" else None
    if file and not Path(file).exists():
        return False  # asking would make an empty one
    with engine.connect() as connection:
        if not inspect(connection).has_table(VERSION_TABLE):
            return False
        found = connection.exec_driver_sql(f"SELECT version_num FROM {VERSION_TABLE}")  # noqa: S608 - our own constant
        return found.scalar() == newest_revision()


def newest_revision() -> str:
    """Return the revision of the newest migration: each one's file is called by its own."""
    return max(file.name for file in (_SCRIPTS / "versions").glob("[0-9]*.py")).partition("_")[0]
