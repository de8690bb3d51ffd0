"""What is written of cases on SQLite: it is asked first, decided in Python, and written then.

`BEGIN IMMEDIATE`, which is the caller's, makes that sound: nobody else writes until the commit.
"""

import sqlite3
from collections.abc import Sequence

from services.workflow.adapters.database.case_writes import Flat, Rows
from services.workflow.adapters.database.sqlite_statements import (
    DELIVER,
    HAND_IN,
    KEEP_KEY,
    KEEP_TEXT,
    LOG,
    NAME_FILE,
    NOTICE,
    OPEN,
    PENDING,
    PLACE,
    PLACE_BESIDE,
    REFUSE,
    STAND,
)
from services.workflow.application.firing.port import Write
from services.workflow.application.ports import Append

_END = """
SELECT version, recorded_at FROM event WHERE stream = :stream ORDER BY version DESC LIMIT 1"""
_TAKE = """
UPDATE case_head
SET version = :version, state = :state, holder_unit = :holder_unit, holder_role = :holder_role,
    holder_person = :holder_person, entered_at = :entered_at, due_at = :due_at,
    suspended_at = :suspended_at, effective_at = :effective_at, recorded_at = :recorded_at,
    facts = :facts
WHERE case_id = :case_id"""
_COUNT = """
UPDATE case_head
SET touched = coalesce(touched, 0) + :touches, n_open = coalesce(n_open, 0) + :opens
WHERE case_id = :case_id"""
_BEGIN = """
INSERT INTO case_head (case_id, version, state, holder_unit, holder_role, holder_person,
                       entered_at, due_at, suspended_at, effective_at, recorded_at, facts,
                       touched, n_open, n_children)
VALUES (:case_id, :version, :state, :holder_unit, :holder_role, :holder_person,
        :entered_at, :due_at, :suspended_at, :effective_at, :recorded_at, :facts,
        :touched, :n_open, :n_children)"""
_SET_SLOT = """
INSERT INTO case_slot (cycle, kind, unit, current) VALUES (:cycle, :kind, :unit, :becomes)
ON CONFLICT DO UPDATE SET current = excluded.current"""
_COUNT_SLOT = """
INSERT INTO case_slot (cycle, kind, unit, touched, n_open)
VALUES (:cycle, :kind, :unit, :touches, :opens)
ON CONFLICT DO UPDATE SET touched = coalesce(touched, 0) + excluded.touched,
                          n_open = coalesce(n_open, 0) + excluded.n_open"""
_GIVE = """
INSERT INTO case_number (unit, label, letter, last) VALUES (:unit, :label, :letter, :last)
ON CONFLICT DO UPDATE SET last = excluded.last"""
_TELL = """
INSERT INTO case_source (case_id, desk, kind, source, version)
VALUES (:case_id, :desk, :kind, :source, :version)"""

_GRADE = """
INSERT INTO case_grade (case_id, grading, name, hundredths, uncapped)
VALUES (:case_id, :grading, :name, :hundredths, :uncapped)"""


def append(cursor: sqlite3.Cursor, one: Write | Append) -> bool:
    """Write *one* if it still holds, inside the caller's writing transaction."""
    rows = Rows()
    rows.add(0, one)
    if not (_is_new(cursor, rows) and _holds(cursor, rows)):
        return False
    _move(cursor, rows)
    _write(cursor, rows.events)
    return True


def _is_new(cursor: sqlite3.Cursor, rows: Rows) -> bool:
    return not any(
        cursor.execute(
            "SELECT 1 FROM idempotency_key WHERE client = :client AND key = :key", row
        ).fetchone()
        for row in rows.events
        if "client" in row
    )


def _holds(cursor: sqlite3.Cursor, rows: Rows) -> bool:
    return (
        all(_follows(cursor, row) for row in rows.events if "case_id" not in row)
        and all(_runs(cursor, row["opening"]) for row in rows.events if "opening" in row)
        and not any(_is_there(cursor, row) for row in rows.begins)
        and all(_stands(cursor, row) for row in rows.heads)
        and all(_is_current(cursor, row) for row in rows.places)
        and all(_is_last(cursor, row) for row in rows.numbers)
    )


def _is_there(cursor: sqlite3.Cursor, row: Flat) -> bool:
    found = cursor.execute("SELECT 1 FROM case_head WHERE case_id = :case_id", row).fetchone()
    return found is not None


