"""Which notice that failed another one stands in for; of those decided before, none does."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade():
    op.add_column("notice", sa.Column("instead_of", sa.String(64), nullable=True))
