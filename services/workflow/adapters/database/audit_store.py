"""What verifying reads and rebuilding writes, in pieces, so that memory does not grow with the log.

Each piece is asked for by key, from where the last one ended: no cursor is held open, and reading
entries for an hour keeps no old snapshot alive that would stop the database from cleaning up. Only
comparing has one, for as long as it takes: what moves meanwhile would look tampered with.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import datetime
from typing import Any

import psycopg
import sqlalchemy as sa

from schemas.canonical import canonical_bytes
from schemas.instants import instant
from services.workflow.adapters.database import tables
from services.workflow.adapters.database.comparing import Comparison
from services.workflow.adapters.database.connections import Connections, driver, undo
from services.workflow.adapters.database.rebuilding import Rebuild, emptied

_PIECE = 5_000  # rows; a megabyte or so of bodies each thousand
_TEXT_PIECE = 500  # texts are up to sixty kilobytes each

# In binary, because a body takes twice its size as text, and is then parsed again.
_ENTRIES = """
COPY (
    SELECT l.position, l.stream, l.version, l.leaf_hash, e.body
    FROM log_entry l JOIN event e ON e.stream = l.stream AND e.version = l.version
    WHERE l.position > {after} AND l.position <= {upto} ORDER BY l.position
) TO STDOUT (FORMAT binary)
"""
_entry, _event = tables.log_entry, tables.event
_ENTRY_PIECE = (
    sa.select(
        _entry.c.position, _entry.c.stream, _entry.c.version, _entry.c.leaf_hash, _event.c.body
    )
    .join(_event, sa.and_(_event.c.stream == _entry.c.stream, _event.c.version == _entry.c.version))
    .where(_entry.c.position > sa.bindparam("after"), _entry.c.position <= sa.bindparam("upto"))
    .order_by(_entry.c.position)
)
_STREAMS = """
COPY (
    SELECT stream, version, body FROM event WHERE (stream, version) > ({stream}, {version})
    ORDER BY stream, version LIMIT {n}
) TO STDOUT (FORMAT binary)
"""
_LAST = sa.select(sa.func.coalesce(sa.func.max(_entry.c.position), 0))
_STREAM_PIECE = (
    sa.select(_event.c.stream, _event.c.version, _event.c.body)
    .where(
        sa.tuple_(_event.c.stream, _event.c.version)
        > sa.tuple_(sa.bindparam("stream"), sa.bindparam("version"))
    )
    .order_by(_event.c.stream, _event.c.version)
    .limit(_PIECE)
)
Entry = tuple[int, str, int, bytes, bytes]
Reading = Callable[[], AbstractContextManager[sa.Connection]]


class AuditStore:
    """Implements the port `AuditStore`."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def entries(self) -> Iterator[Entry]:
        """Yield (position, stream, version, leaf hash, body) in order of position.

        An entry whose event is gone is left out: the gap is for the verifier to find.
        """
        with self._connections.reading() as connection:
            last = connection.execute(_LAST).scalar_one()
        for after in range(0, last, _PIECE):
            with self._connections.reading() as connection:
                yield from self._piece(connection, after, min(after + _PIECE, last))

    def streams(self) -> Iterator[tuple[str, int, bytes]]:
        """Yield (stream, version, body), by stream in the order of its bytes, then by version."""
        return self._streams(self._connections.reading)

    def texts(self) -> Iterator[tuple[bytes, bytes, bytes]]:
        """Yield (commitment, salt, content) of every text that was not erased, by commitment."""
        column, last = tables.text.c, b""
        while True:
            statement = (
                sa.select(column.sha256, column.salt, column.content)
                .where(column.sha256 > last)
                .order_by(column.sha256)
                .limit(_TEXT_PIECE)
            )
            with self._connections.reading() as connection:
                rows = connection.execute(statement).all()
            for row in rows:
                yield row.sha256, row.salt, row.content
            if len(rows) < _TEXT_PIECE:
                return
            last = rows[-1].sha256

    def dump(self) -> Iterator[bytes]:
        """Yield the read model's rows, one line each, in a fixed order: equal means equal bytes."""
        for table in sorted(tables.READ_MODEL, key=lambda table: table.name):
            yield from self._dump(table)

    @contextmanager
    def comparing(self) -> Iterator[Comparison]:
        """Hold the read model against the log as of one instant, while others write."""
        mode = " ISOLATION LEVEL REPEATABLE READ READ ONLY" if self._connections.is_postgres else ""
        with self._connections.reading() as connection:
            connection.exec_driver_sql(f"BEGIN{mode}")
            try:
                streams = self._streams(lambda: nullcontext(connection))
                with Comparison(connection, streams) as comparison:
                    yield comparison
            finally:
                undo(connection)

    @contextmanager
    def rebuilding(self) -> Iterator[Rebuild]:
        """Open one transaction that has emptied the read model; commits on a clean exit.

        Writers wait until it ends; readers see the old rows.
        """
        with self._connections.transaction() as connection:
            emptied(connection)
            yield Rebuild(connection)

    def _piece(self, connection: sa.Connection, after: int, upto: int) -> Iterator[Entry]:
        if not self._connections.is_postgres:
            for row in connection.execute(_ENTRY_PIECE, {"after": after, "upto": upto}):
                yield row.position, row.stream, row.version, row.leaf_hash, row.body
            return
        statement = psycopg.sql.SQL(_ENTRIES).format(after=after, upto=upto)
        with driver(connection).cursor() as cursor, cursor.copy(statement) as copy:
            copy.set_types(["int8", "text", "int4", "bytea", "bytea"])
            yield from copy.rows()

    def _streams(self, reading: Reading) -> Iterator[tuple[str, int, bytes]]:
        place = ("", 0)
        while True:
            with reading() as connection:
                rows = self._stream_piece(connection, *place)
            yield from rows
            if len(rows) < _PIECE:
                return
            place = rows[-1][:2]

    def _stream_piece(
        self, connection: sa.Connection, stream: str, version: int
    ) -> Sequence[tuple[str, int, bytes]]:
        place = {"stream": stream, "version": version}
        if not self._connections.is_postgres:
            return [(*row,) for row in connection.execute(_STREAM_PIECE, place)]
        statement = psycopg.sql.SQL(_STREAMS).format(**place, n=_PIECE)
        with driver(connection).cursor() as cursor, cursor.copy(statement) as copy:
            copy.set_types(["text", "int4", "bytea"])
            return list(copy.rows())

    def _dump(self, table: sa.Table) -> Iterator[bytes]:
        key = list(table.primary_key)
        place: Sequence[Any] | None = None
        while True:
            statement = sa.select(table).order_by(*key).limit(_PIECE)
            if place is not None:
                there = (
                    sa.bindparam(None, value, type_=column.type)
                    for value, column in zip(place, key, strict=True)
                )
                statement = statement.where(sa.tuple_(*key) > sa.tuple_(*there))
            with self._connections.reading() as connection:
                rows = connection.execute(statement).mappings().all()
            for row in rows:
                yield canonical_bytes([str(table.name), _plain(row)])
            if len(rows) < _PIECE:
                return
            place = [rows[-1][column.name] for column in key]


def _plain(row: Mapping[Any, Any]) -> dict[str, Any]:
    return {str(name): _plain_value(value) for name, value in row.items()}


def _plain_value(value: Any) -> Any:
    if isinstance(value, datetime):
        return instant(value)
    return value.hex() if isinstance(value, bytes) else value
