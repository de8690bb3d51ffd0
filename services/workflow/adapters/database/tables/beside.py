"""Beside the log: kept for ever, or erased, never rebuilt."""

import sqlalchemy as sa

from services.workflow.adapters.database.tables.columns import (
    CaseId,
    Id,
    Instant,
    Octets,
    column,
    metadata,
)

idempotency_key = sa.Table(
    "idempotency_key",
    metadata,
    column("client", Id, key=True),
    column("key", Id, key=True),
    column("fingerprint", Octets),
    column("stream", Id),  # "": the own stream of the case
    column("version", sa.Integer),
    column("left_open", sa.Text, null=True),  # JSON: what the answer said beside the event
    column("case_id", CaseId, null=True),  # half as long as the name of its stream
    sqlite_with_rowid=False,
)

# Which round of a scheme and label a unit is in, whether or not a case was opened for it: a second
# cycle over the same people cannot be opened, not even at the same moment.
cycle_unit = sa.Table(
    "cycle_unit",
    metadata,
    column("scheme", Id, key=True),
    column("label", Id, key=True),
    column("unit", Id, key=True),
    column("cycle", Id),
    sqlite_with_rowid=False,
)

# The last ordinal of cases' numbers given below a topmost unit; none is given twice, gaps are none
# of a reader's business.
case_number = sa.Table(
    "case_number",
    metadata,
    column("unit", Id, key=True),
    column("label", Id, key=True),
    column("letter", Id, key=True),
    column("last", sa.Integer),
    sqlite_with_rowid=False,
)

text = sa.Table(
    "text",
    metadata,
    column("sha256", Octets, key=True),
    column("salt", Octets),
    column("content", Octets),
)

# The bytes that a version of a document names by their hash; kept for good, or erased. Until one
# does they are gone one day, as what was typed is.
attachment = sa.Table(
    "attachment",
    metadata,
    column("case_id", CaseId, key=True),
    column("sha256", Octets, key=True),
    column("document", Id, key=True),
    column("name", sa.Text),
    column("kind", Id),
    column("content", Octets),
    column("brought_by", Id),
    column("brought_at", Instant),
    column("gone_at", Instant, null=True),  # null: a version names it
    sa.Index("attachment_by_end", "gone_at"),
)

# What was typed and is not handed in: of one document of one case there is one, whoever may submit
# it. It goes with the submission, in the same commit, and once its time is over. For an hour a row
# without a tag stands where one was handed in.
draft = sa.Table(
    "draft",
    metadata,
    column("case_id", CaseId, key=True),
    column("document", Id, key=True),
    column("n_filed", sa.Integer),  # versions that were handed in when it was kept
    column("typed", Octets),  # JSON
    column("saved_by", Id),
    column("saved_at", Instant),
    column("gone_at", Instant),
    column("tag", Id),
    sa.Index("draft_by_end", "gone_at"),
)

# How many wrong codes somebody has typed in where people gather, within a time that is not over.
code_try = sa.Table(
    "code_try",
    metadata,
    column("case_id", CaseId, key=True),
    column("person", Id, key=True),
    column("n", sa.Integer),
    column("kept_until", Instant),
)

inbox_read = sa.Table(
    "inbox_read",
    metadata,
    column("person", Id, key=True),
    column("notice", Id, key=True),
    column("read_at", Instant),
    sqlite_with_rowid=False,
)

relay_lease = sa.Table(
    "relay_lease",
    metadata,
    column("one", sa.Integer, key=True),  # always 1
    column("owner", Id),
    column("epoch", sa.BigInteger),
    column("expires_at", Instant),
    column("cursor", sa.BigInteger),
    # Kafka's own id of the topic that is published to, "" before the first record; and the
    # position behind which it begins: what it has to hold is what lies between that and the cursor.
    sa.Column("topic", sa.Text, nullable=False, server_default=""),
    sa.Column("topic_after", sa.BigInteger, nullable=False, server_default="0"),
)

# Moved by every change of a token, so that a cached token can be known to be stale.
identity_state = sa.Table(
    "identity_state",
    metadata,
    column("one", sa.Integer, key=True),  # always 1
    column("version", sa.BigInteger),
)

token = sa.Table(
    "token",
    metadata,
    column("digest", Octets, key=True),
    column("id", Id, null=True),  # public; a release before made tokens without one
    column("client", Id),
    column("scopes", Id),  # space-separated
    column("unit", Id),
    column("created_at", Instant),
    column("revoked_at", Instant, null=True),
)

account = sa.Table(
    "account",
    metadata,
    column("person", Id, key=True),
    column("password_hash", sa.Text),
    column("changed_at", Instant),
    column("failed", sa.Integer),
    column("locked_until", Instant, null=True),  # for a while, after wrong words
    column("locked_at", Instant, null=True),  # by hand, until somebody unlocks it
    column("language", Id, null=True),  # in which they are written to; null: they chose none
)

invitation = sa.Table(
    "invitation",
    metadata,
    column("digest", Octets, key=True),
    column("person", Id),
    column("expires_at", Instant),
    column("used_at", Instant, null=True),
)

session = sa.Table(
    "session",
    metadata,
    column("digest", Octets, key=True),
    column("id", Id, null=True),  # as a token's
    column("person", Id),
    column("created_at", Instant),
    column("seen_at", Instant),
    column("left_form", Octets, null=True),  # JSON: what was typed before, and is gone on with
    sa.Index("session_by_person", "person"),
)

# Who did what to sign-ins and tokens: written with the act, never changed.
deed = sa.Table(
    "deed",
    metadata,
    sa.Column(
        "id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), sa.Identity(), primary_key=True
    ),
    column("at", Instant),
    column("client", Id),
    column("person", Id, null=True),
    column("what", Id),
    column("subject", Id),
    column("detail", Id, null=True),
)

# Lists that somebody named: place 0, 1, 2 … of theirs, so that there are no more than may be.
saved_view = sa.Table(
    "saved_view",
    metadata,
    column("person", Id, key=True),
    column("place", sa.Integer, key=True),
    column("name", Id),
    column("address", sa.Text),
    column("kept_at", Instant),
    sa.Index("saved_view_name", "person", "name", unique=True),
    sqlite_with_rowid=False,
)

read_audit = sa.Table(
    "read_audit",
    metadata,
    sa.Column(
        "id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), sa.Identity(), primary_key=True
    ),
    column("person", Id),
    column("what", Id),
    column("subject", Id),
    column("at", Instant),
    column("day", Id, null=True),  # YYYY-MM-DD; null: kept by a release that counted each look
    sa.Index("read_audit_once", "person", "what", "subject", "day", unique=True),
    sa.Index("read_audit_subject", "subject", "id"),
    sa.Index("read_audit_at", "at", "id"),
)
