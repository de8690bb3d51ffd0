"""Every table of the workflow's database, read as the state of the service.

The one idea: `event` is the truth and never changes; `event_pending` and `log_*` put it in order;
what follows from it (the read model) is written in the same transaction and can be dropped and
replayed. The last group (keys, texts, identity) cannot be rebuilt and is no part of the log.

What never changes of a review (`review`) lies apart from what moves (`review_head`): a transition
then touches two small indexes instead of six, and no row wider than it needs.
"""

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from schemas.instants import instant

metadata = sa.MetaData()


class Instant(sa.TypeDecorator[datetime]):
    """Aware UTC in Python; `timestamptz`, or our wire's spelling where a database has no times."""

    impl = sa.String
    cache_ok = True

    def load_dialect_impl(self, dialect: sa.Dialect) -> sa.types.TypeEngine[Any]:
        if dialect.name == "postgresql":
            return dialect.type_descriptor(postgresql.TIMESTAMP(timezone=True))
        return dialect.type_descriptor(sa.Text())

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> Any:
        if value is None or dialect.name == "postgresql":
            return value
        return instant(value)

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> datetime | None:  # noqa: ARG002
        if value is None:
            return None
        if isinstance(value, str):
            return datetime.fromisoformat(value)
        return value.astimezone(UTC)  # type: ignore[no-any-return]


# Ids are compared as bytes: a language's collation is slower and cannot serve a range of paths.
Id = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
# A review's id, a string in Python everywhere; it stands in so many indexes that 20 bytes count.
ReviewId = sa.Text().with_variant(postgresql.UUID(as_uuid=False), "postgresql")
Octets = sa.LargeBinary


def _column(name: str, kind: Any, *, null: bool = False, key: bool = False) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=null, primary_key=key, autoincrement=False)


# --- The log -------------------------------------------------------------------------------------

event = sa.Table(
    "event",
    metadata,
    _column("stream", Id, key=True),
    _column("version", sa.Integer, key=True),
    _column("type", Id),
    _column("recorded_at", Instant),
    _column("body", Octets),
)

# Written -> positioned (deleted). No key: `event` has it already, the few rows are read whole, and
# an index would cost every writer 112 bytes of WAL and a fight for its rightmost page.
event_pending = sa.Table(
    "event_pending",
    metadata,
    _column("recorded_at", Instant),
    _column("stream", Id),
    _column("version", sa.Integer),
    _column("id", Id, null=True),  # the event's, which orders equal times; null: an older release's
)

log_entry = sa.Table(
    "log_entry",
    metadata,
    _column("position", sa.BigInteger().with_variant(sa.Integer, "sqlite"), key=True),
    _column("stream", Id),
    _column("version", sa.Integer),
    _column("leaf_hash", Octets),
    sa.UniqueConstraint("stream", "version", name="log_entry_of_event"),
)

# Complete subtrees on every fourth level (`sequencing.KEPT_LEVELS`); leaves are in `log_entry`.
log_node = sa.Table(
    "log_node",
    metadata,
    _column("level", sa.Integer, key=True),
    _column("idx", sa.BigInteger, key=True),
    _column("hash", Octets),
    sqlite_with_rowid=False,
)

checkpoint = sa.Table(
    "checkpoint",
    metadata,
    _column("size", sa.BigInteger().with_variant(sa.Integer, "sqlite"), key=True),
    _column("root", Octets),
    _column("note", sa.Text),
    _column("at", Instant),
)

log_metadata = sa.Table(
    "log_metadata", metadata, _column("name", Id, key=True), _column("value", sa.Text)
)

document = sa.Table(
    "document",
    metadata,
    _column("hash", Id, key=True),
    _column("kind", Id),
    _column("body", Octets),
)

# --- The read model: dropped and replayed by `audit rebuild` --------------------------------------

cycle = sa.Table(
    "cycle",
    metadata,
    _column("id", Id, key=True),
    _column("scheme", Id),
    _column("scheme_hash", Id),
    _column("calendar_hash", Id),
    _column("unit", Id),
    _column("year", sa.Integer),
    _column("tiers", sa.Text),  # canonical JSON
    _column("opened_at", Instant),
    sa.UniqueConstraint("scheme", "unit", "year", name="cycle_once"),
)

