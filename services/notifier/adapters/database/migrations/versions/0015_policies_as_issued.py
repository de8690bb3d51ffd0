"""Which publications of policies there were, and where cases were opened: what runs may stay.

Whatever was published before moved every case that ran.
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade():
    position = sa.Column("opened", sa.BigInteger(), nullable=False, server_default="0")
    op.add_column("case_head", position)
    op.create_table(
        "policy_issue",
        sa.Column("version", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("moves", sa.Integer(), nullable=False),
    )
    op.execute(
        "INSERT INTO policy_issue (version, hash, position, moves) "
        "SELECT published, hash, 0, 1 FROM text WHERE kind = 'policy' AND published IS NOT NULL"
    )
