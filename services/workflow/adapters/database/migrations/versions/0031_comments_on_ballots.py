"""What ballots say in their own words: a table of its own, of which nothing leads to a slip."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0031"
down_revision = "0027"
branch_labels = None
depends_on = None

ID = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
CASE_ID = sa.Text().with_variant(postgresql.UUID(as_uuid=False), "postgresql")


def upgrade() -> None:
    op.create_table(
        "ballot_comment",
        sa.Column("id", sa.LargeBinary(), primary_key=True, nullable=False),
        sa.Column("poll", CASE_ID, nullable=False),
        sa.Column("about", ID, nullable=False),
        sa.Column("said", sa.LargeBinary(), nullable=False),
        sqlite_with_rowid=False,
    )
