"""Reviews and organisation as far as the log has been read, and the rules timers were set by."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import orjson
from sqlalchemy import Connection, Row, delete, select, update

from schemas.instants import instant, parse_instant
from services.notifier.adapters.database.tables import organisation, post, review, rules, unit
from services.notifier.adapters.database.writing import chunks, upsert
from services.notifier.domain.organisation import Organisation, Post, Unit
from services.notifier.domain.review import Holder, Review


class SqlFacts:
    """The facts, as one transaction sees them."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def reviews(self, ids: Iterable[str]) -> Mapping[str, Review]:
        """Return the reviews known under *ids*."""
        found: dict[str, Review] = {}
        for some in chunks(ids):
            rows = self._connection.execute(select(review).where(review.c.id.in_(some)))
            found.update((row.id, _review(row)) for row in rows)
        return found

    def running(self, after: str, limit: int) -> list[Review]:
        """Return reviews on somebody's desk with an id above *after*, by id."""
        rows = self._connection.execute(
            select(review)
            .where(review.c.id > after, review.c.holder_unit.is_not(None))
            .order_by(review.c.id)
            .limit(limit)
        )
        return [_review(row) for row in rows]

    def save_reviews(self, reviews: Iterable[Review]) -> None:
        """Keep *reviews* as they stand now."""
        upsert(self._connection, review, [_review_row(one) for one in reviews])

    def organisation_version(self, source: str) -> int:
        """Return the organisation's version read so far; 0: nothing."""
        found = self._connection.scalar(
            select(organisation.c.version).where(organisation.c.source == source)
        )
        return found or 0

    def apply_organisation(self, source: str, version: int, data: Mapping[str, Any]) -> None:
        """Apply one organisation_changed event. People's details are not kept here."""
        dropped = data["dropped"]
        for some in chunks(dropped["units"]):
            self._connection.execute(delete(unit).where(unit.c.id.in_(some)))
        for gone in dropped["posts"]:
            self._connection.execute(
                delete(post).where(
                    post.c.unit == gone["unit"],
                    post.c.role == gone["role"],
                    post.c.person == gone["person"],
                    post.c.since == gone["from"],
                )
            )
        units = [
            {"id": u["id"], "parent": u.get("parent"), "name": u["name"], "kind": u["kind"]}
            for u in data["units"]
        ]
        upsert(self._connection, unit, units)
        posts = [
            {
                "unit": p["unit"],
                "role": p["role"],
                "person": p["person"],
                "since": p["from"],
                "until": p.get("until"),
            }
            for p in data["posts"]
        ]
        upsert(self._connection, post, posts)
        upsert(self._connection, organisation, [{"source": source, "version": version}])

    def organisation(self, units: Iterable[str]) -> Organisation:
        """Return an extract: these units and their posts."""
        known: list[Unit] = []
        posts: list[Post] = []
        for some in chunks(units):
            known.extend(
                Unit(id=row.id, parent=row.parent, name=row.name, kind=row.kind)
                for row in self._connection.execute(select(unit).where(unit.c.id.in_(some)))
            )
            posts.extend(
                Post(
                    person=row.person,
                    unit=row.unit,
                    role=row.role,
                    since=date.fromisoformat(row.since),
                    until=date.fromisoformat(row.until) if row.until else None,
                )
                for row in self._connection.execute(select(post).where(post.c.unit.in_(some)))
            )
        return Organisation(known, posts)

    def rules(self) -> tuple[str, str] | None:
        """Return the hashes of policy and calendar under which the timers were set."""
        rows = self._connection.execute(
            select(rules.c.kind, rules.c.hash).where(rules.c.in_force == 1)
        )
        found = {row.kind: row.hash for row in rows}
        return (found["policy"], found["calendar"]) if len(found) == 2 else None  # noqa: PLR2004

    def save_rules(self, policy: tuple[str, bytes], calendar: tuple[str, bytes]) -> None:
        """Put a policy and a calendar, each (hash, canonical text), in force."""
        self._connection.execute(update(rules).values(in_force=0))
        upsert(
            self._connection,
            rules,
            [
                {"hash": policy[0], "kind": "policy", "in_force": 1, "body": policy[1]},
                {"hash": calendar[0], "kind": "calendar", "in_force": 1, "body": calendar[1]},
            ],
        )


def _review(row: Row[Any]) -> Review:
    holder = None
    if row.holder_unit is not None:
        holder = Holder(unit=row.holder_unit, role=row.holder_role, person=row.holder_person)
    return Review(
        id=row.id,
        number=row.number,
        person=row.person,
        unit=row.unit,
        tier=row.tier,
        path=tuple(orjson.loads(row.path)),
        hearing_body=row.hearing_body,
        state=row.state,
        version=row.version,
        holder=holder,
        due_at=parse_instant(row.due_at) if row.due_at else None,
        suspended=bool(row.suspended),
        armed_at=parse_instant(row.armed_at),
        entered_version=row.entered_version,
    )


def _review_row(one: Review) -> dict[str, Any]:
    return {
        "id": one.id,
        "number": one.number,
        "person": one.person,
        "unit": one.unit,
        "tier": one.tier,
        "path": orjson.dumps(one.path).decode(),
        "hearing_body": one.hearing_body,
        "state": one.state,
        "version": one.version,
        "holder_unit": one.holder.unit if one.holder else None,
        "holder_role": one.holder.role if one.holder else None,
        "holder_person": one.holder.person if one.holder else None,
        "due_at": instant(one.due_at) if one.due_at else None,
        "suspended": int(one.suspended),
        "armed_at": instant(one.armed_at),
        "entered_version": one.entered_version,
    }
