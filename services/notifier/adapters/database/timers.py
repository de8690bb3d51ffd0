"""Timers, reminders by hand, and when others come to desks: what falls due when."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    bindparam,
    delete,
    exists,
    func,
    literal_column,
    or_,
    select,
    update,
)

from schemas.instants import instant, parse_instant
from services.notifier.adapters.database.tables import parked, timer, turn, urge
from services.notifier.adapters.database.writing import add_new, chunks, upsert
from services.notifier.application.store_ports import Timer
from services.notifier.domain.case import Answered
from services.notifier.domain.turns import Turn
from services.notifier.domain.urges import Urge

_NOT_WAITING = timer.c.case_stream.not_in(
    select(parked.c.case_stream).where(parked.c.case_stream.is_not(None))
)
# Said outright: where a prepared statement is planned for any number, no index looks worth it.
_IS_OPEN = urge.c.settled == literal_column("0")
# Likewise the first timer is found and then compared: planned for any instant, a third of all
# timers would be taken to be due, and all of them be looked through.
_FIRST = (
    select(timer.c.at)
    .where(timer.c.at.is_not(None), _NOT_WAITING)
    .order_by(timer.c.at)
    .limit(1)
    .subquery()
)
_FIRST_TURN = select(turn.c.at).order_by(turn.c.at).limit(1).subquery()
# Whether `due`, `urges` or `turns` would return anything at the instant *now*: each is one
# look at an index.
IS_ANYTHING_DUE: ColumnElement[bool] = or_(
    exists().where(_IS_OPEN),
    exists().where(_FIRST.c.at <= bindparam("now")),
    exists().where(_FIRST_TURN.c.at <= bindparam("now")),
)


class SqlTimers:
    """The timers, as one transaction sees them."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def replace(self, cases: Iterable[str], timers: Iterable[Timer]) -> None:
        """Drop every timer of *cases* and set *timers*."""
        for some in chunks(cases):
            self._connection.execute(delete(timer).where(timer.c.case_stream.in_(some)))
        self.move(timers)

    def move(self, timers: Iterable[Timer]) -> None:
        """Set *timers* where they are now."""
        rows = [
            {
                "case_stream": one.case,
                "desk": one.desk,
                "track": one.track,
                "deadline": one.deadline,
                "passed": one.passed,
                "at": instant(one.at) if one.at else None,
            }
            for one in timers
        ]
        upsert(self._connection, timer, rows)

    def due(self, now: datetime, limit: int) -> list[Timer]:
        """Return timers due at *now*, oldest first, without cases that have parked events.

        Of one instant in one order everywhere: who decides again decides in the same.
        """
        rows = self._connection.execute(
            select(timer)
            .where(timer.c.at <= instant(now), _NOT_WAITING)
            .order_by(timer.c.at, timer.c.case_stream, timer.c.desk, timer.c.track)
            .limit(limit)
        )
        return [timer_of(row) for row in rows]

    def coming(self, until: datetime, limit: int) -> list[tuple[str, datetime]]:
        """Return the first *limit* cases with a timer up to *until*, each with its first one."""
        first = func.min(timer.c.at)
        rows = self._connection.execute(
            select(timer.c.case_stream, first)
            .where(timer.c.at <= instant(until))
            .group_by(timer.c.case_stream)
            .order_by(first, timer.c.case_stream)
            .limit(limit)
        )
        return [(stream, parse_instant(at)) for stream, at in rows]

    def of(self, cases: Iterable[str]) -> Mapping[str, Mapping[tuple[str, str], Timer]]:
        """Return {case: {(desk, track): timer}}."""
        found: dict[str, dict[tuple[str, str], Timer]] = {}
        for some in chunks(cases):
            for row in self._connection.execute(select(timer).where(timer.c.case_stream.in_(some))):
                found.setdefault(row.case_stream, {})[row.desk, row.track] = timer_of(row)
        return found

    def urge(self, urges: Iterable[Urge]) -> None:
        """Add reminders by hand, and what was published; one already known is left as it is."""
        rows: list[Mapping[str, Any]] = [
            {
                "event": one.event,
                "case_stream": one.case,
                "case_version": one.case_version,
                "actor": one.actor,
                "at": instant(one.at),
                "told": orjson.dumps(one.told).decode() if one.told else None,
                "arrived": orjson.dumps(one.arrived).decode() if one.arrived else None,
                "replied": orjson.dumps(asdict(one.answered)).decode() if one.answered else None,
                "turned": int(one.turned),
                "settled": 0,
            }
            for one in urges
        ]
        add_new(self._connection, urge, rows)

    def urges(self, limit: int) -> list[Urge]:
        """Return reminders by hand that are not decided, oldest first."""
        rows = self._connection.execute(
            select(urge).where(_IS_OPEN).order_by(urge.c.at, urge.c.event).limit(limit)
        )
        return [*map(urge_of, rows)]

    def settle(self, urges: Iterable[Urge]) -> None:
        """Mark *urges* as decided."""
        for some in chunks(one.event for one in urges):
            self._connection.execute(update(urge).where(urge.c.event.in_(some)).values(settled=1))

    def turn(self, turns: Iterable[Turn]) -> None:
        """Add turns; one already known is left as it is."""
        rows: list[Mapping[str, Any]] = [
            {"at": instant(one.at), "unit": one.where} for one in sorted(turns)
        ]
        add_new(self._connection, turn, rows)

    def turns(self, now: datetime) -> list[Turn]:
        """Return the turns up to *now*, oldest first."""
        asked = select(turn).where(turn.c.at <= instant(now)).order_by(turn.c.at, turn.c.unit)
        return [*map(turn_of, self._connection.execute(asked))]

    def drop_turns(self, now: datetime) -> None:
        """Keep the turns up to *now* no longer."""
        self._connection.execute(delete(turn).where(turn.c.at <= instant(now)))


def timer_of(row: Row[Any]) -> Timer:
    """Return the timer in *row*."""
    return Timer(
        case=row.case_stream,
        desk=row.desk,
        track=row.track,
        deadline=row.deadline,
        passed=row.passed,
        at=parse_instant(row.at) if row.at else None,
    )


def urge_of(row: Row[Any]) -> Urge:
    """Return the reminder by hand in *row*."""
    return Urge(
        event=row.event,
        case=row.case_stream,
        case_version=row.case_version,
        actor=row.actor,
        at=parse_instant(row.at),
        told=orjson.loads(row.told) if row.told else {},
        arrived=tuple(orjson.loads(row.arrived)) if row.arrived else (),
        answered=Answered(**orjson.loads(row.replied)) if row.replied else None,
        turned=bool(row.turned),
    )


def turn_of(row: Row[Any]) -> Turn:
    """Return the turn in *row*."""
    return Turn(at=parse_instant(row.at), where=row.unit)
