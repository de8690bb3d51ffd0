"""Which notices asked whom they told to acknowledge them."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade():
    op.add_column("notice", sa.Column("asks", sa.Integer, nullable=True))
