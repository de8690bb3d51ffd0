"""Cases and organisation as far as the log has been read."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import asdict
from datetime import date
from typing import Any

import orjson
from sqlalchemy import Connection, Row, Select, Table, delete, select

from schemas.instants import instant, parse_instant
from schemas.vocabulary import Vocabulary
from services.notifier.adapters.database.tables import (
    ON_A_DESK,
    absence,
    case_head,
    channel_choice,
    delegation,
    organisation,
    post,
    unit,
)
from services.notifier.adapters.database.writing import chunks, upsert
from services.notifier.domain.answers import Answer
from services.notifier.domain.case import Acted, Came, Case, Desk, Holder
from services.notifier.domain.organisation import Absence, Delegation, Organisation, Post, Unit


class SqlFacts:
    """The facts, as one transaction sees them."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def cases(self, streams: Iterable[str]) -> Mapping[str, Case]:
        """Return the cases known under *streams*."""
        found: dict[str, Case] = {}
        for some in chunks(streams):
            rows = self._connection.execute(select(case_head).where(case_head.c.stream.in_(some)))
            found.update((row.stream, case_of(row)) for row in rows)
        return found

    def running(self, after: str, limit: int) -> list[Case]:
        """Return cases on somebody's desk in streams above *after*, by stream."""
        rows = self._connection.execute(
            select(case_head)
            .where(case_head.c.stream > after, ON_A_DESK)
            .order_by(case_head.c.stream)
            .limit(limit)
        )
        return [case_of(row) for row in rows]

    def answered(self) -> set[str]:
        """Return the streams of cases on somebody's desk that something was answered to."""
        asked = select(case_head.c.stream).where(
            ON_A_DESK, case_head.c.answers.is_not(None), case_head.c.answers != "[]"
        )
        return set(self._connection.scalars(asked))

    def lying_in(
        self, units: Collection[str], after: str, limit: int
    ) -> tuple[set[str], str | None]:
        """Return the streams of cases on a desk in *units*, and of those that wait for one.

        Of the first *limit* on any desk in streams above *after* alone; and the last of these,
        None: there are no more.
        """
        if not units:
            return set(), None
        # All are looked through: it is asked only where somebody comes or goes.
        asked = select(case_head.c.stream, case_head.c.desks)
        lying = self._desks(
            asked.where(case_head.c.stream > after, ON_A_DESK)
            .order_by(case_head.c.stream)
            .limit(limit)
        )
        awaited = {d["awaits"] for desks in lying.values() for d in desks if d.get("awaits")}
        beside = {**lying}
        for some in chunks(awaited - lying.keys()):
            beside |= self._desks(asked.where(case_head.c.stream.in_(some)))
        there = {one for one, desks in beside.items() if any(d["unit"] in units for d in desks)}
        found = {
            one
            for one, desks in lying.items()
            if one in there or any(d.get("awaits") in there for d in desks)
        }
        return found, next(reversed(lying)) if len(lying) == limit else None

    def _desks(self, asked: Select[Any]) -> dict[str, list[dict[str, Any]]]:
        return {row.stream: orjson.loads(row.desks) for row in self._connection.execute(asked)}

    def serving(self, people: Collection[str]) -> Mapping[str, set[str]]:
        """Return the units in which each of *people* ever has a post, or stands in for others."""
        found = dict[str, set[str]]()
        for some in chunks(people):
            posts = select(post.c.person, post.c.unit).where(post.c.person.in_(some))
            handed_on = select(delegation.c.deputy, delegation.c.unit)
            handed_on = handed_on.where(delegation.c.deputy.in_(some))
            for person, unit_id in self._connection.execute(posts.union(handed_on)):
                found.setdefault(person, set()).add(unit_id)
        return found

    def schemes_running(self) -> set[str]:
        """Return what the cases on somebody's desk say of their scheme."""
        asked = select(case_head.c.scheme).where(ON_A_DESK).distinct()
        return set(self._connection.scalars(asked))

    def save_cases(self, cases: Iterable[Case]) -> None:
        """Keep *cases* as they stand now."""
        upsert(self._connection, case_head, [_case_row(one) for one in cases])

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
        row: dict[str, Any] = {"source": source, "version": version}
        upsert(self._connection, organisation, [{**row, "vocabulary": self._words(source, data)}])

    def delegate(self, source: str, version: int, data: Mapping[str, Any]) -> None:
        """Apply one `delegated` event: a later one of the same key replaces the earlier."""
        key = {name: data[name] for name in ("unit", "person", "deputy")} | {"since": data["from"]}
        roles = orjson.dumps(sorted(data["roles"])).decode()
        self._for_a_time(delegation, key, data, roles=roles)
        self._read_to(source, version)

    def leave(self, source: str, version: int, data: Mapping[str, Any]) -> None:
        """Apply one `absent` event, likewise."""
        self._for_a_time(absence, {"person": data["person"], "since": data["from"]}, data)
        self._read_to(source, version)

    def choose(self, source: str, version: int, data: Mapping[str, Any]) -> None:
        """Apply one `channels_chosen` event, likewise."""
        if data.get("revoked"):
            own = channel_choice.c.person == data["person"]
            self._connection.execute(delete(channel_choice).where(own))
        else:
            channels = orjson.dumps(data["channels"]).decode()
            row = {"person": data["person"], "channels": channels}
            upsert(self._connection, channel_choice, [row])
        self._read_to(source, version)

    def _for_a_time(
        self, table: Table, key: Mapping[str, str], data: Mapping[str, Any], **others: str
    ) -> None:
        if data.get("revoked"):
            same = (table.c[name] == value for name, value in key.items())
            self._connection.execute(delete(table).where(*same))
        else:
            upsert(self._connection, table, [{**key, "until": data["until"], **others}])

    def _read_to(self, source: str, version: int) -> None:
        words = self._words(source, {})
        row = {"source": source, "version": version, "vocabulary": words}
        upsert(self._connection, organisation, [row])

    def _words(self, source: str, data: Mapping[str, Any]) -> str | None:
        """Return the words that hold after *data*: they come whole, where they changed."""
        if "vocabulary" in data:
            return orjson.dumps(data["vocabulary"]).decode()
        return self._connection.scalar(
            select(organisation.c.vocabulary).where(organisation.c.source == source)
        )

    def _vocabulary(self) -> Vocabulary | None:
        told = select(organisation.c.vocabulary).where(organisation.c.vocabulary.is_not(None))
        found = self._connection.scalar(told)
        return None if found is None else Vocabulary.from_data(orjson.loads(found))

    def organisation(self, units: Iterable[str]) -> Organisation:
        """Return an extract: these units, those above them, and the posts in all of them."""
        known = self._with_those_above(units)
        posts: list[Post] = []
        for some in chunks(known):
            rows = self._connection.execute(select(post).where(post.c.unit.in_(some)))
            posts.extend(map(post_of, rows))
        delegations = [one for some in chunks(known) for one in self._delegations(some)]
        people = {post.person for post in posts} | {one.deputy for one in delegations}
        absences = [one for some in chunks(people) for one in self._absences(some)]
        return Organisation(
            known.values(),
            posts,
            self._vocabulary(),
            delegations=delegations,
            absences=absences,
            wishes=dict(one for some in chunks(people) for one in self._wishes(some)),
        )

    def _wishes(self, people: list[str]) -> Iterator[tuple[str, tuple[str, ...]]]:
        asked = select(channel_choice).where(channel_choice.c.person.in_(people))
        yield from map(wish_of, self._connection.execute(asked))

    def _delegations(self, units: list[str]) -> Iterator[Delegation]:
        asked = select(delegation).where(delegation.c.unit.in_(units))
        yield from map(delegation_of, self._connection.execute(asked))

    def _absences(self, people: list[str]) -> Iterator[Absence]:
        asked = select(absence).where(absence.c.person.in_(people))
        yield from map(absence_of, self._connection.execute(asked))

    def below(self, units: Iterable[str]) -> Mapping[str, str]:
        """Return these units and all below them, each with that of *units* that it is below.

        The lowest come first, those of one level by their id: who has several posts is told in
        the first of them.
        """
        found = {one: one for one in sorted(set(units))}
        levels = [found]
        while levels[0]:
            fresh = dict[str, str]()
            for some in chunks(levels[0]):
                asked = select(unit.c.id, unit.c.parent).where(unit.c.parent.in_(some))
                rows = self._connection.execute(asked.order_by(unit.c.id))
                fresh |= {row.id: found[row.parent] for row in rows if row.id not in found}
            levels.insert(0, {one: fresh[one] for one in sorted(fresh)})
            found = {**found, **fresh}
        return {one: above for level in levels for one, above in level.items()}

    def _with_those_above(self, units: Iterable[str]) -> Mapping[str, Unit]:
        """Return *units* and all above them: one question where the way up is among them."""
        known: dict[str, Unit] = {}
        wanted = set(units)
        while wanted:
            for some in chunks(wanted):
                rows = self._connection.execute(select(unit).where(unit.c.id.in_(some)))
                known.update((row.id, unit_of(row)) for row in rows)
            above = {known[one].parent for one in wanted if one in known}
            wanted = {one for one in above if one is not None} - known.keys()
        return known


