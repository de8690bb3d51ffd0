"""Tokens and sessions get a public id, which the events that they bring carry.

Neither the secret nor anything made of it. The column may be empty: the release before, which may
still be running, makes tokens without one.
"""

import uuid

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    connection = op.get_bind()
    for name in ("token", "session"):
        op.add_column(
            name, sa.Column("id", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"))
        )
        table = sa.table(name, sa.column("digest", sa.LargeBinary()), sa.column("id", sa.Text()))
        for (digest,) in connection.execute(sa.select(table.c.digest)).all():
            own = table.update().where(table.c.digest == digest).values(id=str(uuid.uuid4()))
            connection.execute(own)
