"""What verifying reads and rebuilding writes, in pieces, so that memory does not grow with the log.

Each piece is asked for by key, from where the last one ended: no cursor is held open, and reading
entries for an hour keeps no old snapshot alive that would stop the database from cleaning up. Only
comparing has one, for as long as it takes: what moves meanwhile would look tampered with.
"""

from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from datetime import datetime
from typing import Any, LiteralString

import sqlalchemy as sa

from schemas.canonical import canonical_bytes
from schemas.instants import instant
from services.workflow.adapters.database import tables
from services.workflow.adapters.database.case_spelling import BEEN
from services.workflow.adapters.database.comparing import TELLING, Comparison
from services.workflow.adapters.database.connections import driver, undo
from services.workflow.adapters.database.rebuilding import Rebuild, count_anew, emptied
from services.workflow.adapters.database.tree_rows import TreeRows
from services.workflow.application.audit_ports import StreamRow
from services.workflow.application.ports import Document

_PIECE = 1_000  # rows, a megabyte or so: larger ones are sorted on disk, and leave the caches
_TEXT_PIECE = 500  # texts are up to sixty kilobytes each

_ENTRIES: LiteralString = """
SELECT l.position, l.stream, l.version, {leaf_hash}, {body}
FROM log_entry l JOIN event e ON e.stream = l.stream AND e.version = l.version
WHERE l.position > %s AND l.position <= %s ORDER BY l.position LIMIT %s
"""
_STREAMS: LiteralString = """
SELECT e.stream, e.version, {body}, e.type, {recorded_at} FROM event e
WHERE (e.stream, e.version) > (%s, %s) ORDER BY e.stream, e.version LIMIT %s
"""
_ON_POSTGRES: Mapping[str, LiteralString] = {
    "leaf_hash": "l.leaf_hash",
    "body": "e.body",
    "recorded_at": """to_char(e.recorded_at AT TIME ZONE 'UTC',
                             'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')""",
}
# Edited by hand, bytes may have become words there: they are what they spell.
_ON_SQLITE: Mapping[str, LiteralString] = {
    "leaf_hash": "CAST(l.leaf_hash AS BLOB)",
    "body": "CAST(e.body AS BLOB)",
    "recorded_at": "CAST(e.recorded_at AS TEXT)",
}
_LAST = sa.select(sa.func.coalesce(sa.func.max(tables.log_entry.c.position), 0))
Entry = tuple[int, str, int, bytes, bytes]
Row = tuple[Any, ...]


