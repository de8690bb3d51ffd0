"""By which channels people chose to be told, and which notices went by their choice."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "channel_choice",
        sa.Column("person", sa.String(64), primary_key=True),
        sa.Column("channels", sa.Text, nullable=False),
    )
    op.add_column("notice", sa.Column("why_channel", sa.String(16), nullable=True))
