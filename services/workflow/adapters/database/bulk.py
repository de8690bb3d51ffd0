"""The rows of a cycle or an organisation import, written inside the caller's transaction."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from schemas.canonical import canonical_bytes
from services.workflow.adapters.database import tables
from services.workflow.adapters.database.case_lists import moves_of
from services.workflow.application.ports import Bulk, CycleRow, Document, WrittenDown


class LostRace(Exception):
    """Some append of a bulk did not fit: everything is undone."""


def require_all(won: Iterable[bool]) -> None:
    """Raise `LostRace` unless every append was taken."""
    if not all(won):
        raise LostRace


def write_rows(connection: sa.Connection, bulk: Bulk) -> None:
    """Write everything of *bulk* but its events."""
    write_documents(connection, bulk.documents)
    for data in bulk.organisation:
        write_organisation(connection, data)
    write_deeds(connection, bulk.deeds)
    if bulk.cycle is not None:
        write_cycle(connection, bulk.cycle)
        write_units(connection, bulk.cycle, bulk.units)
    if bulk.closes is not None:
        close_cycle(connection, bulk.closes, bulk.n_moves)


def write_documents(connection: sa.Connection, documents: Iterable[Document]) -> None:
    """Keep *documents*; one that is there already is the same, by its hash."""
    rows = [{"hash": one.hash, "kind": one.kind, "body": one.body} for one in documents]
    if rows:
        statement = insert(connection, tables.document).on_conflict_do_nothing()
        connection.execute(statement, rows)


def write_deeds(connection: sa.Connection, deeds: Iterable[WrittenDown]) -> None:
    """Write down what is done, for whoever watches those who do it."""
    rows = [
        {
            "at": one.at,
            "client": one.by.client,
            "person": one.by.person,
            "what": one.what,
            "subject": one.subject,
            "detail": one.detail,
        }
        for one in deeds
    ]
    if rows:
        connection.execute(tables.deed.insert(), rows)


def write_cycle(connection: sa.Connection, row: CycleRow) -> None:
    """Insert a cycle."""
    connection.execute(tables.cycle.insert(), cycle_row(row))


def close_cycle(connection: sa.Connection, row: CycleRow, n_moves: int) -> None:
    """Note the end of a cycle that runs, whose cases have had *n_moves* events.

    Raises:
        LostRace: somebody else closed it first, or a case of it has begun or moved since.
    """
    kept = tables.cycle.c
    runs = tables.cycle.update().where(kept.id == row.id, kept.closed_at.is_(None))
    require_all([connection.execute(runs.values(closed_at=row.closed_at)).rowcount == 1])
    # While the row is held nothing begins in it.
    require_all([moves_of(connection, row.id) == n_moves])


def write_units(connection: sa.Connection, cycle: CycleRow, units: Iterable[str]) -> None:
    """Put *units* into a cycle; one that is in another of the scheme and label is an error."""
    # In one order, so that of two openings at once the second waits and finds out.
    rows = [
        {"scheme": cycle.scheme, "label": cycle.label, "unit": unit, "cycle": cycle.id}
        for unit in sorted(units)
    ]
    if rows:
        connection.execute(tables.cycle_unit.insert(), rows)


def cycle_row(row: CycleRow) -> dict[str, Any]:
    """Return the row of `cycle`."""
    return {
        "id": row.id,
        "scheme": row.scheme,
        "scheme_hash": row.scheme_hash,
        "calendar_hash": row.calendar_hash,
        "unit": row.unit,
        "label": row.label,
        "kinds": canonical_bytes([asdict(sort) for sort in row.kinds]).decode(),
        "opened_at": row.opened_at,
        "left_out": row.left_out,
        "closed_at": row.closed_at,
    }


def write_organisation(connection: sa.Connection, data: Mapping[str, Any]) -> None:
    """Apply the data of one `organisation_changed` event: what was dropped, then what is new."""
    for table, keys, rows in organisation_rows(data):
        _delete(connection, table, keys)
        _upsert(connection, table, rows)


def organisation_rows(
    data: Mapping[str, Any],
) -> Iterator[tuple[sa.Table, Sequence[tuple[str, ...]], list[dict[str, Any]]]]:
    """Yield per table the primary keys of the rows that one event drops, and the rows it sets."""
    dropped = data.get("dropped", {})
    posts = [(e["person"], e["unit"], e["role"], e["from"]) for e in dropped.get("posts", ())]
    yield tables.post, posts, [_post(one) for one in data.get("posts", ())]
    people = [(one,) for one in dropped.get("people", ())]
    yield tables.person, people, [_person(one) for one in data.get("people", ())]
    units = [(one,) for one in dropped.get("units", ())]
    yield tables.unit, units, [_unit(one) for one in data.get("units", ())]


def _unit(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": entry["id"],
        "parent": entry.get("parent"),
        "name": entry["name"],
        "kind": entry["kind"],
    }


def _person(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {"id": entry["id"], "details": bytes.fromhex(entry["details"]["sha256"])}


def _post(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "person": entry["person"],
        "unit": entry["unit"],
        "role": entry["role"],
        "since": entry["from"],
        "until": entry.get("until"),
    }


def insert(connection: sa.Connection, table: sa.Table) -> Any:
    if connection.dialect.name == "postgresql":
        return postgresql.insert(table)
    return sqlite.insert(table)


def _upsert(connection: sa.Connection, table: sa.Table, rows: Sequence[dict[str, Any]]) -> None:
    if not rows:
        return
    statement = insert(connection, table)
    others = {
        column.name: statement.excluded[column.name]
        for column in table.columns
        if not column.primary_key
    }
    connection.execute(
        statement.on_conflict_do_update(index_elements=list(table.primary_key), set_=others), rows
    )


def _delete(connection: sa.Connection, table: sa.Table, keys: Sequence[tuple[str, ...]]) -> None:
    names = [f"at_{column.name}" for column in table.primary_key]
    condition = sa.and_(
        *(
            column == sa.bindparam(name)
            for column, name in zip(table.primary_key, names, strict=True)
        )
    )
    if keys:
        found = [dict(zip(names, key, strict=True)) for key in keys]
        connection.execute(table.delete().where(condition), found)
