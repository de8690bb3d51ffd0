"""A commitment to the words of each message that left, and its salt; of earlier ones, none."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade():
    op.add_column("notice", sa.Column("words", sa.String(64), nullable=True))
    op.add_column("notice", sa.Column("words_salt", sa.String(64), nullable=True))
