"""How often somebody typed a wrong code in is kept beside the log."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0021"
down_revision = "0019"
branch_labels = None
depends_on = None

ID = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
CASE_ID = sa.Text().with_variant(postgresql.UUID(as_uuid=False), "postgresql")
INSTANT = sa.TIMESTAMP(timezone=True).with_variant(sa.Text(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "code_try",
        sa.Column("case_id", CASE_ID, nullable=False),
        sa.Column("person", ID, nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("kept_until", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("case_id", "person"),
    )
