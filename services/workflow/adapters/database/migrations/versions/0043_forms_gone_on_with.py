"""A session keeps the form that its person goes on with, after an earlier one had ended."""

import sqlalchemy as sa
from alembic import op

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("session", sa.Column("left_form", sa.LargeBinary(), nullable=True))
