"""The log as readers see it: events of streams, and entries by position."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from schemas.streams import NOTICES, REFUSALS, RESERVED
from services.workflow.adapters.database import tables
from services.workflow.adapters.database.connections import Connections
from services.workflow.adapters.database.rows import is_case_id
from services.workflow.application.reading_ports import EVERYTHING, LogHead, Stored, Stretch

_event = tables.event
_entry = tables.log_entry
_POSITIONED = _event.outerjoin(
    _entry, sa.and_(_entry.c.stream == _event.c.stream, _entry.c.version == _event.c.version)
)
_STORED = sa.select(
    _event.c.stream, _event.c.version, _event.c.body, _entry.c.position
).select_from(_POSITIONED)
_ORGANISATION = sa.and_(_event.c.stream >= "organisation/", _event.c.stream < "organisation0")
_CALENDARS = _event.c.stream == "text/calendar"


def _newest(which: sa.ColumnElement[bool]) -> sa.ScalarSelect[int]:
    newest = sa.select(_event.c.version).where(which)
    return (
        newest.order_by(_event.c.stream.desc(), _event.c.version.desc()).limit(1).scalar_subquery()
    )


_N_CLOSED = (
    sa.select(sa.func.count())
    .select_from(tables.cycle)
    .where(tables.cycle.c.closed_at.is_not(None))
    .scalar_subquery()
)
_VERSIONS = sa.select(
    _newest(_ORGANISATION).label("organisation"),
    (sa.func.coalesce(_newest(_CALENDARS), 0) + _N_CLOSED).label("rulings"),
)
_PAGE = (
    sa.select(_entry.c.position, _entry.c.leaf_hash, _event.c.body)
    .join(_event, sa.and_(_event.c.stream == _entry.c.stream, _event.c.version == _entry.c.version))
    .where(_entry.c.position > sa.bindparam("after"))
    .order_by(_entry.c.position)
    .limit(sa.bindparam("n"))
)
_HEAD = sa.select(
    sa.func.count().label("pending"),
    sa.func.min(tables.event_pending.c.recorded_at).label("since"),
    sa.select(sa.func.coalesce(sa.func.max(_entry.c.position), 0)).scalar_subquery().label("head"),
).select_from(tables.event_pending)


MOST_WALKED = 5000  # positions of the log, for one page of some of them
_KINDS = sa.and_(*(_entry.c.stream.not_like(f"{kind}/%") for kind in RESERVED))
_OF_SORT: dict[str, tuple[sa.ColumnElement[bool], ...]] = {
    "all": (_KINDS,),
    "acts": (_KINDS, _entry.c.stream.not_like("%/%/%")),
    "notices": (_entry.c.stream.like(f"%/{NOTICES}"),),
    "refused": (_entry.c.stream.like(f"%/{REFUSALS}"),),
}


_pending = tables.event_pending
# As the sequencer orders equal times: see there.
_LATEST_ID = (
    sa.select(sa.func.max(sa.cast(_pending.c.id, sa.Text)))
    .where(
        _pending.c.stream == _event.c.stream,
        _pending.c.recorded_at == _event.c.recorded_at,
        _pending.c.version <= _event.c.version,
    )
    .scalar_subquery()
)
_WAITS = _entry.c.position.is_(None)
# Where an event stands in the log: columns to be compared in this order.
_PLACE = (
    sa.case((_WAITS, 1), else_=0).label("waits"),
    sa.func.coalesce(_entry.c.position, 0).label("place"),
    _event.c.recorded_at,
    sa.case((_WAITS, sa.func.coalesce(_LATEST_ID, "")), else_="").label("latest_id"),
    _event.c.stream,
    _event.c.version,
)
_PLACES = sa.select(*_PLACE, _entry.c.position).select_from(_POSITIONED)


def contiguous(rows: Iterable[sa.Row[Any]], after: int) -> Iterator[sa.Row[Any]]:
    """Yield rows, which begin with their positions, up to the first gap after *after*."""
    for expected, row in enumerate(rows, start=after + 1):
        if row[0] != expected:
            return
        yield row


def _first(
    stream: str,
    after: tuple[str, int] | None,
    last: sa.CTE,
    *,
    newest_first: bool,
) -> sa.Select[Any]:
    """Return the select of the places of one stream beyond *after*, which stands at *last*.

    A stream's events are in the order of their versions, which the index knows: so a page costs
    what it shows and what it steps over of the streams beside, however long the history is.
    """
    version = _event.c.version
    part = _beyond(after, last, newest_first=newest_first).where(_event.c.stream == stream)
    if after is not None and stream == after[0]:
        part = part.where(version < after[1] if newest_first else version > after[1])
    return part.order_by(version.desc() if newest_first else version)


def _beyond(after: tuple[str, int] | None, last: sa.CTE, *, newest_first: bool) -> sa.Select[Any]:
    if after is None:
        return _PLACES
    here, ends = sa.tuple_(*_PLACE), sa.tuple_(*(last.c[one.name] for one in _PLACE))
    return _PLACES.join(last, here < ends if newest_first else here > ends)


def _order(places: sa.Subquery, *, newest_first: bool) -> list[sa.ColumnElement[Any]]:
    columns = [places.c[column.name] for column in _PLACE]
    return [column.desc() for column in columns] if newest_first else list(columns)


_MOST_APART = 100  # streams; of more, which SQLite does not put together, all places are ordered
_LATE = 200  # positions by which one that was recorded earlier may come behind a later one


def _ends(before: int | None, stretch: Stretch) -> tuple[Any, Any]:
    """Return the first position of a stretch of the log, and the one behind its last."""
    top = sa.select(sa.func.coalesce(sa.func.max(_entry.c.position), 0) + 1).scalar_subquery()
    begins: Any = sa.literal(1)
    ends: Any = top if before is None else sa.literal(before)
    if stretch.since is not None:
        begins = _recorded_before(stretch.since, "since") + 1 - _LATE
    if stretch.until is not None and before is None:
        ends = _recorded_before(stretch.until, "until") + 1 + _LATE
    return begins, ends


def _recorded_before(at: datetime, name: str) -> Any:
    """Return how many positions lie before what was recorded *at* an instant, found by halving."""
    whole = sa.BigInteger()
    top = sa.select(sa.func.coalesce(sa.func.max(_entry.c.position), 0)).scalar_subquery()
    half = sa.select(sa.cast(0, whole).label("least"), sa.cast(top, whole).label("most")).cte(
        name, recursive=True
    )
    middle = (half.c.least + half.c.most + 1) // 2
    here = sa.and_(_event.c.stream == _entry.c.stream, _event.c.version == _entry.c.version)
    recorded = (
        sa.select(_event.c.recorded_at)
        .select_from(_entry.join(_event, here))
        .where(_entry.c.position == middle)
        .correlate(half)
        .scalar_subquery()
    )
    step = sa.select(
        sa.cast(sa.case((recorded < at, middle), else_=half.c.least), whole),
        sa.cast(sa.case((recorded < at, half.c.most), else_=middle - 1), whole),
    ).where(half.c.least < half.c.most)
    halves = half.union_all(step)
    return sa.select(sa.func.max(halves.c.least)).scalar_subquery()


class LogReads:
    """The part of `Reads` that reads events; one statement each."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def _all(self, statement: sa.Executable, **values: Any) -> Sequence[sa.Row[Any]]:
        with self._connections.reading() as connection:
            return connection.execute(statement, values).all()

    def _mappings(self, statement: sa.Executable) -> list[dict[str, Any]]:
        with self._connections.reading() as connection:
            return [dict(row) for row in connection.execute(statement).mappings()]

    def events_of(
        self,
        streams: Sequence[str],
        limit: int,
        after: tuple[str, int] | None = None,
        *,
        newest_first: bool = False,
    ) -> list[Stored]:
        """Return events of these streams in order of position, oldest first or newest.

        Those without a position are the newest, by recorded time and then by id. *after* is stream
        and version of the last event of the page before; of none, nothing comes after.
        """
        stream, version = after or ("", 0)
        is_last = sa.and_(_event.c.stream == stream, _event.c.version == version)
        last = _PLACES.where(is_last).cte("last")
        if len(streams) > _MOST_APART:
            together = _beyond(after, last, newest_first=newest_first)
            known = together.where(_event.c.stream.in_(streams)).subquery()
        else:
            firsts = (_first(one, after, last, newest_first=newest_first) for one in streams)
            parts = (sa.select(first.limit(limit).subquery()) for first in firsts)
            known = sa.union_all(*parts).subquery()
        first = sa.select(known).order_by(*_order(known, newest_first=newest_first)).limit(limit)
        found = first.subquery()
        here = sa.and_(_event.c.stream == found.c.stream, _event.c.version == found.c.version)
        statement = (
            sa.select(_event.c.stream, _event.c.version, _event.c.body, found.c.position)
            .select_from(found.join(_event, here))
            .order_by(*_order(found, newest_first=newest_first))
        )
        return [Stored(**row) for row in self._mappings(statement)]

    def stream(self, stream: str, upto: int | None = None) -> list[Stored]:
        """Return one stream from version 1 to *upto*, whole."""
        statement = _STORED.where(_event.c.stream == stream).order_by(_event.c.version)
        if upto is not None:
            statement = statement.where(_event.c.version <= upto)
        return [Stored(**row) for row in self._mappings(statement)]

    def first_events(self, streams: Sequence[str]) -> list[Stored]:
        """Return the first event of each of *streams*, in no order."""
        statement = _STORED.where(_event.c.stream.in_(streams), _event.c.version == 1)
        return [Stored(**row) for row in self._mappings(statement)]

    def latest_events(self, cases: Sequence[str]) -> dict[str, Stored]:
        """Return the last event of each case's own stream, by the case's id."""
        record, head = tables.case_record.c, tables.case_head.c
        last = sa.and_(
            _event.c.stream == record.kind + "/" + sa.cast(record.id, sa.Text),
            _event.c.version == head.version,
        )
        statement = _STORED.add_columns(head.case_id).select_from(
            tables.case_head.join(tables.case_record, record.id == head.case_id).join(
                _POSITIONED, last
            )
        )
        return {
            row.case_id: Stored(
                stream=row.stream,
                version=row.version,
                body=row.body,
                position=row.position,
            )
            for row in self._all(statement.where(head.case_id.in_(filter(is_case_id, cases))))
        }

    def organisation(self, after: int = 0) -> tuple[int, list[bytes]]:
        """Return the organisation's version, and its events after version *after*, oldest first."""
        statement = (
            sa.select(_event.c.version, _event.c.body)
            .where(_ORGANISATION, _event.c.version > after)
            .order_by(_event.c.stream, _event.c.version)
        )
        rows = self._all(statement)
        return (rows[-1].version if rows else after), [row.body for row in rows]

    def versions(self) -> tuple[int, int]:
        """Return that of the organisation, and how many rulings there are; 0: none yet."""
        (row,) = self._all(_VERSIONS)
        return row.organisation or 0, row.rulings

    def log_page(self, after: int, limit: int) -> list[tuple[int, bytes, bytes]]:
        """Return (position, leaf hash, body), positions contiguous from *after* + 1.

        Where an event is gone from its position the page ends: readers wait there, and see that
        the head is beyond, rather than miss a fact in silence.
        """
        rows = contiguous(self._all(_PAGE, after=after, n=limit), after)
        return [(row.position, row.leaf_hash, row.body) for row in rows]

    def newest_of(
        self,
        sort: str,
        before: int | None,
        limit: int,
        stretch: Stretch = EVERYTHING,
    ) -> tuple[list[Stored], int | None]:
        """Return events of cases that end before a position, the newest first, of one *sort*.

        Only a bounded stretch of the log is walked: the second is where the next begins to be
        walked, None where there is no more.
        """
        begins, ends = _ends(before, stretch)
        walks = [] if stretch.streams else [_entry.c.position >= ends - MOST_WALKED]
        named = [_entry.c.stream.in_(stretch.streams)] if stretch.streams else []
        found = (
            sa.select(_entry.c.position, _entry.c.stream, _entry.c.version)
            .where(_entry.c.position < ends, _entry.c.position >= begins, *walks, *named)
            .where(*_OF_SORT[sort])
            .order_by(_entry.c.position.desc())
            .limit(limit)
        )
        rows, told = found.subquery(), sa.select(ends.label("ends"), begins.label("begins"))
        asked = told.subquery()
        here = sa.and_(_event.c.stream == rows.c.stream, _event.c.version == rows.c.version)
        statement = (
            sa.select(asked.c.ends, asked.c.begins, rows, _event.c.body, _event.c.recorded_at)
            .select_from(asked.outerjoin(rows.join(_event, here), sa.true()))
            .order_by(rows.c.position.desc())
        )
        walked = self._mappings(statement)
        first = max(walked[0]["ends"] - MOST_WALKED, walked[0]["begins"])
        there = [one for one in walked if one["position"] is not None]
        stored = [
            Stored(**{name: one[name] for name in ("stream", "version", "body", "position")})
            for one in there
            if stretch.holds(one["recorded_at"])
        ]
        if len(there) == limit:
            return stored, there[-1]["position"]
        is_over = bool(stretch.streams) or first <= max(walked[0]["begins"], 1)
        return stored, None if is_over else first

    def log_head(self) -> LogHead:
        """Return the log's end; one statement, so that all of it is of one instant."""
        row = self._all(_HEAD)[0]
        return LogHead(row.head, row.pending, row.since)
