"""How often somebody typed a wrong code in: one row for a person at a case, whatever they do."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from services.workflow.adapters.database import tables
from services.workflow.adapters.database.bulk import insert
from services.workflow.adapters.database.connections import Connections
from services.workflow.application.tries import Who
from services.workflow.domain.case.listing import MOST_WRONG

_row = tables.code_try.c


class KeptTries:
    """Implements the port `TryStore`; safe to share between threads."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def spent(self, asking: Sequence[Who], now: datetime) -> frozenset[Who]:
        """Return those of *asking* that have none left, in one statement."""
        whose = sa.or_(
            *(sa.and_(_row.case_id == case, _row.person == person) for case, person in asking)
        )
        statement = sa.select(_row.case_id, _row.person).where(
            whose, _row.n >= MOST_WRONG, _row.kept_until > now
        )
        with self._connections.reading() as connection:
            rows = connection.execute(statement).all()
        return frozenset((row.case_id, row.person) for row in rows)

    def count(self, who: Who, now: datetime, until: datetime) -> None:
        """Count one more, in one statement and its commit."""
        case, person = who
        n = sa.case((_row.kept_until > now, _row.n + 1), else_=1)
        with self._connections.at_once() as connection:
            statement = (
                insert(connection, tables.code_try)
                .values(case_id=case, person=person, n=1, kept_until=until)
                .on_conflict_do_update(
                    index_elements=list(tables.code_try.primary_key),
                    set_={"n": n, "kept_until": until},
                )
            )
            connection.execute(statement)
