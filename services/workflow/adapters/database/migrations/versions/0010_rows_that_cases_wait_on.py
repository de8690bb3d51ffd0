"""Rows that cases waiting for others compare and count on, and what deadlines were computed from.

Nothing waits for another case yet, so nothing is counted: null says that nobody did.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

ID = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
CASE_ID = sa.Text().with_variant(postgresql.UUID(as_uuid=False), "postgresql")


def upgrade() -> None:
    for name in ("touched", "n_open", "n_children"):
        op.add_column("case_head", sa.Column(name, sa.Integer(), nullable=True))
    op.create_index("case_by_of", "case_record", ["of", "kind"])
    op.create_table(
        "case_slot",
        sa.Column("cycle", ID, nullable=False),
        sa.Column("kind", ID, nullable=False),
        sa.Column("unit", ID, nullable=False),
        sa.Column("current", CASE_ID, nullable=True),
        sa.Column("touched", sa.Integer(), nullable=True),
        sa.Column("n_open", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("cycle", "kind", "unit"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "case_source",
        sa.Column("case_id", CASE_ID, nullable=False),
        sa.Column("desk", ID, nullable=False),
        sa.Column("kind", ID, nullable=False),
        sa.Column("source", ID, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("hash", ID, nullable=False),
        sa.PrimaryKeyConstraint("case_id", "desk", "kind", "source"),
        sqlite_with_rowid=False,
    )
    columns = ["kind", "source", "hash", "version"]
    op.create_index("case_source_of_older", "case_source", columns)
