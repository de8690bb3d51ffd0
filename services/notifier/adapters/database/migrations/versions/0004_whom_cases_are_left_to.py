"""Units by the parties of a case, and the case it belongs to: they tell to whom it is left.

Rows that are there do not have them: of those, what `seen_by` leaves to some is told to whoever it
lies with, and by no rung above.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade():
    op.add_column("case_head", sa.Column("of", sa.String(128), nullable=True))
    op.add_column("case_head", sa.Column("parties", sa.Text(), nullable=True))
