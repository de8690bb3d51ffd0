"""The write loop's statements for PostgreSQL, where cases look at one another.

What moves one head and looks at nothing else is read and moved by the leaner statements beside
these (`postgres_statements`). Here too each is a constant, prepared once, with one JSON parameter.
"""

from typing import LiteralString

from services.workflow.adapters.database.postgres_statements import (
    BESIDE,
    EVERY_APPEND,
    OPENINGS,
    TEXTS,
)

# --- Reading ---

_VERSIONS = """
    SELECT (SELECT version FROM event
            WHERE stream >= 'organisation/' AND stream < 'organisation0'
            ORDER BY stream DESC, version DESC LIMIT 1) AS organisation_version,
           (SELECT version FROM identity_state) AS identity_version,
           coalesce((SELECT version FROM event WHERE stream = 'text/calendar'
                     ORDER BY version DESC LIMIT 1), 0)
           + (SELECT count(*)::int FROM cycle WHERE closed_at IS NOT NULL) AS rulings"""
_HEAD = """
       r.id::text AS id, r.kind, r.of, r.family, r.number, r.cycle, r.tier, r.person, r.unit,
       r.path, r.pinned,
       h.version, h.state, h.holder_unit, h.holder_role, h.holder_person, h.entered_at, h.due_at,
       h.suspended_at, h.effective_at, h.recorded_at, h.facts, h.touched, h.n_children"""
# What was written under a key stands in the own stream of a case, or else in one that is named.
_STREAM = "coalesce(u.kind || '/' || u.id, k.stream)"
_KEY = f"""k.client, k.key, k.fingerprint, k.left_open, {_STREAM} AS stream,
       k.version AS key_version, e.body"""
_USED = f"""
LEFT JOIN case_record u ON u.id = k.case_id
LEFT JOIN event e ON e.stream = {_STREAM} AND e.version = k.version
"""

ALONE = f"""
SELECT s.organisation_version, s.identity_version, s.rulings,{_HEAD}, {_KEY}
FROM ({_VERSIONS}) AS s
LEFT JOIN json_to_recordset(%s) AS w(case_id uuid, client text, key text) ON true
LEFT JOIN case_head h ON h.case_id = w.case_id
LEFT JOIN case_record r ON r.id = w.case_id
LEFT JOIN idempotency_key k ON k.client = w.client AND k.key = w.key{_USED}"""  # noqa: S608 - made of this module's constants only

# What a sight `s` leads to: cases, and the slot that was looked through. Each way is a look-up in
# an index; those that do not apply are not begun. Where cases lead to, or which party they have,
# is pinned in them, so of these the cases of one kind in one round are gone through.
_AT_SIGHT = """
    SELECT split_part(s.of, '/', 2)::uuid AS id,
           NULL::text AS cycle, NULL::text AS kind, NULL::text AS unit
    WHERE s.way = 'of' AND position('/' IN s.of) > 0
    UNION ALL
    SELECT p.current, p.cycle, p.kind, p.unit FROM case_slot p
    WHERE s.way = 'slot' AND p.cycle = s.cycle AND p.kind = s.kind AND p.unit = s.unit
    UNION ALL
    SELECT c.id, NULL, NULL, NULL FROM case_record c
    WHERE s.way = 'children' AND c.of = s.of AND c.kind = s.kind
    UNION ALL
    SELECT c.id, NULL, NULL, NULL FROM case_record c
    WHERE s.way = 'anchor' AND c.cycle = s.cycle AND c.kind = s.kind AND c.unit = s.unit
    UNION ALL
    SELECT c.id, NULL, NULL, NULL FROM case_record c
    WHERE s.way IN ('kind', 'sharing', 'back') AND c.cycle = s.cycle AND c.kind = s.kind
      AND CASE s.way
          WHEN 'sharing' THEN
              coalesce(c.pinned::jsonb -> 'parties' ->> s.name, c.unit) = s.unit
          WHEN 'back' THEN EXISTS (
              SELECT FROM jsonb_array_elements(c.pinned::jsonb -> 'links') AS l
              WHERE l ->> 0 = s.name AND l ->> 1 = s.leads_to AND l ->> 3 = s.unit)
          ELSE true END"""
_OF_ROUND = """
    UNION ALL
    SELECT c.id, NULL, NULL, NULL FROM case_record c WHERE s.way = 'round' AND c.cycle = s.cycle
    UNION ALL
    SELECT NULL, p.cycle, p.kind, p.unit FROM case_slot p
    WHERE s.way = 'round' AND p.cycle = s.cycle"""
