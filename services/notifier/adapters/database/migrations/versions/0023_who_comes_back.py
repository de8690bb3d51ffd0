"""From when on somebody is away, or back, so that whoever has their desks by then is told.

Of absences that are known already their days are kept as well, and of those alone that are news yet
anybody is told.
"""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

ZONE = ZoneInfo("Asia/Shanghai")
EARLIEST = "2000-01-01"


def upgrade():
    connection = op.get_bind()
    turn = sa.table("turn", sa.column("at", sa.String), sa.column("unit", sa.String))
    known = {(at, unit) for at, unit in connection.execute(sa.select(turn.c.at, turn.c.unit))}
    rows = set()
    for person, since, until in connection.execute(
        sa.text("SELECT person, since, until FROM absence")
    ):
        if since > EARLIEST:
            rows |= {(_begin(since), person), (_begin(until, timedelta(days=1)), person)}
    if rows - known:
        op.bulk_insert(turn, [{"at": at, "unit": unit} for at, unit in sorted(rows - known)])


def _begin(day, later=timedelta(0)):
    at = datetime.combine(date.fromisoformat(day) + later, time.min, ZONE).astimezone(UTC)
    return at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
