"""The read model: what follows from the log, dropped and replayed by `audit rebuild`."""

from typing import Any

import sqlalchemy as sa

from services.workflow.adapters.database.tables.columns import (
    CaseId,
    Id,
    Instant,
    Octets,
    column,
    counted,
    metadata,
)

cycle = sa.Table(
    "cycle",
    metadata,
    column("id", Id, key=True),
    column("scheme", Id),
    column("scheme_hash", Id),
    column("calendar_hash", Id),
    column("unit", Id),
    column("label", Id),
    column("kinds", sa.Text),  # canonical JSON
    column("opened_at", Instant),
    column("left_out", Id),  # hash of the list of what was not opened; "": not known
    column("closed_at", Instant, null=True),  # none: it runs
    sa.UniqueConstraint("scheme", "unit", "label", name="cycle_once"),
    # Each transition counts them, to know whether some round was closed since.
    sa.Index(
        "cycle_closed",
        "closed_at",
        postgresql_where=sa.text("closed_at IS NOT NULL"),
        sqlite_where=sa.text("closed_at IS NOT NULL"),
    ),
)

# What never changes of a case lies apart from what moves (`case_head`): a transition then touches
# two small indexes instead of six, and no row wider than it needs.
case_record = sa.Table(
    "case_record",
    metadata,
    column("id", CaseId, key=True),
    column("kind", Id),  # of case: the first part of its streams
    column("of", Id),  # the case (as its stream is named) or the unit it belongs to
    column("family", Id),  # the stream of the topmost case of that chain
    column("number", Id),
    column("cycle", Id),
    column("tier", Id, null=True),
    column("person", Id, null=True),
    column("unit", Id),
    column("path", Id),  # /root/…/unit/
    column("pinned", sa.Text),  # canonical JSON of everything else that never changes
    sa.Index("case_by_number", "number", "id"),
    # Not on SQLite, which counts nothing before it plans, and would read all that are of the kind
    # that nearly all are of, in place of walking the order that is asked for.
    sa.Index("case_by_kind", "kind", "number", "id", info={"dialect": "postgresql"}),
    sa.Index("case_by_of", "of", "kind"),  # the children of a case
    sa.Index("case_by_place", "cycle", "kind", "unit"),  # where links to many lead
    sa.Index("case_by_person", "person"),
    # The upper tiers are a handful among many. Tier first: SQLite, again, would read every list of
    # a cycle by its cycle.
    sa.Index("case_by_tier", "tier", "cycle"),
)

# Where cases of one kind stand in one round and of one unit: the one that is current, the newest
# not abandoned, so that a case has its link before the other is opened.
case_slot = sa.Table(
    "case_slot",
    metadata,
    column("cycle", Id, key=True),
    column("kind", Id, key=True),
    column("unit", Id, key=True),
    column("current", CaseId, null=True),
    counted("touched"),
    counted("n_open"),
    sqlite_with_rowid=False,
)

# What the deadline of a desk was computed from, as that was then. Whoever moves a source changes
# nothing here: what is computed from an older one is found by the source, and computed again.
case_source = sa.Table(
    "case_source",
    metadata,
    column("case_id", CaseId, key=True),
    column("desk", Id, key=True),  # "": the state has but one
    column("kind", Id, key=True),  # case; or slot, where there may come to be another
    column("source", Id, key=True),  # the id of the case; of a slot "<kind>/<unit>"
    column("version", sa.Integer),  # of a case's stream; 0 where it has none
    sa.Index("case_source_of_older", "kind", "source", "version"),
    sqlite_with_rowid=False,
)

# A row per unit of a case's path: "a unit with its subtree" is one look-up, planned by how many
# cases lie under it, and holds for the path as it was pinned, wherever the unit moved since.
case_within = sa.Table(
    "case_within",
    metadata,
    column("unit", Id, key=True),
    column("case_id", CaseId, key=True),
    sqlite_with_rowid=False,
)

# The units that decide about a case and do not stand on its path, by what they are to it: whoever
# is granted something there finds it by this.
case_beside = sa.Table(
    "case_beside",
    metadata,
    column("unit", Id, key=True),
    column("case_id", CaseId, key=True),
    column("party", Id, key=True),
    sqlite_with_rowid=False,
)

# The grades of a case, by which it has its place among others: of a round by one index, and no head
# is read for it. In hundredths, to which figures are rounded; none where a body decided.
case_grade = sa.Table(
    "case_grade",
    metadata,
    column("case_id", CaseId, key=True),
    column("grading", Id, key=True),
    column("name", Id),
    column("hundredths", sa.Integer, null=True),
    column("uncapped", Id, null=True),  # what it would be, where a limit took it down
    sqlite_with_rowid=False,
)

