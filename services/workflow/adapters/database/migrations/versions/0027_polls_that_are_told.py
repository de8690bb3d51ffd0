"""A poll that is told keeps where its slips were, and by their hash the codes, but no slip."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("poll", sa.Column("told", sa.LargeBinary(), nullable=True))
