"""An inbox knows what asks to be acknowledged: in which state of its case, and of which desk.

What was told before is read from its events, which have said so since policies may ask for it.
"""

import json

import sqlalchemy as sa
from alembic import op

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None

ID = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")

_ASKING = """
SELECT i.person, i.recorded_at, i.notice, e.body
FROM inbox i
JOIN notice n ON n.notice = i.notice AND n.kind = 'reminder'
JOIN idempotency_key k ON k.client = 'urn:shuping:notices' AND k.key = i.notice
JOIN event e ON e.stream = k.stream AND e.version = k.version
WHERE {place} > 0"""
_PLACE = {"postgresql": "position(:found in e.body)", "sqlite": "instr(e.body, :found)"}
_FOUND = b'"acknowledgement":true'
_KEEP = sa.text("""
UPDATE inbox SET asks_in = :state, asks_desk = :desk
WHERE person = :person AND recorded_at = :recorded_at AND notice = :notice""")


def upgrade() -> None:
    op.add_column("inbox", sa.Column("asks_in", ID, nullable=True))
    op.add_column("inbox", sa.Column("asks_desk", ID, nullable=True))
    where = sa.text("asks_in IS NOT NULL")
    op.create_index(
        "inbox_asking",
        "inbox",
        ["person", "recorded_at", "notice"],
        postgresql_where=where,
        sqlite_where=where,
    )
    bind = op.get_bind()
    asking = sa.text(_ASKING.format(place=_PLACE[bind.dialect.name]))
    for person, recorded_at, notice, body in bind.execute(asking, {"found": _FOUND}).all():
        told = json.loads(bytes(body))["data"]
        if told.get("acknowledgement"):
            place = {"person": person, "recorded_at": recorded_at, "notice": notice}
            bind.execute(_KEEP, place | {"state": told["state"], "desk": told.get("desk", "")})
