"""The rows of a cycle or an organisation import, written inside the caller's transaction."""

from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from schemas.canonical import canonical_bytes
from services.workflow.adapters.database import tables
from services.workflow.application.ports import Bulk, CycleRow, Document


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
    if bulk.cycle is not None:
        write_cycle(connection, bulk.cycle)


def write_documents(connection: sa.Connection, documents: Iterable[Document]) -> None:
    """Keep *documents*; one that is there already is the same, by its hash."""
    rows = [{"hash": one.hash, "kind": one.kind, "body": one.body} for one in documents]
    if rows:
        statement = _insert(connection, tables.document).on_conflict_do_nothing()
        connection.execute(statement, rows)


def write_cycle(connection: sa.Connection, row: CycleRow) -> None:
    """Insert a cycle."""
    tiers = {tier: dict(counts) for tier, counts in row.tiers.items()}
    values = {
        "id": row.id,
        "scheme": row.scheme,
        "scheme_hash": row.scheme_hash,
        "calendar_hash": row.calendar_hash,
        "unit": row.unit,
        "year": row.year,
        "tiers": canonical_bytes(tiers).decode(),
        "opened_at": row.opened_at,
    }
    connection.execute(tables.cycle.insert(), values)


def write_organisation(connection: sa.Connection, data: Mapping[str, Any]) -> None:
    """Apply the data of one `organisation_changed` event: what was dropped, then what is new."""
    dropped = data.get("dropped", {})
    _delete(connection, tables.post, dropped.get("posts", ()), {"from": "since"})
    _delete(connection, tables.person, ({"id": one} for one in dropped.get("people", ())), {})
    _delete(connection, tables.unit, ({"id": one} for one in dropped.get("units", ())), {})
    _upsert(connection, tables.unit, map(_unit, data.get("units", ())))
    _upsert(connection, tables.person, map(_person, data.get("people", ())))
    _upsert(connection, tables.post, map(_post, data.get("posts", ())))


def _unit(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": entry["id"],
        "parent": entry.get("parent"),
        "name": entry["name"],
        "kind": entry["kind"],
        "staff": entry.get("staff", 0),
        "public_hospital": entry.get("public_hospital", False),
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


def _insert(connection: sa.Connection, table: sa.Table) -> Any:
    if connection.dialect.name == "postgresql":
        return postgresql.insert(table)
    return sqlite.insert(table)


def _upsert(connection: sa.Connection, table: sa.Table, rows: Iterable[dict[str, Any]]) -> None:
    found = list(rows)
    if not found:
        return
    statement = _insert(connection, table)
    others = {
        column.name: statement.excluded[column.name]
        for column in table.columns
        if not column.primary_key
    }
    connection.execute(
        statement.on_conflict_do_update(index_elements=list(table.primary_key), set_=others), found
    )


def _delete(
    connection: sa.Connection,
    table: sa.Table,
    entries: Iterable[Mapping[str, Any]],
    named: Mapping[str, str],
) -> None:
    found = [{f"at_{named.get(k, k)}": v for k, v in entry.items()} for entry in entries]
    if found:
        condition = sa.and_(
            *(column == sa.bindparam(f"at_{column.name}") for column in table.primary_key)
        )
        connection.execute(table.delete().where(condition), found)
