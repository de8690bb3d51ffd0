"""Who read or exported what: beside the log, once for each person and day."""

from collections.abc import Collection, Iterator
from datetime import date, datetime

import sqlalchemy as sa

from services.workflow.adapters.database import tables
from services.workflow.adapters.database.bulk import insert
from services.workflow.adapters.database.connections import Connections
from services.workflow.application.identity_ports import ReadRow, WantedReads


class KeptReads:
    """The part of the port `Identity` that is about reading; safe to share between threads."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def record_read(self, person: str, what: str, subject: str, day: date, at: datetime) -> None:
        """Keep who read or exported what, once for each *day*."""
        values = {"person": person, "what": what, "subject": subject, "day": day.isoformat()}
        with self._connections.transaction() as connection:
            kept = insert(connection, tables.read_audit).values(values | {"at": at})
            connection.execute(kept.on_conflict_do_nothing())

    def reads(
        self, before: int | None, limit: int, wanted: WantedReads | None = None
    ) -> list[ReadRow]:
        """Return who read what of cases, the newest first, *before* a row of it."""
        read = tables.read_audit.c
        statement = (
            sa.select(read.id, read.person, read.what, read.subject, read.at)
            .where(read.what.in_(("case", "document")), *_wanted(wanted or WantedReads()))
            .order_by(read.id.desc())
            .limit(limit)
        )
        if before is not None:
            statement = statement.where(read.id < before)
        with self._connections.reading() as connection:
            return [ReadRow(**row) for row in connection.execute(statement).mappings()]

    def read_of(self, person: str, what: str, subjects: Collection[str]) -> frozenset[str]:
        """Return which of *subjects* a person has read or exported, on whatever day."""
        read = tables.read_audit.c
        statement = (
            sa.select(read.subject)
            .distinct()
            .where(read.person == person, read.what == what, read.subject.in_(subjects))
        )
        with self._connections.reading() as connection:
            return frozenset(connection.execute(statement).scalars())


def _wanted(wanted: WantedReads) -> Iterator[sa.ColumnElement[bool]]:
    read = tables.read_audit.c
    if wanted.people is not None:
        yield read.person.in_(wanted.people)
    if wanted.case:  # by its id, and its documents by its stream
        own = read.subject == wanted.case.rpartition("/")[2]
        # Not by LIKE, for which SQLite walks everything; "0" is the next sign after "/".
        its = sa.and_(read.subject > f"{wanted.case}/", read.subject < f"{wanted.case}0")
        yield sa.or_(own, its)
    if wanted.since is not None:
        yield read.at >= wanted.since
    if wanted.until is not None:
        yield read.at < wanted.until
