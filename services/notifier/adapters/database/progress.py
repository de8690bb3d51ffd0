"""How far the feed has been read, and which events wait for something they need."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import orjson
from sqlalchemy import Connection, Row, delete, insert, select

from schemas.instants import instant, parse_instant
from services.notifier.adapters.database.tables import (
    engine_pass,
    feed,
    feed_offset,
    parked,
    set_aside,
)
from services.notifier.adapters.database.writing import add_new, chunks, upsert
from services.notifier.application.store_ports import Parked, SetAside
from services.notifier.domain.reading import Pass, Reading


class SqlProgress:
    """The progress, as one transaction sees it."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def reading(self, name: str) -> Reading:
        """Return how far the feed *name* has been read."""
        row = self._connection.execute(select(feed).where(feed.c.name == name)).one_or_none()
        return reading_of(row) if row else Reading()

    def offsets(self, name: str) -> Mapping[int, int]:
        """Return {partition: next offset}."""
        rows = self._connection.execute(select(feed_offset).where(feed_offset.c.feed == name))
        return {row.partition: row.next_offset for row in rows}

    def save(self, name: str, reading: Reading, offsets: Mapping[int, int]) -> None:
        """Keep how far the feed *name* has been read, and where to read on."""
        upsert(self._connection, feed, [{"name": name, **_row(reading)}])
        rows = [
            {"feed": name, "partition": partition, "next_offset": next_offset}
            for partition, next_offset in offsets.items()
        ]
        upsert(self._connection, feed_offset, rows)

    def note(self, made: Pass) -> None:
        """Keep what the engine had read when it made a pass."""
        through = instant(made.through) if made.through else None
        row = {**_row(made.reading), "at": instant(made.at), "through": through}
        self._connection.execute(insert(engine_pass).values(row))

    def passes(self) -> Iterator[Pass]:
        """Yield every pass that was noted, in their order."""
        for row in self._connection.execute(select(engine_pass).order_by(engine_pass.c.id)):
            yield Pass(
                reading=reading_of(row),
                at=parse_instant(row.at),
                through=parse_instant(row.through) if row.through else None,
            )

    def park(self, events: Sequence[Parked]) -> None:
        """Keep *events* until what they need has been read; repeats change nothing."""
        rows = [
            {
                "subject": event.subject,
                "version": event.version,
                "case_stream": event.case,
                "position": event.position,
                "body": event.body,
            }
            for event in events
        ]
        upsert(self._connection, parked, rows)

    def parked(self) -> list[Parked]:
        """Return what waits, by subject and version."""
        rows = self._connection.execute(select(parked).order_by(parked.c.subject, parked.c.version))
        return [
            Parked(
                subject=row.subject,
                version=row.version,
                case=row.case_stream,
                position=row.position,
                body=row.body,
            )
            for row in rows
        ]

    def unpark(self, keys: Iterable[tuple[str, int]]) -> None:
        """Forget what waited under *keys*, (subject, version): it waits no more."""
        for subject, version in keys:
            self._connection.execute(
                delete(parked).where(parked.c.subject == subject, parked.c.version == version)
            )

    def put_aside(self, events: Sequence[SetAside]) -> None:
        """Keep *events* of cases that are set aside; one already kept is left as it is."""
        rows: list[Mapping[str, Any]] = [
            {
                "position": event.position,
                "case_stream": event.case,
                "version": event.version,
                "reason": event.reason,
                "body": event.body,
            }
            for event in events
        ]
        add_new(self._connection, set_aside, rows)

    def set_aside(self, cases: Iterable[str] | None = None) -> list[SetAside]:
        """Return the event at which each case that is set aside was, in the log's order."""
        first = select(set_aside).where(set_aside.c.reason != "").order_by(set_aside.c.position)
        if cases is None:
            return [set_aside_of(row) for row in self._connection.execute(first)]
        return [
            set_aside_of(row)
            for some in chunks(cases)
            for row in self._connection.execute(first.where(set_aside.c.case_stream.in_(some)))
        ]

    def take_back(self, case: str) -> list[SetAside]:
        """Return all that was kept of a case, in the log's order, and keep it no longer."""
        own = set_aside.c.case_stream == case
        rows = self._connection.execute(
            select(set_aside).where(own).order_by(set_aside.c.position)
        ).all()
        self._connection.execute(delete(set_aside).where(own))
        return [set_aside_of(row) for row in rows]


def _row(reading: Reading) -> dict[str, Any]:
    ahead = orjson.dumps(sorted(reading.ahead)).decode()
    return {"position": reading.position, "ahead": ahead}


def reading_of(row: Row[Any]) -> Reading:
    """Return the reading in *row*."""
    return Reading(row.position, frozenset(orjson.loads(row.ahead)))


def set_aside_of(row: Row[Any]) -> SetAside:
    """Return the event in *row*."""
    return SetAside(
        case=row.case_stream,
        position=row.position,
        version=row.version,
        reason=row.reason,
        body=row.body,
    )
