"""What is told of units is the organisation's to declare, and no column of ours.

Nothing ever read the two columns: the organisation is held in memory, folded from its events. An
import by the release before, should one run beside this, fails as a whole.
"""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_column("unit", "staff")
    op.drop_column("unit", "public_hospital")
