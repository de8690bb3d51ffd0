"""What auditors read is kept once for person, case and day.

Rows of the release before have no day: they stay as they are, one for each look.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

ID = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.add_column("read_audit", sa.Column("day", ID, nullable=True))
    columns = ["person", "what", "subject", "day"]
    op.create_index("read_audit_once", "read_audit", columns, unique=True)
