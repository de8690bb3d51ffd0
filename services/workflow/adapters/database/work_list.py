"""Which cases replanning has to ask about: what is due, and what waits for what has moved."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from services.workflow.adapters.database import tables
from services.workflow.adapters.database.connections import Connections
from services.workflow.application.firing.port import Deadline, DeadlinePlace

_head, _record, _source = tables.case_head.c, tables.case_record.c, tables.case_source.c
_told_by = tables.case_head.alias("told_by")
_there = tables.case_record.alias("there")
# No planner may cast what is no id.
_ID_OF_SOURCE = sa.case((_source.kind == "case", sa.cast(_source.source, _head.case_id.type)))


class WorkList:
    """Implements the port `WorkList`; safe to share between threads."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections
        self._slash = sa.func.strpos if connections.is_postgres else sa.func.instr

    def deadlines(self, after: DeadlinePlace | None, most: int) -> list[Deadline]:
        """Return the next deadlines after that place, by the index that lists walk."""
        statement = (
            sa.select(_head.due_at, _head.case_id, _record.kind, _record.cycle)
            .select_from(tables.case_head.join(tables.case_record, _record.id == _head.case_id))
            .where(_head.due_at.is_not(None))
            .order_by(_head.due_at, _head.case_id)
            .limit(most)
        )
        if after is not None:
            place = sa.tuple_(_head.due_at, _head.case_id)
            statement = statement.where(place > after)
        return [
            Deadline(due_at=at, case=case, stream=f"{kind}/{case}", cycle=cycle)
            for at, case, kind, cycle in self._all(statement)
        ]

    def waiting_for_moved(self, since: datetime, after: str, most: int) -> list[str]:
        """Return what waits for a case that moved since then, or came to be."""
        found = sa.union(self._older(since), self._nowhere_yet(since)).subquery("found")
        statement = (
            sa.select(_record.kind, found.c.case_id)
            .select_from(found.join(tables.case_record, _record.id == found.c.case_id))
            .order_by(found.c.case_id)
            .limit(most)
        )
        if after:
            statement = statement.where(found.c.case_id > after)
        return [f"{kind}/{case}" for kind, case in self._all(statement)]

    def _older(self, since: datetime) -> sa.Select[Any]:
        """Return the cases of which a deadline was told by an older version of a case."""
        return (
            sa.select(_source.case_id)
            .join_from(tables.case_source, _told_by, _told_by.c.case_id == _ID_OF_SOURCE)
            .where(_told_by.c.version > _source.version, _told_by.c.recorded_at > since)
        )

    def _nowhere_yet(self, since: datetime) -> sa.Select[Any]:
        """Return the cases whose deadline waits for one that was not there, and may be now."""
        slash = self._slash(_source.source, "/")
        unit = sa.func.substr(_source.source, slash + 1)
        waits_here = sa.and_(
            _there.c.cycle == _record.cycle,
            _there.c.kind == sa.func.substr(_source.source, 1, slash - 1),
            sa.or_(unit == "", _there.c.unit == unit),
        )
        return (
            sa.select(_source.case_id)
            .join_from(tables.case_source, tables.case_record, _record.id == _source.case_id)
            .join(_there, waits_here)
            .join(_told_by, _told_by.c.case_id == _there.c.id)
            .where(_source.kind == "slot", _told_by.c.recorded_at > since)
        )

    def _all(self, statement: sa.Select[Any]) -> list[Any]:
        with self._connections.reading() as connection:
            return list(connection.execute(statement).all())
