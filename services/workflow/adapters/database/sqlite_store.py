"""The hot path on SQLite: one writer at a time, and whoever arrives together shares its commit.

Statements are calls into a library here, not round trips, so the write asks first and decides in
Python; `BEGIN IMMEDIATE` makes that sound, because nobody else writes until the commit.
"""

import sqlite3
from collections import namedtuple
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import cache
from typing import Any

import orjson
import sqlalchemy as sa

from schemas.instants import instant
from services.workflow.adapters.database.bulk import LostRace, require_all, write_rows
from services.workflow.adapters.database.connections import Connections, driver
from services.workflow.adapters.database.errors import translated
from services.workflow.adapters.database.rows import append_row, chunks
from services.workflow.adapters.database.standing import (
    side_streams_of,
    standing_of,
    wanted_rows,
)
from services.workflow.application.ports import Append, Bulk, SideStream, Standing, Wanted

_STANDING = """
SELECT (SELECT version FROM event WHERE stream >= 'organisation/' AND stream < 'organisation0'
        ORDER BY stream DESC, version DESC LIMIT 1) AS organisation_version,
       (SELECT version FROM identity_state) AS identity_version,
       r.id, r.kind, r.of, r.family, r.number, r.cycle, r.tier, r.person, r.unit, r.path, r.pinned,
       h.version, h.state, h.holder_unit, h.holder_role, h.holder_person,
       h.entered_at, h.due_at, h.suspended_at, h.effective_at, h.recorded_at, h.facts,
       k.client, k.key, k.fingerprint, k.stream, k.version AS key_version, e.body
FROM (SELECT 1)
LEFT JOIN json_each(?) AS w ON true
LEFT JOIN case_head h ON h.case_id = w.value ->> 'case_id'
LEFT JOIN case_record r ON r.id = h.case_id
LEFT JOIN idempotency_key k ON k.client = w.value ->> 'client' AND k.key = w.value ->> 'key'
LEFT JOIN event e ON e.stream = k.stream AND e.version = k.version
"""
SIDE_STREAMS = """
SELECT w.value ->> 'stream' AS stream,
       coalesce((SELECT max(version) FROM event v WHERE v.stream = w.value ->> 'stream'), 0)
           AS at_version,
       (SELECT recorded_at FROM event v WHERE v.stream = w.value ->> 'stream'
        ORDER BY version DESC LIMIT 1) AS last_at,
       r.actor, r.trigger, r.case_version, r.verdict, r.version, e.body
FROM json_each(?) AS w
LEFT JOIN refusal r
    ON r.stream = w.value ->> 'stream' AND r.recorded_at >= w.value ->> 'since'
LEFT JOIN event e ON e.stream = r.stream AND e.version = r.version
ORDER BY 1, r.recorded_at, r.version
"""
_MOVE = """
UPDATE case_head
SET version = :version, state = :state, holder_unit = :holder_unit, holder_role = :holder_role,
    holder_person = :holder_person, entered_at = :entered_at, due_at = :due_at,
    suspended_at = :suspended_at, effective_at = :effective_at, recorded_at = :recorded_at,
    facts = :facts
WHERE case_id = :case_id AND version = :version - 1"""
_CHUNK = 500  # rows held at once in a bulk


def _insertion(table: str, columns: str) -> str:
    names = columns.split()
    values = ", ".join(f":{name}" for name in names)
    return f"INSERT INTO {table} ({', '.join(names)}) VALUES ({values})"  # noqa: S608 - ours


OPEN = _insertion("case_record", "id kind of family number cycle tier person unit path pinned")
PLACE = "INSERT INTO case_within (unit, case_id) VALUES (?, ?)"
_OPEN_HEAD = _insertion(
    "case_head",
    "case_id version state holder_unit holder_role holder_person entered_at due_at suspended_at"
    " effective_at recorded_at facts",
)
LOG = _insertion("event", "stream version type recorded_at body")
PENDING = _insertion("event_pending", "recorded_at stream version id")
KEEP_KEY = _insertion("idempotency_key", "client key fingerprint stream version")
STAND = """
INSERT INTO case_interval (case_id, version, state, holder_unit, holder_role, holder_person,
                            due_at, suspended, effective_from, recorded_from)
VALUES (:case_id, :version, :state, :holder_unit, :holder_role, :holder_person, :due_at,
        :suspended_at IS NOT NULL, :effective_at, :recorded_at)"""
REFUSE = _insertion("refusal", "stream recorded_at version actor trigger case_version verdict")
NOTICE = _insertion(
    "notice", "notice case_id kind rung channel outcome person unit role decided_at"
)
DELIVER = _insertion("inbox", "person recorded_at notice case_id sha256")
KEEP_TEXT = _insertion("text", "sha256 salt content") + " ON CONFLICT DO NOTHING"


