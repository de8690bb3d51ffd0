"""The floor of what writes many rows: psycopg's `executemany` of those very rows.

A second database has the same tables and indexes, and is kept as the first: what the service has
written since is inserted, updated and deleted there in one transaction, and that is the floor.
"""

import time
from collections.abc import Sequence
from typing import Any

import psycopg
from psycopg import sql

from deploy.servers.postgres import OWNER, PostgresServer

Key = tuple[Any, ...]
Table = dict[Key, tuple[Any, ...]]  # rows by their keys


class Beside:
    """A copy of a database that nothing is connected to yet."""

    def __init__(self, server: PostgresServer, name: str) -> None:
        self._ours = server.url(name, OWNER)
        server.create_database(f"{name}_floor", template=name)
        self._floor = server.url(f"{name}_floor", OWNER)

    def follow(self) -> tuple[float, int]:
        """Write what the service has written; return how long it took, seconds, and the rows."""
        with psycopg.connect(self._ours) as ours, psycopg.connect(self._floor) as floor:
            changes = [_Change(ours, floor, name) for name in _tables(ours)]
            floor.rollback()
            with floor.cursor() as cursor:
                began = time.perf_counter()
                n_rows = sum(change.write(cursor) for change in changes)
                floor.commit()
                return time.perf_counter() - began, n_rows


def _tables(connection: psycopg.Connection[Any]) -> list[str]:
    rows = connection.execute(
        "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
        " AND relname <> 'alembic_version' ORDER BY relname"
    )
    return [name for (name,) in rows]


class _Change:
    """What one table has that its copy has not."""

    def __init__(
        self, ours: psycopg.Connection[Any], floor: psycopg.Connection[Any], name: str
    ) -> None:
        self._name = sql.Identifier(name)
        self._columns = _columns(ours, name)
        self._key = _key(ours, name) or self._columns
        now, before = self._rows(ours), self._rows(floor)
        rest = [self._columns.index(one) for one in self._columns if one not in self._key]
        key = [self._columns.index(one) for one in self._key]
        self._new = [row for at, row in now.items() if at not in before]
        self._moved = [
            tuple(row[at] for at in (*rest, *key))
            for at, row in now.items()
            if at in before and before[at] != row
        ]
        self._gone = [at for at in before if at not in now]
        self._rest = [self._columns[at] for at in rest]

    def write(self, cursor: psycopg.Cursor[Any]) -> int:
        names = sql.SQL(", ").join(map(sql.Identifier, self._columns))
        values = sql.SQL(", ").join([sql.Placeholder()] * len(self._columns))
        inserting = sql.SQL("INSERT INTO {} ({}) VALUES ({})")
        setting = sql.SQL(", ").join(_equal(one) for one in self._rest)
        here = sql.SQL(" AND ").join(_equal(one) for one in self._key)
        for statement, rows in (
            (sql.SQL("DELETE FROM {} WHERE {}").format(self._name, here), self._gone),
            (inserting.format(self._name, names, values), self._new),
            (sql.SQL("UPDATE {} SET {} WHERE {}").format(self._name, setting, here), self._moved),
        ):
            if rows:
                cursor.executemany(statement, rows)
        return len(self._gone) + len(self._new) + len(self._moved)

    def _rows(self, connection: psycopg.Connection[Any]) -> Table:
        chosen = sql.SQL(", ").join(map(sql.Identifier, self._columns))
        rows = connection.execute(sql.SQL("SELECT {} FROM {}").format(chosen, self._name))
        key = [self._columns.index(one) for one in self._key]
        return {tuple(row[at] for at in key): row for row in rows}


def _equal(column: str) -> sql.Composed:
    return sql.SQL("{} = {}").format(sql.Identifier(column), sql.Placeholder())


def _columns(connection: psycopg.Connection[Any], name: str) -> list[str]:
    return _names(
        connection,
        "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass"
        " AND attnum > 0 AND NOT attisdropped AND attgenerated = '' ORDER BY attnum",
        name,
    )


def _key(connection: psycopg.Connection[Any], name: str) -> list[str]:
    return _names(
        connection,
        "SELECT a.attname FROM pg_index i JOIN pg_attribute a"
        " ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)"
        " WHERE i.indrelid = %s::regclass AND i.indisprimary ORDER BY a.attnum",
        name,
    )


def _names(connection: psycopg.Connection[Any], query: str, name: str) -> list[str]:
    rows: Sequence[tuple[str]] = connection.execute(query, (name,)).fetchall()  # type: ignore[arg-type]
    return [column for (column,) in rows]
