"""Drafts of documents lie beside the log."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

ID = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
CASE_ID = sa.Text().with_variant(postgresql.UUID(as_uuid=False), "postgresql")
INSTANT = sa.TIMESTAMP(timezone=True).with_variant(sa.Text(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "draft",
        sa.Column("case_id", CASE_ID, nullable=False),
        sa.Column("document", ID, nullable=False),
        sa.Column("n_filed", sa.Integer(), nullable=False),
        sa.Column("typed", sa.LargeBinary(), nullable=False),
        sa.Column("saved_by", ID, nullable=False),
        sa.Column("saved_at", INSTANT, nullable=False),
        sa.Column("gone_at", INSTANT, nullable=False),
        sa.Column("tag", ID, nullable=False),
        sa.PrimaryKeyConstraint("case_id", "document"),
    )
    op.create_index("draft_by_end", "draft", ["gone_at"])