class SqliteEventStore:
    """Implements `EventStore`; safe to share between threads."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def standing(self, wanted: Sequence[Wanted]) -> Standing:
        """Return heads and used keys, in one statement."""
        return standing_of(self._read(_STANDING, wanted_rows(wanted)))

    def side_streams(self, streams: Sequence[str], since: datetime) -> dict[str, SideStream]:
        """Return where refusals or notices streams stand, in one statement."""
        at = instant(since)
        rows = [{"stream": stream, "since": at} for stream in streams]
        return side_streams_of(self._read(SIDE_STREAMS, rows))

    def append(self, batch: Sequence[Append]) -> list[bool]:
        """Write what still fits, in one commit; True where the append won its version.

        Raises:
            StoreUnavailable: nothing was written.
        """
        with self._writing() as cursor:
            return append_all(cursor, batch)

    def write(self, bulk: Bulk) -> bool:
        """Write a cycle or an import in one transaction; False (nothing) on a lost race."""
        try:
            with self._connections.transaction() as connection:
                write_rows(connection, bulk)
                cursor = driver(connection).cursor()
                for chunk in chunks(bulk.appends, _CHUNK):
                    require_all(append_all(cursor, chunk))
        except (LostRace, sa.exc.IntegrityError, sqlite3.IntegrityError):
            return False
        return True

    def _read(self, statement: str, rows: Sequence[Mapping[str, str | None]]) -> list[Any]:
        with translated():
            self._connections.require_in_place()
            lent = self._connections.plain.raw_connection()
            try:
                cursor = driver(lent).execute(statement, (orjson.dumps(rows).decode(),))
                row = _row_class(tuple(column[0] for column in cursor.description))
                return list(map(row._make, cursor.fetchall()))
            finally:
                lent.close()

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Cursor]:
        with translated():
            self._connections.require_in_place()
            lent = self._connections.hot.raw_connection()
            try:
                cursor = driver(lent).cursor()
                cursor.execute("BEGIN IMMEDIATE")
                try:
                    yield cursor
                    cursor.execute("COMMIT")
                except BaseException:
                    driver(lent).rollback()
                    raise
            finally:
                lent.close()


@cache  # making a class costs more than the statement
def _row_class(names: tuple[str, ...]) -> Any:
    return namedtuple("row", names)  # noqa: PYI024 - the names come from the statement


def append_all(cursor: sqlite3.Cursor, batch: Sequence[Append]) -> list[bool]:
    """Write what fits inside the caller's writing transaction."""
    won, accepted = [], []
    for append in batch:
        row = append_row(append)
        fits = _is_new(cursor, row) and _takes_its_version(cursor, row)
        won.append(fits)
        if fits:
            accepted.append(row)
    _write(cursor, accepted)
    return won


def _is_new(cursor: sqlite3.Cursor, row: Mapping[str, Any]) -> bool:
    if "client" not in row:
        return True
    # Inserted at once, so that the second of two commands with one key in a batch sees it.
    cursor.execute(f"{KEEP_KEY} ON CONFLICT DO NOTHING", row)
    return cursor.rowcount == 1


def _takes_its_version(cursor: sqlite3.Cursor, row: Mapping[str, Any]) -> bool:
    if "case_id" in row and "opening" not in row:
        cursor.execute(_MOVE, row)
        took = cursor.rowcount == 1
    else:
        cursor.execute("SELECT max(version) FROM event WHERE stream = :stream", row)
        took = (cursor.fetchone()[0] or 0) == row["version"] - 1
    if not took and "client" in row:
        cursor.execute("DELETE FROM idempotency_key WHERE client = :client AND key = :key", row)
    return took


def _write(cursor: sqlite3.Cursor, rows: Sequence[Mapping[str, Any]]) -> None:
    own = [row for row in rows if "case_id" in row]
    openings = [row for row in own if "opening" in row]
    cursor.executemany(OPEN, [row["opening"] for row in openings])
    cursor.executemany(_OPEN_HEAD, openings)
    cursor.executemany(
        PLACE, [(unit, row["case_id"]) for row in openings for unit in row["opening"]["within"]]
    )
    cursor.executemany(LOG, rows)
    cursor.executemany(PENDING, rows)
    cursor.executemany(STAND, own)
    cursor.executemany(REFUSE, [row | row["refusal"] for row in rows if "refusal" in row])
    cursor.executemany(NOTICE, [row["notice"] for row in rows if "notice" in row])
    cursor.executemany(DELIVER, [row["inbox"] for row in rows if "inbox" in row])
    cursor.executemany(KEEP_TEXT, [text for row in rows for text in row.get("texts", ())])
