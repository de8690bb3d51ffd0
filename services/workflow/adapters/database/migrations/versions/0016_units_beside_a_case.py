"""The units that decide about a case and stand beside its path: who is granted something there.

Filled from what was pinned when each case was opened.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0016"
down_revision = "0013"
branch_labels = None
depends_on = None

ID = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_POSTGRES = """
    INSERT INTO case_beside (unit, case_id, party)
    SELECT DISTINCT p.unit, r.id, p.party
    FROM case_record r, LATERAL (
        SELECT value AS unit, key AS party FROM json_each_text(r.pinned::json -> 'parties')
        UNION ALL
        SELECT value ->> 1, 'auditing_body' FROM json_array_elements(r.pinned::json -> 'audits')
        UNION ALL
        SELECT r.pinned::json #>> '{audits,-1,1}', 'passing_body'
    ) p
    WHERE p.unit IS NOT NULL AND position('/' || p.unit || '/' IN r.path) = 0
"""
_SQLITE = """
    INSERT INTO case_beside (unit, case_id, party)
    SELECT DISTINCT p.unit, p.id, p.party FROM (
        SELECT each.value AS unit, r.id, each.key AS party, r.path
        FROM case_record r, json_each(r.pinned, '$.parties') each
        UNION ALL
        SELECT json_extract(each.value, '$[1]'), r.id, 'auditing_body', r.path
        FROM case_record r, json_each(r.pinned, '$.audits') each
        UNION ALL
        SELECT json_extract(r.pinned, '$.audits[#-1][1]'), r.id, 'passing_body', r.path
        FROM case_record r
    ) p
    WHERE p.unit IS NOT NULL AND instr(p.path, '/' || p.unit || '/') = 0
"""


def upgrade() -> None:
    connection = op.get_bind()
    postgres = connection.dialect.name == "postgresql"
    op.create_table(
        "case_beside",
        sa.Column("unit", ID, primary_key=True, nullable=False),
        sa.Column(
            "case_id",
            sa.Text().with_variant(postgresql.UUID(as_uuid=False), "postgresql"),
            primary_key=True,
            nullable=False,
        ),
        sa.Column("party", ID, primary_key=True, nullable=False),
        sqlite_with_rowid=False,
    )
    connection.execute(sa.text(_POSTGRES if postgres else _SQLITE))
