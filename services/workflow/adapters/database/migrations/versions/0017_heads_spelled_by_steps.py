"""What a case has been through is spelled as steps, the newest first, no longer by kinds of fact.

Nothing is moved here: the read model follows from the log, and whoever migrates lives the log
through again where its rows are spelled as before (`inspection.refold`). It is a revision of its
own so that no service of this release reads heads of the one before.
"""

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change no table."""
