"""The grades of cases, by which they have their places: filled from what their heads hold."""

from decimal import Decimal

import orjson
import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

ID = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
CASE = sa.Text().with_variant(postgresql.UUID(as_uuid=False), "postgresql")
AT_ONCE = 1_000


def upgrade() -> None:
    grade = op.create_table(
        "case_grade",
        sa.Column("case_id", CASE, primary_key=True, nullable=False),
        sa.Column("grading", ID, primary_key=True, nullable=False),
        sa.Column("name", ID, nullable=False),
        sa.Column("hundredths", sa.Integer, nullable=True),
        sa.Column("uncapped", ID, nullable=True),
        sqlite_with_rowid=False,
    )
    connection = op.get_bind()
    head = sa.table("case_head", sa.column("case_id", CASE), sa.column("facts", sa.Text))
    found = sa.select(head.c.case_id, head.c.facts).where(head.c.facts.contains('["grades",'))
    for some in connection.execute(found).partitions(AT_ONCE):
        rows = [
            {
                "case_id": case_id,
                "grading": grading,
                "name": name,
                "hundredths": None if figure is None else int(Decimal(figure) * 100),
                "uncapped": uncapped,
            }
            for case_id, facts in some
            for grading, (name, figure, uncapped) in dict(orjson.loads(facts))
            .get("grades", {})
            .items()
        ]
        if rows:
            connection.execute(grade.insert(), rows)
