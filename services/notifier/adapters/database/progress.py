"""How far the feed has been read, and which events wait for something they need."""

from collections.abc import Mapping, Sequence

import orjson
from sqlalchemy import Connection, delete, select

from services.notifier.adapters.database.tables import feed, feed_offset, parked
from services.notifier.adapters.database.writing import upsert
from services.notifier.application.ports import Parked
from services.notifier.domain.reading import Reading


class SqlProgress:
    """The progress, as one transaction sees it."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def reading(self, name: str) -> Reading:
        """Return how far the feed *name* has been read."""
        row = self._connection.execute(select(feed).where(feed.c.name == name)).one_or_none()
        return Reading(row.position, frozenset(orjson.loads(row.ahead))) if row else Reading()

    def offsets(self, name: str) -> Mapping[int, int]:
        """Return {partition: next offset}."""
        rows = self._connection.execute(select(feed_offset).where(feed_offset.c.feed == name))
        return {row.partition: row.next_offset for row in rows}

    def save(self, name: str, reading: Reading, offsets: Mapping[int, int]) -> None:
        """Keep how far the feed *name* has been read, and where to read on."""
        ahead = orjson.dumps(sorted(reading.ahead)).decode()
        row = {"name": name, "position": reading.position, "ahead": ahead}
        upsert(self._connection, feed, [row])
        rows = [
            {"feed": name, "partition": partition, "next_offset": next_offset}
            for partition, next_offset in offsets.items()
        ]
        upsert(self._connection, feed_offset, rows)

    def park(self, events: Sequence[Parked]) -> None:
        """Keep *events* until what they need has been read; repeats change nothing."""
        rows = [
            {
                "subject": event.subject,
                "version": event.version,
                "review": event.review,
                "body": event.body,
            }
            for event in events
        ]
        upsert(self._connection, parked, rows)

    def parked(self) -> list[Parked]:
        """Return what waits, by subject and version."""
        rows = self._connection.execute(select(parked).order_by(parked.c.subject, parked.c.version))
        return [
            Parked(subject=row.subject, version=row.version, review=row.review, body=row.body)
            for row in rows
        ]

    def unpark(self, events: Sequence[Parked]) -> None:
        """Forget *events*: they have been applied."""
        for event in events:
            self._connection.execute(
                delete(parked).where(
                    parked.c.subject == event.subject, parked.c.version == event.version
                )
            )
