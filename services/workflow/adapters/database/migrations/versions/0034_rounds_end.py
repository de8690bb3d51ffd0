"""A round is closed by a decision: a cycle keeps from when on nothing begins in it any more."""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

INSTANT = sa.TIMESTAMP(timezone=True).with_variant(sa.Text(), "sqlite")
CLOSED = sa.text("closed_at IS NOT NULL")


def upgrade() -> None:
    op.add_column("cycle", sa.Column("closed_at", INSTANT, nullable=True))
    op.create_index(
        "cycle_closed",
        "cycle",
        ["closed_at"],
        postgresql_where=CLOSED,
        sqlite_where=CLOSED,
    )
