"""From when on it may be another who serves in a unit, so that they are told what lies there.

Of posts and standings in that are known already their days are kept too: those that are over are
looked at once, and of those alone that are news yet anybody is told.
"""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

ZONE = ZoneInfo("Asia/Shanghai")
EARLIEST = "2000-01-01"


def upgrade():
    op.add_column("urge", sa.Column("turned", sa.Integer, nullable=True))
    turn = op.create_table(
        "turn",
        sa.Column("at", sa.String(27), primary_key=True),
        sa.Column("unit", sa.String(64), primary_key=True),
    )
    connection = op.get_bind()
    rows = set()
    for table in ("post", "delegation"):
        for unit, since, until in connection.execute(
            sa.text(f"SELECT unit, since, until FROM {table}")  # noqa: S608 -- one of two names
        ):
            if since > EARLIEST:
                rows.add((_begin(since), unit))
            if until is not None and until > EARLIEST:
                rows.add((_begin(until, timedelta(days=1)), unit))
    if rows:
        op.bulk_insert(turn, [{"at": at, "unit": unit} for at, unit in sorted(rows)])


def _begin(day, later=timedelta(0)):
    at = datetime.combine(date.fromisoformat(day) + later, time.min, ZONE).astimezone(UTC)
    return at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
