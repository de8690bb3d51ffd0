"""The texts that events name by their hash, and those by which timers were set."""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, Row, delete, select, update

from services.notifier.adapters.database.tables import policy_issue, text, timers_set_by
from services.notifier.adapters.database.writing import add_new, chunks, upsert
from services.notifier.application.contents import Kept
from services.notifier.application.store_ports import Issue, KeptText, TextIndex


class SqlTexts:
    """The texts, as one transaction sees them."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def index(self) -> TextIndex:
        """Return which texts are kept, without them."""
        columns = (text.c.hash, text.c.kind, text.c.id, text.c.published)
        rows = self._connection.execute(select(*columns).order_by(text.c.published)).all()
        return TextIndex(
            schemes={row.hash: row.id for row in rows if row.kind == "scheme"},
            latest={(row.kind, row.id): row.hash for row in rows if row.published is not None},
            policies=self._issues(),
        )

    def _issues(self) -> Mapping[str, list[Issue]]:
        asked = (
            select(policy_issue, text.c.id)
            .join(text, text.c.hash == policy_issue.c.hash)
            .order_by(policy_issue.c.version)
        )
        found: dict[str, list[Issue]] = {}
        for row in self._connection.execute(asked):
            found.setdefault(row.id, []).append(issue_of(row))
        return found

    def hashes(self, wanted: Iterable[str]) -> set[str]:
        """Return which of *wanted* are kept."""
        found: set[str] = set()
        for some in chunks(wanted):
            found |= set(self._connection.scalars(select(text.c.hash).where(text.c.hash.in_(some))))
        return found

    def body(self, hash_: str) -> bytes:
        """Return the text; LookupError if it is not kept."""
        found = self._connection.scalar(select(text.c.body).where(text.c.hash == hash_))
        if found is None:
            raise LookupError(hash_)
        return bytes(found)

    def keep(self, one: KeptText) -> None:
        """Keep *one*; a text already kept is left as it is."""
        row: Mapping[str, Any] = {
            "hash": one.hash,
            "kind": one.kind,
            "id": one.id,
            "published": None,
            "body": one.body,
        }
        add_new(self._connection, text, [row])

    def publish(self, hash_: str, version: int) -> None:
        """Take note that version *version* of its stream published the text *hash_*."""
        older = text.c.published.is_(None) | (text.c.published < version)
        self._connection.execute(
            update(text).where(text.c.hash == hash_, older).values(published=version)
        )

    def issue(self, one: Issue) -> None:
        """Take note that a policy was published; timers of its scheme are to be set anew."""
        row = {
            "version": one.version,
            "hash": one.hash,
            "position": one.position,
            "moves": int(one.moves),
        }
        upsert(self._connection, policy_issue, [row])
        scheme = self._connection.scalar(select(text.c.id).where(text.c.hash == one.hash))
        self.doubt_timers(scheme or "")

    def timers_set_by(self) -> Mapping[str, tuple[str, str]]:
        """Return by scheme the hashes of policy and calendar under which timers were set."""
        rows = self._connection.execute(select(timers_set_by))
        return {row.scheme: (row.policy, row.calendar) for row in rows}

    def save_timers_set_by(self, hashes: Mapping[str, tuple[str, str]]) -> None:
        """Keep the hashes of policy and calendar, by scheme."""
        rows = [
            {"scheme": scheme, "policy": policy, "calendar": calendar}
            for scheme, (policy, calendar) in hashes.items()
        ]
        upsert(self._connection, timers_set_by, rows)

    def doubt_timers(self, scheme: str) -> None:
        """Let the timers of *scheme* be set anew."""
        self._connection.execute(delete(timers_set_by).where(timers_set_by.c.scheme == scheme))


def issue_of(row: Row[Any]) -> Issue:
    """Return the publication in *row*."""
    return Issue(version=row.version, hash=row.hash, position=row.position, moves=bool(row.moves))


def kept_of(row: Row[Any]) -> Kept:
    """Return the text in *row*."""
    kept = KeptText(hash=row.hash, kind=row.kind, id=row.id, body=bytes(row.body))
    return Kept(text=kept, published=row.published)
