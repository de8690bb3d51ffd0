"""Pending events are known by their ids as well: equal times are ordered by them.

The release before, which may run beside this one, leaves the column empty.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

ID = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.add_column("event_pending", sa.Column("id", ID, nullable=True))
