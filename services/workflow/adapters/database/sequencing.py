"""Positions after commit: the log's order, its tree, and the checkpoints over it.

Writers leave a row in `event_pending` and share no lock. One sequencer takes what is committed,
oldest first, and gives the next positions. A pending set has no gap problem: what commits late is
simply found by a later batch. Rows are removed one by one, never by a range: that would take late
commits with it.

Within one stream the order is that of versions: a version's writer saw its predecessor committed,
and its recorded time is never earlier, so the predecessor is found before it or together with it.
"""

import threading
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from schemas.merkle import Frontier, Node, leaf_hash, peaks_of
from services.workflow.adapters.database import tables
from services.workflow.adapters.database.connections import Connections, driver

_LOCK = 0x5348_5550_494E_47  # "SHUPING": one sequencer per database
_pending, _event, _entry = tables.event_pending, tables.event, tables.log_entry


def _take(row: str) -> sa.Select[Any]:
    """Return what selects the oldest pending events, each with where its *row* lies."""
    place: sa.ColumnElement[Any] = sa.literal_column(f"event_pending.{row}").label("place")
    order = (_pending.c.recorded_at, _pending.c.stream, _pending.c.version)
    oldest = sa.select(place, *order).order_by(*order).limit(sa.bindparam("n")).subquery("oldest")
    # Each body by its key. Joined, a planner that takes the rows deleted a moment ago for pending
    # ones reads every event there is: 19 ms a batch where this takes two.
    body = (
        sa.select(_event.c.body)
        .where(_event.c.stream == oldest.c.stream, _event.c.version == oldest.c.version)
        .scalar_subquery()
    )
    columns = (oldest.c.place, oldest.c.stream, oldest.c.version, body.label("body"))
    return sa.select(*columns).order_by(oldest.c.recorded_at, oldest.c.stream, oldest.c.version)


# Where a row lies is what it is known by; it stays there for as long as our transaction.
_TAKE = {"postgresql": _take("ctid::text"), "sqlite": _take("rowid")}
_ANY = sa.select(_pending.c.version).limit(1)
_SIZE = sa.select(sa.func.coalesce(sa.func.max(_entry.c.position), 0))
# One statement for any number of rows; arrays, because bytes have no place in JSON.
_PLACE = """
WITH placed AS (
    INSERT INTO log_entry (position, stream, version, leaf_hash)
    SELECT * FROM unnest(%s::bigint[], %s::text[], %s::int[], %s::bytea[])
), grown AS (
    INSERT INTO log_node (level, idx, hash)
    SELECT * FROM unnest(%s::int[], %s::bigint[], %s::bytea[])
)
DELETE FROM event_pending WHERE ctid = ANY(%s::tid[])
"""


