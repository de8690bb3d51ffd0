"""Positions after commit: the log's order, its tree, and the checkpoints over it.

Writers leave a row in `event_pending` and share no lock. One sequencer takes what is committed,
oldest first, and gives the next positions. A pending set has no gap problem: what commits late is
simply found by a later batch. Rows are removed one by one, never by a range: that would take late
commits with it.

Within one stream the order is that of versions: a version's writer saw its predecessor committed,
and its recorded time is never earlier, so the predecessor is found before it or together with it.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from schemas.envelope import peek
from schemas.facts import EVENTS
from schemas.merkle import Node, leaf_hash, root_of
from schemas.streams import Stream
from services.workflow.adapters.database import tables
from services.workflow.adapters.database.bulk import insert
from services.workflow.adapters.database.case_rows import case_of
from services.workflow.adapters.database.connections import Connections, driver
from services.workflow.adapters.database.rebuilding import Rebuild
from services.workflow.application.gate import hold
from services.workflow.application.sequencing_ports import Frozen, SavedCheckpoint, Seal

# Of the tree's levels every fourth is kept, a fifteenth of the nodes; one between them is hashed
# anew, from at most eight. Each node kept would cost an event another row and index entry.
KEPT_LEVELS = 4
LOCK = 0x5348_5550_494E_47  # "SHUPING": one sequencer per database
_SIGNING = LOCK + 1  # another: positions do not wait for signing
_pending, _event, _entry = tables.event_pending, tables.event, tables.log_entry


def same(one: sa.Table, other: sa.Table) -> sa.ColumnElement[bool]:
    return sa.and_(one.c.stream == other.c.stream, one.c.version == other.c.version)


def octets(column: sa.ColumnElement[Any]) -> sa.Label[Any]:
    """Return *column* as bytes, also where a hand made words of them on SQLite."""
    return sa.cast(column, sa.LargeBinary).label(column.key)


_ANY = sa.select(_pending.c.version).limit(1)
_CHECKPOINT = sa.select(
    tables.checkpoint.c.size, tables.checkpoint.c.root, tables.checkpoint.c.note
)
_SIZE = sa.select(sa.func.coalesce(sa.func.max(_entry.c.position), 0))
# Equal times in order of the events' ids; in one stream no later version comes first all the same,
# though another process may have made its id by a clock that is behind.
_LATEST_ID = sa.func.max(sa.func.coalesce(sa.cast(_pending.c.id, sa.Text), "")).over(
    partition_by=(_pending.c.stream, _pending.c.recorded_at), order_by=_pending.c.version
)
_ORDER = (_pending.c.recorded_at, _LATEST_ID, _pending.c.stream, _pending.c.version)

# One statement for any number of entries; the server hashes, so no body travels. Each body by its
# key: joined, a planner that takes the rows deleted a moment ago for pending ones reads every
# event there is, 19 ms a batch where this takes two. Where a pending row lies (ctid) is what it is
# known by; it stays there for as long as our transaction. A row without an event, or of one that
# has its position, was changed by a hand: it stays for the verifier and stops nobody else.
# A draw that is frozen has an octet behind its leaf's, and ends the batch: what seals it is next.
_PLACE = r"""
WITH waiting AS (
    SELECT ctid, recorded_at, stream, version, max(coalesce(id::text, '')) OVER (
        PARTITION BY stream, recorded_at ORDER BY version) AS latest_id
    FROM event_pending
), oldest AS MATERIALIZED (
    SELECT ctid, recorded_at, latest_id, stream, version,
           (SELECT sha256('\x00'::bytea || body)
                   || CASE type WHEN %s THEN '\x01' ELSE '' END::bytea
            FROM event e WHERE e.stream = p.stream AND e.version = p.version AND NOT EXISTS (
                SELECT FROM log_entry l WHERE l.stream = p.stream AND l.version = p.version)
           ) AS leaf
    FROM waiting p
    ORDER BY recorded_at, latest_id, stream, version LIMIT %s
), numbered AS (
    SELECT *, row_number() OVER (ORDER BY recorded_at, latest_id, stream, version) AS n
    FROM oldest WHERE leaf IS NOT NULL
), batch AS MATERIALIZED (
    SELECT * FROM numbered
    WHERE n <= coalesce((SELECT min(n) FROM numbered WHERE length(leaf) > 32), n)
), placed AS (
    INSERT INTO log_entry (position, stream, version, leaf_hash)
    SELECT (SELECT coalesce(max(position), 0) FROM log_entry) + n,
           stream, version, substring(leaf FOR 32)
    FROM batch
)
DELETE FROM event_pending WHERE ctid = ANY (ARRAY (SELECT ctid FROM batch))
"""
# On SQLite, which has no SHA-256.
_OLDEST = (
    sa.select(
        sa.literal_column("event_pending.rowid").label("place"),
        _pending.c.stream,
        _pending.c.version,
        _event.c.type,
        octets(_event.c.body),
    )
    .join(_event, same(_event, _pending))
    .outerjoin(_entry, same(_entry, _pending))
    .where(_entry.c.position.is_(None))
    .order_by(*_ORDER)
    .limit(sa.bindparam("n"))
)
_FROZEN, _SEALED = EVENTS.latest("draw_frozen"), EVENTS.latest("draw_sealed")
_NEWEST = (
    sa.select(_entry.c.position, octets(_event.c.body))
    .join(_event, same(_event, _entry))
    .where(_entry.c.position == sa.select(sa.func.max(_entry.c.position)).scalar_subquery())
    .where(_event.c.type == _FROZEN)
)
_HEAD = (
    sa.select(tables.case_record, tables.case_head)
    .join(tables.case_head, tables.case_head.c.case_id == tables.case_record.c.id)
    .where(tables.case_record.c.id == sa.bindparam("case"))
    .with_for_update(of=tables.case_head, key_share=True)
)
_TEXT = sa.select(octets(tables.text.c.content)).where(tables.text.c.sha256 == sa.bindparam("hash"))
_SEAL = (
    sa.select(sa.func.min(_entry.c.position))
    .join(_event, same(_event, _entry))
    .where(_entry.c.position > sa.bindparam("after"), _event.c.type == _SEALED)
)


def _never(_frozen: Frozen) -> None:
    """Seal nothing: who only gives positions has nothing to do with draws."""


class Sequencing:
    """Implements the port `Sequencing`; any number of them, one works at a time."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def sequence(self, limit: int, seal: Seal = _never) -> int:
        """Give positions to up to *limit* pending events, oldest pending first.

        The batch ends with a draw that is frozen; what seals it has the next position.
        Returns how many; 0 when nothing is pending or another sequencer holds the lock.
        """
        # On SQLite a transaction would stop the writers; on PostgreSQL leaving this out makes the
        # slowest of single transitions slower, by a fifth at the 99th percentile.
        with self._connections.reading() as connection:
            if connection.execute(_ANY).first() is None:
                return 0  # the usual answer
        with self._connections.transaction() as connection:
            if not self._connections.is_postgres:
                n = _place_each(connection, limit)
                return n + (_seal(connection, seal) if n else 0)
            # For the transaction, not the session: a session's lock leaks through a pool.
            lock = sa.select(sa.func.pg_try_advisory_xact_lock(LOCK))
            n = _place_together(connection, limit) if connection.execute(lock).scalar() else 0
            return n + (_seal(connection, seal) if n else 0)

    def next_seal(self, after: int) -> int | None:
        """Return the first position after *after* at which a draw was sealed."""
        with self._connections.reading() as connection:
            return connection.execute(_SEAL, {"after": after}).scalar()

    def tree_node(self, level: int, index: int) -> bytes | None:
        """Return the hash of a complete subtree (level 0: leaves)."""
        with self._connections.reading() as connection:
            return _node(connection, level, index)

    def tree_size(self) -> int:
        """Return the number of entries."""
        with self._connections.reading() as connection:
            return int(connection.execute(_SIZE).scalar_one())

    def leaves(self, after: int, limit: int) -> Sequence[tuple[int, bytes]]:
        """Return (position, leaf hash) of the next entries there are after position *after*."""
        statement = sa.select(_entry.c.position, octets(_entry.c.leaf_hash)).order_by(
            _entry.c.position
        )
        with self._connections.reading() as connection:
            rows = connection.execute(statement.where(_entry.c.position > after).limit(limit))
            return [(row.position, row.leaf_hash) for row in rows]

    @contextmanager
    def signing(self) -> Iterator[bool]:
        """Keep other sequencers from signing; False where another signs now.

        On SQLite there is one process, and it signs from one thread.
        """
        if not self._connections.is_postgres:
            yield True
            return
        with self._connections.transaction() as connection:
            lock = sa.select(sa.func.pg_try_advisory_xact_lock(_SIGNING))
            yield bool(connection.execute(lock).scalar())

    def signed_at(self) -> datetime | None:
        """Return when the newest checkpoint was made."""
        made = tables.checkpoint.c
        with self._connections.reading() as connection:
            return connection.execute(
                sa.select(made.at).order_by(made.size.desc()).limit(1)
            ).scalar()

    def save_checkpoint(
        self, saved: SavedCheckpoint, at: datetime, nodes: Sequence[Node] = ()
    ) -> None:
        """Keep a checkpoint and the *nodes* the tree got since the last; the same again is fine."""
        kept = [
            {"level": level, "idx": index, "hash": hash_}
            for level, index, hash_ in nodes
            if level % KEPT_LEVELS == 0
        ]
        with self._connections.transaction() as connection:
            # Another sequencer may have signed as much at the same moment, with the same nodes.
            for table, rows in (
                (tables.log_node, kept),
                (tables.checkpoint, [saved._asdict() | {"at": at}]),
            ):
                if rows:
                    connection.execute(insert(connection, table).on_conflict_do_nothing(), rows)

    def last_checkpoint(self) -> SavedCheckpoint | None:
        """Return the newest checkpoint."""
        return self._checkpoint(_CHECKPOINT.order_by(tables.checkpoint.c.size.desc()).limit(1))

    def checkpoint(self, size: int) -> SavedCheckpoint | None:
        """Return the checkpoint over exactly *size* entries."""
        return self._checkpoint(_CHECKPOINT.where(tables.checkpoint.c.size == size))

    def _checkpoint(self, statement: sa.Select[Any]) -> SavedCheckpoint | None:
        with self._connections.reading() as connection:
            row = connection.execute(statement).first()
        return None if row is None else SavedCheckpoint(*row)


