"""To which desks of a case work has come with an event: whoever sits there is told, once.

Events that were read before are told of to nobody.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade():
    op.add_column("urge", sa.Column("arrived", sa.Text(), nullable=True))
