"""A round is closed by a decision: a cycle keeps from when on nothing begins in it any more."""

import sqlalchemy as sa
from alembic import op

from services.workflow.adapters.database.tables.columns import Instant

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("cycle", sa.Column("closed_at", Instant(), nullable=True))