class AuditStore(TreeRows):
    """Implements the port `AuditStore`."""

    def entries(self) -> Iterator[Entry]:
        """Yield (position, stream, version, leaf hash, body) in order of position.

        An entry whose event is gone is left out: the gap is for the verifier to find.
        """
        with self._connections.reading() as connection:
            last = connection.execute(_LAST).scalar_one()
            for piece in self._pieces(connection, _ENTRIES, (0,), last, _PIECE):
                yield from piece

    def streams(self) -> Iterator[StreamRow]:
        """Yield all events, by stream in the order of its bytes, then by version."""
        with self._connections.reading() as connection:
            yield from self._streams(connection)

    def documents(self) -> Iterator[Document]:
        """Yield every scheme and calendar that is kept; there are few."""
        kept = tables.document
        body = sa.cast(kept.c.body, sa.LargeBinary)
        statement = sa.select(kept.c.hash, kept.c.kind, body.label("body")).order_by(kept.c.hash)
        with self._connections.reading() as connection:
            rows = connection.execute(statement).all()
        return (Document(hash=row.hash, kind=row.kind, body=row.body) for row in rows)

    def texts(self) -> Iterator[tuple[bytes, bytes, bytes]]:
        """Yield (commitment, salt, content) of every text that was not erased, by commitment."""
        column, last = tables.text.c, b""
        while True:
            statement = (
                sa.select(
                    column.sha256,
                    sa.cast(column.salt, sa.LargeBinary).label("salt"),
                    sa.cast(column.content, sa.LargeBinary).label("content"),
                )
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
        """Yield the read model's rows, one line each, in a fixed order: equal means equal bytes.

        A place where no case is or was says nothing: writers make its row when they need one.
        """
        for table in sorted(tables.READ_MODEL, key=lambda table: table.name):
            yield from self._dump(table)

    @contextmanager
    def comparing(self) -> Iterator[Comparison]:
        """Hold the read model against the log as of one instant, while others write."""
        with (
            self._instant() as connection,
            self._same_instant(connection) as other,
            closing(self._streams(other)) as streams,
            Comparison(connection, streams) as comparison,
        ):
            yield comparison

    def is_of_before(self) -> bool:
        """Tell whether rows of cases are spelled as an earlier release did."""
        facts = tables.case_head.c.facts
        # One knew but one kind of case, two spelled what a case has been otherwise (one of them
        # knew of a trigger only who fired it last), one kept no hash of what was filed, one spelled
        # of a lone desk what stands in columns, one kept decisions about a grade that was
        # forgotten, one did not know who carried a case over (all heads of either were marked, by
        # revisions 0041 and 0042).
        older = (
            tables.case_record.c.pinned.not_like('%"label":%'),
            facts.not_like(f'%["{BEEN}",%'),
            sa.and_(facts.like('%["documents",{"%'), facts.not_like('%":["=%')),
            sa.or_(*(facts.like(f'%["holders",[["%,"",{vacant}%') for vacant in (0, 1))),
            facts.like('[["decisions",[]],%'),
        )
        with self._connections.reading() as connection:
            found = (
                connection.execute(sa.select(sa.literal(1)).where(one).limit(1)).first()
                for one in older
            )
            return any(one is not None for one in found)

    @contextmanager
    def rebuilding(self) -> Iterator[Rebuild]:
        """Open one transaction that has emptied the read model; commits on a clean exit.

        Writers wait until it ends; readers see the old rows.
        """
        with self._connections.transaction() as connection:
            emptied(connection)
            yield Rebuild(connection)
            count_anew(connection)

    @contextmanager
    def _instant(self) -> Iterator[sa.Connection]:
        """Lend a connection that sees the database as it is at the first look, and changes none."""
        mode = " ISOLATION LEVEL REPEATABLE READ READ ONLY" if self._connections.is_postgres else ""
        with self._connections.reading() as connection:
            connection.exec_driver_sql(f"BEGIN{mode}")
            try:
                yield connection
            finally:
                undo(connection)

    @contextmanager
    def _same_instant(self, connection: sa.Connection) -> Iterator[sa.Connection]:
        """Lend a connection that sees what *connection* sees, while that one is read from."""
        if not self._connections.is_postgres:
            yield connection  # of SQLite's any number of statements can be under way
            return
        name = connection.exec_driver_sql("SELECT pg_export_snapshot()").scalar_one()
        with self._instant() as other:
            other.exec_driver_sql(f"SET TRANSACTION SNAPSHOT '{name}'")
            yield other

    def _streams(self, connection: sa.Connection) -> Generator[StreamRow]:
        for piece in self._pieces(connection, _STREAMS, ("", 0), _PIECE):
            yield from piece

    def _pieces(
        self, connection: sa.Connection, statement: LiteralString, place: Row, *bounds: int
    ) -> Iterator[list[Any]]:
        """Yield what *statement* finds after *place*; rows begin with their own place.

        The next piece is asked for before this one is used: the server finds it meanwhile.
        """
        with ExitStack() as open_:
            lent = driver(connection)
            if self._connections.is_postgres:
                pipeline = open_.enter_context(lent.pipeline())
                # In binary: as text, bytes take twice their size, and are then parsed again.
                cursor, settle = open_.enter_context(lent.cursor(binary=True)), pipeline.sync
                statement = statement.format_map(_ON_POSTGRES)
            else:
                cursor, settle = open_.enter_context(closing(lent.cursor())), lambda: None
                statement = statement.format_map(_ON_SQLITE).replace("%s", "?")
            rows: list[Any] = []
            while True:
                # Before asking, when all is here: it would wait for an answer under way.
                settle()
                cursor.execute(statement, (*place, *bounds))
                yield rows
                rows = cursor.fetchall()
                if len(rows) < _PIECE:
                    break
                place = rows[-1][: len(place)]
        yield rows

    def _dump(self, table: sa.Table) -> Iterator[bytes]:
        key = list(table.primary_key)
        place: Sequence[Any] | None = None
        while True:
            statement = sa.select(*tables.replayed(table)).order_by(*key).limit(_PIECE)
            statement = statement.where(TELLING.get(table, sa.true()))
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
