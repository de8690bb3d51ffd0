"""What each day's first pass saw coming, and indexes by which the notifier watches itself."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "planned",
        sa.Column("day", sa.String(10), primary_key=True),
        sa.Column("case_stream", sa.String(128), primary_key=True),
        sa.Column("desk", sa.String(64), primary_key=True),
        sa.Column("track", sa.String(64), primary_key=True),
        sa.Column("deadline", sa.String(64), nullable=False),
        sa.Column("passed", sa.Integer(), nullable=False),
        sa.Column("at", sa.String(27), nullable=False),
        sa.Column("verdict", sa.String(16), nullable=False),
    )
    op.create_index("planned_verdict", "planned", ["verdict", "day"])
    op.create_index("parked_case", "parked", ["case_stream"])
    op.execute("CREATE INDEX case_running ON case_head (stream) WHERE desks != '[]'")
