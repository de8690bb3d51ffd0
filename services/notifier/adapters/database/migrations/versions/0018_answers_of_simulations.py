"""Answers of simulations, for whichever process is asked for them."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "simulation",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("until", sa.String(27), nullable=False),
        sa.Column("status", sa.Integer),
        sa.Column("retry_after_s", sa.Integer),
        sa.Column("body", sa.LargeBinary),
    )
