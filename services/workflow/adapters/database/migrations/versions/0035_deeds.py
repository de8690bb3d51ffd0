"""Who did what to sign-ins and tokens; and sign-ins that are locked by hand."""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

ID = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
INSTANT = sa.TIMESTAMP(timezone=True).with_variant(sa.Text(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "deed",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer, "sqlite"),
            sa.Identity(),
            primary_key=True,
        ),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("client", ID, nullable=False),
        sa.Column("person", ID, nullable=True),
        sa.Column("what", ID, nullable=False),
        sa.Column("subject", ID, nullable=False),
        sa.Column("detail", ID, nullable=True),
    )
    op.add_column("account", sa.Column("locked_at", INSTANT, nullable=True))
