"""Whether a case lies on several desks is a column of its own, which the database fills.

The index of 0045 named `facts`, which every event changes: so PostgreSQL wrote a new entry into
each index of the table even where an event left its case where it was.
"""

import sqlalchemy as sa
from alembic import op

revision = "0047"
down_revision = "0046"
branch_labels = None
depends_on = None

_IN_INDEX = sa.text("on_several")


def upgrade() -> None:
    op.drop_index("case_head_several", "case_head")
    is_postgres = op.get_context().dialect.name == "postgresql"  # SQLite adds none that it stores
    several = sa.Computed("""facts LIKE '%["holders",[["%'""", persisted=is_postgres)
    op.add_column("case_head", sa.Column("on_several", sa.Boolean(), several))
    op.create_index(
        "case_head_several",
        "case_head",
        ["state", "case_id"],
        postgresql_where=_IN_INDEX,
        sqlite_where=_IN_INDEX,
    )
