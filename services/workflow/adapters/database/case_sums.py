"""What cases add up to: by state, unit, the case they belong to, or who holds them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from services.workflow.adapters.database import tables
from services.workflow.adapters.database.case_asked import parts_of
from services.workflow.adapters.database.connections import Connections
from services.workflow.application.reading_ports import ListQuery, Sum

_head = tables.case_head
_record = tables.case_record
_GROUPS: dict[str, sa.ColumnElement[Any]] = {
    "state": _head.c.state,
    "unit": _record.c.unit,
    "of": _record.c.of,
    "holder": sa.func.coalesce(_head.c.holder_person, _head.c.holder_unit),
}
_COUNTED = ("key", "number", "unit", "n", "n_done", "n_late")


class CaseSums:
    """The sums of `Reads`; one statement."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def sums(
        self,
        asked: Sequence[tuple[ListQuery, str]],
        done: Sequence[str],
        now: datetime,
        limit: int,
    ) -> list[list[Sum]]:
        """Return the cases of each query counted by state, unit, of or holder, the latest first.

        Those that nobody holds are no holder's. One statement for all of them.
        """
        # Finding them is the most of it: what is asked of other states alone is found once.
        every = dict.fromkeys(replace(query, states=()) for query, _ in asked)
        seen = {query: _seen(query, done, now, f"seen_{n}") for n, query in enumerate(every)}
        parts = (
            sa.select(sa.literal(nth).label("nth"), _summed(cases, query.states, by, limit))
            for nth, (query, by) in enumerate(asked)
            for cases in (seen[replace(query, states=())],)
        )
        each = sa.union_all(*parts).subquery()
        found: list[list[Sum]] = [[] for _ in asked]
        statement = sa.select(each).order_by(each.c.nth, each.c.n_late.desc(), each.c.key)
        with self._connections.reading() as connection:
            for nth, *counted in connection.execute(statement):
                found[nth].append(Sum(**dict(zip(_COUNTED, counted, strict=True))))
        return found


def _seen(query: ListQuery, done: Sequence[str], now: datetime, name: str) -> sa.CTE:
    """Return the cases of *query*, each once, with what is summed up of them."""
    late = sa.and_(_head.c.due_at <= now, _head.c.suspended_at.is_(None))
    columns = (
        _head.c.case_id,
        _record.c.number,
        _record.c.unit.label("at"),
        *(key.label(name) for name, key in _GROUPS.items()),
        sa.case((_head.c.state.in_(done), 1), else_=0).label("is_done"),
        sa.case((late, 1), else_=0).label("is_late"),
    )
    return sa.union(*(part.select(*columns) for part in parts_of(query))).cte(name)


def _summed(cases: sa.CTE, states: Sequence[str], by: str, limit: int) -> sa.Subquery:
    key, n_late = cases.c[by], sa.func.sum(cases.c.is_late)
    counted = (
        sa.select(
            key.label("key"),
            sa.func.min(cases.c.number).label("number"),
            sa.func.min(cases.c.at).label("unit"),
            sa.func.count().label("n"),
            sa.func.sum(cases.c.is_done).label("n_done"),
            n_late.label("n_late"),
        )
        .where(key.is_not(None))
        .group_by(key)
        .order_by(n_late.desc(), key)
        .limit(limit)
    )
    return (counted.where(cases.c.state.in_(states)) if states else counted).subquery()
