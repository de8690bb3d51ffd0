"""Files that belong to documents lie beside the log."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

ID = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
CASE_ID = sa.Text().with_variant(postgresql.UUID(as_uuid=False), "postgresql")
INSTANT = sa.TIMESTAMP(timezone=True).with_variant(sa.Text(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "attachment",
        sa.Column("case_id", CASE_ID, nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("document", ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", ID, nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("brought_by", ID, nullable=False),
        sa.Column("brought_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("case_id", "sha256"),
    )
