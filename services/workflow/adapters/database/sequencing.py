"""Positions after commit: the log's order, its tree, and the checkpoints over it.

Writers leave a row in `event_pending` and share no lock. One sequencer takes what is committed,
oldest first, and gives the next positions. A pending set has no gap problem: what commits late is
simply found by a later batch. Rows are removed one by one, never by a range: that would take late
commits with it.

Within one stream the order is that of versions: a version's writer saw its predecessor committed,
and its recorded time is never earlier, so the predecessor is found before it or together with it.
"""

import threading
from datetime import datetime
from functools import partial

import psycopg
import sqlalchemy as sa

from schemas.merkle import Frontier, leaf_hash, peaks_of, root_of
from services.workflow.adapters.database import tables
from services.workflow.adapters.database.connections import Connections, driver

# Of the tree's levels every fourth is kept, a fifteenth of the nodes; one between them is hashed
# anew, from at most eight. Each node kept would cost an event another row and index entry.
KEPT_LEVELS = 4
_LOCK = 0x5348_5550_494E_47  # "SHUPING": one sequencer per database
_pending, _event, _entry = tables.event_pending, tables.event, tables.log_entry

_ANY = sa.select(_pending.c.version).limit(1)
_SIZE = sa.select(sa.func.coalesce(sa.func.max(_entry.c.position), 0))
_ORDER = (_pending.c.recorded_at, _pending.c.stream, _pending.c.version)

# One statement for any number of entries; the server hashes, so no body travels. Each body by its
# key: joined, a planner that takes the rows deleted a moment ago for pending ones reads every
# event there is, 19 ms a batch where this takes two. Where a pending row lies (ctid) is what it is
# known by; it stays there for as long as our transaction.
_PLACE = r"""
WITH oldest AS MATERIALIZED (
    SELECT ctid, recorded_at, stream, version FROM event_pending
    ORDER BY recorded_at, stream, version LIMIT %s
), placed AS (
    INSERT INTO log_entry (position, stream, version, leaf_hash)
    SELECT (SELECT coalesce(max(position), 0) FROM log_entry)
           + row_number() OVER (ORDER BY recorded_at, stream, version),
           stream, version,
           sha256('\x00'::bytea || (SELECT body FROM event e
                                    WHERE e.stream = oldest.stream AND e.version = oldest.version))
    FROM oldest
    RETURNING position, leaf_hash
), taken AS (
    DELETE FROM event_pending WHERE ctid = ANY (ARRAY (SELECT ctid FROM oldest))
)
SELECT position, leaf_hash FROM placed ORDER BY position
"""
# On SQLite, which has no SHA-256.
_OLDEST = (
    sa.select(
        sa.literal_column("event_pending.rowid").label("place"),
        _pending.c.stream,
        _pending.c.version,
        _event.c.body,
    )
    .outerjoin(
        _event,
        sa.and_(_event.c.stream == _pending.c.stream, _event.c.version == _pending.c.version),
    )
    .order_by(*_ORDER)
    .limit(sa.bindparam("n"))
)


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
        # On SQLite a transaction would stop the writers; on PostgreSQL leaving this out makes the
        # slowest of single transitions slower, by a fifth at the 99th percentile.
        with self._connections.reading() as connection:
            if connection.execute(_ANY).first() is None:
                return 0  # the usual answer
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
            size, leaves = _place_together(connection, limit)
        else:
            size, leaves = _place_each(connection, limit)
        if not leaves:
            return 0
        if self._frontier.size != size:
            peaks = peaks_of(size, partial(_peak, connection))
            self._frontier = Frontier.restore(size, peaks)
        kept = [
            {"level": level, "idx": index, "hash": hash_}
            for level, index, hash_ in self._frontier.extend(leaves)
            if level % KEPT_LEVELS == 0
        ]
        if kept:
            connection.execute(tables.log_node.insert(), kept)
        return len(leaves)

    def tree_node(self, level: int, index: int) -> bytes | None:
        """Return the hash of a complete subtree (level 0: leaves)."""
        with self._connections.reading() as connection:
            return _node(connection, level, index)

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

    def signed_at(self) -> datetime | None:
        """Return when the newest checkpoint was made."""
        made = tables.checkpoint.c
        with self._connections.reading() as connection:
            return connection.execute(
                sa.select(made.at).order_by(made.size.desc()).limit(1)
            ).scalar()

    def checkpoint(self, size: int) -> str | None:
        """Return the note for exactly *size* entries."""
        statement = sa.select(tables.checkpoint.c.note).where(tables.checkpoint.c.size == size)
        with self._connections.reading() as connection:
            return connection.execute(statement).scalar()


def _node(connection: sa.Connection, level: int, index: int) -> bytes | None:
    """Return the hash of a complete subtree; None if it is not complete."""
    between = level % KEPT_LEVELS
    n = 1 << between
    first = index * n
    if level == between:
        position = _entry.c.position
        below = sa.select(_entry.c.leaf_hash).where(position > first, position <= first + n)
        below = below.order_by(position)
    else:
        node = tables.log_node.c
        at_level = node.level == level - between
        below = sa.select(node.hash).where(at_level, node.idx >= first, node.idx < first + n)
        below = below.order_by(node.idx)
    hashes = connection.execute(below).scalars().all()
    return root_of(hashes) if len(hashes) == n else None


def _peak(connection: sa.Connection, level: int, index: int) -> bytes:
    found = _node(connection, level, index)
    if found is None:
        raise LookupError(f"the log has no node {index} on level {level}: its tree is damaged")
    return found


def _place_together(connection: sa.Connection, limit: int) -> tuple[int, list[bytes]]:
    """Give the next positions; return how many there were before, and the new leaves in order."""
    try:
        placed = driver(connection).execute(_PLACE, (limit,), prepare=True, binary=True).fetchall()
    except psycopg.errors.NotNullViolation as error:  # no body, no hash
        raise LookupError(f"a pending event is gone: {error.diag.message_detail}") from error
    return placed[0][0] - 1 if placed else 0, [leaf for _, leaf in placed]


def _place_each(connection: sa.Connection, limit: int) -> tuple[int, list[bytes]]:
    """Give the next positions on SQLite; return what `_place_together` does."""
    rows = connection.execute(_OLDEST, {"n": limit}).all()
    if not rows:
        return 0, []
    for row in rows:
        if row.body is None:
            raise LookupError(f"a pending event is gone: {row.stream} {row.version}")
    size = connection.execute(_SIZE).scalar_one()
    leaves = [leaf_hash(row.body) for row in rows]
    entries = [
        {"position": size + n, "stream": row.stream, "version": row.version, "leaf_hash": leaf}
        for n, (row, leaf) in enumerate(zip(rows, leaves, strict=True), start=1)
    ]
    connection.execute(_entry.insert(), entries)
    done = _pending.delete().where(sa.literal_column("rowid") == sa.bindparam("place"))
    connection.execute(done, [{"place": row.place} for row in rows])
    return size, leaves
