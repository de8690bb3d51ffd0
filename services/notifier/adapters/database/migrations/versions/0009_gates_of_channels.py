"""How each channel stands: what went through of its budget, and whether it is shut."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "channel_gate",
        sa.Column("name", sa.String(64), primary_key=True),
        sa.Column("taken", sa.Text(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("shut_until", sa.String(27)),
        sa.Column("why", sa.String(16), nullable=False),
    )
