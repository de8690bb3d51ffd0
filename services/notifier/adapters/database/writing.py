"""Writing many rows by one statement, on both databases in their common dialect.

PostgreSQL is given all rows as one value and takes them apart itself: sent one by one, a row costs
more as a message than as a row.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import orjson
from sqlalchemy import Connection, Table, Text, bindparam, cast, column, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

# Below the parameter limits of both databases for the widest table.
CHUNK = 500
_Rows = Sequence[Mapping[str, Any]]


def upsert(connection: Connection, table: Table, rows: _Rows) -> None:
    """Insert *rows*, replacing those whose primary key is taken; of one key the last holds."""
    keys = [column.name for column in table.primary_key]
    last = [*{tuple(row[key] for key in keys): row for row in rows}.values()]
    if last:
        statement, given = _insert(connection, table, last)
        fresh = {
            column.name: statement.excluded[column.name]
            for column in table.columns
            if column.name not in keys
        }
        connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=fresh), given)


def add_new(connection: Connection, table: Table, rows: _Rows) -> None:
    """Insert *rows*, leaving those whose primary key is taken as they are."""
    if rows:
        statement, given = _insert(connection, table, rows)
        connection.execute(statement.on_conflict_do_nothing(), given)


def change(connection: Connection, table: Table, rows: _Rows) -> None:
    """Give the columns named in *rows* their values there, in each row with their primary key."""
    if not rows:
        return
    keys = [column.name for column in table.primary_key]
    told: Mapping[str, Any]
    if connection.dialect.name == "sqlite":
        given: Any = [{f"its_{name}": row[name] for name in row} for row in rows]
        told = {name: bindparam(f"its_{name}") for name in rows[0]}
    else:
        given, told = _as_one(rows), _told(table, rows).c
    same = (table.c[key] == told[key] for key in keys)
    values = {name: told[name] for name in rows[0] if name not in keys}
    connection.execute(update(table).where(*same).values(values), given)


def chunks(values: Iterable[str]) -> Iterable[list[str]]:
    """Cut *values* into lists short enough for one IN."""
    listed = sorted(set(values))
    return (listed[start : start + CHUNK] for start in range(0, len(listed), CHUNK))


def _insert(connection: Connection, table: Table, rows: _Rows) -> tuple[Any, Any]:
    """Return the statement that inserts *rows*, and what it is executed with."""
    if connection.dialect.name == "sqlite":
        return sqlite.insert(table), [*rows]
    named = select(*_told(table, rows).c)
    return postgresql.insert(table).from_select([*rows[0]], named), _as_one(rows)


def _told(table: Table, rows: _Rows) -> Any:
    """Return what PostgreSQL makes of *rows*, a table with the columns that they name."""
    columns = [column(name, table.c[name].type) for name in rows[0]]
    text = cast(bindparam("rows", type_=Text), postgresql.JSON)
    told = func.json_to_recordset(text).table_valued(*columns, name="told")
    return told.render_derived(with_types=True)


def _as_one(rows: _Rows) -> dict[str, str]:
    return {"rows": orjson.dumps(rows, default=_bytes).decode()}


def _bytes(value: object) -> str:
    if not isinstance(value, bytes):
        raise TypeError(value)
    return f"\\x{value.hex()}"  # as PostgreSQL writes bytes in a text
