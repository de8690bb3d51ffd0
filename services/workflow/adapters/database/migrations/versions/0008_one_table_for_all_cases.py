"""One set of tables for whatever has a life: a review is one kind of case.

Of cases it is known what kind they are of, what they belong to, and which family they are of;
all there are are reviews, each of a unit and of a family of its own. Rows of heads and intervals
are laid out anew, instants first, and the ids of pending events take 16 bytes in place of 37: no
byte is lost to alignment at every transition.

The release before cannot run beside these tables.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

ID = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
CASE_ID = sa.Text().with_variant(postgresql.UUID(as_uuid=False), "postgresql")
INSTANT = sa.TIMESTAMP(timezone=True).with_variant(sa.Text(), "sqlite")

_HOLDER = ("holder_unit", "holder_role", "holder_person")
_MOVES = ("entered_at", "due_at", "suspended_at", "effective_at", "recorded_at", "version", "state")
_STANDS = ("effective_from", "recorded_from", "due_at", "version", "suspended", "state")


def upgrade() -> None:
    _records()
    _heads()
    _intervals()
    op.rename_table("review_within", "case_within")
    op.alter_column("case_within", "review", new_column_name="case_id")
    op.rename_table("review_number", "case_number")
    op.alter_column("refusal", "review_version", new_column_name="case_version")
    op.alter_column("inbox", "review", new_column_name="case_id")
    op.alter_column("notice", "review", new_column_name="case_id")
    op.drop_index("notice_by_review", "notice")
    op.create_index("notice_by_case", "notice", ["case_id", "decided_at"])
    if _on_postgres():
        op.execute("ALTER INDEX review_within_pkey RENAME TO case_within_pkey")
        op.execute("ALTER INDEX review_number_pkey RENAME TO case_number_pkey")
        op.execute("ALTER TABLE event_pending ALTER COLUMN id TYPE uuid USING id::uuid")
        # Else the first lists are planned as if the new tables were empty.
        op.execute("ANALYZE case_record, case_head, case_interval")


def _records() -> None:
    op.create_table(
        "case_record",
        sa.Column("id", CASE_ID, primary_key=True, nullable=False),
        sa.Column("kind", ID, nullable=False),
        sa.Column("of", ID, nullable=False),
        sa.Column("family", ID, nullable=False),
        sa.Column("number", ID, nullable=False),
        sa.Column("cycle", ID, nullable=False),
        sa.Column("tier", ID, nullable=True),
        sa.Column("person", ID, nullable=True),
        sa.Column("unit", ID, nullable=False),
        sa.Column("path", ID, nullable=False),
        sa.Column("pinned", sa.Text(), nullable=False),
    )
    # What was called `kind` among what is pinned is the unit's, and goes to its place in the order
    # of names; canonical JSON has no other spelling.
    kind = "(pinned::json ->> 'kind')" if _on_postgres() else "(pinned ->> '$.kind')"
    others = f"""replace(pinned, '"kind":"' || {kind} || '",', '')"""
    begun = f"substr({others}, 1, length({others}) - 1)"
    op.execute(
        "INSERT INTO case_record"  # noqa: S608 - our own constants
        " (id, kind, of, family, number, cycle, tier, person, unit, path, pinned)"
        " SELECT id, 'review', unit, 'review/' || id, number, cycle, tier, person, unit, path,"
        f""" {begun} || ',"unit_kind":"' || {kind} || '"}}' FROM review ORDER BY id"""
    )
    op.drop_table("review")
    op.create_index("case_by_number", "case_record", ["number", "id"])
    op.create_index("case_by_person", "case_record", ["person"])
    op.create_index("case_by_tier", "case_record", ["tier", "cycle"])
    if _on_postgres():
        op.create_index("case_by_kind", "case_record", ["kind", "number", "id"])


def _heads() -> None:
    op.create_table(
        "case_head",
        sa.Column("case_id", CASE_ID, primary_key=True, nullable=False),
        sa.Column("entered_at", INSTANT, nullable=False),
        sa.Column("due_at", INSTANT, nullable=True),
        sa.Column("suspended_at", INSTANT, nullable=True),
        sa.Column("effective_at", INSTANT, nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", ID, nullable=False),
        *(sa.Column(name, ID, nullable=True) for name in _HOLDER),
        sa.Column("facts", sa.Text(), nullable=False),
        postgresql_with={"fillfactor": "90"},
    )
    _move("review_head", "case_head", (*_MOVES, *_HOLDER, "facts"), "review")
    op.create_index("case_head_by_due", "case_head", ["due_at", "case_id"])
    op.create_index("case_head_by_holder", "case_head", ["holder_unit", "due_at", "case_id"])
    only = sa.text("suspended_at IS NOT NULL")
    op.create_index(
        "case_head_suspended",
        "case_head",
        ["due_at", "case_id"],
        postgresql_where=only,
        sqlite_where=only,
    )


def _intervals() -> None:
    op.create_table(
        "case_interval",
        sa.Column("case_id", CASE_ID, nullable=False),
        sa.Column("effective_from", INSTANT, nullable=False),
        sa.Column("recorded_from", INSTANT, nullable=False),
        sa.Column("due_at", INSTANT, nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("suspended", sa.Boolean(), nullable=False),
        sa.Column("state", ID, nullable=False),
        *(sa.Column(name, ID, nullable=True) for name in _HOLDER),
        sa.PrimaryKeyConstraint("case_id", "version"),
        sqlite_with_rowid=False,
    )
    _move("stage_interval", "case_interval", (*_STANDS, *_HOLDER), "review, version")


def _move(old: str, new: str, names: tuple[str, ...], order: str) -> None:
    columns = ", ".join(names)
    op.execute(
        f"INSERT INTO {new} (case_id, {columns})"  # noqa: S608 - our own constants
        f" SELECT review, {columns} FROM {old} ORDER BY {order}"
    )
    op.drop_table(old)


def _on_postgres() -> bool:
    return bool(op.get_bind().dialect.name == "postgresql")
