"""Who read what is found by the case and by the day, without walking all that was read."""

from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("read_audit_subject", "read_audit", ["subject", "id"])
    op.create_index("read_audit_at", "read_audit", ["at", "id"])
