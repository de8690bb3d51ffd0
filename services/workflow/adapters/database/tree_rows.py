"""The tree's rows, read in the order in which it grows, and mended by the log's owner."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from heapq import merge
from typing import Any

import sqlalchemy as sa

from schemas.merkle import Node, completed
from services.workflow.adapters.database import tables
from services.workflow.adapters.database.bulk import insert
from services.workflow.adapters.database.connections import Connections
from services.workflow.adapters.database.sequencing import KEPT_LEVELS, LOCK, octets, same
from services.workflow.application.sequencing_ports import SavedCheckpoint
from services.workflow.domain.refusals import LogDamaged

_AT_ONCE = 10_000  # rows of a hundred bytes
_event, _pending, _entry = tables.event, tables.event_pending, tables.log_entry
_node, _checkpoint, _metadata = tables.log_node, tables.checkpoint, tables.log_metadata
_MENDED = (_entry, _node, _checkpoint, _metadata)

_PLACED = sa.exists().where(same(_entry, _pending))
_STORED = sa.exists().where(same(_event, _pending))
_IN_VAIN = sa.or_(_PLACED, ~_STORED)
_FORGOTTEN = sa.and_(
    ~sa.exists().where(same(_entry, _event)), ~sa.exists().where(same(_pending, _event))
)


class TreeRows:
    """The part of `AuditStore` about the tree: what is kept of it, and what waits to join it."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def leaves(self) -> Iterator[tuple[int, bytes]]:
        """Yield (position, leaf hash) in order of position."""
        columns = sa.select(_entry.c.position, octets(_entry.c.leaf_hash))
        for row in self._by(_entry.c.position, columns):
            yield row[0], row[1]

    def nodes(self) -> Iterator[Node]:
        """Yield the nodes that are kept, in the order in which a growing tree completes them."""
        with self._connections.reading() as connection:
            levels = connection.execute(sa.select(_node.c.level).distinct()).scalars().all()
        return merge(*map(self._level, levels), key=completed)

    def keeps(self, level: int) -> bool:
        """Tell whether nodes of *level* are kept."""
        return level % KEPT_LEVELS == 0

    def checkpoints(self) -> Iterator[SavedCheckpoint]:
        """Yield the checkpoints, smallest first."""
        return self._checkpoints(descending=False)

    def newest_checkpoints(self) -> Iterator[SavedCheckpoint]:
        """Yield the checkpoints, largest first."""
        return self._checkpoints(descending=True)

    def metadata(self) -> dict[str, str]:
        """Return what the log says of itself, by name."""
        asked = sa.select(_metadata.c.name, _metadata.c.value)
        with self._connections.reading() as connection:
            return {row.name: row.value for row in connection.execute(asked)}

    def misplaced(self) -> list[tuple[str, int, bool]]:
        """Return (stream, version, whether it waits) of what neither waits rightly nor is placed.

        One statement: what is placed between two would look forgotten.
        """
        waits = sa.select(_pending.c.stream, _pending.c.version, sa.true()).where(_IN_VAIN)
        forgotten = sa.select(_event.c.stream, _event.c.version, sa.false()).where(_FORGOTTEN)
        with self._connections.reading() as connection:
            rows = connection.execute(sa.union_all(waits, forgotten)).all()
        return [(stream, version, bool(waits)) for stream, version, waits in rows]

    @contextmanager
    def rebuilding_tree(self) -> Iterator["TreeRebuild"]:
        """Open one transaction that may change the tree's rows; the owner's alone may."""
        try:
            with self._connections.transaction() as connection:
                if self._connections.is_postgres:
                    connection.execute(sa.select(sa.func.pg_advisory_xact_lock(LOCK)))
                    yield TreeRebuild(connection)
                    return
                guards = _unguarded(connection)
                yield TreeRebuild(connection)
                for guard in guards:
                    connection.exec_driver_sql(guard)
        except sa.exc.ProgrammingError as error:
            raise LogDamaged(
                "rows of the log are damaged, and this role may not change them: "
                "SHUPING_MIGRATION_DATABASE_URL has to name their owner"
            ) from error

    def _level(self, level: int) -> Iterator[Node]:
        columns = sa.select(_node.c.idx, octets(_node.c.hash)).where(_node.c.level == level)
        for row in self._by(_node.c.idx, columns):
            yield level, row[0], row[1]

    def _checkpoints(self, *, descending: bool) -> Iterator[SavedCheckpoint]:
        size = _checkpoint.c.size
        columns = sa.select(size, octets(_checkpoint.c.root), _checkpoint.c.note)
        for row in self._by(size, columns, descending=descending):
            yield SavedCheckpoint(row[0], row[1], row[2])

    def _by(
        self, key: sa.Column[Any], columns: sa.Select[Any], *, descending: bool = False
    ) -> Iterator[Sequence[Any]]:
        """Yield rows by *key*, their first column, in pieces."""
        after: int | None = None
        while True:
            statement = columns.order_by(key.desc() if descending else key).limit(_AT_ONCE)
            if after is not None:
                statement = statement.where(key < after if descending else key > after)
            with self._connections.reading() as connection:
                rows = connection.execute(statement).all()
            yield from rows
            if len(rows) < _AT_ONCE:
                return
            after = rows[-1][0]


