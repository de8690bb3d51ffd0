"""Polls: slips and answers, in two tables that have no value in common but the electorate's.

Nothing here is a time, nor grows with it: keys are random, and SQLite keeps rows by them.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0024"
down_revision = "0020"
branch_labels = None
depends_on = None

ID = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
CASE_ID = sa.Text().with_variant(postgresql.UUID(as_uuid=False), "postgresql")


def upgrade() -> None:
    op.create_table(
        "poll",
        sa.Column("id", CASE_ID, primary_key=True, nullable=False),
        sa.Column("case_id", CASE_ID, nullable=False),
        sa.Column("name", ID, nullable=False),
        sa.Column("rehearsal", sa.Integer(), nullable=False),
        sa.Column("state", ID, nullable=False),
        sa.Column("holds_in", ID, nullable=False),
        sa.Column("rule", sa.LargeBinary(), nullable=False),
        sa.Column("covered", sa.LargeBinary(), nullable=False),
        sa.UniqueConstraint("case_id", "name", "rehearsal", name="poll_of_case"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "electorate",
        sa.Column("id", CASE_ID, primary_key=True, nullable=False),
        sa.Column("poll", CASE_ID, nullable=False),
        sa.Column("name", ID, nullable=False),
        sa.Column("n_eligible", sa.Integer(), nullable=True),
        sa.UniqueConstraint("poll", "name", name="electorate_of_poll"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "ticket",
        sa.Column("secret_hash", sa.LargeBinary(), primary_key=True, nullable=False),
        sa.Column("poll", CASE_ID, nullable=False),
        sa.Column("electorate", CASE_ID, nullable=False),
        sa.Column("state", ID, nullable=False),
        sa.Column("nonce_hash", sa.LargeBinary(), nullable=True),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "urn",
        sa.Column("id", sa.LargeBinary(), primary_key=True, nullable=False),
        sa.Column("electorate", CASE_ID, nullable=False),
        sa.Column("about", ID, nullable=False),
        sa.Column("question", ID, nullable=False),
        sa.Column("value", ID, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "counted",
        sa.Column("electorate", CASE_ID, primary_key=True, nullable=False),
        sa.Column("about", ID, primary_key=True, nullable=False),
        sa.Column("question", ID, primary_key=True, nullable=False),
        sa.Column("value", ID, primary_key=True, nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "paper_count",
        sa.Column("poll", CASE_ID, primary_key=True, nullable=False),
        sa.Column("person", ID, primary_key=True, nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sqlite_with_rowid=False,
    )
