"""The log: what happened, in order, with its tree; never changed, never rebuilt."""

import sqlalchemy as sa

from services.workflow.adapters.database.tables.columns import (
    EventId,
    Id,
    Instant,
    Octets,
    column,
    metadata,
)

event = sa.Table(
    "event",
    metadata,
    column("stream", Id, key=True),
    column("version", sa.Integer, key=True),
    column("type", Id),
    column("recorded_at", Instant),
    column("body", Octets),
)

# Written -> positioned (deleted). No key: `event` has it already, the few rows are read whole, and
# an index would cost every writer 112 bytes of WAL and a fight for its rightmost page.
event_pending = sa.Table(
    "event_pending",
    metadata,
    column("recorded_at", Instant),
    column("stream", Id),
    column("version", sa.Integer),
    column("id", EventId, null=True),  # the event's, orders equal times; null: an older release's
)

log_entry = sa.Table(
    "log_entry",
    metadata,
    column("position", sa.BigInteger().with_variant(sa.Integer, "sqlite"), key=True),
    column("stream", Id),
    column("version", sa.Integer),
    column("leaf_hash", Octets),
    sa.UniqueConstraint("stream", "version", name="log_entry_of_event"),
)

# Complete subtrees on every fourth level (`sequencing.KEPT_LEVELS`); leaves are in `log_entry`.
log_node = sa.Table(
    "log_node",
    metadata,
    column("level", sa.Integer, key=True),
    column("idx", sa.BigInteger, key=True),
    column("hash", Octets),
    sqlite_with_rowid=False,
)

checkpoint = sa.Table(
    "checkpoint",
    metadata,
    column("size", sa.BigInteger().with_variant(sa.Integer, "sqlite"), key=True),
    column("root", Octets),
    column("note", sa.Text),
    column("at", Instant),
)

log_metadata = sa.Table(
    "log_metadata", metadata, column("name", Id, key=True), column("value", sa.Text)
)

document = sa.Table(
    "document",
    metadata,
    column("hash", Id, key=True),
    column("kind", Id),
    column("body", Octets),
)
