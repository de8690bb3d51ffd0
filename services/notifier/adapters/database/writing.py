"""Inserting rows that may be there already, on both databases in their common dialect."""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite

# Below the parameter limits of both databases for the widest table.
CHUNK = 500


def upsert(connection: Connection, table: Table, rows: list[dict[str, Any]]) -> None:
    """Insert *rows*, replacing those whose primary key is taken."""
    if rows:
        statement = _insert(connection, table)
        keys = [column.name for column in table.primary_key]
        fresh = {
            column.name: statement.excluded[column.name]
            for column in table.columns
            if column.name not in keys
        }
        connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=fresh), rows)


def add_new(connection: Connection, table: Table, rows: list[Mapping[str, Any]]) -> None:
    """Insert *rows*, leaving those whose primary key is taken as they are."""
    if rows:
        connection.execute(_insert(connection, table).on_conflict_do_nothing(), rows)


def chunks(values: Iterable[str]) -> Iterable[list[str]]:
    """Cut *values* into lists short enough for one IN."""
    listed = sorted(set(values))
    return (listed[start : start + CHUNK] for start in range(0, len(listed), CHUNK))


def _insert(connection: Connection, table: Table) -> Any:
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    return dialect.insert(table)
