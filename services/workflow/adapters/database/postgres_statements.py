"""The hot path's statements for PostgreSQL, kept as constants so that each is prepared once.

Every statement takes its rows as one JSON parameter, whatever the number of commands: through the
driver, eight commands as arrays cost twenty times as much to bind. Only what is long comes beside
it, as an array in the same order, spelled as it is read (`prepared.array`): the events' bytes and
the facts of heads. The server reads JSON sign by sign; with them in it, as base64 and as JSON in
JSON, it took a quarter longer. Other bytes are short, travel as base64 and are stored as `bytea`.

Parameters are sent in binary, which for `json` is its text; `jsonb` would want a byte before it.
"""

from typing import LiteralString

SIDE_STREAMS = """
SELECT w.stream, coalesce(last.version, 0) AS at_version, last.recorded_at AS last_at,
       r.actor, r.trigger, r.case_version, r.verdict, r.version, e.body
FROM json_to_recordset(%s) AS w(stream text, since timestamptz)
LEFT JOIN LATERAL (
    SELECT version, recorded_at FROM event v WHERE v.stream = w.stream
    ORDER BY version DESC LIMIT 1
) AS last ON true
LEFT JOIN refusal r ON r.stream = w.stream AND r.recorded_at >= w.since
LEFT JOIN event e ON e.stream = r.stream AND e.version = r.version
ORDER BY w.stream, r.recorded_at, r.version
"""

# One statement is the whole write. `moved` decides who has a version of a case: it finds the
# head where the writer saw it, or not at all. `aside` holds what is no move of a head: an event
# is taken if its stream ends right before it, and no later than it: what stands there may be
# another writer's, not what this one meant to follow, and the log is in order of time. All else
# is inserted from what was accepted, so a loser leaves nothing. Two writers that pass `aside` or
# bring one key at the same moment meet in a unique constraint: the statement fails as a whole and
# is repeated one by one.
_COLUMNS = """
        stream text, version int, type text, recorded_at timestamptz, id uuid,
        case_id uuid, state text, holder_unit text, holder_role text, holder_person text,
        entered_at timestamptz, due_at timestamptz, suspended_at timestamptz,
        effective_at timestamptz, client text, key text, fingerprint text, left_open text"""
_COLUMNS_BESIDE = ", refusal jsonb, notice jsonb, inbox jsonb"
_MOVED = """
    UPDATE case_head h
    SET version = b.version, state = b.state, holder_unit = b.holder_unit,
        holder_role = b.holder_role, holder_person = b.holder_person,
        entered_at = b.entered_at, due_at = b.due_at, suspended_at = b.suspended_at,
        effective_at = b.effective_at, recorded_at = b.recorded_at, facts = b.facts
    FROM batch b
    WHERE h.case_id = b.case_id AND h.version = b.version - 1
    RETURNING b.*"""
_MOVED_OR_ASIDE = f"""
), moved AS ({_MOVED}
), aside AS (
    SELECT b.* FROM batch b
    WHERE b.case_id IS NULL
      AND NOT EXISTS (
          SELECT FROM event e WHERE e.stream = b.stream AND e.version = b.version)
      AND (b.version = 1 OR EXISTS (
          SELECT FROM event e WHERE e.stream = b.stream AND e.version = b.version - 1
            AND e.recorded_at <= b.recorded_at))
), accepted AS MATERIALIZED (
    SELECT * FROM moved UNION ALL SELECT * FROM aside"""  # noqa: S608 - our own constants
EVERY_APPEND = """
), logged AS (
    INSERT INTO event (stream, version, type, recorded_at, body)
    SELECT stream, version, type, recorded_at, (%s::bytea[])[ordinality::int] FROM accepted
), pending AS (
    INSERT INTO event_pending (recorded_at, stream, version, id)
    SELECT recorded_at, stream, version, id FROM accepted
), keyed AS (
    INSERT INTO idempotency_key (client, key, fingerprint, stream, version, left_open, case_id)
    SELECT client, key, decode(fingerprint, 'base64'),
           CASE WHEN case_id IS NULL THEN stream ELSE '' END, version, left_open, case_id
    FROM accepted WHERE client IS NOT NULL
), stood AS (
    INSERT INTO case_interval (case_id, version, state, holder_unit, holder_role, holder_person,
                                due_at, suspended, effective_from, recorded_from)
    SELECT case_id, version, state, holder_unit, holder_role, holder_person,
           due_at, suspended_at IS NOT NULL, effective_at, recorded_at
    FROM accepted WHERE case_id IS NOT NULL"""
