"""That somebody acted whom a rung had told which is repeated until then."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade():
    op.add_column("case_head", sa.Column("acted", sa.Text, nullable=True))
