"""Polls: made before their time, opened once, and a rehearsal taken away."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, cast

import orjson
import sqlalchemy as sa

from services.workflow.adapters.database import tables
from services.workflow.adapters.database.bulk import insert
from services.workflow.adapters.database.connections import Connections
from services.workflow.application.ballots.ports import KeptElectorate, KeptPoll, PollState
from services.workflow.domain.case.polling import Covered

_poll, _electorate = tables.poll.c, tables.electorate.c
_ticket, _urn, _counted = tables.ticket.c, tables.urn.c, tables.counted.c


class KeptPolls:
    """Implements the port `PollStore`; safe to share between threads."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def of_case(self, case_id: str) -> list[KeptPoll]:
        return self._polls(_poll.case_id == case_id)

    def poll(self, poll_id: str) -> KeptPoll | None:
        return next(iter(self._polls(_poll.id == poll_id)), None)

    def standing(self, case_ids: Sequence[str]) -> dict[str, dict[str, str]]:
        slips = sa.exists().where(_ticket.poll == _poll.id, _ticket.state != "spoilt")
        by_name = sa.exists().where(tables.elector.c.poll == _poll.id)
        statement = sa.select(
            _poll.case_id, _poll.name, _poll.state, sa.or_(slips, by_name).label("is_out")
        ).where(_poll.case_id.in_(case_ids), _poll.rehearsal == 0)
        with self._connections.reading() as connection:
            rows = connection.execute(statement).all()
        found: dict[str, dict[str, str]] = {}
        for row in rows:
            going_on = row.state in ("waiting", "open")
            if row.is_out or not going_on:
                found.setdefault(row.case_id, {})[row.name] = "open" if going_on else "sealed"
        return found

    def _polls(self, which: sa.ColumnElement[bool]) -> list[KeptPoll]:
        joined = tables.poll.join(tables.electorate, _electorate.poll == _poll.id)
        statement = (
            sa.select(
                tables.poll,
                _electorate.id.label("electorate_id"),
                _electorate.name.label("electorate_name"),
                _electorate.n_eligible,
            )
            .select_from(joined)
            .where(which)
            .order_by(_poll.name, _poll.rehearsal, _electorate.name)
        )
        with self._connections.reading() as connection:
            rows = connection.execute(statement).all()
        found: dict[str, list[sa.Row[Any]]] = {}
        for row in rows:
            found.setdefault(row.id, []).append(row)
        return [read_poll(of_poll) for of_poll in found.values()]

    def prepare(self, poll: KeptPoll) -> None:
        with self._connections.transaction() as connection:
            made = insert(connection, tables.poll).values(_poll_row(poll))
            done = connection.execute(made.on_conflict_do_nothing().returning(_poll.id)).first()
            if done is not None:
                rows = [
                    {
                        "id": one.id,
                        "poll": poll.id,
                        "name": one.name,
                        "n_eligible": one.n_eligible,
                    }
                    for one in poll.electorates
                ]
                connection.execute(tables.electorate.insert(), rows)

    def open(
        self,
        poll_id: str,
        covered: Sequence[Covered],
        eligible: Mapping[str, int],
        electors: Mapping[str, str] | None = None,
    ) -> None:
        with self._connections.transaction() as connection:
            opened = connection.execute(
                tables.poll.update()
                .where(_poll.id == poll_id, _poll.state == "waiting")
                .values(state="open", covered=_put_covered(covered))
            ).rowcount
            for name, n in eligible.items() if opened else ():
                mine = sa.and_(_electorate.poll == poll_id, _electorate.name == name)
                connection.execute(tables.electorate.update().where(mine).values(n_eligible=n))
            if opened and electors:
                ids = boxes_of(connection, poll_id)
                connection.execute(
                    tables.elector.insert(),
                    [
                        {"poll": poll_id, "person": person, "electorate": ids[box]}
                        for person, box in electors.items()
                    ],
                )

    def discard(self, poll_id: str) -> None:
        with self._connections.transaction() as connection:
            held(connection, poll_id)
            ours = electorates_of(poll_id)
            connection.execute(tables.ticket.delete().where(_ticket.poll == poll_id))
            connection.execute(tables.urn.delete().where(_urn.electorate.in_(ours)))
            connection.execute(tables.counted.delete().where(_counted.electorate.in_(ours)))
            roll = tables.elector
            connection.execute(roll.delete().where(roll.c.poll == poll_id))
            said = tables.ballot_comment
            connection.execute(said.delete().where(said.c.poll == poll_id))
            connection.execute(tables.electorate.delete().where(_electorate.poll == poll_id))
            connection.execute(tables.poll.delete().where(_poll.id == poll_id))


def held(connection: sa.Connection, poll_id: str) -> str | None:
    """Return a poll's state and keep it so until the transaction ends."""
    held = sa.select(_poll.state).where(_poll.id == poll_id).with_for_update()
    return connection.execute(held).scalar()


def takes_ballots(poll: KeptPoll) -> sa.ColumnElement[bool]:
    """Tell in the statement itself whether the poll is open, and its case where it has to be."""
    head = tables.case_head.c
    there = sa.true() if not poll.holds_in else head.state == poll.holds_in
    return sa.exists(
        sa.select(sa.literal(1))
        .select_from(tables.poll.join(tables.case_head, head.case_id == _poll.case_id))
        .where(_poll.id == poll.id, _poll.state == "open", there)
    )


def boxes_of(connection: sa.Connection, poll_id: str) -> dict[str, str]:
    """Return the ids of a poll's electorates by their names."""
    found = sa.select(_electorate.name, _electorate.id).where(_electorate.poll == poll_id)
    return {row.name: row.id for row in connection.execute(found)}


def electorates_of(poll_id: str) -> sa.Select[tuple[str]]:
    return sa.select(_electorate.id).where(_electorate.poll == poll_id)


@lru_cache(64)
def _rule(text: bytes) -> Mapping[str, Any]:
    """Read a rule, which every phone of a room asks for; nobody changes what is shared."""
    rule: dict[str, Any] = orjson.loads(text)
    return rule


@lru_cache(64)
def _covered(text: bytes) -> tuple[Covered, ...]:
    return tuple(Covered(stream=stream, person=person) for stream, person in orjson.loads(text))


def read_poll(rows: Sequence[sa.Row[Any]]) -> KeptPoll:
    first = rows[0]
    rule = _rule(first.rule)
    # As the scheme has them; by name where a rule of an older release does not tell them.
    nth = {one["name"]: n for n, one in enumerate(rule.get("electorates", ()))}
    return KeptPoll(
        id=first.id,
        case=first.case_id,
        name=first.name,
        rehearsal=bool(first.rehearsal),
        state=cast("PollState", first.state),
        holds_in=first.holds_in,
        rule=rule,
        told=None if first.told is None else orjson.loads(first.told),
        covered=_covered(first.covered),
        electorates=tuple(
            KeptElectorate(
                id=row.electorate_id, name=row.electorate_name, n_eligible=row.n_eligible
            )
            for row in sorted(rows, key=lambda row: nth.get(row.electorate_name, len(nth)))
        ),
    )


def _poll_row(poll: KeptPoll) -> dict[str, Any]:
    return {
        "id": poll.id,
        "case_id": poll.case,
        "name": poll.name,
        "rehearsal": int(poll.rehearsal),
        "state": poll.state,
        "holds_in": poll.holds_in,
        "rule": orjson.dumps(poll.rule),
        "covered": _put_covered(poll.covered),
    }


def _put_covered(covered: Sequence[Covered]) -> bytes:
    return orjson.dumps([[one.stream, one.person] for one in covered])