class TreeRebuild:
    """Implements the port `TreeRebuild`."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def put_leaf(self, position: int, leaf: bytes) -> None:
        """Let *leaf* be the hash at *position*."""
        there = _entry.c.position == position
        self._connection.execute(_entry.update().where(there).values(leaf_hash=leaf))

    def put_node(self, level: int, index: int, hash_: bytes) -> None:
        """Keep a node."""
        row = {"level": level, "idx": index, "hash": hash_}
        self._connection.execute(_node.insert().values(row))

    def drop_node(self, level: int, index: int) -> None:
        """Keep a node no longer."""
        self._connection.execute(_node.delete().where(_node.c.level == level, _node.c.idx == index))

    def put_checkpoint(self, size: int, saved: SavedCheckpoint) -> None:
        """Put *saved* in the place of the row of *size*; when it was signed stays as it is."""
        there = _checkpoint.c.size == size
        at = self._connection.execute(sa.select(_checkpoint.c.at).where(there)).scalar_one()
        self._connection.execute(_checkpoint.delete().where(there))
        kept = insert(self._connection, _checkpoint).on_conflict_do_nothing()
        self._connection.execute(kept.values(**saved._asdict(), at=at))

    def put_metadata(self, said: Mapping[str, str]) -> None:
        """Let the log say this of itself, and nothing else."""
        rows = [{"name": name, "value": value} for name, value in said.items()]
        self._connection.execute(_metadata.delete())
        self._connection.execute(_metadata.insert(), rows)

    def requeue(self) -> int:
        """Let wait what has no position, and nothing else; returns how many rows that changed."""
        columns = (_event.c.recorded_at, _event.c.stream, _event.c.version)
        forgotten = sa.select(*columns).where(_FORGOTTEN)
        again = _pending.insert().from_select([column.name for column in columns], forgotten)
        changes = (
            _pending.delete().where(_IN_VAIN),
            again.execution_options(preserve_rowcount=True),  # else none is known of an insertion
        )
        return sum(self._connection.execute(change).rowcount for change in changes)


def _unguarded(connection: sa.Connection) -> list[str]:
    """Take away what keeps these tables as they are on SQLite; return what brings it back."""
    names = ", ".join(f"'{table.name}'" for table in _MENDED)
    guards = connection.exec_driver_sql(
        f"SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name IN ({names})"  # noqa: S608
    ).all()
    for name, _ in guards:
        connection.exec_driver_sql(f"DROP TRIGGER {name}")
    return [sql for _, sql in guards]
