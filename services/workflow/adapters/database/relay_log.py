"""What the relay reads of the log, and the lease that makes it the only one that publishes.

The epoch fences: a relay that was stopped for longer than its lease wakes up believing it leads,
and its cursor moves nothing, because the epoch is no longer its own.
"""

from datetime import datetime, timedelta

import sqlalchemy as sa

from services.workflow.adapters.database import tables
from services.workflow.adapters.database.connections import Connections
from services.workflow.adapters.database.log_reads import contiguous
from services.workflow.application.relay_ports import PublishedTo, Relaying

_lease = tables.relay_lease
_entry, _event = tables.log_entry, tables.event
_SAME = sa.and_(_event.c.stream == _entry.c.stream, _event.c.version == _entry.c.version)
_READ = (
    sa.select(_entry.c.position, _entry.c.stream, _event.c.body)
    .join(_event, _SAME)
    .where(_entry.c.position > sa.bindparam("after"))
    .order_by(_entry.c.position)
    .limit(sa.bindparam("n"))
)
_RELAYING = sa.select(
    _lease.c.cursor,
    _lease.c.expires_at,
    sa.select(_event.c.recorded_at)
    .join(_entry, _SAME)
    .where(_entry.c.position == _lease.c.cursor + 1)
    .scalar_subquery()
    .label("since"),
    sa.select(sa.func.coalesce(sa.func.max(_entry.c.position), 0)).scalar_subquery().label("head"),
)


class RelayLog:
    """Implements the port `RelayLog`."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def read(self, after: int, limit: int) -> list[tuple[int, str, bytes]]:
        """Return (position, stream, body), contiguous: nothing beyond a position that is gone."""
        with self._connections.reading() as connection:
            rows = contiguous(connection.execute(_READ, {"after": after, "n": limit}), after)
            return [(row.position, row.stream, row.body) for row in rows]

    def claim(self, owner: str, now: datetime, ttl_s: float) -> int | None:
        """Return a new epoch, or None while another owner's lease is alive."""
        free = sa.or_(_lease.c.expires_at <= now, _lease.c.owner == owner)
        statement = (
            _lease.update()
            .where(free)
            .values(
                owner=owner,
                epoch=_lease.c.epoch + 1,
                expires_at=now + timedelta(seconds=ttl_s),
            )
            .returning(_lease.c.epoch)
        )
        with self._connections.transaction() as connection:
            return connection.execute(statement).scalar()

    def renew(self, owner: str, epoch: int, now: datetime, ttl_s: float) -> bool:
        """Prolong the lease; False when it has gone to another epoch."""
        statement = (
            _lease.update()
            .where(_lease.c.owner == owner, _lease.c.epoch == epoch)
            .values(expires_at=now + timedelta(seconds=ttl_s))
        )
        with self._connections.transaction() as connection:
            return connection.execute(statement).rowcount == 1

    def cursor(self) -> int:
        """Return the last position that is known to be published."""
        with self._connections.reading() as connection:
            return int(connection.execute(sa.select(_lease.c.cursor)).scalar_one())

    def relaying(self, now: datetime) -> Relaying:
        """Return how far publishing has come, and whether anybody leads at *now*."""
        with self._connections.reading() as connection:
            row = connection.execute(_RELAYING).one()
        behind = max(0, row.head - row.cursor)
        return Relaying(row.cursor, behind, row.expires_at > now, row.since)

    def save(self, epoch: int, position: int) -> bool:
        """Move the cursor, never back; False when the lease has gone to another epoch."""
        further = sa.case((_lease.c.cursor < position, position), else_=_lease.c.cursor)
        statement = _lease.update().where(_lease.c.epoch == epoch).values(cursor=further)
        with self._connections.transaction() as connection:
            return connection.execute(statement).rowcount == 1

    def published_to(self) -> PublishedTo:
        """Return the topic, where it begins, and the cursor."""
        columns = sa.select(_lease.c.topic, _lease.c.topic_after, _lease.c.cursor)
        with self._connections.reading() as connection:
            return PublishedTo(*connection.execute(columns).one())

    def publish_to(self, epoch: int, to: PublishedTo) -> bool:
        """Publish to another topic from now on; False when the lease has gone."""
        values = {"topic": to.topic, "topic_after": to.after, "cursor": to.cursor}
        statement = _lease.update().where(_lease.c.epoch == epoch).values(values)
        with self._connections.transaction() as connection:
            return connection.execute(statement).rowcount == 1
