"""Who stands in for whom and who is away, as the organisation's stream tells it.

The release before passed over what was recorded of that, and counted it as read. So the log is read
again from its beginning, the organisation anew: what is known of cases is dropped by its version,
and nothing that falls due is told before the end of the log is reached.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_ID = sa.String(64)
_DAY = sa.String(10)


def upgrade():
    op.create_table(
        "delegation",
        sa.Column("unit", _ID, primary_key=True),
        sa.Column("person", _ID, primary_key=True),
        sa.Column("deputy", _ID, primary_key=True),
        sa.Column("since", _DAY, primary_key=True),
        sa.Column("until", _DAY, nullable=False),
        sa.Column("roles", sa.Text(), nullable=False),
    )
    op.create_table(
        "absence",
        sa.Column("person", _ID, primary_key=True),
        sa.Column("since", _DAY, primary_key=True),
        sa.Column("until", _DAY, nullable=False),
    )
    op.execute("DELETE FROM feed_offset")
    op.execute("DELETE FROM feed")
    op.execute("UPDATE organisation SET version = 0")
