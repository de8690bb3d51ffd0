"""One cycle of a scheme and year for each unit, and numbers that are given once.

Units that the release before let into two cycles stay in the first that was opened; their second
reviews stay as they are. Numbers go on from the highest in use.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

ID = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "cycle_unit",
        sa.Column("scheme", ID, nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("unit", ID, nullable=False),
        sa.Column("cycle", ID, nullable=False),
        sa.PrimaryKeyConstraint("scheme", "year", "unit"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "review_number",
        sa.Column("unit", ID, nullable=False),
        sa.Column("label", ID, nullable=False),
        sa.Column("letter", ID, nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("unit", "label", "letter"),
        sqlite_with_rowid=False,
    )
    op.execute(
        "INSERT INTO cycle_unit (scheme, year, unit, cycle)"
        " SELECT c.scheme, c.year, r.unit, c.id FROM review r JOIN cycle c ON c.id = r.cycle"
        " ORDER BY c.opened_at, c.id, r.unit ON CONFLICT DO NOTHING"
    )
    _go_on_from_the_highest_number()


def _go_on_from_the_highest_number() -> None:
    connection, last = op.get_bind(), dict[tuple[str, str, str], int]()
    for number, path in connection.execute(sa.text("SELECT number, path FROM review")):
        label, letter, ordinal = number.rsplit("-", 2)
        key = (path.split("/")[1], label, letter)
        last[key] = max(last.get(key, 0), int(ordinal))
    rows = [
        {"unit": unit, "label": label, "letter": letter, "last": ordinal}
        for (unit, label, letter), ordinal in last.items()
    ]
    if rows:
        connection.execute(
            sa.text("INSERT INTO review_number VALUES (:unit, :label, :letter, :last)"), rows
        )