def unit_of(row: Row[Any]) -> Unit:
    """Return the unit in *row*."""
    return Unit(id=row.id, parent=row.parent, name=row.name, kind=row.kind)


def post_of(row: Row[Any]) -> Post:
    """Return the post in *row*."""
    return Post(
        person=row.person,
        unit=row.unit,
        role=row.role,
        since=date.fromisoformat(row.since),
        until=date.fromisoformat(row.until) if row.until else None,
    )


def delegation_of(row: Row[Any]) -> Delegation:
    """Return the delegation in *row*."""
    return Delegation(
        deputy=row.deputy,
        person=row.person,
        unit=row.unit,
        roles=frozenset(orjson.loads(row.roles)),
        since=date.fromisoformat(row.since),
        until=date.fromisoformat(row.until),
    )


def absence_of(row: Row[Any]) -> Absence:
    """Return the absence in *row*."""
    since, until = date.fromisoformat(row.since), date.fromisoformat(row.until)
    return Absence(person=row.person, since=since, until=until)


def wish_of(row: Row[Any]) -> tuple[str, tuple[str, ...]]:
    """Return the person of *row*, and the channels that they chose."""
    return row.person, tuple(orjson.loads(row.channels))


def case_of(row: Row[Any]) -> Case:
    """Return the case in *row*."""
    return Case(
        stream=row.stream,
        label=row.label,
        number=row.number,
        person=row.person,
        unit=row.unit,
        tier=row.tier,
        path=tuple(orjson.loads(row.path)),
        state=row.state,
        version=row.version,
        desks=tuple(_desk(one) for one in orjson.loads(row.desks)),
        suspended=bool(row.suspended),
        armed_at=parse_instant(row.armed_at),
        entered_version=row.entered_version,
        scheme=row.scheme,
        of=row.of,
        parties=None if row.parties is None else _parties(orjson.loads(row.parties)),
        answers=tuple(_answer(one) for one in orjson.loads(row.answers or "[]")),
        acted=tuple(Acted(**one) for one in orjson.loads(row.acted or "[]")),
        opened=row.opened,
    )


