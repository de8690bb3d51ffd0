"""Who is meant by a list of grants: readers, openers, actors, electors."""

from services.workflow.domain.language.model.parties import Grant
from services.workflow.domain.language.naming import NAME, PARTY
from services.workflow.domain.language.shapes import Key, Names, Record, Several, Table

GRANT = Record(
    Grant, {"party": Key(PARTY), "roles": Key(Names(NAME, most=20), default=())}, defined="grant"
)
GRANTS = Several(GRANT, most=20)
OPENERS = Several(GRANT, least=0, most=20)  # nobody: it opens no more
SEEN_BY: Key[tuple[Grant, ...]] = Key(GRANTS, default=())  # left out: as what it is part of
SHOWS = Table(NAME, GRANTS)
