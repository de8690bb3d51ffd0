"""What people said to notices of a case: promises, and delays they asked for."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade():
    op.add_column("case_head", sa.Column("answers", sa.Text(), nullable=True))
