"""The statements for SQLite that know of no case's head."""

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


def _insertion(table: str, columns: str) -> str:
    names = columns.split()
    values = ", ".join(f":{name}" for name in names)
    return f"INSERT INTO {table} ({', '.join(names)}) VALUES ({values})"  # noqa: S608 - ours


OPEN = _insertion("case_record", "id kind of family number cycle tier person unit path pinned")
PLACE = "INSERT INTO case_within (unit, case_id) VALUES (?, ?)"
PLACE_BESIDE = "INSERT INTO case_beside (unit, case_id, party) VALUES (:unit, :case_id, :party)"
LOG = _insertion("event", "stream version type recorded_at body")
PENDING = _insertion("event_pending", "recorded_at stream version id")
KEEP_KEY = """
INSERT INTO idempotency_key (client, key, fingerprint, stream, version, left_open, case_id)
VALUES (:client, :key, :fingerprint, CASE WHEN :case_id IS NULL THEN :stream ELSE '' END, :version,
        :left_open, :case_id)"""
STAND = """
INSERT INTO case_interval (case_id, version, state, holder_unit, holder_role, holder_person,
                            due_at, suspended, effective_from, recorded_from)
VALUES (:case_id, :version, :state, :holder_unit, :holder_role, :holder_person, :due_at,
        :suspended_at IS NOT NULL, :effective_at, :recorded_at)"""
REFUSE = _insertion("refusal", "stream recorded_at version actor trigger case_version verdict")
NOTICE = _insertion(
    "notice", "notice case_id kind rung channel outcome person unit role decided_at"
)
DELIVER = _insertion("inbox", "person recorded_at notice case_id sha256 asks_in asks_desk")
HAND_IN = """
INSERT INTO draft (case_id, document, n_filed, typed, saved_by, saved_at, gone_at, tag)
VALUES (:case_id, :document, :n_filed, x'', '', :recorded_at, :gone_at, '')
ON CONFLICT DO UPDATE
SET n_filed = excluded.n_filed, typed = excluded.typed, saved_by = excluded.saved_by,
    saved_at = excluded.saved_at, gone_at = excluded.gone_at, tag = excluded.tag"""
NAME_FILE = """
UPDATE attachment SET gone_at = NULL
WHERE case_id = :case_id AND document = :document AND sha256 = :sha256"""
KEEP_TEXT = _insertion("text", "sha256 salt content") + " ON CONFLICT DO NOTHING"
