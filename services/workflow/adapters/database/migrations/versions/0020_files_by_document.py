"""A file belongs to a document, and is gone one day where no version names it.

Those that were there before are kept: which of them a version names stands in events alone.
"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0026"
branch_labels = None
depends_on = None

INSTANT = sa.TIMESTAMP(timezone=True).with_variant(sa.Text(), "sqlite")
KEY = ["case_id", "sha256", "document"]
KEPT = "case_id, sha256, document, name, kind, content, brought_by, brought_at"


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.add_column("attachment", sa.Column("gone_at", INSTANT, nullable=True))
        op.drop_constraint("attachment_pkey", "attachment", type_="primary")
        op.create_primary_key("attachment_pkey", "attachment", KEY)
    else:
        _made_anew()
    op.create_index("attachment_by_end", "attachment", ["gone_at"])


def _made_anew() -> None:
    op.rename_table("attachment", "attachment_before")
    op.create_table(
        "attachment",
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("brought_by", sa.Text(), nullable=False),
        sa.Column("brought_at", sa.Text(), nullable=False),
        sa.Column("gone_at", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint(*KEY),
    )
    op.execute(f"INSERT INTO attachment ({KEPT}) SELECT {KEPT} FROM attachment_before")  # noqa: S608
    op.drop_table("attachment_before")
