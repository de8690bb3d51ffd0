"""Lists in order of who holds their cases walk an index, and sort nothing."""

from alembic import op

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("case_head_by_holding", "case_head", ["holder_unit", "case_id"])
