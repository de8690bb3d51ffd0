"""A head forgets with a grade what was decided about it; heads that hold decisions are marked.

Whether a case was done again after its decision only the log tells: whoever migrates lives it
through again (`inspection.refold`) where a head is spelled as before. Those of the release before
are spelled as now, so what holds a decision says before it that it holds none: read, the later one
counts, by the release before as well, and no service of either writes the like.
"""

from alembic import op

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """UPDATE case_head SET facts = '[["decisions",[]],' || substr(facts, 2)"""
        """ WHERE facts LIKE '%["decisions",%'"""
    )
