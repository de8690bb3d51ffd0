"""Cases that are set aside, how the holder of a late case was told, and where a parked event lies.

A release of before goes on working on this schema: what it inserts has its default.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "set_aside",
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("review", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("position"),
    )
    op.create_index("set_aside_review", "set_aside", ["review", "position"])
    op.add_column(
        "parked", sa.Column("position", sa.BigInteger(), nullable=False, server_default="0")
    )
    op.add_column("notice", sa.Column("settled_at", sa.String(length=27), nullable=True))


def downgrade():
    op.drop_column("notice", "settled_at")
    op.drop_column("parked", "position")
    op.drop_index("set_aside_review", "set_aside")
    op.drop_table("set_aside")
