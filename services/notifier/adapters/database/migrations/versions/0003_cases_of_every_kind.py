"""Cases of every kind by their stream, on several desks; texts by their hash, a policy a scheme.

Rows that are there are lifted: each review becomes a case on one desk, and the policy that was in
force for all becomes the one of the scheme it names, or else of the scheme with its own id.
"""

import json

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_STREAM = sa.String(128)
_WITH_CASE = {  # by table, the index on it that changes its name
    "parked": None,
    "set_aside": ("set_aside_review", "set_aside_case", ["case_stream", "position"]),
    "urge": None,
    "notice": ("notice_review", "notice_case", ["case_stream", "decided_at", "id"]),
}
_WITH_VERSION = ("urge", "notice")


def upgrade():
    op.add_column("organisation", sa.Column("vocabulary", sa.Text(), nullable=True))
    _move_texts()
    _lift_reviews()
    _copy_timers()
    for table, index in _WITH_CASE.items():
        if index:
            op.drop_index(index[0], table)
        _rename(table)
        op.execute(f"UPDATE {table} SET case_stream = 'review/' || case_stream")  # noqa: S608
        if index:
            op.create_index(index[1], table, index[2])


def _rename(table):
    with op.batch_alter_table(table, recreate="auto") as batch:
        length = {"existing_type": sa.String(64), "type_": _STREAM}
        batch.alter_column("review", new_column_name="case_stream", **length)
        if table in _WITH_VERSION:
            batch.alter_column("review_version", new_column_name="case_version")
        if table == "notice":
            batch.add_column(sa.Column("desk", sa.String(64), nullable=False, server_default=""))
            batch.alter_column("channel", existing_type=sa.String(16), type_=sa.String(64))


def _copy_timers():
    """Write the table anew: its key has one more part."""
    op.drop_index("timer_at", "timer")
    op.rename_table("timer", "timer_before")
    op.create_table(
        "timer",
        sa.Column("case_stream", _STREAM, nullable=False),
        sa.Column("desk", sa.String(64), nullable=False),
        sa.Column("track", sa.String(64), nullable=False),
        sa.Column("deadline", sa.String(64), nullable=False),
        sa.Column("passed", sa.Integer(), nullable=False),
        sa.Column("at", sa.String(27), nullable=True),
        sa.PrimaryKeyConstraint("case_stream", "desk", "track"),
    )
    op.execute(
        "INSERT INTO timer (case_stream, desk, track, deadline, passed, at)"
        " SELECT 'review/' || review, '', track, deadline, passed, at FROM timer_before"
    )
    op.drop_table("timer_before")
    op.create_index("timer_at", "timer", ["at"])


def _move_texts():
    op.create_table(
        "text",
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("published", sa.Integer(), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("hash"),
    )
    op.create_table(
        "timers_set_by",
        sa.Column("scheme", sa.String(64), nullable=False),
        sa.Column("policy", sa.String(64), nullable=False),
        sa.Column("calendar", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("scheme"),
    )
    in_force = {}
    for row in op.get_bind().execute(sa.text("SELECT hash, kind, in_force, body FROM rules")):
        known = {"hash": row.hash, "kind": row.kind, "id": _id(row), "body": row.body}
        # Version 0 of its stream: whatever is published comes after it.
        published = 0 if row.kind == "policy" and row.in_force else None
        op.get_bind().execute(sa.insert(_text), {**known, "published": published})
        if row.in_force:
            in_force[row.kind] = known
    if len(in_force) == 2:  # noqa: PLR2004
        policy, calendar = in_force["policy"], in_force["calendar"]
        set_by = {"scheme": policy["id"], "policy": policy["hash"], "calendar": calendar["hash"]}
        op.get_bind().execute(sa.insert(_timers_set_by), set_by)
    op.drop_table("rules")


_text = sa.table("text", *map(sa.column, ("hash", "kind", "id", "published", "body")))
_timers_set_by = sa.table("timers_set_by", *map(sa.column, ("scheme", "policy", "calendar")))


def _id(row):
    tree = json.loads(bytes(row.body))
    return tree.get("scheme", tree.get("id", ""))


def _lift_reviews():
    op.create_table(
        "case_head",
        sa.Column("stream", _STREAM, nullable=False),
        sa.Column("label", sa.String(200), nullable=False),
        sa.Column("number", sa.String(80), nullable=False),
        sa.Column("person", sa.String(64), nullable=True),
        sa.Column("unit", sa.String(64), nullable=False),
        sa.Column("tier", sa.String(64), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("state", sa.String(64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("desks", sa.Text(), nullable=False),
        sa.Column("suspended", sa.Integer(), nullable=False),
        sa.Column("armed_at", sa.String(27), nullable=False),
        sa.Column("entered_version", sa.Integer(), nullable=False),
        sa.Column("scheme", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("stream"),
    )
    scheme = op.get_bind().scalar(sa.text("SELECT scheme FROM timers_set_by")) or ""
    rows = op.get_bind().execute(sa.text("SELECT * FROM review")).mappings()
    for some in rows.partitions(1000):
        op.get_bind().execute(sa.insert(_case_head), [_case(row, scheme) for row in some])
    op.drop_table("review")


_SAME = ("number", "person", "unit", "tier", "path", "state", "version")
_SAME_BELOW = ("suspended", "armed_at", "entered_version")
_case_head = sa.table(
    "case_head",
    *map(sa.column, ("stream", "label", *_SAME, "desks", *_SAME_BELOW, "scheme")),
)


def _case(row, scheme):
    desk = {
        "name": "",
        "unit": row["holder_unit"],
        "role": row["holder_role"],
        "person": row["holder_person"],
        "due_at": row["due_at"],
        "since": row["version"],
        "awaits": None,
    }
    return {
        "stream": f"review/{row['id']}",
        "label": "",
        **{name: row[name] for name in (*_SAME, *_SAME_BELOW)},
        "desks": json.dumps([desk]) if row["holder_unit"] else "[]",
        "scheme": scheme,
    }
