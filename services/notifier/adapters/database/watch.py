"""What the notifier asks of its tables to watch itself; every question is answered by an index."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta

from sqlalchemy import (
    ColumnElement,
    Connection,
    bindparam,
    delete,
    exists,
    func,
    insert,
    literal,
    select,
    tuple_,
    update,
)

from schemas.instants import instant, parse_instant
from services.notifier.adapters.database.tables import notice, parked, planned, timer
from services.notifier.adapters.database.writing import chunks
from services.notifier.domain.recipients import NOBODY
from services.notifier.domain.watch import MISSING, DayHeld, OnTrack, Planned, Unreached

_KEY = (planned.c.day, planned.c.case_stream, planned.c.desk, planned.c.track)


class SqlOwnWork:
    """The notifier's own work, as one transaction sees it."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def plan(self, day: date, ends: datetime) -> None:
        """Keep every timer armed for before *ends* as planned for *day*; a repeat adds nothing."""
        on = timer.c.case_stream, timer.c.desk, timer.c.track
        of_day = literal(day.isoformat()).label("day")
        there = exists().where(planned.c.day == day.isoformat(), tuple_(*_KEY[1:]) == tuple_(*on))
        armed = select(
            of_day, *on, timer.c.deadline, timer.c.passed, timer.c.at, literal("").label("verdict")
        ).where(timer.c.at < instant(ends), ~there)
        columns = [one.name for one in planned.columns if one is not planned.c.judged_on]
        self._connection.execute(insert(planned).from_select(columns, armed))

    def unjudged(self, today: date, limit: int) -> list[tuple[Planned, bool]]:
        """Return lines of plans before *today* without a verdict, and whether the ledger has them.

        The oldest day first.
        """
        line = exists().where(
            notice.c.case_stream == planned.c.case_stream,
            notice.c.decided_at >= planned.c.at,
            notice.c.desk == planned.c.desk,
            notice.c.track == planned.c.track,
        )
        rows = self._connection.execute(
            select(planned, line.label("in_ledger"))
            .where(planned.c.verdict == "", planned.c.day < today.isoformat())
            .order_by(*_KEY)
            .limit(limit)
        )
        return [
            (
                Planned(
                    day=date.fromisoformat(row.day),
                    on=OnTrack(case=row.case_stream, desk=row.desk, track=row.track),
                    deadline=row.deadline,
                    passed=row.passed,
                    at=parse_instant(row.at),
                ),
                bool(row.in_ledger),
            )
            for row in rows
        ]

    def judge(self, verdicts: Mapping[Planned, str], today: date) -> None:
        """Keep what became of each line, as it was found *today*."""
        key = ("day", "case_stream", "desk", "track")
        statement = (
            update(planned)
            .where(*(planned.c[name] == bindparam(f"of_{name}") for name in key))
            .values(verdict=bindparam("found"), judged_on=today.isoformat())
        )
        rows = [
            {
                "of_day": one.day.isoformat(),
                "of_case_stream": one.on.case,
                "of_desk": one.on.desk,
                "of_track": one.on.track,
                "found": found,
            }
            for one, found in verdicts.items()
        ]
        self._connection.execute(statement, rows)

    def held(self, today: date, limit: int) -> DayHeld | None:
        """Return the last day before *today* that was planned; None: no day was.

        Of one that was over and judged before yesterday was, nothing is told any more: over a
        holiday nothing is planned, and what was missing before it would be told to its end.
        """
        last = select(func.max(planned.c.day)).where(planned.c.day < today.isoformat())
        day = self._connection.scalar(last)
        if day is None:
            return None
        yesterday = (today - timedelta(days=1)).isoformat()
        judged = select(func.max(planned.c.judged_on)).where(planned.c.day == day)
        if day < yesterday and (self._connection.scalar(judged) or "") < today.isoformat():
            return DayHeld(day=date.fromisoformat(yesterday), n={}, missing=())
        counted = self._connection.execute(
            select(planned.c.verdict, func.count())
            .where(planned.c.day == day, planned.c.verdict != "")
            .group_by(planned.c.verdict)
        )
        missing = self._connection.execute(
            select(planned)
            .where(planned.c.day == day, planned.c.verdict == MISSING)
            .order_by(*_KEY)
            .limit(limit)
        )
        return DayHeld(
            day=date.fromisoformat(day),
            n={found: n for found, n in counted},  # noqa: C416 -- a Row is no pair to mypy
            missing=tuple(
                OnTrack(case=row.case_stream, desk=row.desk, track=row.track) for row in missing
            ),
        )

    def forget(self, before: date) -> None:
        """Forget the plans of days before *before*."""
        self._connection.execute(delete(planned).where(planned.c.day < before.isoformat()))

    def waiting(self, cases: Iterable[str]) -> set[str]:
        """Return those of *cases* that an event waits in."""
        found: set[str] = set()
        for some in chunks(cases):
            asked = select(parked.c.case_stream).where(parked.c.case_stream.in_(some))
            found.update(one for one in self._connection.scalars(asked) if one)
        return found

    def n_sending(self) -> int:
        """Count what is on its way."""
        asked = select(func.count()).where(notice.c.status == "sending")
        return self._connection.scalar(asked) or 0

    def n_unreached(self, since: datetime) -> int:
        """Count the rungs since *since* that found nobody to tell."""
        return self._connection.scalar(select(func.count()).where(*_unreached(since))) or 0

    def unreached(self, since: datetime, limit: int) -> list[Unreached]:
        """Return the newest of them."""
        rows = self._connection.execute(
            select(notice)
            .where(*_unreached(since))
            .order_by(notice.c.decided_at.desc(), notice.c.id.desc())
            .limit(limit)
        )
        return [
            Unreached(
                on=OnTrack(case=row.case_stream, desk=row.desk, track=row.track),
                rung=row.rung,
                reason=row.reason,
                at=parse_instant(row.decided_at),
            )
            for row in rows
        ]


def _unreached(since: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        notice.c.status == "not_sent",
        notice.c.decided_at >= instant(since),
        notice.c.person.is_(None),
        notice.c.reason.in_(NOBODY),
    )