# A step as the sight it is (`sights.sight_of`), from the case `r` with its links.
_SIGHT_OF_STEP = """
    SELECT r.cycle, r.kind AS leads_to,
           CASE left(step.name, 1)
               WHEN '#' THEN 'slot' WHEN '@' THEN 'anchor' WHEN '/' THEN 'children'
               WHEN '&' THEN 'sharing' WHEN '*' THEN 'kind'
               ELSE CASE WHEN link.link IS NULL AND step.name = 'of' THEN 'of'
                         ELSE link.link ->> 2 END
           END AS way,
           CASE WHEN left(step.name, 1) IN ('#', '@', '&', '*') THEN r.kind
                WHEN left(step.name, 1) = '/' THEN substr(step.name, 2)
                ELSE link.link ->> 1 END AS kind,
           CASE WHEN left(step.name, 1) IN ('#', '@') THEN r.unit
                WHEN left(step.name, 1) = '&' THEN coalesce(
                    r.pinned::jsonb -> 'parties' ->> substr(step.name, 2), r.unit)
                WHEN link.link ->> 2 = 'back' THEN r.unit
                ELSE link.link ->> 3 END AS unit,
           CASE WHEN left(step.name, 1) = '&' THEN substr(step.name, 2)
                ELSE link.link ->> 4 END AS name,
           CASE WHEN left(step.name, 1) = '/' OR link.link ->> 2 = 'children'
                THEN r.kind || '/' || r.id ELSE r.of END AS of
    FROM (SELECT (SELECT l FROM jsonb_array_elements(r.pinned::jsonb -> 'links') AS l
                  WHERE l ->> 0 = step.name) AS link OFFSET 0) AS link
    OFFSET 0"""  # else all of it is written out wherever a member of it is named

_BEGUN = """
), begun AS (
    SELECT w.case_id, w.client, w.key, w.steps
    FROM given, json_to_recordset(given.given -> 'wanted')
        AS w(case_id uuid, client text, key text, steps jsonb)"""
_REACHED = f"""
), reached(id, cycle, kind, unit, steps) AS (
    SELECT case_id, NULL::text COLLATE "C", NULL::text COLLATE "C", NULL::text COLLATE "C", steps
    FROM begun
    UNION ALL
    SELECT n.id, n.cycle, n.kind, n.unit, step.further
    FROM reached f
    JOIN case_record r ON r.id = f.id
    CROSS JOIN LATERAL jsonb_each(f.steps) AS step(name, further)
    CROSS JOIN LATERAL ({_SIGHT_OF_STEP}) AS s
    CROSS JOIN LATERAL ({_AT_SIGHT}) AS n"""  # noqa: S608 - our own constants
_KEYS = """SELECT NULL::uuid AS id, NULL AS cycle, NULL AS kind, NULL AS unit, client, key
    FROM begun WHERE key <> ''"""
_TOLD = f"""
SELECT s.organisation_version, s.identity_version, s.rulings,{_HEAD}, {_KEY},
       p.cycle AS place_cycle, p.kind AS place_kind, p.unit AS place_unit,
       p.current::text AS place_current, p.touched AS place_touched"""