class Sequencing:
    """Implements the port `Sequencing`; any number of them, one works at a time."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections
        self._mutex = threading.Lock()
        self._frontier = Frontier()  # as this process last left it; another may have gone on

    def sequence(self, limit: int) -> int:
        """Give positions to up to *limit* pending events, oldest pending first.

        Returns how many; 0 when nothing is pending or another sequencer holds the lock.
        """
        with self._connections.reading() as connection:
            if connection.execute(_ANY).first() is None:
                return 0  # the usual answer; on SQLite a transaction would stop the writers
        with self._mutex:
            try:
                with self._connections.transaction() as connection:
                    return self._sequence(connection, limit)
            except BaseException:
                self._frontier = Frontier()  # it may have grown over what was undone
                raise

    def _sequence(self, connection: sa.Connection, limit: int) -> int:
        if self._connections.is_postgres:
            # For the transaction, not the session: a session's lock leaks through a pool.
            lock = sa.select(sa.func.pg_try_advisory_xact_lock(_LOCK))
            if not connection.execute(lock).scalar_one():
                return 0
        rows = connection.execute(_TAKE[connection.dialect.name], {"n": limit}).all()
        if not rows:
            return 0
        size = connection.execute(_SIZE).scalar_one()
        if self._frontier.size != size:
            peaks = peaks_of(size, lambda level, index: _node(connection, level, index))
            self._frontier = Frontier.restore(size, peaks)
        for row in rows:
            if row.body is None:
                raise LookupError(f"{row.stream} {row.version} waits for a position and is gone")
        leaves = [leaf_hash(row.body) for row in rows]
        nodes = self._frontier.extend(leaves)
        if self._connections.is_postgres:
            _place_together(connection, size, rows, leaves, nodes)
        else:
            _place_each(connection, size, rows, leaves, nodes)
        return len(rows)

    def tree_node(self, level: int, index: int) -> bytes | None:
        """Return the hash of a complete subtree (level 0: leaves)."""
        with self._connections.reading() as connection:
            return connection.execute(_node_statement(level, index)).scalar()

    def tree_size(self) -> int:
        """Return the number of entries."""
        with self._connections.reading() as connection:
            return int(connection.execute(_SIZE).scalar_one())

    def save_checkpoint(self, size: int, root: bytes, note: str, at: datetime) -> None:
        """Keep a signed note; one for the same size stays as it was."""
        exists = sa.select(tables.checkpoint.c.size).where(tables.checkpoint.c.size == size)
        with self._connections.transaction() as connection:
            if connection.execute(exists).first() is None:
                connection.execute(
                    tables.checkpoint.insert(),
                    {"size": size, "root": root, "note": note, "at": at},
                )

    def last_checkpoint(self) -> tuple[int, str] | None:
        """Return size and note of the newest checkpoint."""
        statement = (
            sa.select(tables.checkpoint.c.size, tables.checkpoint.c.note)
            .order_by(tables.checkpoint.c.size.desc())
            .limit(1)
        )
        with self._connections.reading() as connection:
            row = connection.execute(statement).first()
        return None if row is None else (row.size, row.note)

    def checkpoint(self, size: int) -> str | None:
        """Return the note for exactly *size* entries."""
        statement = sa.select(tables.checkpoint.c.note).where(tables.checkpoint.c.size == size)
        with self._connections.reading() as connection:
            return connection.execute(statement).scalar()


def _node_statement(level: int, index: int) -> sa.Select[Any]:
    if level == 0:
        return sa.select(_entry.c.leaf_hash).where(_entry.c.position == index + 1)
    node = tables.log_node.c
    return sa.select(node.hash).where(node.level == level, node.idx == index)


def _node(connection: sa.Connection, level: int, index: int) -> bytes:
    return bytes(connection.execute(_node_statement(level, index)).scalar_one())


def _place_together(
    connection: sa.Connection,
    size: int,
    rows: Sequence[Any],
    leaves: Sequence[bytes],
    nodes: Sequence[Node],
) -> None:
    streams = [row.stream for row in rows]
    versions = [row.version for row in rows]
    positions = list(range(size + 1, size + 1 + len(rows)))
    levels = [level for level, _, _ in nodes]
    indexes = [index for _, index, _ in nodes]
    hashes = [hash_ for _, _, hash_ in nodes]
    entries = (positions, streams, versions, leaves, levels, indexes, hashes)
    driver(connection).execute(_PLACE, (*entries, [row.place for row in rows]), prepare=True)


def _place_each(
    connection: sa.Connection,
    size: int,
    rows: Sequence[Any],
    leaves: Sequence[bytes],
    nodes: Sequence[Node],
) -> None:
    entries = [
        {"position": size + n, "stream": row.stream, "version": row.version, "leaf_hash": leaf}
        for n, (row, leaf) in enumerate(zip(rows, leaves, strict=True), start=1)
    ]
    connection.execute(_entry.insert(), entries)
    if nodes:
        connection.execute(
            tables.log_node.insert(),
            [{"level": level, "idx": index, "hash": hash_} for level, index, hash_ in nodes],
        )
    done = _pending.delete().where(sa.literal_column("rowid") == sa.bindparam("place"))
    connection.execute(done, [{"place": row.place} for row in rows])
