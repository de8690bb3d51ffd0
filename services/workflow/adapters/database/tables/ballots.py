"""Polls beside the log: what a slip opens, and what was put into the urn.

No column is a time, no key grows with it, and nothing of a sheet ties its answers together. On
PostgreSQL a row still shows which transaction wrote it, and where it lies: until the mix, which
replaces the urn by counts and writes the tickets anew, in no order.
"""

import sqlalchemy as sa

from services.workflow.adapters.database.tables.columns import (
    CaseId,
    Id,
    Octets,
    column,
    metadata,
)

poll = sa.Table(
    "poll",
    metadata,
    column("id", CaseId, key=True),
    column("case_id", CaseId),
    column("name", Id),
    column("rehearsal", sa.Integer),  # 0 or 1: one never becomes the other
    column("state", Id),  # waiting -> open -> sealed -> counted; or gone, with its case
    column("holds_in", Id),  # the state of the case; "": any
    column("rule", Octets),  # canonical JSON
    column("covered", Octets),  # JSON: frozen when it opens
    column("told", Octets, null=True),  # JSON: what is left of its slips once the log has the tally
    sa.UniqueConstraint("case_id", "name", "rehearsal", name="poll_of_case"),
    sqlite_with_rowid=False,
)
electorate = sa.Table(
    "electorate",
    metadata,
    column("id", CaseId, key=True),
    column("poll", CaseId),
    column("name", Id),
    column("n_eligible", sa.Integer, null=True),
    sa.UniqueConstraint("poll", "name", name="electorate_of_poll"),
    sqlite_with_rowid=False,
)
ticket = sa.Table(
    "ticket",
    metadata,
    column("secret_hash", Octets, key=True),
    column("poll", CaseId),
    column("electorate", CaseId),
    column("state", Id),  # unused -> phone | paper | spoilt
    column("nonce_hash", Octets, null=True),  # of the phone that used it: it may ask again
    sqlite_with_rowid=False,
)
urn = sa.Table(
    "urn",
    metadata,
    column("id", Octets, key=True),  # random
    column("electorate", CaseId),
    column("about", Id),
    column("question", Id),
    column("value", Id),
    sqlite_with_rowid=False,
)
# Who may vote under their own name, where a poll is not secret, and what they said.
elector = sa.Table(
    "elector",
    metadata,
    column("poll", CaseId, key=True),
    column("person", Id, key=True),
    column("electorate", CaseId),
    column("sheet", Octets, null=True),  # JSON; null: has not voted
    sqlite_with_rowid=False,
)
ballot_comment = sa.Table(
    "ballot_comment",
    metadata,
    column("id", Octets, key=True),  # random
    column("poll", CaseId),  # and no electorate: words tell enough
    column("about", Id),
    column("said", Octets),  # UTF-8
    sqlite_with_rowid=False,
)
counted = sa.Table(
    "counted",
    metadata,
    column("electorate", CaseId, key=True),
    column("about", Id, key=True),
    column("question", Id, key=True),
    column("value", Id, key=True),
    column("n", sa.Integer),
    sqlite_with_rowid=False,
)
paper_count = sa.Table(
    "paper_count",
    metadata,
    column("poll", CaseId, key=True),
    column("person", Id, key=True),
    column("body", Octets),  # JSON
    sqlite_with_rowid=False,
)