def _runs(cursor: sqlite3.Cursor, opening: Flat) -> bool:
    """Tell whether the round in which something begins is not closed; most name none."""
    if "running" not in opening:
        return True
    closed = "SELECT 1 FROM cycle WHERE id = :running AND closed_at IS NOT NULL"
    return cursor.execute(closed, {"running": opening["running"]}).fetchone() is None


def _follows(cursor: sqlite3.Cursor, row: Flat) -> bool:
    """Tell whether its stream ends right before *row*, and no later: the log is in order of time.

    What ends it may be another writer's, and not what this one meant to follow.
    """
    cursor.execute(_END, row)
    version, at = cursor.fetchone() or (0, "")
    return bool(version == row["version"] - 1 and at <= row["recorded_at"])


def _stands(cursor: sqlite3.Cursor, row: Flat) -> bool:
    cursor.execute(
        "SELECT version, coalesce(touched, 0), coalesce(n_children, 0) FROM case_head"
        " WHERE case_id = :case_id",
        row,
    )
    found = cursor.fetchone()
    looked = (row["expected"], row["counted"], row["n_from"])
    return found is not None and _are(found, looked)


def _is_current(cursor: sqlite3.Cursor, row: Flat) -> bool:
    cursor.execute(
        "SELECT current, coalesce(touched, 0) FROM case_slot"
        " WHERE cycle = :cycle AND kind = :kind AND unit = :unit",
        row,
    )
    current, touched = cursor.fetchone() or (None, 0)
    return (not row["sets"] or current == row["was"]) and _are((touched,), (row["counted"],))


def _is_last(cursor: sqlite3.Cursor, row: Flat) -> bool:
    cursor.execute(
        "SELECT last FROM case_number WHERE unit = :unit AND label = :label AND letter = :letter",
        row,
    )
    (last,) = cursor.fetchone() or (0,)
    return bool(last == row["before"])


def _are(found: Sequence[int], looked: Sequence[int | None]) -> bool:
    return all(seen is None or seen == one for one, seen in zip(found, looked, strict=True))


def _move(cursor: sqlite3.Cursor, rows: Rows) -> None:
    cursor.executemany(_BEGIN, rows.begins)
    cursor.executemany(_TAKE, [row for row in rows.heads if row["moves"]])
    cursor.executemany(_COUNT, [row for row in rows.heads if row["touches"]])
    cursor.executemany(
        "UPDATE case_head SET n_children = :n_to WHERE case_id = :case_id",
        [row for row in rows.heads if row["n_to"] is not None],
    )
    cursor.executemany(_SET_SLOT, [row for row in rows.places if row["sets"]])
    cursor.executemany(_COUNT_SLOT, [row for row in rows.places if row["touches"]])
    cursor.executemany(_GIVE, rows.numbers)
    cursor.executemany("DELETE FROM case_source WHERE case_id = :case_id", rows.told)
    cursor.executemany(_TELL, rows.sources)
    cursor.executemany("DELETE FROM case_grade WHERE case_id = :case_id", rows.graded)
    cursor.executemany(_GRADE, rows.grades)
    cursor.executemany("UPDATE case_record SET person = :person WHERE id = :case_id", rows.subjects)


def _write(cursor: sqlite3.Cursor, rows: Sequence[Flat]) -> None:
    openings = [row["opening"] for row in rows if "opening" in row]
    cursor.executemany(OPEN, openings)
    cursor.executemany(PLACE, [(unit, row["id"]) for row in openings for unit in row["within"]])
    cursor.executemany(PLACE_BESIDE, [one for row in openings for one in row["beside"]])
    cursor.executemany(LOG, rows)
    cursor.executemany(PENDING, rows)
    cursor.executemany(STAND, [row for row in rows if "case_id" in row])
    cursor.executemany(KEEP_KEY, [{"case_id": None} | row for row in rows if "client" in row])
    cursor.executemany(REFUSE, [row | row["refusal"] for row in rows if "refusal" in row])
    cursor.executemany(NOTICE, [row["notice"] for row in rows if "notice" in row])
    cursor.executemany(DELIVER, [row["inbox"] for row in rows if "inbox" in row])
    cursor.executemany(KEEP_TEXT, [text for row in rows for text in row.get("texts", ())])
    cursor.executemany(HAND_IN, [row | one for row in rows for one in row.get("filed", ())])
    cursor.executemany(NAME_FILE, [row | one for row in rows for one in row.get("files", ())])
