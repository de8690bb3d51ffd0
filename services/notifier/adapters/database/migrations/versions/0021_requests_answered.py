"""Whose request an event answered, and the trigger that a notice of it tells."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade():
    op.add_column("urge", sa.Column("replied", sa.Text, nullable=True))
    op.add_column("notice", sa.Column("reply", sa.String(64), nullable=True))