def _node(connection: sa.Connection, level: int, index: int) -> bytes | None:
    """Return the hash of a complete subtree; None if it is not complete."""
    between = level % KEPT_LEVELS
    n = 1 << between
    first = index * n
    if level == between:
        position = _entry.c.position
        below = sa.select(octets(_entry.c.leaf_hash)).where(position > first, position <= first + n)
        below = below.order_by(position)
    else:
        node = tables.log_node.c
        at_level = node.level == level - between
        below = sa.select(octets(node.hash)).where(
            at_level, node.idx >= first, node.idx < first + n
        )
        below = below.order_by(node.idx)
    hashes = connection.execute(below).scalars().all()
    return root_of(hashes) if len(hashes) == n else None


def _place_together(connection: sa.Connection, limit: int) -> int:
    """Give the next positions; return how many."""
    return int(driver(connection).execute(_PLACE, (_FROZEN, limit), prepare=True).rowcount)


def _place_each(connection: sa.Connection, limit: int) -> int:
    """Give the next positions on SQLite; return how many."""
    rows = connection.execute(_OLDEST, {"n": limit}).all()
    if not rows:
        return 0
    frozen = next((n for n, row in enumerate(rows, start=1) if row.type == _FROZEN), len(rows))
    rows = rows[:frozen]
    size = connection.execute(_SIZE).scalar_one()
    entries = [
        {
            "position": size + n,
            "stream": row.stream,
            "version": row.version,
            "leaf_hash": leaf_hash(row.body),
        }
        for n, row in enumerate(rows, start=1)
    ]
    connection.execute(_entry.insert(), entries)
    done = _pending.delete().where(sa.literal_column("rowid") == sa.bindparam("place"))
    connection.execute(done, [{"place": row.place} for row in rows])
    return len(rows)


