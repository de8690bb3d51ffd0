"""Which family cases are of: what is asked before commands are put in an order."""

from collections.abc import Iterable

import sqlalchemy as sa

from services.workflow.adapters.database import tables
from services.workflow.adapters.database.connections import Connections
from services.workflow.adapters.database.rows import is_case_id

_record = tables.case_record.c


def families(connections: Connections, cases: Iterable[str]) -> dict[str, str]:
    """Return the family of each case that there is, a stream or an id, in one statement."""
    ids = {name: name.rpartition("/")[2] for name in cases}
    statement = sa.select(_record.id, _record.family).where(
        _record.id.in_(filter(is_case_id, ids.values()))
    )
    with connections.reading() as connection:
        found = {row.id: row.family for row in connection.execute(statement)}
    return {name: found[case_id] for name, case_id in ids.items() if case_id in found}
