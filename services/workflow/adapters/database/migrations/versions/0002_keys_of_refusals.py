"""Free the keys of refusals: only what was accepted uses an idempotency key up.

A refusal changed nothing, so the next try under its key is judged anew. The release before kept
the key on the event of the refusal, which stays where it is.
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("DELETE FROM idempotency_key WHERE stream LIKE 'review/%/refusals'")
