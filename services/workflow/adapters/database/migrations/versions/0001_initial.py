"""The first tables.

What they are for is said in `tables.py`; this file is frozen with the release.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

ID = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
REVIEW_ID = sa.Text().with_variant(postgresql.UUID(as_uuid=False), "postgresql")
INSTANT = sa.TIMESTAMP(timezone=True).with_variant(sa.Text(), "sqlite")
OCTETS = sa.LargeBinary()
BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

# What lies in these is never changed or removed by anybody.
FOR_EVER = ("event", "log_entry", "log_node", "checkpoint", "log_metadata", "document")


def upgrade() -> None:
    op.create_table(
        "account",
        sa.Column("person", ID, nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("changed_at", INSTANT, nullable=False),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.Column("locked_until", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("person"),
    )
    op.create_table(
        "checkpoint",
        sa.Column("size", BIG_ID, nullable=False),
        sa.Column("root", OCTETS, nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("size"),
    )
    op.create_table(
        "cycle",
        sa.Column("id", ID, nullable=False),
        sa.Column("scheme", ID, nullable=False),
        sa.Column("scheme_hash", ID, nullable=False),
        sa.Column("calendar_hash", ID, nullable=False),
        sa.Column("unit", ID, nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("tiers", sa.Text(), nullable=False),
        sa.Column("opened_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("scheme", "unit", "year", name="cycle_once"),
    )
    op.create_table(
        "document",
        sa.Column("hash", ID, nullable=False),
        sa.Column("kind", ID, nullable=False),
        sa.Column("body", OCTETS, nullable=False),
        sa.PrimaryKeyConstraint("hash"),
    )
    op.create_table(
        "event",
        sa.Column("stream", ID, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("type", ID, nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.Column("body", OCTETS, nullable=False),
        sa.PrimaryKeyConstraint("stream", "version"),
    )
    op.create_table(
        "event_pending",
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.Column("stream", ID, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
    )
    op.create_table(
        "idempotency_key",
        sa.Column("client", ID, nullable=False),
        sa.Column("key", ID, nullable=False),
        sa.Column("fingerprint", OCTETS, nullable=False),
        sa.Column("stream", ID, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("client", "key"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "identity_state",
        sa.Column("one", sa.Integer(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("one"),
    )
    op.create_table(
        "inbox",
        sa.Column("person", ID, nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.Column("notice", ID, nullable=False),
        sa.Column("review", REVIEW_ID, nullable=False),
        sa.Column("sha256", OCTETS, nullable=False),
        sa.PrimaryKeyConstraint("person", "recorded_at", "notice"),
    )
    op.create_table(
        "inbox_read",
        sa.Column("person", ID, nullable=False),
        sa.Column("notice", ID, nullable=False),
        sa.Column("read_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("person", "notice"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "invitation",
        sa.Column("digest", OCTETS, nullable=False),
        sa.Column("person", ID, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("used_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("digest"),
    )
    op.create_table(
        "log_entry",
        sa.Column("position", BIG_ID, nullable=False),
        sa.Column("stream", ID, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("leaf_hash", OCTETS, nullable=False),
        sa.PrimaryKeyConstraint("position"),
        sa.UniqueConstraint("stream", "version", name="log_entry_of_event"),
    )
    op.create_table(
        "log_metadata",
        sa.Column("name", ID, nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "log_node",
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("idx", sa.BigInteger(), nullable=False),
        sa.Column("hash", OCTETS, nullable=False),
        sa.PrimaryKeyConstraint("level", "idx"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "notice",
        sa.Column("notice", ID, nullable=False),
        sa.Column("review", REVIEW_ID, nullable=False),
        sa.Column("kind", ID, nullable=False),
        sa.Column("rung", ID, nullable=False),
        sa.Column("channel", ID, nullable=False),
        sa.Column("outcome", ID, nullable=False),
        sa.Column("person", ID, nullable=True),
        sa.Column("unit", ID, nullable=True),
        sa.Column("role", ID, nullable=True),
        sa.Column("decided_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("notice"),
    )
    op.create_index("notice_by_review", "notice", ["review", "decided_at"], unique=False)
    _create_partial_index(
        "notice_escalations", "notice", ["review", "decided_at"], "kind = 'escalation'"
    )
    _create_partial_index(
        "notice_undelivered", "notice", ["review", "decided_at"], "outcome IN ('failed', 'unknown')"
    )
    op.create_table(
        "person",
        sa.Column("id", ID, nullable=False),
        sa.Column("details", OCTETS, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "post",
        sa.Column("person", ID, nullable=False),
        sa.Column("unit", ID, nullable=False),
        sa.Column("role", ID, nullable=False),
        sa.Column("since", ID, nullable=False),
        sa.Column("until", ID, nullable=True),
        sa.PrimaryKeyConstraint("person", "unit", "role", "since"),
    )
    op.create_table(
        "read_audit",
        sa.Column("id", BIG_ID, sa.Identity(always=False), nullable=False),
        sa.Column("person", ID, nullable=False),
        sa.Column("what", ID, nullable=False),
        sa.Column("subject", ID, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "refusal",
        sa.Column("stream", ID, nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("actor", ID, nullable=False),
        sa.Column("trigger", ID, nullable=False),
        sa.Column("review_version", sa.Integer(), nullable=False),
        sa.Column("verdict", ID, nullable=False),
        sa.PrimaryKeyConstraint("stream", "recorded_at", "version"),
    )
    op.create_table(
        "relay_lease",
        sa.Column("one", sa.Integer(), nullable=False),
        sa.Column("owner", ID, nullable=False),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("cursor", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("one"),
    )
    op.create_table(
        "review",
        sa.Column("id", REVIEW_ID, nullable=False),
        sa.Column("number", ID, nullable=False),
        sa.Column("cycle", ID, nullable=False),
        sa.Column("tier", ID, nullable=False),
        sa.Column("person", ID, nullable=False),
        sa.Column("unit", ID, nullable=False),
        sa.Column("path", ID, nullable=False),
        sa.Column("pinned", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("review_by_number", "review", ["number", "id"], unique=False)
    op.create_index("review_by_person", "review", ["person"], unique=False)
    op.create_index("review_by_tier", "review", ["tier", "cycle"], unique=False)
    op.create_table(
        "review_head",
        sa.Column("review", REVIEW_ID, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", ID, nullable=False),
        sa.Column("holder_unit", ID, nullable=True),
        sa.Column("holder_role", ID, nullable=True),
        sa.Column("holder_person", ID, nullable=True),
        sa.Column("entered_at", INSTANT, nullable=False),
        sa.Column("due_at", INSTANT, nullable=True),
        sa.Column("suspended_at", INSTANT, nullable=True),
        sa.Column("effective_at", INSTANT, nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("review"),
        postgresql_with={"fillfactor": "90"},
    )
    op.create_index("review_head_by_due", "review_head", ["due_at", "review"], unique=False)
    op.create_index(
        "review_head_by_holder", "review_head", ["holder_unit", "due_at", "review"], unique=False
    )
    _create_partial_index(
        "review_head_suspended", "review_head", ["due_at", "review"], "suspended_at IS NOT NULL"
    )
    op.create_table(
        "review_within",
        sa.Column("unit", ID, nullable=False),
        sa.Column("review", REVIEW_ID, nullable=False),
        sa.PrimaryKeyConstraint("unit", "review"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "session",
        sa.Column("digest", OCTETS, nullable=False),
        sa.Column("person", ID, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("seen_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("digest"),
    )
    op.create_index("session_by_person", "session", ["person"], unique=False)
    op.create_table(
        "stage_interval",
        sa.Column("review", REVIEW_ID, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("effective_from", INSTANT, nullable=False),
        sa.Column("recorded_from", INSTANT, nullable=False),
        sa.Column("due_at", INSTANT, nullable=True),
        sa.Column("suspended", sa.Boolean(), nullable=False),
        sa.Column("state", ID, nullable=False),
        sa.Column("holder_unit", ID, nullable=True),
        sa.Column("holder_role", ID, nullable=True),
        sa.Column("holder_person", ID, nullable=True),
        sa.PrimaryKeyConstraint("review", "version"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "text",
        sa.Column("sha256", OCTETS, nullable=False),
        sa.Column("salt", OCTETS, nullable=False),
        sa.Column("content", OCTETS, nullable=False),
        sa.PrimaryKeyConstraint("sha256"),
    )
    op.create_table(
        "token",
        sa.Column("digest", OCTETS, nullable=False),
        sa.Column("client", ID, nullable=False),
        sa.Column("scopes", ID, nullable=False),
        sa.Column("unit", ID, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("revoked_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("digest"),
    )
    op.create_table(
        "unit",
        sa.Column("id", ID, nullable=False),
        sa.Column("parent", ID, nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", ID, nullable=False),
        sa.Column("staff", sa.Integer(), nullable=False),
        sa.Column("public_hospital", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )

    _begin()
    if op.get_bind().dialect.name == "sqlite":
        _forbid_changes()
    else:
        # Emptied many times a second: what is dead must not lie in the sequencer's way.
        op.execute(
            "ALTER TABLE event_pending SET"
            " (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000)"
        )


def _create_partial_index(name: str, table: str, columns: list[str], where: str) -> None:
    only = sa.text(where)
    op.create_index(name, table, columns, unique=False, postgresql_where=only, sqlite_where=only)


def _begin() -> None:
    op.execute("INSERT INTO log_metadata (name, value) VALUES ('hash_suite', 'sha256-ed25519')")
    op.execute("INSERT INTO identity_state (one, version) VALUES (1, 1)")
    op.execute(
        "INSERT INTO relay_lease (one, owner, epoch, expires_at, cursor)"
        " VALUES (1, '', 0, '2000-01-01T00:00:00.000000Z', 0)"
    )


def _forbid_changes() -> None:
    for table in FOR_EVER:
        for act in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{act.lower()} BEFORE {act} ON {table}"
                f" BEGIN SELECT RAISE(ABORT, '{table} is never changed'); END"
            )
