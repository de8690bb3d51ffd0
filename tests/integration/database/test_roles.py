"""Each of the four roles can do what it needs and nothing else, tried on every table."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

import services.notifier.adapters.database as notifier
import services.workflow.adapters.database as workflow
from deploy.servers.postgres import NOTIFIER, WORKFLOW, PostgresServer, Roles
from tests.servers import Databases, DatabaseUrls

EXPECTED = Path(__file__).with_name("rights.txt")
OF_A_TABLE = {
    "SELECT": "SELECT 1 FROM {table} LIMIT 0",
    "INSERT": "INSERT INTO {table} ({column}) SELECT NULL WHERE false",
    "UPDATE": "UPDATE {table} SET {column} = NULL WHERE false",
    "DELETE": "DELETE FROM {table} WHERE false",
    "TRUNCATE": "TRUNCATE {table}",
    "ALTER": "ALTER TABLE {table} ADD COLUMN more int",
    "DROP": "DROP TABLE {table}",
}
OF_A_DATABASE = {
    "CREATE": "CREATE TABLE more (n int)",
    "SCHEMA": "CREATE SCHEMA more",
    "TEMPORARY": "CREATE TEMPORARY TABLE more (n int)",
}
Made = dict[Roles, DatabaseUrls]


@pytest.fixture(scope="module")
def made(postgres_databases: Databases) -> Iterator[Made]:
    """Both databases, migrated here: a copy would not have the rights of the database itself."""
    found = {roles: postgres_databases.fresh(roles=roles) for roles in (WORKFLOW, NOTIFIER)}
    workflow.migrate(found[WORKFLOW].owner, found[WORKFLOW].app)
    engine = notifier.connect(found[NOTIFIER].owner)
    notifier.migrate(engine, found[NOTIFIER].app)
    engine.dispose()
    yield found
    for urls in found.values():
        postgres_databases.drop(urls)


def tables(owner: str) -> dict[str, str]:
    """Return every table with one of its columns."""
    with psycopg.connect(owner) as connection:
        return dict(
            connection.execute(
                "SELECT table_name, min(column_name) FROM information_schema.columns"
                " WHERE table_schema = 'public' GROUP BY table_name"
            ).fetchall()
        )


def may(connection: psycopg.Connection, statement: str) -> bool:
    try:
        connection.execute(statement)
    except psycopg.errors.InsufficientPrivilege:
        return False
    finally:
        connection.rollback()
    return True


def rights(url: str, found: dict[str, str]) -> Iterator[str]:
    """Yield a line for each table, and one for the database, with what may be done."""
    with psycopg.connect(url) as connection:
        of_all = [what for what, how in OF_A_DATABASE.items() if may(connection, how)]
        yield " ".join(["(database)", *of_all])
        for table, column in sorted(found.items()):
            quoted = {"table": f'"{table}"', "column": f'"{column}"'}
            ways = OF_A_TABLE.items()
            can = [what for what, how in ways if may(connection, how.format(**quoted))]
            yield " ".join([table, *can])


def expected() -> dict[str, list[str]]:
    """Return the lines of the file by role."""
    paragraphs = EXPECTED.read_text("utf-8").strip().split("\n\n")
    return {lines[0]: lines[1:] for lines in (part.splitlines() for part in paragraphs)}


@pytest.mark.parametrize("roles", [WORKFLOW, NOTIFIER], ids=["workflow", "notifier"])
def test_a_service_can_do_what_it_needs_and_nothing_else(made: Made, roles: Roles) -> None:
    found = tables(made[roles].owner)
    assert list(rights(made[roles].app, found)) == expected()[roles.app]


@pytest.mark.parametrize("roles", [WORKFLOW, NOTIFIER], ids=["workflow", "notifier"])
def test_the_owner_of_a_database_owns_every_table_in_it(made: Made, roles: Roles) -> None:
    with psycopg.connect(made[roles].owner) as connection:
        owners = connection.execute(
            "SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'"
        ).fetchall()
    assert owners == [(roles.owner,)]


@pytest.mark.parametrize("role", [WORKFLOW.owner, WORKFLOW.app, NOTIFIER.owner, NOTIFIER.app])
def test_a_role_connects_to_its_own_database_alone(
    made: Made, postgres_server: PostgresServer, role: str
) -> None:
    for roles, urls in made.items():
        if role in (roles.owner, roles.app):
            psycopg.connect(postgres_server.url(urls.name, role)).close()
        else:
            with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
                psycopg.connect(postgres_server.url(urls.name, role))


def test_no_role_is_above_another(made: Made, postgres_server: PostgresServer) -> None:
    with psycopg.connect(postgres_server.superuser_url("postgres")) as connection:
        above = connection.execute(
            "SELECT rolname FROM pg_roles WHERE rolname LIKE 'shuping%'"
            " AND (rolsuper OR rolcreatedb OR rolcreaterole OR rolreplication OR rolbypassrls)"
        ).fetchall()
        members = connection.execute(
            "SELECT roleid FROM pg_auth_members WHERE roleid >= 16384 OR member >= 16384"
        ).fetchall()
    assert (above, members) == ([], [])
