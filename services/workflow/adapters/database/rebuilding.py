"""Filling the read model anew from events that were lived through again, in one transaction."""

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from services.workflow.adapters.database import tables
from services.workflow.adapters.database.bulk import write_cycle, write_organisation
from services.workflow.adapters.database.case_rows import (
    beside_rows,
    grade_rows,
    head_row,
    interval_row,
    record_row,
    source_rows,
)
from services.workflow.application.ports import Append, CycleRow
from services.workflow.domain.case.head import Case
from services.workflow.domain.case.slots import Slots

BESIDE = (tables.refusal, tables.notice, tables.inbox)


def emptied(connection: sa.Connection) -> None:
    """Empty the read model; on PostgreSQL writers wait until the transaction ends."""
    if connection.dialect.name == "postgresql":
        names = ", ".join(table.name for table in tables.READ_MODEL)
        connection.exec_driver_sql(f"LOCK TABLE {names} IN EXCLUSIVE MODE")
    for table in tables.READ_MODEL:
        connection.execute(table.delete())


def count_anew(connection: sa.Connection) -> None:
    """Count, when all is applied, what the writes of children count on their parents.

    Whoever read `touched` before a child moved it reads more now, so nothing that was decided on
    what stood then is written; for all others it is but another number.
    """
    head, parent, child = tables.case_head, tables.case_record.alias(), tables.case_record.alias()
    of_child = head.alias()
    counts = (
        sa.select(
            parent.c.id,
            sa.func.sum(of_child.c.version).label("touched"),
            sa.func.count(of_child.c.holder_unit).label("n_open"),
            sa.func.count().label("n_children"),
        )
        .join(child, child.c.of == parent.c.kind + "/" + sa.cast(parent.c.id, sa.Text))
        .join(of_child, of_child.c.case_id == child.c.id)
        .group_by(parent.c.id)
        .subquery()
    )
    counted = {name: counts.c[name] for name in ("touched", "n_open", "n_children")}
    connection.execute(head.update().where(head.c.case_id == counts.c.id).values(counted))


class Rebuild:
    """Implements the port `Rebuild`."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def apply(self, appends: Sequence[Append]) -> None:
        """Write what follows from *appends*, each stream's in order of version."""
        self._apply_cases([one for one in appends if one.after is not None])
        beside = [row for one in appends for row in rows_beside(one)]
        for table in BESIDE:
            self._insert(table, [row for its, row in beside if its is table])

    def apply_organisation(self, version: int, data: Mapping[str, Any]) -> None:  # noqa: ARG002
        """Write the units, people and posts that one event changed."""
        write_organisation(self._connection, data)

    def apply_cycle(self, cycle: CycleRow) -> None:
        """Write one cycle."""
        write_cycle(self._connection, cycle)

    def _apply_cases(self, appends: Sequence[Append]) -> None:
        """Write each case once, as its last event here leaves it, and every interval."""
        first: dict[str, Append] = {}
        last: dict[str, Case] = {}
        for append in appends:
            case = _present(append)
            first.setdefault(case.id, append)
            last[case.id] = case
        opened = [_present(one) for one in first.values() if one.before is None]
        self._insert(tables.case_record, [record_row(last[one.id]) for one in opened])
        self._insert(
            tables.case_within,
            [{"unit": unit, "case_id": one.id} for one in opened for unit in one.path],
        )
        self._insert(tables.case_beside, [row for one in opened for row in beside_rows(one)])
        self._insert(tables.case_head, [head_row(last[one.id], _as_it_is) for one in opened])
        known = {one.id for one in opened}
        self._move([one for one in last.values() if one.id not in known])
        self._tell(list(last.values()), known)
        self._insert(
            tables.case_interval, [interval_row(_present(one), _as_it_is) for one in appends]
        )

    def _tell(self, cases: Sequence[Case], opened: AbstractSet[str]) -> None:
        """Write what deadlines come from, grades, and whom a case moved before is about now."""
        source, record, grade = tables.case_source, tables.case_record, tables.case_grade
        moved = [case for case in cases if case.id not in opened]
        if moved:
            stale = source.delete().where(source.c.case_id == sa.bindparam("this"))
            self._connection.execute(stale, [{"this": case.id} for case in moved])
            former = grade.delete().where(grade.c.case_id == sa.bindparam("this"))
            self._connection.execute(former, [{"this": case.id} for case in moved])
            about = record.update().where(record.c.id == sa.bindparam("this"))
            self._connection.execute(
                about.values(person=sa.bindparam("now")),
                [{"this": case.id, "now": case.person} for case in moved],
            )
        self._insert(source, [row for case in cases for row in source_rows(case)])
        self._insert(grade, [row for case in cases for row in grade_rows(case)])

    def apply_slots(self, slots: Slots) -> None:
        """Write every slot; `touched` comes out higher than anybody can have read it."""
        self._insert(
            tables.case_slot,
            [
                {**at._asdict(), "current": current, "touched": slots.n_events[at.cycle] + 1}
                for at, current in slots.current.items()
            ],
        )

    def _move(self, cases: Sequence[Case]) -> None:
        if not cases:
            return
        head = tables.case_head
        values: dict[str, Any] = {
            column.name: sa.bindparam(f"new_{column.name}")
            for column in tables.replayed(head)
            if not column.primary_key
        }
        this = head.c.case_id == sa.bindparam("new_case_id")
        statement = head.update().where(this).values(values)
        rows = [head_row(case, _as_it_is) for case in cases]
        self._connection.execute(
            statement, [{f"new_{name}": value for name, value in row.items()} for row in rows]
        )

    def _insert(self, table: sa.Table, rows: Sequence[Mapping[str, Any]]) -> None:
        if rows:
            self._connection.execute(table.insert(), rows)


def _present(append: Append) -> Case:
    if append.after is None:
        raise ValueError(f"{append.stream} is no case's own stream")
    return append.after


def rows_beside(append: Append) -> Iterator[tuple[sa.Table, dict[str, Any]]]:
    """Yield the rows that follow from an event beside a case's own stream."""
    refusal = append.refusal
    if refusal is not None:
        yield (
            tables.refusal,
            {
                "stream": append.stream,
                "recorded_at": append.recorded_at,
                "version": append.version,
                "actor": refusal.actor,
                "trigger": refusal.trigger,
                "case_version": refusal.case_version,
                "verdict": refusal.verdict,
            },
        )
    for table, row in ((tables.notice, append.notice), (tables.inbox, append.inbox)):
        if row is not None:
            yield table, {column.name: getattr(row, column.name) for column in table.columns}


def _as_it_is(at: datetime) -> datetime:
    """Leave an instant to the table's own type, which spells it."""
    return at