def _seal(connection: sa.Connection, seal: Seal) -> int:
    """Give the next position to what seals a draw that has the newest one; return how many.

    In the transaction of that position: nobody ever sees the one without the other, and nothing
    that is committed meanwhile comes between.
    """
    newest = connection.execute(_NEWEST).first()
    event = None if newest is None else seal(_frozen(connection, newest))
    if newest is None or event is None:
        return 0
    hold(event)
    row = {"stream": event.stream, "version": event.version}
    told = {"type": event.type, "recorded_at": event.recorded_at, "body": event.body}
    connection.execute(_event.insert(), row | told)
    Rebuild(connection).apply([event])
    placed = {"position": newest.position + 1, "leaf_hash": leaf_hash(event.body)}
    connection.execute(_entry.insert(), row | placed)
    return 1


def _frozen(connection: sa.Connection, newest: Any) -> Frozen:
    case_id = Stream.parse(peek(newest.body).subject).id
    case = case_of(connection.execute(_HEAD, {"case": case_id}).one())
    roster = None
    if case.drawing is not None:
        told = bytes.fromhex(case.drawing.terms["roster"]["sha256"])
        roster = connection.execute(_TEXT, {"hash": told}).scalar()
    return Frozen(case=case, body=newest.body, position=newest.position, roster=roster)