review = sa.Table(
    "review",
    metadata,
    _column("id", ReviewId, key=True),
    _column("number", Id),
    _column("cycle", Id),
    _column("tier", Id),
    _column("person", Id),
    _column("unit", Id),
    _column("path", Id),  # /root/…/unit/
    _column("pinned", sa.Text),  # canonical JSON of everything else that never changes
    sa.Index("review_by_number", "number", "id"),
    sa.Index("review_by_person", "person"),
    # The upper tiers are a handful among many. Tier first: SQLite, which counts nothing before it
    # plans, would read every list of a cycle by its cycle.
    sa.Index("review_by_tier", "tier", "cycle"),
)

# A row per unit of a review's path: "a unit with its subtree" is one look-up, planned by how many
# reviews lie under it, and holds for the path as it was pinned, wherever the unit moved since.
review_within = sa.Table(
    "review_within",
    metadata,
    _column("unit", Id, key=True),
    _column("review", ReviewId, key=True),
    sqlite_with_rowid=False,
)

review_head = sa.Table(
    "review_head",
    metadata,
    _column("review", ReviewId, key=True),
    _column("version", sa.Integer),
    _column("state", Id),
    _column("holder_unit", Id, null=True),
    _column("holder_role", Id, null=True),
    _column("holder_person", Id, null=True),
    _column("entered_at", Instant),
    _column("due_at", Instant, null=True),
    _column("suspended_at", Instant, null=True),
    _column("effective_at", Instant),
    _column("recorded_at", Instant),
    _column("facts", sa.Text),  # canonical JSON of everything else that moves
    # With the id: a fixed deadline is shared by tens of thousands, and ties are in order of id.
    sa.Index("review_head_by_due", "due_at", "review"),
    sa.Index("review_head_by_holder", "holder_unit", "due_at", "review"),
    # A stopped clock is rare: no transition but the one that stops it writes into this.
    sa.Index(
        "review_head_suspended",
        "due_at",
        "review",
        postgresql_where=sa.text("suspended_at IS NOT NULL"),
        sqlite_where=sa.text("suspended_at IS NOT NULL"),
    ),
    # Room for the new row beside the old; with more room pages are cleaned at every update.
    postgresql_with={"fillfactor": "90"},
)

# One row per event of a review's own stream: where it stood from then on, in both times. A row
# ends where the next one begins (`Reads.intervals`), so a transition writes one row and touches no
# other; "where did it stand at T" is the last row from before T, one look-up for each review.
stage_interval = sa.Table(
    "stage_interval",
    metadata,
    _column("review", ReviewId, key=True),
    _column("version", sa.Integer, key=True),
    _column("effective_from", Instant),
    _column("recorded_from", Instant),
    _column("due_at", Instant, null=True),
    _column("suspended", sa.Boolean(create_constraint=False)),
    _column("state", Id),
    _column("holder_unit", Id, null=True),
    _column("holder_role", Id, null=True),
    _column("holder_person", Id, null=True),
    sqlite_with_rowid=False,
)

# By time, so that "the same within ten minutes" costs the same however often somebody tried.
refusal = sa.Table(
    "refusal",
    metadata,
    _column("stream", Id, key=True),
    _column("recorded_at", Instant, key=True),
    _column("version", sa.Integer, key=True),
    _column("actor", Id),
    _column("trigger", Id),
    _column("review_version", sa.Integer),
    _column("verdict", Id),
)

notice = sa.Table(
    "notice",
    metadata,
    _column("notice", Id, key=True),
    _column("review", ReviewId),
    _column("kind", Id),
    _column("rung", Id),
    _column("channel", Id),
    _column("outcome", Id),
    _column("person", Id, null=True),
    _column("unit", Id, null=True),
    _column("role", Id, null=True),
    _column("decided_at", Instant),
    sa.Index("notice_by_review", "review", "decided_at"),
    # Lists of what was escalated or did not arrive begin here while such notices are few.
    sa.Index(
        "notice_escalations",
        "review",
        "decided_at",
        postgresql_where=sa.text("kind = 'escalation'"),
        sqlite_where=sa.text("kind = 'escalation'"),
    ),
    sa.Index(
        "notice_undelivered",
        "review",
        "decided_at",
        postgresql_where=sa.text("outcome IN ('failed', 'unknown')"),
        sqlite_where=sa.text("outcome IN ('failed', 'unknown')"),
    ),
)

inbox = sa.Table(
    "inbox",
    metadata,
    _column("person", Id, key=True),
    _column("recorded_at", Instant, key=True),
    _column("notice", Id, key=True),
    _column("review", ReviewId),
    _column("sha256", Octets),
)

unit = sa.Table(
    "unit",
    metadata,
    _column("id", Id, key=True),
    _column("parent", Id, null=True),
    _column("name", sa.Text),
    _column("kind", Id),
    _column("staff", sa.Integer),
    _column("public_hospital", sa.Boolean(create_constraint=False)),
)

