"""A copy of the notifier's database in memory: for trying out what may be changed and thrown away.

All of it but the lease is taken in one reading transaction, so that it is of one moment.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, delete, func, insert, select, update

from schemas.instants import instant, parse_instant
from services.notifier.adapters.database.facts import SqlFacts
from services.notifier.adapters.database.store import SqlStore, connect, translated
from services.notifier.adapters.database.tables import (
    case_head,
    channel_gate,
    engine_pass,
    lease,
    metadata,
    notice,
    planned,
    post,
    text,
    timers_set_by,
    unit,
)
from services.notifier.adapters.database.texts import SqlTexts
from services.notifier.application.store_ports import Issue
from services.notifier.domain.case import end_answers

_ROWS = 1000
_ONE_MOMENT = "REPEATABLE READ"  # as every reading transaction of SQLite is by itself
_LEFT_OUT = frozenset({lease.name, channel_gate.name, engine_pass.name, planned.name})


class Copy:
    """A database in memory, for one thread; empty unless *source* is given."""

    def __init__(self, source: Engine | None = None) -> None:
        self._engine = connect("sqlite://")
        metadata.create_all(self._engine)
        self.store = SqlStore(self._engine)
        if source is not None:
            self._take(source)

    def _take(self, source: Engine) -> None:
        with translated(), source.connect() as plain, self._engine.begin() as into:
            options = {} if source.dialect.name == "sqlite" else {"isolation_level": _ONE_MOMENT}
            reading = plain.execution_options(reads=True, **options)
            for table in metadata.sorted_tables:
                if table.name in _LEFT_OUT:
                    continue
                rows = reading.execute(select(table)).mappings()
                while some := rows.fetchmany(_ROWS):
                    into.execute(insert(table), [dict(row) for row in some])

    def next_retry(self, now: datetime) -> datetime | None:
        """Return when the next notice that waits is tried again after *now*."""
        asked = select(func.min(notice.c.retry_at)).where(notice.c.retry_at > instant(now))
        with self._engine.connect() as connection:
            found = connection.scalar(asked)
        return parse_instant(found) if found else None

    def organise(
        self, units: Iterable[Mapping[str, Any]], posts: Iterable[Mapping[str, Any]]
    ) -> None:
        """Put another organisation in the place of the one that is there.

        What people answered ends with their posts in it, so timers are to be set anew.
        """
        with self._engine.begin() as connection:
            for table, rows in ((unit, list(units)), (post, list(posts))):
                connection.execute(delete(table))
                if rows:
                    connection.execute(insert(table), rows)
            facts = SqlFacts(connection)
            answered = facts.cases(facts.answered()).values()
            there = facts.organisation({desk.holder.unit for one in answered for desk in one.desks})
            facts.save_cases(end_answers(one, there) for one in answered)
            connection.execute(delete(timers_set_by))

    def publish(self, kind: str, id_: str, hash_: str, body: bytes) -> None:
        """Let *body* be the text of its kind that was published last; a policy for all cases."""
        latest = select(func.coalesce(func.max(text.c.published), 0) + 1)
        with self._engine.begin() as connection:
            version = connection.scalar(latest)
            connection.execute(delete(text).where(text.c.hash == hash_))
            row = {"hash": hash_, "kind": kind, "id": id_, "published": version, "body": body}
            connection.execute(insert(text).values(row))
            if kind == "policy":
                issue = Issue(version=version or 1, hash=hash_, position=0, moves=True)
                SqlTexts(connection).issue(issue)

    def move_cases(self, id_: str, hash_: str) -> None:
        """Let every case of the scheme *id_* be under its text *hash_*."""
        with self._engine.begin() as connection:
            of_it = select(text.c.hash).where(text.c.kind == "scheme", text.c.id == id_)
            known: Collection[str] = list(connection.scalars(of_it))
            connection.execute(
                update(case_head).where(case_head.c.scheme.in_([*known, id_])).values(scheme=hash_)
            )

    def close(self) -> None:
        """Throw it away."""
        self.store.close()
