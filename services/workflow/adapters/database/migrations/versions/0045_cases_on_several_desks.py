"""Cases that lie on several desks are found without reading all that might."""

import sqlalchemy as sa
from alembic import op

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None

_SEVERAL = sa.text("""facts LIKE '%["holders",[["%'""")


def upgrade() -> None:
    op.create_index(
        "case_head_several",
        "case_head",
        ["state", "case_id"],
        postgresql_where=_SEVERAL,
        sqlite_where=_SEVERAL,
    )