_FOUND = f"""
FROM ({_VERSIONS}) AS s
LEFT JOIN told t ON true
LEFT JOIN case_head h ON h.case_id = t.id
LEFT JOIN case_record r ON r.id = t.id
LEFT JOIN case_slot p ON p.cycle = t.cycle AND p.kind = t.kind AND p.unit = t.unit
LEFT JOIN idempotency_key k ON k.client = t.client AND k.key = t.key{_USED}"""
LINKED = f"""
WITH RECURSIVE given AS MATERIALIZED (
    SELECT %s::json AS given{_BEGUN}{_REACHED}
), told AS (
    SELECT DISTINCT id, cycle, kind, unit, NULL::text AS client, NULL::text AS key FROM reached
    UNION ALL
    {_KEYS}
){_TOLD}{_FOUND}"""  # noqa: S608 - made of this module's constants only
# The same with sights beside: what no step leads to is rare, and costs those who have none nothing.
SIGHTED = f"""
WITH RECURSIVE given AS MATERIALIZED (
    SELECT %s::json AS given{_BEGUN}{_REACHED}
), asked AS (
    SELECT coalesce(a.cycle, (SELECT c.cycle FROM case_record c WHERE c.id = a.case_id)) AS cycle,
           a.way, a.kind, a.unit, a.name, a.of, a.leads_to
    FROM given, json_to_recordset(given.given -> 'sights')
        AS a(cycle text, case_id uuid, way text, kind text, unit text, name text, of text,
             leads_to text)
), found AS (
    SELECT id, cycle, kind, unit FROM reached
    UNION
    SELECT n.id, n.cycle, n.kind, n.unit
    FROM asked s CROSS JOIN LATERAL ({_AT_SIGHT}{_OF_ROUND}) AS n
), told AS (
    SELECT id, cycle, kind, unit, NULL::text AS client, NULL::text AS key,
           NULL::text AS topmost, NULL::text AS counter,
           NULL::uuid AS file_case, NULL::text AS file_document, NULL::bytea AS file_hash
    FROM found
    UNION ALL
    SELECT x.*, NULL, NULL, NULL, NULL, NULL FROM ({_KEYS}) AS x
    UNION ALL
    SELECT NULL, NULL, NULL, NULL, NULL, NULL, unit, name, NULL, NULL, NULL
    FROM asked WHERE way = 'counter'
    UNION ALL
    SELECT NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, of::uuid, kind, decode(name, 'hex')
    FROM asked WHERE way = 'file'
){_TOLD},
       n.unit AS number_unit, n.label, n.letter, n.last,
       f.case_id::text AS file_case, f.document AS file_document,
       encode(f.sha256, 'hex') AS file_hash, octet_length(f.content) AS file_length,
       f.gone_at AS file_gone_at{_FOUND}
LEFT JOIN case_number n ON n.unit = t.topmost AND n.label || '/' || n.letter = t.counter
LEFT JOIN attachment f
    ON f.case_id = t.file_case AND f.document = t.file_document AND f.sha256 = t.file_hash
"""  # noqa: S608 - made of this module's constants only

# What is asked before commands are put in an order.
FAMILIES = """
SELECT id::text, family FROM case_record WHERE id = ANY (%s::text[]::uuid[])
"""

# --- Writing ---

_STANDING = """
    version int, state text, holder_unit text, holder_role text, holder_person text,
    entered_at timestamptz, due_at timestamptz, suspended_at timestamptz,
    effective_at timestamptz, recorded_at timestamptz"""
_MOVING: tuple[LiteralString, ...] = (
    *("version", "state", "holder_unit", "holder_role", "holder_person", "entered_at", "due_at"),
    *("suspended_at", "effective_at", "recorded_at", "facts"),
)
_MOVED = ", ".join(
    f"{name} = CASE WHEN l.moves THEN l.{name} ELSE h.{name} END" for name in _MOVING
)
_OF_WHO_MOVES = ", ".join(f"max({name}) FILTER (WHERE moves) AS {name}" for name in _MOVING)


def _rows(name: LiteralString, columns: LiteralString) -> LiteralString:
    return f"""SELECT x.* FROM given, json_to_recordset(given.given -> '{name}')
        AS x(w int, {columns})"""  # noqa: S608 - our own constants


