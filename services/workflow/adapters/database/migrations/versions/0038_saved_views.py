"""Lists that people named."""

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None

ID = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
INSTANT = sa.TIMESTAMP(timezone=True).with_variant(sa.Text(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "saved_view",
        sa.Column("person", ID, primary_key=True, autoincrement=False),
        sa.Column("place", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("name", ID, nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("kept_at", INSTANT, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("saved_view_name", "saved_view", ["person", "name"], unique=True)
