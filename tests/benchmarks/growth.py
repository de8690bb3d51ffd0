"""A database as it is after years: one round's cases copied many times, bytes and rows alike.

Copies are what the service would have written (the same rows under other ids), made by the
database itself, because living through two million events takes longer than anybody waits.
"""

from typing import LiteralString

import psycopg

_COPIES = """
CREATE TEMP TABLE copies AS
SELECT r.kind, r.id AS old, k, md5(r.id::text || ':' || k)::uuid AS new
FROM case_record r, generate_series(1, {times}) k WHERE {which}
"""
_EVENTS = """
INSERT INTO event (stream, version, type, recorded_at, body)
SELECT c.kind || '/' || c.new, e.version, e.type, e.recorded_at,
       convert_to(replace(convert_from(e.body, 'UTF8'), c.old::text, c.new::text), 'UTF8')
FROM copies c JOIN event e ON e.stream = c.kind || '/' || c.old
"""
_PENDING = """
INSERT INTO event_pending (recorded_at, stream, version)
SELECT e.recorded_at, e.stream, e.version
FROM copies c JOIN event e ON e.stream = c.kind || '/' || c.new
"""
# The stream that a column names, of the same copy; what is no stream is left.
_OF_COPY = """
CASE WHEN position('/' IN t.{name}) = 0 THEN t.{name}
     ELSE split_part(t.{name}, '/', 1) || '/'
          || md5(split_part(t.{name}, '/', 2) || ':' || c.k)::uuid
END"""
# Of each table all columns, with the copy's id in place of the case's own.
_TABLES = {
    "case_record": "id",
    "case_within": "case_id",
    "case_head": "case_id",
    "case_interval": "case_id",
}


def grow(url: str, times: int, *, sequenced: bool, which: LiteralString = "r.tier = 'C'") -> None:
    """Copy the cases *which* (branch reviews) of the database at *url*, its owner's, *times* times.

    With *sequenced* the copies' events wait for positions; without, they are only stored.
    """
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SET synchronous_commit = off")
        connection.execute(_COPIES.format(times=times, which=which))
        connection.execute("CREATE INDEX ON copies (old)")
        connection.execute(_EVENTS)
        for table, key in _TABLES.items():
            columns = [
                row[0]
                for row in connection.execute(
                    "SELECT column_name FROM information_schema.columns"
                    " WHERE table_name = %s AND table_schema = 'public'"
                    " AND is_generated = 'NEVER' ORDER BY ordinal_position",
                    (table,),
                )
            ]
            copied = {key: "c.new"} | {
                name: _OF_COPY.format(name=name) for name in ("of", "family")
            }
            chosen = ", ".join(copied.get(name, f"t.{name}") for name in columns)
            connection.execute(
                f"INSERT INTO {table} ({', '.join(columns)})"
                f" SELECT {chosen} FROM copies c JOIN {table} t ON t.{key} = c.old"
            )
        if sequenced:
            connection.execute(_PENDING)
        connection.execute("VACUUM ANALYZE")
