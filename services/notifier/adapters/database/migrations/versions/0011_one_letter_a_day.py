"""The letter that a notice leaves with; of those decided before, none: each leaves by itself."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade():
    op.add_column("notice", sa.Column("letter", sa.String(64), nullable=True))
    op.create_index("notice_letter", "notice", ["letter"])
