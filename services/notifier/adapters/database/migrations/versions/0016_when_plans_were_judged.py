"""On which day a plan was held against the ledger: what was missing is told for that day."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade():
    op.add_column("planned", sa.Column("judged_on", sa.String(10), nullable=True))
