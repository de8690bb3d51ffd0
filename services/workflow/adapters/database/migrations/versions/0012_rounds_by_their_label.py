"""Rounds are called by a label, not by a year, and count the cases of every kind they began with.

The heads of cases are spelled for cases of every kind from here on: the read model follows from the
log, and whoever migrates lives the log through again (`migration.migrate`).
"""

import json

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

ID = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
KIND = "review"  # there was no other


def upgrade() -> None:
    connection = op.get_bind()
    rows = [dict(row) for row in connection.execute(sa.text("SELECT * FROM cycle")).mappings()]
    units = [
        dict(row) for row in connection.execute(sa.text("SELECT * FROM cycle_unit")).mappings()
    ]
    op.drop_table("cycle")
    op.drop_table("cycle_unit")
    instant = sa.TIMESTAMP(timezone=True).with_variant(sa.Text(), "sqlite")
    cycle = op.create_table(
        "cycle",
        sa.Column("id", ID, primary_key=True, nullable=False),
        *(
            sa.Column(name, ID, nullable=False)
            for name in ("scheme", "scheme_hash", "calendar_hash", "unit", "label")
        ),
        sa.Column("kinds", sa.Text(), nullable=False),
        sa.Column("opened_at", instant, nullable=False),
        sa.Column("left_out", ID, nullable=False),
        sa.UniqueConstraint("scheme", "unit", "label", name="cycle_once"),
    )
    unit = op.create_table(
        "cycle_unit",
        *(sa.Column(name, ID, nullable=False) for name in ("scheme", "label", "unit", "cycle")),
        sa.PrimaryKeyConstraint("scheme", "label", "unit"),
        sqlite_with_rowid=False,
    )
    if rows:
        op.bulk_insert(cycle, list(map(_labelled, rows)))
    if units:
        told = [{**row, "label": str(row.pop("year"))} for row in units]
        op.bulk_insert(unit, told)


def _labelled(row: dict[str, object]) -> dict[str, object]:
    year, tiers = row.pop("year"), json.loads(str(row.pop("tiers")))
    kinds = [{"exempt": 0, "kind": KIND, **counts, "tier": tier} for tier, counts in tiers.items()]
    spelled = json.dumps(kinds, sort_keys=True, separators=(",", ":"))
    return {**row, "label": str(year), "kinds": spelled, "left_out": ""}
