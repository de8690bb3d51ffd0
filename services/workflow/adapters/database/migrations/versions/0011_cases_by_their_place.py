"""Cases by the round, the kind and the unit they stand at: how links to many lead to them."""

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("case_by_place", "case_record", ["cycle", "kind", "unit"])