# A document that is filed takes its draft with it, and leaves a mark in its place: a save that is
# on its way meets it there, where a DELETE would not see what was saved since it began.
TEXTS = """
), kept AS (
    INSERT INTO text (sha256, salt, content)
    SELECT decode(t.sha256, 'base64'), decode(t.salt, 'base64'), decode(t.content, 'base64')
    FROM accepted a, jsonb_to_recordset(a.texts) AS t(sha256 text, salt text, content text)
    WHERE a.texts IS NOT NULL
    ON CONFLICT DO NOTHING
), handed_in AS (
    INSERT INTO draft (case_id, document, n_filed, typed, saved_by, saved_at, gone_at, tag)
    SELECT DISTINCT ON (a.case_id, f.document)
           a.case_id, f.document, f.n_filed, ''::bytea, '', a.recorded_at, f.gone_at, ''
    FROM accepted a, jsonb_to_recordset(a.filed) AS f(
        document text, n_filed int, gone_at timestamptz)
    WHERE a.filed IS NOT NULL
    ORDER BY a.case_id, f.document, f.n_filed DESC
    ON CONFLICT (case_id, document) DO UPDATE
    SET n_filed = excluded.n_filed, typed = excluded.typed, saved_by = excluded.saved_by,
        saved_at = excluded.saved_at, gone_at = excluded.gone_at, tag = excluded.tag"""
# The grades of a case that are other ones now, all of them: what it is graded in no more goes.
_GRADES = """
), ungraded AS (
    DELETE FROM case_grade g USING accepted a
    WHERE a.grades IS NOT NULL AND g.case_id = a.case_id
      AND NOT EXISTS (
          SELECT FROM jsonb_to_recordset(a.grades) AS n(grading text) WHERE n.grading = g.grading)
), graded AS (
    INSERT INTO case_grade (case_id, grading, name, hundredths, uncapped)
    SELECT a.case_id, n.* FROM accepted a, jsonb_to_recordset(a.grades) AS n(
        grading text, name text, hundredths int, uncapped text)
    WHERE a.grades IS NOT NULL
    ON CONFLICT (case_id, grading)
    DO UPDATE SET name = excluded.name, hundredths = excluded.hundredths,
                  uncapped = excluded.uncapped"""
OPENINGS = """
), opened AS (
    INSERT INTO case_record (id, kind, of, family, number, cycle, tier, person, unit, path, pinned)
    SELECT o.* FROM accepted a, jsonb_to_record(a.opening) AS o(
        id uuid, kind text, of text, family text, number text, cycle text, tier text, person text,
        unit text, path text, pinned text)
    WHERE a.opening IS NOT NULL
), placed AS (
    INSERT INTO case_within (unit, case_id)
    SELECT u.unit, a.case_id
    FROM accepted a, jsonb_array_elements_text(a.opening -> 'within') AS u(unit)
    WHERE a.opening IS NOT NULL
), placed_beside AS (
    INSERT INTO case_beside (unit, case_id, party)
    SELECT b.* FROM accepted a, jsonb_to_recordset(a.opening -> 'beside') AS b(
        unit text, case_id uuid, party text)
    WHERE a.opening IS NOT NULL"""
BESIDE = """
), refused AS (
    INSERT INTO refusal (stream, recorded_at, version, actor, trigger, case_version, verdict)
    SELECT a.stream, a.recorded_at, a.version, r.* FROM accepted a, jsonb_to_record(a.refusal)
        AS r(actor text, trigger text, case_version int, verdict text)
    WHERE a.refusal IS NOT NULL
), noticed AS (
    INSERT INTO notice (notice, case_id, kind, rung, channel, outcome, person, unit, role,
                        decided_at)
    SELECT n.* FROM accepted a, jsonb_to_record(a.notice) AS n(
        notice text, case_id uuid, kind text, rung text, channel text, outcome text, person text,
        unit text, role text, decided_at timestamptz)
    WHERE a.notice IS NOT NULL
), delivered AS (
    INSERT INTO inbox (person, recorded_at, notice, case_id, sha256, asks_in, asks_desk)
    SELECT i.person, i.recorded_at, i.notice, i.case_id, decode(i.sha256, 'base64'), i.asks_in,
           i.asks_desk
    FROM accepted a, jsonb_to_record(a.inbox) AS i(
        person text, recorded_at timestamptz, notice text, case_id uuid, sha256 text,
        asks_in text, asks_desk text)
    WHERE a.inbox IS NOT NULL"""


def _append(
    columns: LiteralString, accepted: LiteralString, written: LiteralString
) -> LiteralString:
    return f"""
WITH batch AS MATERIALIZED (
    SELECT b.*, (%s::text[])[ordinality::int] AS facts
    FROM ROWS FROM (json_to_recordset(%s) AS ({columns})) WITH ORDINALITY AS b{accepted}{written}
)
SELECT stream FROM accepted
"""  # noqa: S608 - made of this module's constants only


_MOVES_ONLY = f"\n), accepted AS ({_MOVED}"
# Every insert of a statement costs its set-up even when there is nothing to insert; most batches
# only move heads, and those without the rest take a fifth less of the server's time.
MOVE = _append(_COLUMNS, _MOVES_ONLY, EVERY_APPEND)
MOVE_WITH_MORE = _append(
    f"{_COLUMNS}, texts jsonb, filed jsonb, grades jsonb",
    _MOVES_ONLY,
    EVERY_APPEND + TEXTS + _GRADES,
)
APPEND = _append(
    f"{_COLUMNS}, texts jsonb, filed jsonb, grades jsonb{_COLUMNS_BESIDE}",
    _MOVED_OR_ASIDE,
    EVERY_APPEND + TEXTS + _GRADES + BESIDE,
)