def _parties(told: Mapping[str, list[str]]) -> Mapping[str, tuple[str, ...]]:
    return {name: tuple(units) for name, units in told.items()}


def _came(one: Mapping[str, Any] | None) -> Came | None:
    return None if one is None else Came(**{**one, "at": parse_instant(one["at"])})


def _desk(one: Mapping[str, Any]) -> Desk:
    came, asked = _came(one.get("came")), one.get("asked")
    return Desk(
        name=one["name"],
        holder=Holder(unit=one["unit"], role=one["role"], person=one["person"]),
        due_at=parse_instant(one["due_at"]) if one["due_at"] else None,
        since=one["since"],
        awaits=one.get("awaits"),
        came=came,
        had_since=one.get("had_since"),
        # A release before kept that something was asked for, by what the desk came by.
        asked=came if asked is True else _came(asked or None),
    )


def _case_row(one: Case) -> dict[str, Any]:
    return {
        "stream": one.stream,
        "label": one.label,
        "number": one.number,
        "person": one.person,
        "unit": one.unit,
        "tier": one.tier,
        "path": orjson.dumps(one.path).decode(),
        "state": one.state,
        "version": one.version,
        "desks": orjson.dumps([_desk_row(desk) for desk in one.desks]).decode(),
        "suspended": int(one.suspended),
        "armed_at": instant(one.armed_at),
        "entered_version": one.entered_version,
        "scheme": one.scheme,
        "of": one.of,
        "parties": None if one.parties is None else orjson.dumps(one.parties).decode(),
        "answers": orjson.dumps([asdict(each) for each in one.answers]).decode(),
        "acted": orjson.dumps([asdict(each) for each in one.acted]).decode(),
        "opened": one.opened,
    }


def _answer(one: Mapping[str, Any]) -> Answer:
    until, said = one["until"], one.get("said", one["until"])
    days = {"until": date.fromisoformat(until), "said": date.fromisoformat(said)}
    return Answer(**{**one, **days})


def _desk_row(desk: Desk) -> dict[str, Any]:
    return {
        "name": desk.name,
        "unit": desk.holder.unit,
        "role": desk.holder.role,
        "person": desk.holder.person,
        "due_at": instant(desk.due_at) if desk.due_at else None,
        "since": desk.since,
        "awaits": desk.awaits,
        "came": _came_row(desk.came),
        "had_since": desk.had_since,
        "asked": _came_row(desk.asked),
    }


def _came_row(came: Came | None) -> dict[str, Any] | None:
    return None if came is None else {**asdict(came), "at": instant(came.at)}