person = sa.Table(
    "person",
    metadata,
    _column("id", Id, key=True),
    _column("details", Octets),  # SHA-256 of the text
)

post = sa.Table(
    "post",
    metadata,
    _column("person", Id, key=True),
    _column("unit", Id, key=True),
    _column("role", Id, key=True),
    _column("since", Id, key=True),  # YYYY-MM-DD, as on the wire
    _column("until", Id, null=True),
)

# In the order in which a rebuild locks and empties them.
READ_MODEL = (
    review_head,
    stage_interval,
    review,
    review_within,
    cycle,
    refusal,
    notice,
    inbox,
    unit,
    person,
    post,
)

# --- Beside the log: kept for ever, or erased, never rebuilt --------------------------------------

idempotency_key = sa.Table(
    "idempotency_key",
    metadata,
    _column("client", Id, key=True),
    _column("key", Id, key=True),
    _column("fingerprint", Octets),
    _column("stream", Id),
    _column("version", sa.Integer),
    sqlite_with_rowid=False,
)

# Which cycle of a scheme and year a unit is in, whether or not a review was opened for it: a second
# cycle over the same people cannot be opened, not even at the same moment.
cycle_unit = sa.Table(
    "cycle_unit",
    metadata,
    _column("scheme", Id, key=True),
    _column("year", sa.Integer, key=True),
    _column("unit", Id, key=True),
    _column("cycle", Id),
    sqlite_with_rowid=False,
)

# The last ordinal of review numbers given below a topmost unit; none is given twice, gaps are none
# of a reader's business.
review_number = sa.Table(
    "review_number",
    metadata,
    _column("unit", Id, key=True),
    _column("label", Id, key=True),
    _column("letter", Id, key=True),
    _column("last", sa.Integer),
    sqlite_with_rowid=False,
)

text = sa.Table(
    "text",
    metadata,
    _column("sha256", Octets, key=True),
    _column("salt", Octets),
    _column("content", Octets),
)

inbox_read = sa.Table(
    "inbox_read",
    metadata,
    _column("person", Id, key=True),
    _column("notice", Id, key=True),
    _column("read_at", Instant),
    sqlite_with_rowid=False,
)

relay_lease = sa.Table(
    "relay_lease",
    metadata,
    _column("one", sa.Integer, key=True),  # always 1
    _column("owner", Id),
    _column("epoch", sa.BigInteger),
    _column("expires_at", Instant),
    _column("cursor", sa.BigInteger),
    # Kafka's own id of the topic that is published to, "" before the first record; and the
    # position behind which it begins: what it has to hold is what lies between that and the cursor.
    sa.Column("topic", sa.Text, nullable=False, server_default=""),
    sa.Column("topic_after", sa.BigInteger, nullable=False, server_default="0"),
)

# Moved by every change of a token, so that a cached token can be known to be stale.
identity_state = sa.Table(
    "identity_state",
    metadata,
    _column("one", sa.Integer, key=True),  # always 1
    _column("version", sa.BigInteger),
)

token = sa.Table(
    "token",
    metadata,
    _column("digest", Octets, key=True),
    _column("id", Id, null=True),  # public; a release before made tokens without one
    _column("client", Id),
    _column("scopes", Id),  # space-separated
    _column("unit", Id),
    _column("created_at", Instant),
    _column("revoked_at", Instant, null=True),
)

account = sa.Table(
    "account",
    metadata,
    _column("person", Id, key=True),
    _column("password_hash", sa.Text),
    _column("changed_at", Instant),
    _column("failed", sa.Integer),
    _column("locked_until", Instant, null=True),
)

invitation = sa.Table(
    "invitation",
    metadata,
    _column("digest", Octets, key=True),
    _column("person", Id),
    _column("expires_at", Instant),
    _column("used_at", Instant, null=True),
)

session = sa.Table(
    "session",
    metadata,
    _column("digest", Octets, key=True),
    _column("id", Id, null=True),  # as a token's
    _column("person", Id),
    _column("created_at", Instant),
    _column("seen_at", Instant),
    sa.Index("session_by_person", "person"),
)

read_audit = sa.Table(
    "read_audit",
    metadata,
    sa.Column(
        "id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), sa.Identity(), primary_key=True
    ),
    _column("person", Id),
    _column("what", Id),
    _column("subject", Id),
    _column("at", Instant),
    _column("day", Id, null=True),  # YYYY-MM-DD; null: kept by a release that counted each look
    sa.Index("read_audit_once", "person", "what", "subject", "day", unique=True),
)
