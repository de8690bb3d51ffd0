"""What was published is told to its range: beside reminders by hand, which are decided alike."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade():
    op.add_column("urge", sa.Column("told", sa.Text(), nullable=True))
