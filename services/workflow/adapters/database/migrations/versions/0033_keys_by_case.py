"""A key names its case by the id, and heads leave out of a lone desk what stands in their columns.

A third of what a key wrote into the write-ahead log was the name of its stream and a fingerprint
longer than anybody compares. Keys from before keep the name of theirs. Heads follow from the log:
whoever migrates lives it through again (`inspection.refold`), as their rows are spelled otherwise.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

CASE_ID = sa.Text().with_variant(postgresql.UUID(as_uuid=False), "postgresql")


def upgrade() -> None:
    op.add_column("idempotency_key", sa.Column("case_id", CASE_ID, nullable=True))
    op.execute("UPDATE idempotency_key SET fingerprint = substr(fingerprint, 1, 16)")