# Instants first and the version after them: so no byte is lost to alignment, at every transition.
case_head = sa.Table(
    "case_head",
    metadata,
    column("case_id", CaseId, key=True),
    column("entered_at", Instant),
    column("due_at", Instant, null=True),
    column("suspended_at", Instant, null=True),
    column("effective_at", Instant),
    column("recorded_at", Instant),
    column("version", sa.Integer),
    column("state", Id),
    column("holder_unit", Id, null=True),
    column("holder_role", Id, null=True),
    column("holder_person", Id, null=True),
    column("facts", sa.Text),  # canonical JSON of everything else that moves
    # A case that waits for others compares `touched` as it compares `version`: whatever changes
    # the answer moves it, in the mover's own statement. Two that meet on one row wait in turn.
    counted("touched"),
    counted("n_open"),  # of its children: those that lie on a desk
    counted("n_children"),  # there ever were: the last ordinal of their numbers
    # Desks are spelled with names where there are several (`case_spelling`). Kept apart, for an
    # index may not name `facts`: every move changes those, and would write into all indexes.
    sa.Column(
        "on_several",
        sa.Boolean(create_constraint=False),
        sa.Computed("""facts LIKE '%["holders",[["%'""", persisted=True),
    ),
    # With the id: a fixed deadline is shared by tens of thousands, and ties are in order of id.
    sa.Index("case_head_by_due", "due_at", "case_id"),
    sa.Index("case_head_by_holder", "holder_unit", "due_at", "case_id"),
    sa.Index("case_head_by_holding", "holder_unit", "case_id"),  # the order of lists by holder
    # A stopped clock is rare: no transition but the one that stops it writes into this.
    sa.Index(
        "case_head_suspended",
        "due_at",
        "case_id",
        postgresql_where=sa.text("suspended_at IS NOT NULL"),
        sqlite_where=sa.text("suspended_at IS NOT NULL"),
    ),
    # So are cases on several desks.
    sa.Index(
        "case_head_several",
        "state",
        "case_id",
        postgresql_where=sa.text("on_several"),
        sqlite_where=sa.text("on_several"),
    ),
    # Room for the new row beside the old; with more room pages are cleaned at every update.
    postgresql_with={"fillfactor": "90"},
)

# One row per event of a case's own stream: where it stood from then on, in both times. A row ends
# where the next one begins (`Reads.intervals`), so a transition writes one row and touches no
# other; "where did it stand at T" is the last row from before T, one look-up for each case.
case_interval = sa.Table(
    "case_interval",
    metadata,
    column("case_id", CaseId, key=True),
    column("effective_from", Instant),
    column("recorded_from", Instant),
    column("due_at", Instant, null=True),
    column("version", sa.Integer, key=True),
    column("suspended", sa.Boolean(create_constraint=False)),
    column("state", Id),
    column("holder_unit", Id, null=True),
    column("holder_role", Id, null=True),
    column("holder_person", Id, null=True),
    sqlite_with_rowid=False,
)

# By time, so that "the same within ten minutes" costs the same however often somebody tried.
refusal = sa.Table(
    "refusal",
    metadata,
    column("stream", Id, key=True),
    column("recorded_at", Instant, key=True),
    column("version", sa.Integer, key=True),
    column("actor", Id),
    column("trigger", Id),
    column("case_version", sa.Integer),
    column("verdict", Id),
)

notice = sa.Table(
    "notice",
    metadata,
    column("notice", Id, key=True),
    column("case_id", CaseId),
    column("kind", Id),
    column("rung", Id),
    column("channel", Id),
    column("outcome", Id),
    column("person", Id, null=True),
    column("unit", Id, null=True),
    column("role", Id, null=True),
    column("decided_at", Instant),
    sa.Index("notice_by_case", "case_id", "decided_at"),
    # Lists of what was escalated or did not arrive begin here while such notices are few.
    sa.Index(
        "notice_escalations",
        "case_id",
        "decided_at",
        postgresql_where=sa.text("kind = 'escalation'"),
        sqlite_where=sa.text("kind = 'escalation'"),
    ),
    sa.Index(
        "notice_undelivered",
        "case_id",
        "decided_at",
        postgresql_where=sa.text("outcome IN ('failed', 'unknown')"),
        sqlite_where=sa.text("outcome IN ('failed', 'unknown')"),
    ),
)

inbox = sa.Table(
    "inbox",
    metadata,
    column("person", Id, key=True),
    column("recorded_at", Instant, key=True),
    column("notice", Id, key=True),
    column("case_id", CaseId),
    column("sha256", Octets),
    # The state of its case, and the desk there, of which it asks to be acknowledged; none: of none.
    column("asks_in", Id, null=True),
    column("asks_desk", Id, null=True),
    # What asks is found among all that was ever told somebody.
    sa.Index(
        "inbox_asking",
        "person",
        "recorded_at",
        "notice",
        postgresql_where=sa.text("asks_in IS NOT NULL"),
        sqlite_where=sa.text("asks_in IS NOT NULL"),
    ),
)

unit = sa.Table(
    "unit",
    metadata,
    column("id", Id, key=True),
    column("parent", Id, null=True),
    column("name", sa.Text),
    column("kind", Id),
)

person = sa.Table(
    "person",
    metadata,
    column("id", Id, key=True),
    column("details", Octets),  # SHA-256 of the text
)

post = sa.Table(
    "post",
    metadata,
    column("person", Id, key=True),
    column("unit", Id, key=True),
    column("role", Id, key=True),
    column("since", Id, key=True),  # YYYY-MM-DD, as on the wire
    column("until", Id, null=True),
)


def replayed(table: sa.Table) -> list[sa.Column[Any]]:
    """Return the columns of *table* that its own case's events lead to, and are written."""
    written = (column for column in table.columns if column.computed is None)
    return [column for column in written if "counted" not in column.info]


# In the order in which a rebuild locks and empties them.
READ_MODEL = (
    case_head,
    case_interval,
    case_record,
    case_within,
    case_beside,
    case_slot,
    case_source,
    case_grade,
    cycle,
    refusal,
    notice,
    inbox,
    unit,
    person,
    post,
)
