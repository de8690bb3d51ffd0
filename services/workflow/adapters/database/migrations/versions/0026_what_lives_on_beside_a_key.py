"""A key keeps what its answer said beside the event: how many cases lived on when theirs ended."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("idempotency_key", sa.Column("left_open", sa.Text(), nullable=True))
