"""Which topic the log was published to, so that another one of the same name is noticed.

Empty for a log that the release before published: the first look at the topic fills it in.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("relay_lease", sa.Column("topic", sa.Text, nullable=False, server_default=""))
    op.add_column(
        "relay_lease",
        sa.Column("topic_after", sa.BigInteger, nullable=False, server_default="0"),
    )