# All rows that are compared or counted on are taken first: heads in one clause, then slots, then
# counters, each in order, so that of two statements over the same rows one waits for the other and
# no two for each other. A round in which something begins stays as it is meanwhile: whoever closes
# it waits, or came first. What is taken is as it stands after the wait. A write of which anything
# has moved is lost, whole; all else in the statement is made of those that are not.
#
# Every row is moved by one update, whatever of it moves and however many writes count on it: of two
# in one statement one would not take place. Of those writes one at most moves the head itself. Two
# that begin the same slot or counter, or bring one key, meet in a unique constraint: the statement
# fails as a whole and is repeated one by one.
WRITE = f"""
WITH given AS MATERIALIZED (
    SELECT %s::json AS given
), batch AS MATERIALIZED (
    SELECT b.* FROM given, ROWS FROM (json_to_recordset(given.given -> 'events') AS (
        w int, stream text, type text, id uuid, case_id uuid, client text, key text,
        fingerprint text, left_open text, texts jsonb, filed jsonb, files jsonb, opening jsonb,
        refusal jsonb, notice jsonb, inbox jsonb,
        {_STANDING})) WITH ORDINALITY AS b
), looked AS MATERIALIZED (
    {
    _rows(
        "heads",
        f'''case_id uuid, expected int, counted int, touches int, opens int,
        n_from int, n_to int, moves bool, changes bool, facts text, {_STANDING}''',
    )
}
), places AS MATERIALIZED (
    {
    _rows(
        "places",
        '''cycle text, kind text, unit text, sets bool, was uuid, becomes uuid,
        counted int, touches int, opens int''',
    )
}
), giving AS MATERIALIZED (
    {_rows("numbers", "unit text, label text, letter text, before int, last int")}
), heads AS MATERIALIZED (
    SELECT h.case_id, h.version, coalesce(h.touched, 0) AS touched,
           coalesce(h.n_children, 0) AS n_children
    FROM case_head h WHERE h.case_id = ANY (ARRAY(SELECT case_id FROM looked))
    ORDER BY h.case_id FOR NO KEY UPDATE
), slots AS MATERIALIZED (
    SELECT p.cycle, p.kind, p.unit, p.current, coalesce(p.touched, 0) AS touched
    FROM case_slot p JOIN (SELECT DISTINCT cycle, kind, unit FROM places) AS l
        ON p.cycle = l.cycle AND p.kind = l.kind AND p.unit = l.unit
    WHERE (SELECT count(*) FROM heads) >= 0
    ORDER BY p.cycle, p.kind, p.unit FOR NO KEY UPDATE OF p
), counters AS MATERIALIZED (
    SELECT n.unit, n.label, n.letter, n.last
    FROM case_number n JOIN (SELECT DISTINCT unit, label, letter FROM giving) AS l
        ON n.unit = l.unit AND n.label = l.label AND n.letter = l.letter
    WHERE (SELECT count(*) FROM slots) >= 0
    ORDER BY n.unit, n.label, n.letter FOR NO KEY UPDATE OF n
), running AS MATERIALIZED (
    SELECT c.id, c.closed_at FROM cycle c
    WHERE c.id IN (SELECT opening ->> 'running' FROM batch WHERE opening ->> 'running' IS NOT NULL)
    ORDER BY c.id FOR SHARE
), lost AS MATERIALIZED (
    SELECT w FROM batch
    WHERE opening ->> 'running' IN (SELECT id FROM running WHERE closed_at IS NOT NULL)
    UNION
    SELECT w FROM looked WHERE case_id NOT IN (SELECT case_id FROM heads)
    UNION
    SELECT w FROM looked
    WHERE expected IS NOT NULL AND (case_id, expected) NOT IN (SELECT case_id, version FROM heads)
    UNION
    SELECT w FROM looked
    WHERE counted IS NOT NULL AND (case_id, counted) NOT IN (SELECT case_id, touched FROM heads)
    UNION
    SELECT w FROM looked
    WHERE n_from IS NOT NULL AND (case_id, n_from) NOT IN (SELECT case_id, n_children FROM heads)
    UNION
    SELECT l.w FROM places l LEFT JOIN slots p
        ON p.cycle = l.cycle AND p.kind = l.kind AND p.unit = l.unit
    WHERE (l.sets AND l.was IS DISTINCT FROM p.current)
       OR (l.counted IS NOT NULL AND l.counted <> coalesce(p.touched, 0))
    UNION
    SELECT l.w FROM giving l LEFT JOIN counters n
        ON n.unit = l.unit AND n.label = l.label AND n.letter = l.letter
    WHERE coalesce(n.last, 0) <> l.before
    UNION
    SELECT b.w FROM batch b
    WHERE b.case_id IS NULL
      AND (EXISTS (SELECT FROM event e WHERE e.stream = b.stream AND e.version = b.version)
           OR (b.version > 1 AND NOT EXISTS (
               SELECT FROM event e WHERE e.stream = b.stream AND e.version = b.version - 1
                 AND e.recorded_at <= b.recorded_at)))
), accepted AS MATERIALIZED (
    SELECT * FROM batch WHERE w NOT IN (SELECT w FROM lost)
), changed AS (
    SELECT case_id, bool_or(moves) AS moves, {_OF_WHO_MOVES},
           sum(touches)::int AS touches, sum(opens)::int AS opens, max(n_to) AS n_to
    FROM looked WHERE changes AND w NOT IN (SELECT w FROM lost)
    GROUP BY case_id
), moved AS (
    UPDATE case_head h
    SET {_MOVED},
        touched = CASE WHEN l.touches > 0 THEN coalesce(h.touched, 0) + l.touches
                       ELSE h.touched END,
        n_open = CASE WHEN l.touches > 0 THEN coalesce(h.n_open, 0) + l.opens ELSE h.n_open END,
        n_children = coalesce(l.n_to, h.n_children)
    FROM changed l WHERE h.case_id = l.case_id
), begun AS (
    INSERT INTO case_head (case_id, version, state, holder_unit, holder_role, holder_person,
                           entered_at, due_at, suspended_at, effective_at, recorded_at, facts,
                           touched, n_open, n_children)
    SELECT case_id, version, state, holder_unit, holder_role, holder_person, entered_at, due_at,
           suspended_at, effective_at, recorded_at, facts, touched, n_open, n_children
    FROM ({
    _rows(
        "begins", f"case_id uuid, facts text, touched int, n_open int, n_children int, {_STANDING}"
    )
})
        AS begins
    WHERE w NOT IN (SELECT w FROM lost)
), settled AS (
    SELECT cycle, kind, unit, bool_or(sets) AS sets,
           (array_agg(becomes) FILTER (WHERE sets))[1] AS becomes,
           sum(touches)::int AS touches, sum(opens)::int AS opens
    FROM places WHERE w NOT IN (SELECT w FROM lost) AND (sets OR touches > 0)
    GROUP BY cycle, kind, unit
), slots_moved AS (
    UPDATE case_slot p
    SET current = CASE WHEN l.sets THEN l.becomes ELSE p.current END,
        touched = CASE WHEN l.touches > 0 THEN coalesce(p.touched, 0) + l.touches
                       ELSE p.touched END,
        n_open = CASE WHEN l.touches > 0 THEN coalesce(p.n_open, 0) + l.opens ELSE p.n_open END
    FROM settled l WHERE p.cycle = l.cycle AND p.kind = l.kind AND p.unit = l.unit
), slots_begun AS (
    INSERT INTO case_slot (cycle, kind, unit, current, touched, n_open)
    SELECT l.cycle, l.kind, l.unit, l.becomes, nullif(l.touches, 0), nullif(l.opens, 0)
    FROM settled l
    WHERE (l.cycle, l.kind, l.unit) NOT IN (SELECT cycle, kind, unit FROM slots)
    ORDER BY l.cycle, l.kind, l.unit
), numbers_given AS (
    UPDATE case_number n SET last = l.last FROM giving l
    WHERE n.unit = l.unit AND n.label = l.label AND n.letter = l.letter
      AND l.w NOT IN (SELECT w FROM lost)
), numbers_begun AS (
    INSERT INTO case_number (unit, label, letter, last)
    SELECT unit, label, letter, last FROM giving
    WHERE w NOT IN (SELECT w FROM lost)
      AND (unit, label, letter) NOT IN (SELECT unit, label, letter FROM counters)
    ORDER BY unit, label, letter
), now_told AS MATERIALIZED (
    SELECT * FROM ({
    _rows(
        "sources",
        "case_id uuid, desk text, kind text, source text, version int",
    )
}) AS sources WHERE w NOT IN (SELECT w FROM lost)
), untold AS (
    DELETE FROM case_source c
    USING ({_rows("told", "case_id uuid")}) AS l
    WHERE c.case_id = l.case_id AND l.w NOT IN (SELECT w FROM lost)
      AND (c.case_id, c.desk, c.kind, c.source)
          NOT IN (SELECT case_id, desk, kind, source FROM now_told)
), told AS (
    INSERT INTO case_source (case_id, desk, kind, source, version)
    SELECT case_id, desk, kind, source, version FROM now_told
    ON CONFLICT (case_id, desk, kind, source)
    DO UPDATE SET version = excluded.version
), now_graded AS MATERIALIZED (
    SELECT * FROM ({
    _rows(
        "grades",
        "case_id uuid, grading text, name text, hundredths int, uncapped text",
    )
}) AS grades WHERE w NOT IN (SELECT w FROM lost)
), ungraded AS (
    DELETE FROM case_grade g
    USING ({_rows("graded", "case_id uuid")}) AS l
    WHERE g.case_id = l.case_id AND l.w NOT IN (SELECT w FROM lost)
      AND (g.case_id, g.grading) NOT IN (SELECT case_id, grading FROM now_graded)
), graded AS (
    INSERT INTO case_grade (case_id, grading, name, hundredths, uncapped)
    SELECT case_id, grading, name, hundredths, uncapped FROM now_graded
    ON CONFLICT (case_id, grading)
    DO UPDATE SET name = excluded.name, hundredths = excluded.hundredths,
                  uncapped = excluded.uncapped
), about AS (
    UPDATE case_record r SET person = l.person
    FROM ({_rows("subjects", "case_id uuid, person text")}) AS l
    WHERE r.id = l.case_id AND l.w NOT IN (SELECT w FROM lost){EVERY_APPEND}{TEXTS}{OPENINGS}{
    BESIDE
}
), named AS (
    UPDATE attachment f SET gone_at = NULL
    FROM accepted a, jsonb_to_recordset(a.files) AS n(document text, sha256 text)
    WHERE a.files IS NOT NULL AND f.case_id = a.case_id AND f.document = n.document
      AND f.sha256 = decode(n.sha256, 'base64') AND f.gone_at IS NOT NULL
)
SELECT DISTINCT w FROM accepted
"""  # noqa: S608 - made of this module's constants only
