"""What a deadline was computed from is told by cases alone: the column for a text's hash goes."""

from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("case_source_of_older", "case_source")
    op.drop_column("case_source", "hash")
    op.create_index("case_source_of_older", "case_source", ["kind", "source", "version"])
